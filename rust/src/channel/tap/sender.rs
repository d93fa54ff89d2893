//! The sending end.

use super::super::error::{SendError, SendTimeoutError, TrySendError};
use super::super::observer::watching;
use super::future::{ClosedFuture, SendFuture};
use super::operation::Sending;
use super::receiver::Receiver;
use super::shared::Shared;
use super::weak::WeakSender;
use super::{Kind, Memory, unsent};
use crate::sync::Arc;
use crate::wait::{self, Operation, Patience};
use std::fmt;
use std::time::{Duration, Instant};

/// The sending end of a channel whose every receiver sees every message.
///
/// Clone it to send from several places. The channel closes when the last
/// sender is dropped; a [`WeakSender`] does not count.
pub struct Sender<T, K: Kind<T>> {
    shared: Arc<Shared<K::Memory>>,
}

impl<T, K: Kind<T>> Sender<T, K> {
    /// Takes over one sender that `shared` has counted.
    pub(super) fn new(shared: Arc<Shared<K::Memory>>) -> Self {
        Sender { shared }
    }

    pub(in super::super) fn shared(&self) -> &Arc<Shared<K::Memory>> {
        &self.shared
    }

    /// Sends `message` to every receiver, and waits for room if there is none.
    ///
    /// Only a bounded broadcast is ever without room: while its slowest
    /// receiver is as many messages behind as the capacity.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is closed, or closes while the
    /// send waits; from a broadcast also if there is no receiver.
    ///
    /// ```
    /// use chanpatterns::channel::{broadcast, SendError};
    ///
    /// let (tx, one) = broadcast::unbounded();
    /// let two = tx.subscribe();
    /// tx.send(7).unwrap();
    /// assert_eq!((one.recv(), two.recv()), (Ok(7), Ok(7)));
    /// drop((one, two));
    /// assert_eq!(tx.send(8), Err(SendError(8)));
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.send_with(message, Patience::forever)
            .map_err(|unsent| SendError(unsent.into_inner()))
    }

    /// Sends `message` if that needs no waiting.
    ///
    /// # Errors
    ///
    /// The message comes back if there is no room, or for the reasons of
    /// [`send`](Self::send).
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let sent = self.shared.try_send(Arc::new(message));
        sent.map_err(|error| match error {
            TrySendError::Full(message) => TrySendError::Full(unsent(message)),
            TrySendError::Closed(message) => {
                TrySendError::Closed(unsent(message))
            }
        })
    }

    /// Sends `message`, and waits for room at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The message comes back if the time ran out, or for the reasons of
    /// [`send`](Self::send). A send that ran out of time was seen by nobody.
    pub fn send_timeout(
        &self,
        message: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_with(message, || Patience::lasting(timeout))
    }

    /// Sends `message`, and waits for room at most until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Self::send_timeout).
    pub fn send_deadline(
        &self,
        message: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_with(message, || Patience::until(Some(deadline)))
    }

    /// Sends like [`send_deadline`](Self::send_deadline), and asks `go_on`
    /// every so often whether to go on waiting; see
    /// [`channel::Sender::send_watched`](crate::channel::Sender::send_watched).
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Self::send_timeout); `Timeout` also if `go_on` said
    /// no.
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
        watching(go_on, |go_on| {
            self.send_with(message, || {
                Patience::until(deadline).watched(every, go_on)
            })
        })
    }

    fn send_with<'a>(
        &self,
        message: T,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<(), SendTimeoutError<T>> {
        let mut sending = Sending::new(self, message);
        if !sending.attempt() {
            wait::wait(&mut sending, &mut patience());
        }
        match (sending.take_result(), sending.take_message()) {
            (Some(sent), _) => sent.map_err(SendTimeoutError::from),
            (None, Some(message)) => Err(SendTimeoutError::Timeout(message)),
            (None, None) => unreachable!("a message was sent or is here"),
        }
    }

    /// Sends `message` from a task, on any executor; see [`send`](Self::send).
    ///
    /// Nothing happens before the future is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up. The message is dropped with it, unless it
    /// was sent; every receiver sees it, or none.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after its completion.
    pub fn send_async(&self, message: T) -> SendFuture<'_, T, K> {
        SendFuture::new(self, message)
    }

    /// A receiver that sees what is sent from now on; of a watch, one that has
    /// seen the present value.
    ///
    /// On a closed channel it finds the end at once.
    pub fn subscribe(&self) -> Receiver<T, K> {
        Receiver::join(&self.shared)
    }

    /// Closes the channel for everyone; true if it was open.
    ///
    /// Every send fails from now on, those that wait included. Each receiver
    /// can still receive what was sent before.
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Whether every send would fail: the channel was closed, or it is a
    /// broadcast without a receiver.
    ///
    /// A broadcast that was not closed is open again for the next who
    /// [`subscribe`](Self::subscribe)s.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Waits until every send would fail, for the reasons of
    /// [`is_closed`](Self::is_closed). A thread waits by
    /// [`ClosedFuture::wait`].
    ///
    /// For a sender that makes something expensive and wants to stop when
    /// nobody listens. If somebody subscribes at the very moment, the wait may
    /// go on.
    pub fn closed(&self) -> ClosedFuture<'_, T, K> {
        ClosedFuture::new(&self.shared)
    }

    /// How many messages are kept: those that the slowest receiver has yet to
    /// receive. A watch always keeps one.
    pub fn len(&self) -> usize {
        self.shared.look(K::Memory::len)
    }

    /// Whether no message is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether as many messages are kept as can be.
    pub fn is_full(&self) -> bool {
        let capacity = self.capacity();
        capacity.is_some_and(|capacity| self.len() >= capacity)
    }

    /// How many messages can be kept; `None` is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.shared.look(K::Memory::capacity)
    }

    /// How many senders the channel has.
    pub fn sender_count(&self) -> usize {
        self.shared.sender_count()
    }

    /// How many receivers the channel has.
    pub fn receiver_count(&self) -> usize {
        self.shared.tap_count()
    }

    /// Whether both send on the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// A handle that can become a sender again, and does not keep the channel
    /// open.
    pub fn downgrade(&self) -> WeakSender<T, K> {
        WeakSender::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> Clone for Sender<T, K> {
    fn clone(&self) -> Self {
        self.shared.add_sender();
        Sender::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> Drop for Sender<T, K> {
    fn drop(&mut self) {
        self.shared.remove_sender();
    }
}

impl<T, K: Kind<T>> fmt::Debug for Sender<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender { .. }")
    }
}
