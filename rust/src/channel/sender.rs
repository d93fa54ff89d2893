//! The sending end.

use super::core::{Core, Unsent};
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::observer::{self, Observer};
use super::patience::Patience;
use crate::sync::Arc;
use std::fmt;
use std::time::{Duration, Instant};

/// The sending end of a channel.
///
/// Clone it to send from several places. The channel closes when the last
/// sender is dropped.
pub struct Sender<T> {
    core: Arc<Core<T>>,
}

impl<T> Sender<T> {
    /// Takes over one sender that `core` has counted.
    pub(super) fn new(core: Arc<Core<T>>) -> Self {
        Sender { core }
    }

    /// Sends `message`, and waits for room if there is none.
    ///
    /// At capacity 0 it waits until a receiver has taken the message.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is closed, or closes while the
    /// send waits.
    ///
    /// ```
    /// use chanpatterns::channel::{self, SendError};
    ///
    /// let (tx, rx) = channel::unbounded();
    /// tx.send(1).unwrap();
    /// drop(rx);
    /// assert_eq!(tx.send(2), Err(SendError(2)));
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.core
            .send(message, Some(Patience::forever()))
            .map_err(|unsent| match unsent {
                Unsent::Closed(message) | Unsent::TimedOut(message) => {
                    SendError(message)
                }
            })
    }

    /// Sends `message` if that needs no waiting.
    ///
    /// At capacity 0 it succeeds only against a receiver that waits.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.core
            .send(message, None)
            .map_err(|unsent| match unsent {
                Unsent::Closed(message) => TrySendError::Closed(message),
                Unsent::TimedOut(message) => TrySendError::Full(message),
            })
    }

    /// Sends `message`, and waits for room at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The message comes back if the time ran out or the channel is closed.
    ///
    /// ```
    /// use chanpatterns::channel::{self, SendTimeoutError};
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = channel::rendezvous();
    /// let late = tx.send_timeout(1, Duration::from_millis(5));
    /// assert_eq!(late, Err(SendTimeoutError::Timeout(1)));
    /// ```
    pub fn send_timeout(
        &self,
        message: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_with(message, Patience::lasting(timeout))
    }

    /// Sends `message`, and waits for room at most until `deadline`.
    ///
    /// # Errors
    ///
    /// The message comes back if the time ran out or the channel is closed.
    pub fn send_deadline(
        &self,
        message: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_with(message, Patience::until(Some(deadline)))
    }

    /// Sends like [`send_deadline`](Self::send_deadline), and asks `go_on`
    /// every so often whether to go on waiting.
    ///
    /// This is for a host that has something else to look after while it waits:
    /// an interpreter its signals, a server its shutdown. The send keeps its
    /// place in the queue meanwhile. `None` is no deadline.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is closed, or, as `Timeout`, if
    /// the time ran out or `go_on` said no.
    ///
    /// # Panics
    ///
    /// If `go_on` panics, the wait ends as if it had said no, and the panic
    /// goes on; the message, sent or not, is out of the caller's hands.
    pub fn send_watched(
        &self,
        message: T,
        deadline: Option<Instant>,
        every: Duration,
        go_on: impl FnMut() -> bool,
    ) -> Result<(), SendTimeoutError<T>> {
        observer::watching(go_on, |go_on| {
            let patience = Patience::until(deadline);
            self.send_with(message, patience.watched(every, go_on))
        })
    }

    fn send_with(
        &self,
        message: T,
        patience: Patience<'_>,
    ) -> Result<(), SendTimeoutError<T>> {
        self.core
            .send(message, Some(patience))
            .map_err(|unsent| match unsent {
                Unsent::Closed(message) => SendTimeoutError::Closed(message),
                Unsent::TimedOut(message) => SendTimeoutError::Timeout(message),
            })
    }

    /// Closes the channel for everyone; true if it was open.
    ///
    /// Every send fails from now on, those that wait included. What is queued
    /// can still be received.
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Whether the channel is closed, so that every send would fail.
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// How many messages are queued; messages of waiting senders do not count.
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether as many messages are queued as there is room for; a channel of
    /// capacity 0 is always full.
    pub fn is_full(&self) -> bool {
        self.core.is_full()
    }

    /// How many messages there is room for; `None` is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity()
    }

    /// Whether both send on the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }

    /// A handle that looks at the channel and keeps no end of it open.
    pub fn observer(&self) -> Observer<T> {
        Observer::new(Arc::clone(&self.core))
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.core.add_sender();
        Sender::new(Arc::clone(&self.core))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.core.drop_sender();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender { .. }")
    }
}
