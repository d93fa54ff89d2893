//! What every kind of channel does, whichever engine it runs on.

use super::error::{TryRecvError, TrySendError};
use crate::sync::{Arc, Mutex};
use crate::wait::{Ticket, Token};
use std::collections::VecDeque;

/// A message that is handed over.
pub(crate) struct Handed<T> {
    pub(crate) message: T,
    /// The place of the first receiver that it was handed to and that gave it
    /// back; [`Ticket::LAST`] if there was none. Receivers are handed messages
    /// in the order of their places, so messages that come back are put in
    /// order by this.
    pub(crate) turn: Ticket,
}

/// Where a receiver finds what it is handed.
pub(crate) type Slot<T> = Mutex<Option<Handed<T>>>;

/// The place of a receiver that waits.
pub(crate) struct RecvPlace<T> {
    /// `None` once it has left.
    pub(crate) ticket: Option<Ticket>,
    /// Where an engine that hands over puts the message; with the ticket, which
    /// is kept when the receiver has left.
    pub(crate) slot: Option<(Arc<Slot<T>>, Ticket)>,
}

/// One channel: its buffer, who waits, whether it is closed.
///
/// The operations that wait are built from an attempt, an entry into a queue,
/// and a way out of it; see `crate::wait`. An `enter_` looks once more under
/// the lock, and enters (`Some`) only if an attempt would fail.
pub(crate) trait Engine<T> {
    /// Whether no send ever waits, since a message falls out where there is no
    /// room.
    #[cfg(feature = "futures")]
    fn spills(&self) -> bool {
        false
    }

    /// Sends if there is room; what fell out of the buffer for it, if anything
    /// did.
    fn try_send(&self, message: T) -> Result<Option<T>, TrySendError<T>>;

    /// Receives if something is there.
    fn try_recv(&self) -> Result<T, TryRecvError>;

    /// Takes a place for a later [`send_reserved`](Self::send_reserved).
    fn try_reserve(&self) -> Result<(), TrySendError<()>>;

    /// A sender enters. An engine that hands over takes the message along.
    fn enter_send(
        &self,
        message: &mut Option<T>,
        token: Token,
        first: bool,
    ) -> Option<Ticket>;

    fn enter_recv(&self, token: Token, first: bool) -> Option<RecvPlace<T>>;

    fn enter_reserve(&self, token: Token, first: bool) -> Option<Ticket>;

    /// A sender, or one who reserves, leaves; with its message, if the engine
    /// had taken it along and it was not sent.
    fn leave_send(&self, ticket: Ticket) -> Option<T>;

    fn leave_recv(&self, ticket: Ticket);

    /// A sender that was told to look again does not.
    fn pass_on_send(&self);

    /// A receiver that was told to look again does not.
    fn pass_on_recv(&self);

    /// Whether to look again before entering: a guess, and cheap.
    fn guess_send(&self) -> Option<bool>;

    fn guess_recv(&self) -> Option<bool>;

    /// Whether it might complete without entering, where one can look.
    fn look_send(&self) -> Option<bool>;

    fn look_recv(&self) -> Option<bool>;

    /// Sends on a place that was reserved.
    fn send_reserved(&self, message: T) -> Result<Option<T>, T>;

    /// Frees a place that was reserved.
    fn release(&self);

    /// Sends from the front of `messages` as many as there is room for; false
    /// if the channel is closed.
    fn try_send_many(&self, messages: &mut VecDeque<T>) -> bool;

    /// Takes at most `limit` messages that are there.
    fn try_recv_many(&self, taken: &mut Vec<T>, limit: usize) -> usize;

    /// Takes everything that is there, in one step.
    fn drain(&self) -> VecDeque<T>;

    /// Puts a message back, as the next one.
    fn put_back(&self, message: T);

    /// Puts back a message that a receiver was handed and does not take: as the
    /// next one, but behind those that were handed out before it.
    fn hand_back(&self, message: T, _turn: Ticket) {
        self.put_back(message);
    }

    /// Visits what is queued, and what senders wait with if the engine has
    /// that.
    fn visit(&self, visit: &mut dyn FnMut(&T));

    /// Closes; true if it was open. `discard` drops what is queued.
    fn close(&self, discard: bool) -> bool;

    /// Whether it is closed.
    fn is_closed(&self) -> bool;

    /// How many messages are queued.
    fn len(&self) -> usize;

    /// How many there is room for.
    fn capacity(&self) -> Option<usize>;
}

/// An end of a channel, owned or borrowed.
pub(crate) trait Handle<T> {
    type Engine: Engine<T>;

    fn engine(&self) -> &Self::Engine;
}

impl<T, H: Handle<T>> Handle<T> for &H {
    type Engine = H::Engine;

    fn engine(&self) -> &H::Engine {
        (**self).engine()
    }
}
