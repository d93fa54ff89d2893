//! Room that is kept for one message.

use super::engine::{Engine, Handle};
use super::error::SendError;
use super::fifo::Fifo;
use super::kind::Kind;
use super::sender::Sender;
use std::fmt;

/// Room for one message, kept by [`Sender::reserve`].
///
/// It counts as a sender: the channel does not close for want of senders while
/// it is there. Dropping it frees the room for the next in line.
pub struct Permit<T, K: Kind<T> = Fifo> {
    // `None` once the room is used.
    sender: Option<Sender<T, K>>,
}

impl<T, K: Kind<T>> Permit<T, K> {
    /// Takes over one reservation.
    pub(super) fn new(sender: Sender<T, K>) -> Self {
        Permit {
            sender: Some(sender),
        }
    }

    /// Sends, without waiting.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel was closed meanwhile.
    pub fn send(mut self, message: T) -> Result<(), SendError<T>> {
        let sender = self.sender.take().expect("a permit is used once");
        let sent = sender.engine().send_reserved(message);
        sent.map(drop).map_err(SendError)
    }

    /// Gives the room back, and the sender that the permit holds.
    pub fn release(mut self) -> Sender<T, K> {
        let sender = self.sender.take().expect("a permit is used once");
        sender.engine().release();
        sender
    }
}

impl<T, K: Kind<T>> Drop for Permit<T, K> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.engine().release();
        }
    }
}

impl<T, K: Kind<T>> fmt::Debug for Permit<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit { .. }")
    }
}
