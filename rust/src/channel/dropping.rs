//! When full, the newest falls out: a channel that keeps the first n messages.
//!
//! Also known as a dropping buffer (core.async), drop-newest, drop-latest or
//! tail drop (Kotlin's `DROP_LATEST`, Akka's `dropNew`, the queue of a router);
//! in Go it is `select { case c <- m: default: }`. For work that is better not
//! begun than begun late, and for signals that say no more twice than once: a
//! buffer of one place is a flag that wakes.
//!
//! It differs from `try_send` on [`bounded`](super::bounded) in that *no*
//! sender waits, whichever operation it calls, also in a choice.
//!
//! The ends are those of every channel, with every operation of
//! [`Sender`](super::Sender) and [`Receiver`](super::Receiver), and
//! [`offer`](super::Sender#method.offer-1), which tells what fell out.
//!
//! # Blocking
//!
//! A send never waits: it goes to a receiver that waits, else into the buffer,
//! and if there is no room, its message falls out. `try_send` never says
//! `Full`, and [`send_many`](super::Sender::send_many) sends all, of which
//! the first ones find room. A receive waits for a message, and gets the
//! oldest.
//!
//! [`reserve`](super::Sender::reserve) does wait: for a place that is free, and
//! keeps it, so that what is sent by the permit does not fall out.
//!
//! At capacity 0 the rule leaves only what meets a receiver: a message for
//! which none waits falls out.
//!
//! # Closing
//!
//! As with every channel: sends fail at once and give their message back, and
//! what is in the buffer can still be received.
//!
//! # What is lost
//!
//! What falls out, and nothing else: every message that was sent is either
//! received once or falls out once, and `offer` gives it back. Plain `send`
//! drops it, after the channel has been unlocked. A receive that is cancelled
//! loses nothing: its message is the next one.
//!
//! # Cost
//!
//! One lock per operation. The buffer grows as it is used, up to n.
//!
//! ```
//! use chanpatterns::channel::dropping;
//!
//! let (tx, rx) = dropping::bounded(2);
//! tx.send_many(["Ann", "Ben"]).unwrap();
//! assert_eq!(tx.offer("Cat"), Ok(Some("Cat"))); // no seat left
//! drop(tx);
//! assert_eq!(rx.iter().collect::<Vec<_>>(), ["Ann", "Ben"]);
//! ```

use super::engine::{Engine, Handle};
use super::error::{SendError, TrySendError};
use super::handoff::Handoff;
use super::kind::Kind;
use seats::Seats;

/// When full, the newest falls out: the kind of the channels of this module.
#[derive(Debug)]
pub enum Dropping {}

/// The sending end of a dropping buffer.
pub type Sender<T> = super::Sender<T, Dropping>;

/// The receiving end of a dropping buffer.
pub type Receiver<T> = super::Receiver<T, Dropping>;

impl<T> Kind<T> for Dropping {
    type Engine = Handoff<T, Seats<T>>;
}

/// A channel that keeps the first `capacity` messages; a send never waits.
///
/// ```
/// use chanpatterns::channel::dropping;
///
/// let (tx, rx) = dropping::bounded(3);
/// tx.send_many(1..=100).unwrap();
/// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    super::ends(Handoff::new(Seats::new(capacity)))
}

impl<T> super::Sender<T, Dropping> {
    /// Sends `message`, and gives it out again if it fell out.
    ///
    /// Never waits.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is closed.
    ///
    /// ```
    /// use chanpatterns::channel::{SendError, dropping};
    ///
    /// let (tx, rx) = dropping::bounded(1);
    /// assert_eq!(tx.offer(1), Ok(None));
    /// assert_eq!(tx.offer(2), Ok(Some(2)));
    /// drop(rx);
    /// assert_eq!(tx.offer(3), Err(SendError(3)));
    /// ```
    pub fn offer(&self, message: T) -> Result<Option<T>, SendError<T>> {
        let offered = self.engine().try_send(message);
        offered.map_err(TrySendError::into_closed)
    }
}

mod seats {
    use super::super::store::{Queue, Store};
    use crate::wait::Ticket;

    /// A queue of which nobody waits for a place.
    pub struct Seats<T>(Queue<T>);

    impl<T> Seats<T> {
        pub(super) fn new(capacity: usize) -> Self {
            Seats(Queue::new(capacity))
        }
    }

    impl<T> Store<T> for Seats<T> {
        const SPILLS: bool = true;

        fn capacity(&self) -> Option<usize> {
            self.0.capacity()
        }

        fn len(&self) -> usize {
            self.0.len()
        }

        fn push(&mut self, message: T) {
            self.0.push(message);
        }

        fn pop(&mut self) -> Option<T> {
            self.0.pop()
        }

        fn put_back(&mut self, message: T, turn: Ticket) {
            self.0.put_back(message, turn);
        }

        fn visit(&self, visit: &mut dyn FnMut(&T)) {
            self.0.visit(visit);
        }
    }
}
