//! The receiving end.

use super::core::{Core, Unreceived};
use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::iter::{IntoIter, Iter, TryIter};
use super::observer::{self, Observer};
use super::patience::Patience;
use crate::sync::Arc;
use std::fmt;
use std::time::{Duration, Instant};

/// The receiving end of a channel.
///
/// Clone it to receive in several places: each message goes to one of them.
/// When the last receiver is dropped the channel closes, and what is queued is
/// dropped at once.
pub struct Receiver<T> {
    core: Arc<Core<T>>,
}

impl<T> Receiver<T> {
    /// Takes over one receiver that `core` has counted.
    pub(super) fn new(core: Arc<Core<T>>) -> Self {
        Receiver { core }
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
        self.core
            .recv(Some(Patience::forever()))
            .map_err(|_| RecvError)
    }

    /// Receives a message if one is there.
    ///
    /// At capacity 0 it succeeds only against a sender that waits.
    ///
    /// # Errors
    ///
    /// Nothing is there now, or the channel is closed and drained.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.core.recv(None).map_err(|unreceived| match unreceived {
            Unreceived::Closed => TryRecvError::Closed,
            Unreceived::TimedOut => TryRecvError::Empty,
        })
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
        self.recv_with(Patience::lasting(timeout))
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
        self.recv_with(Patience::until(Some(deadline)))
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
            let patience = Patience::until(deadline);
            self.recv_with(patience.watched(every, go_on))
        })
    }

    fn recv_with(&self, patience: Patience<'_>) -> Result<T, RecvTimeoutError> {
        self.core
            .recv(Some(patience))
            .map_err(|unreceived| match unreceived {
                Unreceived::Closed => RecvTimeoutError::Closed,
                Unreceived::TimedOut => RecvTimeoutError::Timeout,
            })
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
        self.core.put_back(message);
    }

    /// Messages as they come, until the channel is closed and drained.
    ///
    /// `next` waits like [`recv`](Self::recv).
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// The messages that are there, without waiting.
    ///
    /// `next` is [`try_recv`](Self::try_recv): the iterator ends when nothing
    /// is there, and may go on when asked again later.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Closes the channel for everyone; true if it was open.
    ///
    /// Every send fails from now on, those that wait included. What is queued
    /// can still be received.
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Whether the channel is closed; there may still be something to drain.
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

    /// Whether both receive from the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }

    /// A handle that looks at the channel and keeps no end of it open.
    pub fn observer(&self) -> Observer<T> {
        Observer::new(Arc::clone(&self.core))
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.core.add_receiver();
        Receiver::new(Arc::clone(&self.core))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.core.drop_receiver();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver { .. }")
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self)
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
