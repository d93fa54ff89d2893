//! The sending end.

use super::engine::{Engine, Handle};
use super::error::{SendError, SendManyError, SendTimeoutError, TrySendError};
use super::fifo::Fifo;
use super::future::{ClosedFuture, ReserveFuture, SendFuture};
use super::kind::Kind;
use super::observer::{self, Observer};
use super::operation::{Reserving, Sending};
use super::permit::Permit;
use super::shared::{End, Shared};
use super::weak::WeakSender;
use crate::sync::Arc;
use crate::wait::{self, Patience};
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// The sending end of a channel.
///
/// Clone it to send from several places. The channel closes when the last
/// sender is dropped; a [`Permit`] counts as one, a [`WeakSender`] does not.
pub struct Sender<T, K: Kind<T> = Fifo> {
    shared: Arc<Shared<K::Engine>>,
}

impl<T, K: Kind<T>> Sender<T, K> {
    /// Takes over one sender that `shared` has counted.
    pub(crate) fn new(shared: Arc<Shared<K::Engine>>) -> Self {
        Sender { shared }
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
        match self.shared.engine.try_send(message) {
            Ok(_fell_out) => Ok(()),
            Err(TrySendError::Closed(message)) => Err(SendError(message)),
            Err(TrySendError::Full(message)) => {
                let sent = self.wait_to_send(message, Patience::forever());
                sent.map_err(|unsent| SendError(unsent.into_inner()))
            }
        }
    }

    /// Sends `message` if that needs no waiting.
    ///
    /// At capacity 0 it succeeds only against a receiver that waits.
    ///
    /// # Errors
    ///
    /// The message comes back if the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.shared.engine.try_send(message).map(drop)
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
        self.send_with(message, || Patience::lasting(timeout))
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
        self.send_with(message, || Patience::until(Some(deadline)))
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
        match self.shared.engine.try_send(message) {
            Ok(_fell_out) => Ok(()),
            Err(TrySendError::Closed(message)) => {
                Err(SendTimeoutError::Closed(message))
            }
            Err(TrySendError::Full(message)) => {
                self.wait_to_send(message, patience())
            }
        }
    }

    /// The send of a message for which there was no room.
    #[cold]
    fn wait_to_send(
        &self,
        message: T,
        mut patience: Patience<'_>,
    ) -> Result<(), SendTimeoutError<T>> {
        let mut sending = Sending::new(self, message);
        wait::wait(&mut sending, &mut patience);
        match (sending.take_result(), sending.take_message()) {
            (Some(sent), _) => sent.map_err(SendTimeoutError::from),
            (None, Some(message)) => Err(SendTimeoutError::Timeout(message)),
            (None, None) => unreachable!("a message was sent or is here"),
        }
    }

    /// Sends `message` from a task.
    ///
    /// The same send for an `async` caller, on the same channel, on any
    /// executor. Nothing happens before the future is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up. The message is dropped with it, unless it
    /// was sent; who needs it back waits with [`reserve_async`] instead.
    ///
    /// [`reserve_async`]: Self::reserve_async
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after its completion.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::rendezvous();
    /// let receiver = std::thread::spawn(move || rx.recv());
    /// pollster::block_on(async {
    ///     tx.send_async("from a task to a thread").await.unwrap();
    /// });
    /// assert_eq!(receiver.join().unwrap(), Ok("from a task to a thread"));
    /// ```
    pub fn send_async(&self, message: T) -> SendFuture<'_, T, K> {
        SendFuture::new(Cow::Borrowed(self), message)
    }

    /// Sends a message from a task like [`send_async`](Self::send_async); the
    /// future owns the sender, so it can be kept anywhere.
    ///
    /// ```
    /// use chanpatterns::channel::{self, SendFuture};
    ///
    /// let (tx, rx) = channel::unbounded();
    /// let send: SendFuture<'static, i32> = tx.into_send_async(1);
    /// pollster::block_on(send).unwrap();
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1]);
    /// ```
    pub fn into_send_async(self, message: T) -> SendFuture<'static, T, K> {
        SendFuture::new(Cow::Owned(self), message)
    }

    /// Sends all of `messages`, in their order, and waits for room as needed.
    ///
    /// Other senders' messages may come between them. One lock is taken for as
    /// many as there is room for.
    ///
    /// # Errors
    ///
    /// Those that were not sent come back if the channel is closed.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::unbounded();
    /// tx.send_many([1, 2, 3]).unwrap();
    /// drop(rx);
    /// let unsent = tx.send_many([4, 5]).unwrap_err();
    /// assert_eq!(unsent.into_inner(), [4, 5]);
    /// ```
    pub fn send_many(
        &self,
        messages: impl IntoIterator<Item = T>,
    ) -> Result<(), SendManyError<T>> {
        let mut messages = messages.into_iter().collect();
        while self.shared.engine.try_send_many(&mut messages) {
            let Some(next) = messages.pop_front() else {
                return Ok(());
            };
            if let Err(SendError(next)) = self.send(next) {
                messages.push_front(next);
                break;
            }
        }
        SendManyError::unless_empty(messages)
    }

    /// Sends all of `messages` from a task; see [`send_many`](Self::send_many).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops what was not sent; what was sent stays so.
    pub async fn send_many_async(
        &self,
        messages: impl IntoIterator<Item = T>,
    ) -> Result<(), SendManyError<T>> {
        let mut messages = messages.into_iter().collect();
        while self.shared.engine.try_send_many(&mut messages) {
            let Some(next) = messages.pop_front() else {
                return Ok(());
            };
            if let Err(SendError(next)) = self.send_async(next).await {
                messages.push_front(next);
                break;
            }
        }
        SendManyError::unless_empty(messages)
    }

    /// Waits for room and keeps it: the permit then sends without waiting.
    /// Where all room is kept like this, any other message waits, also if a
    /// receiver waits for it.
    ///
    /// At capacity 0 it waits for a receiver that waits. If that one leaves
    /// before the permit is used, the message waits for the next receiver, and
    /// the channel holds one message although it has no place.
    ///
    /// # Errors
    ///
    /// The channel is closed.
    ///
    /// ```
    /// use chanpatterns::channel::{self, TrySendError};
    ///
    /// let (tx, rx) = channel::bounded(1);
    /// let permit = tx.reserve().unwrap();
    /// assert_eq!(tx.try_send('b'), Err(TrySendError::Full('b')));
    /// permit.send('a').unwrap();
    /// assert_eq!(rx.recv(), Ok('a'));
    /// ```
    pub fn reserve(&self) -> Result<Permit<T, K>, SendError<()>> {
        let mut reserving = Reserving::new(self);
        if !wait::Operation::attempt(&mut reserving) {
            wait::wait(&mut reserving, &mut Patience::forever());
        }
        self.permit(reserving.take_result())
    }

    /// Keeps room if there is any now.
    ///
    /// # Errors
    ///
    /// The channel is full, or closed.
    pub fn try_reserve(&self) -> Result<Permit<T, K>, TrySendError<()>> {
        self.shared.engine.try_reserve()?;
        Ok(Permit::new(self.clone()))
    }

    /// Waits for room from a task, and keeps it; see
    /// [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up, and the room goes to the next in line.
    pub fn reserve_async(&self) -> ReserveFuture<'_, T, K> {
        ReserveFuture::new(self)
    }

    pub(super) fn permit(
        &self,
        reserved: Option<Result<(), SendError<()>>>,
    ) -> Result<Permit<T, K>, SendError<()>> {
        reserved.expect("it waited as long as it takes")?;
        Ok(Permit::new(self.clone()))
    }

    /// Closes the channel for everyone; true if it was open.
    ///
    /// Every send fails from now on, those that wait included. What is queued
    /// can still be received.
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Whether the channel is closed, so that every send would fail.
    pub fn is_closed(&self) -> bool {
        self.shared.engine.is_closed()
    }

    /// Waits until the channel is closed: nobody will ask for more.
    ///
    /// For a sender that makes something expensive and wants to stop as soon as
    /// the last receiver has left. A thread waits by [`ClosedFuture::wait`].
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::unbounded::<u8>();
    /// std::thread::spawn(move || drop(rx));
    /// tx.closed().wait();
    /// assert!(tx.is_closed());
    /// ```
    pub fn closed(&self) -> ClosedFuture<'_> {
        ClosedFuture::new(&self.shared.closed)
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

    /// How many senders the channel has.
    pub fn sender_count(&self) -> usize {
        self.shared.count(End::Sender)
    }

    /// How many receivers the channel has.
    pub fn receiver_count(&self) -> usize {
        self.shared.count(End::Receiver)
    }

    /// Whether both send on the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// A handle that can become a sender again, and keeps no end open.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::unbounded();
    /// let weak = tx.downgrade();
    /// weak.upgrade().unwrap().send(1).unwrap();
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1]);
    /// ```
    pub fn downgrade(&self) -> WeakSender<T, K> {
        WeakSender::new(Arc::clone(&self.shared))
    }

    /// A handle that looks at the channel and keeps no end of it open.
    pub fn observer(&self) -> Observer<T, K> {
        Observer::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> Handle<T> for Sender<T, K> {
    type Engine = K::Engine;

    fn engine(&self) -> &K::Engine {
        &self.shared.engine
    }
}

impl<T, K: Kind<T>> Clone for Sender<T, K> {
    fn clone(&self) -> Self {
        self.shared.add(End::Sender);
        Sender::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> Drop for Sender<T, K> {
    fn drop(&mut self) {
        self.shared.remove(End::Sender);
    }
}

impl<T, K: Kind<T>> fmt::Debug for Sender<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender { .. }")
    }
}
