//! When full, the oldest falls out: a channel that keeps the last n messages.
//!
//! Also known as a sliding buffer (core.async), an overwriting or circular
//! buffer, drop-oldest or drop-head (Kotlin's `DROP_OLDEST`, Akka's
//! `dropHead`); Python has it as `deque(maxlen=n)`, without the waiting. For
//! what grows stale: positions, prices, frames. Whoever must not miss a message
//! takes [`bounded`](super::bounded); whoever wants only the newest *value*,
//! again and again, wants a watch.
//!
//! The ends are those of every channel, with every operation of
//! [`Sender`](super::Sender) and [`Receiver`](super::Receiver), and
//! [`offer`](super::Sender#method.offer), which tells what fell out.
//!
//! # Blocking
//!
//! A send never waits: it goes to a receiver that waits, else into the buffer,
//! out of which the oldest message falls if there is no room. `try_send` never
//! says `Full`, and [`send_many`](super::Sender::send_many) sends all, of which
//! the last n remain. A receive waits for a message, and gets the oldest.
//!
//! [`reserve`](super::Sender::reserve) does wait: for a place that is really
//! free, and keeps it. A message that is sent by the permit makes nothing fall
//! out; meanwhile the others have one place less. If all places are reserved,
//! it is the message that is sent without a permit that falls out.
//!
//! At capacity 0 the rule leaves only what meets a receiver: a message for
//! which none waits falls out itself.
//!
//! # Closing
//!
//! As with every channel: sends fail at once and give their message back, and
//! what is in the buffer can still be received.
//!
//! # What is lost
//!
//! What falls out, and nothing else: every message that was sent is either
//! received once or falls out once, and `offer` gives it to the one whose
//! message pushed it out. Plain `send` drops it, after the channel has been
//! unlocked. A receive that is cancelled loses nothing: its message, like every
//! one that is [put back](super::Receiver::put_back), is the next one, stands
//! beside the n places, and never falls out.
//!
//! # Cost
//!
//! One lock per operation. The buffer grows as it is used, up to n.
//!
//! ```
//! use chanpatterns::channel::sliding;
//!
//! let (tx, rx) = sliding::bounded(2);
//! tx.send_many(["10:01", "10:02", "10:03"]).unwrap();
//! assert_eq!(tx.offer("10:04"), Ok(Some("10:02")));
//! drop(tx);
//! assert_eq!(rx.iter().collect::<Vec<_>>(), ["10:03", "10:04"]);
//! ```

use super::engine::{Engine, Handle};
use super::error::{SendError, TrySendError};
use super::handoff::Handoff;
use super::kind::Kind;
use window::Window;

/// When full, the oldest falls out: the kind of the channels of this module.
#[derive(Debug)]
pub enum Sliding {}

/// The sending end of a sliding buffer.
pub type Sender<T> = super::Sender<T, Sliding>;

/// The receiving end of a sliding buffer.
pub type Receiver<T> = super::Receiver<T, Sliding>;

impl<T> Kind<T> for Sliding {
    type Engine = Handoff<T, Window<T>>;
}

/// A channel that keeps the last `capacity` messages; a send never waits.
///
/// ```
/// use chanpatterns::channel::sliding;
///
/// let (tx, rx) = sliding::bounded(3);
/// tx.send_many(1..=100).unwrap();
/// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [98, 99, 100]);
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    super::ends(Handoff::new(Window::new(capacity)))
}

impl<T> super::Sender<T, Sliding> {
    /// Sends `message`, and gives out the one that fell out for it: the oldest.
    ///
    /// Never waits. It gives `message` itself out if all places are reserved,
    /// or if there are none.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is closed.
    ///
    /// ```
    /// use chanpatterns::channel::{SendError, sliding};
    ///
    /// let (tx, rx) = sliding::bounded(1);
    /// assert_eq!(tx.offer(1), Ok(None));
    /// assert_eq!(tx.offer(2), Ok(Some(1)));
    /// drop(rx);
    /// assert_eq!(tx.offer(3), Err(SendError(3)));
    /// ```
    pub fn offer(&self, message: T) -> Result<Option<T>, SendError<T>> {
        let offered = self.engine().try_send(message);
        offered.map_err(TrySendError::into_closed)
    }
}

mod window {
    use super::super::store::{Store, Turns};
    use crate::wait::Ticket;
    use std::collections::VecDeque;

    /// The messages, the oldest first; in front of them those that were put
    /// back.
    pub struct Window<T> {
        capacity: usize,
        messages: VecDeque<T>,
        /// Those that were put back. They have been given out once, and are not
        /// in the places out of which messages fall.
        returned: Turns,
    }

    impl<T> Window<T> {
        pub(super) fn new(capacity: usize) -> Self {
            Window {
                capacity,
                messages: VecDeque::new(),
                returned: Turns::new(),
            }
        }
    }

    impl<T> Store<T> for Window<T> {
        const SPILLS: bool = true;

        fn capacity(&self) -> Option<usize> {
            Some(self.capacity)
        }

        fn len(&self) -> usize {
            self.messages.len()
        }

        fn push(&mut self, message: T) {
            self.messages.push_back(message);
        }

        fn spill(&mut self, message: T) -> T {
            match self.messages.remove(self.returned.len()) {
                Some(oldest) => {
                    self.messages.push_back(message);
                    oldest
                }
                None => message,
            }
        }

        fn pop(&mut self) -> Option<T> {
            self.returned.pop();
            self.messages.pop_front()
        }

        fn put_back(&mut self, message: T, turn: Ticket) {
            let place = self.returned.insert(turn);
            self.messages.insert(place, message);
        }

        fn visit(&self, visit: &mut dyn FnMut(&T)) {
            self.messages.iter().for_each(visit);
        }

        fn has_room(&self, reserved: usize) -> bool {
            let places = self.messages.len() - self.returned.len();
            places + reserved < self.capacity
        }
    }
}
