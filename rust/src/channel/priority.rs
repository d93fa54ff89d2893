//! Highest first: a channel that is a priority queue.
//!
//! Also known as a priority channel: Python's `queue.PriorityQueue`, Java's
//! `PriorityBlockingQueue`. The greatest message, as its [`Ord`] has it, is the
//! next one, and of equal ones the one that came first. For the least first,
//! send [`Reverse`](std::cmp::Reverse)`(message)`.
//!
//! Equal is what `Ord` calls equal. A tuple `(priority, payload)` compares the
//! payloads too, so that ties are broken by them; a type that is compared by
//! its priority alone keeps the order of arrival, as below.
//!
//! The ends are those of every channel, with every operation of
//! [`Sender`](super::Sender) and [`Receiver`](super::Receiver).
//!
//! # Blocking
//!
//! A [`bounded`] queue makes its senders wait while it is full, and they are
//! admitted in the order in which they came, whatever they send: the order is
//! that of the messages in the queue. Receivers that wait are served in the
//! order in which they came. A message that meets a receiver goes straight to
//! it. At capacity 0 there is no queue, and so no order: it is a
//! [rendezvous](super::rendezvous).
//!
//! Low messages starve as long as higher ones keep coming.
//!
//! # Closing
//!
//! As with every channel: sends fail at once, and what is queued can still be
//! received, the highest first. Nothing is lost. A message that is
//! [put back](super::Receiver::put_back) keeps its place: before its equals,
//! and behind what is higher.
//!
//! # Cost
//!
//! One lock per operation. Of n messages, a send makes about log n comparisons,
//! a receive none.
//!
//! The comparisons run while the channel is locked, those of a sender that
//! waited in the receiver that made room for it: so `cmp` must be quick and
//! must not use the channel. If it panics, the two messages count as equal:
//! nobody else is unwound and nothing is lost.
//!
//! ```
//! use chanpatterns::channel::priority;
//! use std::cmp::Ordering;
//!
//! #[derive(Debug)]
//! struct Task(u32, &'static str);
//!
//! impl Ord for Task {
//!     fn cmp(&self, other: &Self) -> Ordering {
//!         self.0.cmp(&other.0)
//!     }
//! }
//! # impl PartialOrd for Task {
//! #     fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
//! #         Some(self.cmp(other))
//! #     }
//! # }
//! # impl PartialEq for Task {
//! #     fn eq(&self, other: &Self) -> bool {
//! #         self.cmp(other).is_eq()
//! #     }
//! # }
//! # impl Eq for Task {}
//!
//! let (tx, rx) = priority::unbounded();
//! tx.send(Task(1, "water the flowers")).unwrap();
//! tx.send(Task(9, "put the fire out")).unwrap();
//! tx.send(Task(1, "feed the cat")).unwrap();
//! drop(tx);
//! let order: Vec<_> = rx.iter().map(|task| task.1).collect();
//! let first = ["put the fire out", "water the flowers", "feed the cat"];
//! assert_eq!(order, first);
//! ```

use super::handoff::Handoff;
use super::kind::Kind;
use ranking::Ranking;

/// Highest first: the kind of the channels of this module.
#[derive(Debug)]
pub enum Priority {}

/// The sending end of a priority queue.
pub type Sender<T> = super::Sender<T, Priority>;

/// The receiving end of a priority queue.
pub type Receiver<T> = super::Receiver<T, Priority>;

impl<T: Ord> Kind<T> for Priority {
    type Engine = Handoff<T, Ranking<T>>;
}

/// A priority queue without a bound: a send never waits.
///
/// ```
/// use chanpatterns::channel::priority;
/// use std::cmp::Reverse;
///
/// let (tx, rx) = priority::unbounded();
/// tx.send_many([2, 3, 1].map(Reverse)).unwrap();
/// let least_first: Vec<_> = rx.try_iter().map(|Reverse(n)| n).collect();
/// assert_eq!(least_first, [1, 2, 3]);
/// ```
pub fn unbounded<T: Ord>() -> (Sender<T>, Receiver<T>) {
    super::ends(Handoff::new(Ranking::new(None)))
}

/// A priority queue of at most `capacity` messages: a send waits while it is
/// full, even with a message higher than all that are queued.
///
/// ```
/// use chanpatterns::channel::{TrySendError, priority};
///
/// let (tx, rx) = priority::bounded(2);
/// tx.send_many([1, 2]).unwrap();
/// assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
/// assert_eq!(rx.recv(), Ok(2));
/// assert_eq!(tx.try_send(3), Ok(()));
/// assert_eq!(rx.recv(), Ok(3));
/// ```
pub fn bounded<T: Ord>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    super::ends(Handoff::new(Ranking::new(Some(capacity))))
}

mod ranking {
    use super::super::store::Store;
    use crate::wait::Ticket;
    use std::cmp::Ordering;
    use std::collections::BTreeSet;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// The messages, the next one last.
    ///
    /// A balanced tree rather than an array: it compares only when a message is
    /// added, and before it changes anything. The comparisons are the user's.
    pub struct Ranking<T> {
        capacity: Option<usize>,
        messages: BTreeSet<Entry<T>>,
        /// The numbers that were given out last, for messages that were put
        /// back and for all others.
        front: i64,
        back: i64,
    }

    struct Entry<T> {
        message: T,
        /// Its turn, if it came back, and a number that no other has.
        arrival: (Ticket, i64),
    }

    impl<T: Ord> Ranking<T> {
        pub(super) fn new(capacity: Option<usize>) -> Self {
            Ranking {
                capacity,
                messages: BTreeSet::new(),
                front: 0,
                back: 0,
            }
        }
    }

    impl<T: Ord> Ord for Entry<T> {
        fn cmp(&self, other: &Self) -> Ordering {
            let compare = || self.message.cmp(&other.message);
            // Unwinding from here would leave a sender claimed and not woken.
            catch_unwind(AssertUnwindSafe(compare))
                .unwrap_or(Ordering::Equal)
                .then(other.arrival.cmp(&self.arrival))
        }
    }

    impl<T: Ord> PartialOrd for Entry<T> {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl<T: Ord> PartialEq for Entry<T> {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other).is_eq()
        }
    }

    impl<T: Ord> Eq for Entry<T> {}

    impl<T: Ord> Store<T> for Ranking<T> {
        fn capacity(&self) -> Option<usize> {
            self.capacity
        }

        fn len(&self) -> usize {
            self.messages.len()
        }

        fn push(&mut self, message: T) {
            self.back += 1;
            let arrival = (Ticket::LAST, self.back);
            self.messages.insert(Entry { message, arrival });
        }

        fn pop(&mut self) -> Option<T> {
            self.messages.pop_last().map(|entry| entry.message)
        }

        fn put_back(&mut self, message: T, turn: Ticket) {
            self.front -= 1;
            let arrival = (turn, self.front);
            self.messages.insert(Entry { message, arrival });
        }

        fn visit(&self, visit: &mut dyn FnMut(&T)) {
            let messages = self.messages.iter().rev();
            messages.map(|entry| &entry.message).for_each(visit);
        }
    }
}
