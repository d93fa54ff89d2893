//! Last in, first out: a channel that is a stack.
//!
//! Also known as a LIFO queue: Python's `queue.LifoQueue`, Java's
//! `BlockingDeque` used at one end, the owner's end of a work-stealing deque.
//! The newest message is the next one, so what is received is fresh and its
//! data likely still in a cache; what lies at the bottom may lie there for
//! ever, as long as more comes.
//!
//! The ends are those of every channel, with every operation of
//! [`Sender`](super::Sender) and [`Receiver`](super::Receiver).
//!
//! # Blocking
//!
//! A [`bounded`] stack makes its senders wait while it is full, and they are
//! admitted in the order in which they came: the order of the stack is that of
//! the messages in it. Receivers that wait are served in the order in which
//! they came. A message that meets a receiver goes straight to it. At capacity
//! 0 there is no stack, and so no order: it is a
//! [rendezvous](super::rendezvous).
//!
//! # Closing
//!
//! As with every channel: sends fail at once, and what lies on the stack can
//! still be received, the newest first. Nothing is lost. A message that is
//! [put back](super::Receiver::put_back) is on top again, and so is what a
//! cancelled receive had been given.
//!
//! # Cost
//!
//! One lock and no comparison per operation, for any number of messages; the
//! stack grows as it is used, and gives its room back when it has been emptied.
//!
//! ```
//! use chanpatterns::channel::lifo;
//!
//! let (tx, rx) = lifo::unbounded();
//! tx.send_many(["the soup", "the fish", "the fruit"]).unwrap();
//! assert_eq!(rx.recv(), Ok("the fruit"));
//! tx.send("the bill").unwrap();
//! drop(tx);
//! let rest: Vec<_> = rx.iter().collect();
//! assert_eq!(rest, ["the bill", "the fish", "the soup"]);
//! ```

use super::handoff::Handoff;
use super::kind::Kind;
use stack::Stack;

/// Last in, first out: the kind of the channels of this module.
#[derive(Debug)]
pub enum Lifo {}

/// The sending end of a stack.
pub type Sender<T> = super::Sender<T, Lifo>;

/// The receiving end of a stack.
pub type Receiver<T> = super::Receiver<T, Lifo>;

impl<T> Kind<T> for Lifo {
    type Engine = Handoff<T, Stack<T>>;
}

/// A stack without a bound: a send never waits.
///
/// ```
/// use chanpatterns::channel::lifo;
///
/// let (tx, rx) = lifo::unbounded();
/// tx.send_many(1..=3).unwrap();
/// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [3, 2, 1]);
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    super::ends(Handoff::new(Stack::new(None)))
}

/// A stack of at most `capacity` messages: a send waits while it is full.
///
/// ```
/// use chanpatterns::channel::{TrySendError, lifo};
///
/// let (tx, rx) = lifo::bounded(2);
/// tx.send_many([1, 2]).unwrap();
/// assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
/// assert_eq!(rx.recv(), Ok(2));
/// assert_eq!(tx.try_send(3), Ok(()));
/// assert_eq!(rx.recv(), Ok(3));
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    super::ends(Handoff::new(Stack::new(Some(capacity))))
}

mod stack {
    use super::super::store::Store;
    use crate::wait::Ticket;

    /// An emptied stack that had room for more than this gives it back.
    const KEPT: usize = 1024;

    /// The messages, the newest last.
    pub struct Stack<T> {
        capacity: Option<usize>,
        messages: Vec<T>,
    }

    impl<T> Stack<T> {
        pub(super) fn new(capacity: Option<usize>) -> Self {
            Stack {
                capacity,
                messages: Vec::new(),
            }
        }
    }

    impl<T> Store<T> for Stack<T> {
        fn capacity(&self) -> Option<usize> {
            self.capacity
        }

        fn len(&self) -> usize {
            self.messages.len()
        }

        fn push(&mut self, message: T) {
            self.messages.push(message);
        }

        fn pop(&mut self) -> Option<T> {
            let message = self.messages.pop();
            if self.messages.is_empty() && self.messages.capacity() > KEPT {
                self.messages = Vec::new();
            }
            message
        }

        fn put_back(&mut self, message: T, _turn: Ticket) {
            self.messages.push(message);
        }

        fn visit(&self, visit: &mut dyn FnMut(&T)) {
            self.messages.iter().rev().for_each(visit);
        }
    }
}
