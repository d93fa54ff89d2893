//! The receiving end.

use super::engine::{Engine, Handle};
use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::fifo::Fifo;
use super::future::{ClosedFuture, RecvFuture};
use super::iter::{IntoIter, Iter, TryIter};
use super::kind::Kind;
use super::observer::{self, Observer};
use super::operation::Receiving;
use super::shared::{End, Shared};
use super::weak::WeakReceiver;
use crate::sync::Arc;
use crate::wait::{self, Patience};
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// The receiving end of a channel.
///
/// Clone it to receive in several places: each message goes to one of them.
/// When the last receiver is dropped the channel closes, and what is queued is
/// dropped at once. A [`WeakReceiver`] does not count.
pub struct Receiver<T, K: Kind<T> = Fifo> {
    shared: Arc<Shared<K::Engine>>,
}

impl<T, K: Kind<T>> Receiver<T, K> {
    /// Takes over one receiver that `shared` has counted.
    pub(crate) fn new(shared: Arc<Shared<K::Engine>>) -> Self {
        Receiver { shared }
    }

    /// Receives a message, and waits for one if there is none.
    ///
    /// # Errors
    ///
    /// The channel is closed and drained.
    ///
    /// ```
    /// use chanpatterns::channel::{self, RecvError};
    ///
    /// let (tx, rx) = channel::unbounded();
    /// tx.send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.recv(), Ok(1));
    /// assert_eq!(rx.recv(), Err(RecvError));
    /// ```
    pub fn recv(&self) -> Result<T, RecvError> {
        match self.shared.engine.try_recv() {
            Ok(message) => Ok(message),
            Err(TryRecvError::Closed) => Err(RecvError),
            Err(TryRecvError::Empty) => self
                .wait_to_recv(Patience::forever())
                .map_err(|_closed| RecvError),
        }
    }

    /// Receives a message if one is there.
    ///
    /// At capacity 0 it succeeds only against a sender that waits.
    ///
    /// # Errors
    ///
    /// Nothing is there now, or the channel is closed and drained.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.shared.engine.try_recv()
    }

    /// Receives a message, and waits for one at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The time ran out, or the channel is closed and drained.
    ///
    /// ```
    /// use chanpatterns::channel::{self, RecvTimeoutError};
    /// use std::time::Duration;
    ///
    /// let (tx, rx) = channel::unbounded::<()>();
    /// let late = rx.recv_timeout(Duration::from_millis(5));
    /// assert_eq!(late, Err(RecvTimeoutError::Timeout));
    /// # drop(tx);
    /// ```
    pub fn recv_timeout(
        &self,
        timeout: Duration,
    ) -> Result<T, RecvTimeoutError> {
        self.recv_with(|| Patience::lasting(timeout))
    }

    /// Receives a message, and waits for one at most until `deadline`.
    ///
    /// A message that is there is received even if the deadline has passed.
    ///
    /// # Errors
    ///
    /// The time ran out, or the channel is closed and drained.
    pub fn recv_deadline(
        &self,
        deadline: Instant,
    ) -> Result<T, RecvTimeoutError> {
        self.recv_with(|| Patience::until(Some(deadline)))
    }

    /// Receives like [`recv_deadline`](Self::recv_deadline), and asks `go_on`
    /// every so often whether to go on waiting.
    ///
    /// This is for a host that has something else to look after while it waits:
    /// an interpreter its signals, a server its shutdown. The receive keeps its
    /// place in the queue meanwhile. `None` is no deadline.
    ///
    /// # Errors
    ///
    /// The channel is closed and drained, or, as `Timeout`, the time ran out or
    /// `go_on` said no. If a message arrives as `go_on` says no, it is
    /// received: nothing is lost.
    ///
    /// # Panics
    ///
    /// If `go_on` panics, the wait ends as if it had said no, and the panic
    /// goes on; a message that arrives in that very moment goes with it.
    pub fn recv_watched(
        &self,
        deadline: Option<Instant>,
        every: Duration,
        go_on: impl FnMut() -> bool,
    ) -> Result<T, RecvTimeoutError> {
        observer::watching(go_on, |go_on| {
            self.recv_with(|| Patience::until(deadline).watched(every, go_on))
        })
    }

    fn recv_with<'a>(
        &self,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<T, RecvTimeoutError> {
        match self.shared.engine.try_recv() {
            Ok(message) => Ok(message),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => self.wait_to_recv(patience()),
        }
    }

    /// The receive of a message that was not there.
    #[cold]
    fn wait_to_recv(
        &self,
        mut patience: Patience<'_>,
    ) -> Result<T, RecvTimeoutError> {
        let mut receiving = Receiving::new(self);
        wait::wait(&mut receiving, &mut patience);
        match receiving.take_result() {
            Some(received) => received.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Receives a message from a task.
    ///
    /// The same receive for an `async` caller, on the same channel, on any
    /// executor. Nothing happens before the future is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up and loses nothing: a message that was
    /// already on its way goes to the next receiver. If several are dropped,
    /// their messages come in the order in which they were on their way.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after its completion.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::bounded(1);
    /// std::thread::spawn(move || tx.send("from a thread to a task"));
    /// let message = pollster::block_on(rx.recv_async());
    /// assert_eq!(message, Ok("from a thread to a task"));
    /// ```
    pub fn recv_async(&self) -> RecvFuture<'_, T, K> {
        RecvFuture::new(Cow::Borrowed(self))
    }

    /// Receives a message from a task like [`recv_async`](Self::recv_async);
    /// the future owns the receiver, so it can be kept anywhere.
    ///
    /// ```
    /// use chanpatterns::channel::{self, RecvFuture};
    ///
    /// let (tx, rx) = channel::unbounded();
    /// let receive: RecvFuture<'static, i32> = rx.into_recv_async();
    /// tx.send(1).unwrap();
    /// assert_eq!(pollster::block_on(receive), Ok(1));
    /// ```
    pub fn into_recv_async(self) -> RecvFuture<'static, T, K> {
        RecvFuture::new(Cow::Owned(self))
    }

    /// Receives at least one message and at most `limit`, waiting only for the
    /// first; appends them to `messages` and returns how many.
    ///
    /// One lock is taken for all that are there, which pays where many are. A
    /// limit of 0 receives nothing and does not wait.
    ///
    /// # Errors
    ///
    /// The channel is closed and drained.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::unbounded();
    /// tx.send_many(1..=5).unwrap();
    /// let mut batch = Vec::new();
    /// assert_eq!(rx.recv_many(&mut batch, 3), Ok(3));
    /// assert_eq!(batch, [1, 2, 3]);
    /// ```
    pub fn recv_many(
        &self,
        messages: &mut Vec<T>,
        limit: usize,
    ) -> Result<usize, RecvError> {
        let there = self.shared.engine.try_recv_many(messages, limit);
        if there > 0 || limit == 0 {
            return Ok(there);
        }
        messages.push(self.recv()?);
        let more = self.shared.engine.try_recv_many(messages, limit - 1);
        Ok(1 + more)
    }

    /// Receives several messages from a task; see
    /// [`recv_many`](Self::recv_many).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn recv_many_async(
        &self,
        messages: &mut Vec<T>,
        limit: usize,
    ) -> Result<usize, RecvError> {
        let there = self.shared.engine.try_recv_many(messages, limit);
        if there > 0 || limit == 0 {
            return Ok(there);
        }
        messages.push(self.recv_async().await?);
        let more = self.shared.engine.try_recv_many(messages, limit - 1);
        Ok(1 + more)
    }

    /// Takes out everything that is queued, in one step and without waiting.
    ///
    /// At capacity 0 and 1 senders that wait are done thereby, and their
    /// messages come last; above, they find room.
    pub fn drain(&self) -> impl Iterator<Item = T> + use<T, K> {
        self.shared.engine.drain().into_iter()
    }

    /// Puts a message back that this channel gave out: it is the next one that
    /// is received, ahead of all that is queued.
    ///
    /// For a receiver that cannot use what it received, because it was
    /// cancelled meanwhile, say. A receiver that waits is woken for it. There
    /// is always room for it; while it is there, the channel may hold one more
    /// than its capacity. Never waits.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::unbounded();
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// let first = rx.recv().unwrap();
    /// rx.put_back(first);
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn put_back(&self, message: T) {
        self.shared.engine.put_back(message);
    }

    /// Messages as they come, until the channel is closed and drained.
    ///
    /// `next` waits like [`recv`](Self::recv).
    pub fn iter(&self) -> Iter<'_, T, K> {
        Iter::new(self)
    }

    /// The messages that are there, without waiting.
    ///
    /// `next` is [`try_recv`](Self::try_recv): the iterator ends when nothing
    /// is there, and may go on when asked again later.
    pub fn try_iter(&self) -> TryIter<'_, T, K> {
        TryIter::new(self)
    }

    /// Closes the channel for everyone; true if it was open.
    ///
    /// Every send fails from now on, those that wait included. What is queued
    /// can still be received.
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Waits until the channel is closed; there may still be something to
    /// drain. A thread waits by [`ClosedFuture::wait`].
    pub fn closed(&self) -> ClosedFuture<'_> {
        ClosedFuture::new(&self.shared.closed)
    }

    /// Whether the channel is closed; there may still be something to drain.
    pub fn is_closed(&self) -> bool {
        self.shared.engine.is_closed()
    }

    /// How many messages are queued; messages of waiting senders do not count.
    pub fn len(&self) -> usize {
        self.shared.engine.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether as many messages are queued as there is room for; a channel of
    /// capacity 0 is always full.
    pub fn is_full(&self) -> bool {
        let capacity = self.capacity();
        capacity.is_some_and(|capacity| self.len() >= capacity)
    }

    /// How many messages there is room for; `None` is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.shared.engine.capacity()
    }

    /// Whether both receive from the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// How many senders the channel has.
    pub fn sender_count(&self) -> usize {
        self.shared.count(End::Sender)
    }

    /// How many receivers the channel has.
    pub fn receiver_count(&self) -> usize {
        self.shared.count(End::Receiver)
    }

    /// A handle that can become a receiver again, and keeps no end open.
    pub fn downgrade(&self) -> WeakReceiver<T, K> {
        WeakReceiver::new(Arc::clone(&self.shared))
    }

    /// A handle that looks at the channel and keeps no end of it open.
    pub fn observer(&self) -> Observer<T, K> {
        Observer::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> Handle<T> for Receiver<T, K> {
    type Engine = K::Engine;

    fn engine(&self) -> &K::Engine {
        &self.shared.engine
    }
}

impl<T, K: Kind<T>> Clone for Receiver<T, K> {
    fn clone(&self) -> Self {
        self.shared.add(End::Receiver);
        Receiver::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> Drop for Receiver<T, K> {
    fn drop(&mut self) {
        self.shared.remove(End::Receiver);
    }
}

impl<T, K: Kind<T>> fmt::Debug for Receiver<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver { .. }")
    }
}

impl<T, K: Kind<T>> IntoIterator for Receiver<T, K> {
    type Item = T;
    type IntoIter = IntoIter<T, K>;

    fn into_iter(self) -> IntoIter<T, K> {
        IntoIter::new(self)
    }
}

impl<'a, T, K: Kind<T>> IntoIterator for &'a Receiver<T, K> {
    type Item = T;
    type IntoIter = Iter<'a, T, K>;

    fn into_iter(self) -> Iter<'a, T, K> {
        self.iter()
    }
}
