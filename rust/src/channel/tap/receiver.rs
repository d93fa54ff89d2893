//! The receiving end: a tap.

use super::super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::super::observer::watching;
use super::future::{ClosedFuture, RecvFuture};
use super::iter::{IntoIter, Iter, TryIter};
use super::operation::Receiving;
use super::shared::Shared;
use super::weak::WeakReceiver;
use super::{Kind, Memory, Taken};
use crate::sync::{Arc, AtomicUsize};
use crate::wait::{self, Patience};
use std::fmt;
use std::time::{Duration, Instant};

/// The receiving end of a channel whose every receiver sees every message: a
/// tap.
///
/// A clone stands where this one stands, and both see the rest, each for
/// itself: what the one has read the other can *replay*. Dropping it frees what
/// was kept for it alone, and the senders that waited for it.
pub struct Receiver<T, K: Kind<T>> {
    shared: Arc<Shared<K::Memory>>,
    /// Where it stands; see [`Shared::try_take`].
    position: AtomicUsize,
}

impl<T, K: Kind<T>> Receiver<T, K> {
    /// A tap that sees what is sent from now on.
    pub(super) fn join(shared: &Arc<Shared<K::Memory>>) -> Self {
        Self::new(shared, shared.subscribe())
    }

    /// Takes over one tap that `shared` has counted.
    pub(super) fn new(
        shared: &Arc<Shared<K::Memory>>,
        position: usize,
    ) -> Self {
        Receiver {
            shared: Arc::clone(shared),
            position: AtomicUsize::new(position),
        }
    }

    pub(in super::super) fn shared(&self) -> &Arc<Shared<K::Memory>> {
        &self.shared
    }

    pub(super) fn position(&self) -> &AtomicUsize {
        &self.position
    }

    /// Takes what is next, and waits until it is there or patience runs out.
    pub(in super::super) fn take<'a>(
        &self,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<Taken<T, K>, RecvTimeoutError> {
        match self.shared.try_take(&self.position) {
            Ok(taken) => Ok(taken),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => self.wait_to_take(patience()),
        }
    }

    /// The receive of something that was not there.
    #[cold]
    fn wait_to_take(
        &self,
        mut patience: Patience<'_>,
    ) -> Result<Taken<T, K>, RecvTimeoutError> {
        let mut receiving = Receiving::new(self);
        wait::wait(&mut receiving, &mut patience);
        match receiving.take() {
            Some(taken) => taken.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Closes the channel for everyone; true if it was open.
    ///
    /// Every send fails from now on, those that wait included. Each receiver
    /// can still receive what was sent before.
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Whether the channel is closed; there may still be something to receive.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Waits until the channel is closed; there may still be something to
    /// receive. A thread waits by [`ClosedFuture::wait`].
    pub fn closed(&self) -> ClosedFuture<'_, T, K> {
        ClosedFuture::new(&self.shared)
    }

    /// How many messages this receiver could receive now.
    pub fn len(&self) -> usize {
        self.shared.ahead(&self.position)
    }

    /// Whether this receiver has received everything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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

    /// Whether both receive from the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// A handle that can become a receiver again, and holds nothing back.
    pub fn downgrade(&self) -> WeakReceiver<T, K> {
        WeakReceiver::new(Arc::clone(&self.shared))
    }
}

/// What gives messages clones them, on the thread that receives and under no
/// lock; the last receiver of a message usually has it without a clone. If the
/// clone panics, this receiver has passed that message.
impl<T: Clone, K: Kind<T>> Receiver<T, K> {
    /// Receives what is next for this receiver, and waits if there is nothing.
    ///
    /// # Errors
    ///
    /// The channel is closed, and this receiver has received everything.
    ///
    /// ```
    /// use chanpatterns::channel::{broadcast, RecvError};
    ///
    /// let (tx, rx) = broadcast::unbounded();
    /// tx.send(1).unwrap();
    /// let replay = rx.clone();
    /// drop(tx);
    /// assert_eq!((rx.recv(), rx.recv()), (Ok(1), Err(RecvError)));
    /// assert_eq!(replay.recv(), Ok(1));
    /// ```
    pub fn recv(&self) -> Result<K::Item, RecvError> {
        let taken = self.take(Patience::forever);
        taken.map(K::Memory::item).map_err(|_closed| RecvError)
    }

    /// Receives what is next for this receiver, if it is there.
    ///
    /// # Errors
    ///
    /// Nothing is there now, or the channel is closed and everything received.
    pub fn try_recv(&self) -> Result<K::Item, TryRecvError> {
        let taken = self.shared.try_take(&self.position)?;
        Ok(K::Memory::item(taken))
    }

    /// Receives what is next, and waits for it at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The time ran out, or the channel is closed and everything received.
    pub fn recv_timeout(
        &self,
        timeout: Duration,
    ) -> Result<K::Item, RecvTimeoutError> {
        self.recv_with(|| Patience::lasting(timeout))
    }

    /// Receives what is next, and waits for it at most until `deadline`.
    ///
    /// A message that is there is received even if the deadline has passed.
    ///
    /// # Errors
    ///
    /// The time ran out, or the channel is closed and everything received.
    pub fn recv_deadline(
        &self,
        deadline: Instant,
    ) -> Result<K::Item, RecvTimeoutError> {
        self.recv_with(|| Patience::until(Some(deadline)))
    }

    /// Receives like [`recv_deadline`](Self::recv_deadline), and asks `go_on`
    /// every so often whether to go on waiting; see
    /// [`channel::Receiver::recv_watched`][watched].
    ///
    /// # Errors
    ///
    /// The channel is closed and everything received, or, as `Timeout`, the
    /// time ran out or `go_on` said no.
    ///
    /// # Panics
    ///
    /// If `go_on` panics, the wait ends as if it had said no, and the panic
    /// goes on; a message that arrives in that very moment goes with it.
    ///
    /// [watched]: crate::channel::Receiver::recv_watched
    pub fn recv_watched(
        &self,
        deadline: Option<Instant>,
        every: Duration,
        go_on: impl FnMut() -> bool,
    ) -> Result<K::Item, RecvTimeoutError> {
        watching(go_on, |go_on| {
            self.recv_with(|| Patience::until(deadline).watched(every, go_on))
        })
    }

    fn recv_with<'a>(
        &self,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<K::Item, RecvTimeoutError> {
        self.take(patience).map(K::Memory::item)
    }

    /// Receives what is next from a task, on any executor.
    ///
    /// Nothing happens before the future is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up and loses nothing.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after its completion.
    pub fn recv_async(&self) -> RecvFuture<'_, T, K> {
        RecvFuture::new(self)
    }

    /// What this receiver receives, until the channel is closed and everything
    /// received; `next` waits like [`recv`](Self::recv).
    pub fn iter(&self) -> Iter<'_, T, K> {
        Iter::new(self)
    }

    /// What is there for this receiver, without waiting.
    ///
    /// `next` is [`try_recv`](Self::try_recv): the iterator ends when nothing
    /// is there, and may go on when asked again later.
    pub fn try_iter(&self) -> TryIter<'_, T, K> {
        TryIter::new(self)
    }
}

impl<T, K: Kind<T>> Clone for Receiver<T, K> {
    fn clone(&self) -> Self {
        Self::new(&self.shared, self.shared.join_at(&self.position))
    }
}

impl<T, K: Kind<T>> Drop for Receiver<T, K> {
    fn drop(&mut self) {
        self.shared.remove_tap(&self.position);
    }
}

impl<T, K: Kind<T>> fmt::Debug for Receiver<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver { .. }")
    }
}

impl<T: Clone, K: Kind<T>> IntoIterator for Receiver<T, K> {
    type Item = K::Item;
    type IntoIter = IntoIter<T, K>;

    fn into_iter(self) -> IntoIter<T, K> {
        IntoIter::new(self)
    }
}

impl<'a, T: Clone, K: Kind<T>> IntoIterator for &'a Receiver<T, K> {
    type Item = K::Item;
    type IntoIter = Iter<'a, T, K>;

    fn into_iter(self) -> Iter<'a, T, K> {
        self.iter()
    }
}
