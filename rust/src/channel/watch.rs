//! One value that changes; a receiver sees the latest, and waits for the next.
//!
//! Also known as a state channel: it is tokio's `watch`, Kotlin's `StateFlow`,
//! a `BehaviorSubject` of Rx, and roughly a `React` signal of OCaml. Go,
//! crossbeam, flume and core.async have none.
//!
//! ```
//! use chanpatterns::channel::watch;
//! use std::thread;
//!
//! let (tx, rx) = watch::channel("starting");
//! assert_eq!(rx.get(), "starting");
//! let observer = thread::spawn(move || rx.iter().last());
//! for state in ["running", "stopping", "stopped"] {
//!     tx.send(state).unwrap(); // never waits; some may go unseen
//! }
//! drop(tx);
//! assert_eq!(observer.join().unwrap(), Some("stopped"));
//! ```
//!
//! # Seeing
//!
//! Each send makes a new *version* of the value. A receiver has seen the one
//! that was there when it was made. `recv` and its like wait for a version that
//! this receiver has not seen, and give it, once; what was sent between two of
//! them is not seen. [`changed`](super::tap::Receiver::changed) does the same
//! for a value that cannot be cloned, and gives nothing.
//! [`get`](super::tap::Receiver::get) and [`with`](super::tap::Receiver::with)
//! look at the value as it is, and leave it unseen if it was. Each receiver
//! counts for itself; a clone has seen what its original has.
//!
//! # Blocking
//!
//! A send never waits: the forms with a deadline are there because every
//! channel has them. A receive waits while its receiver has seen the value.
//!
//! # Closing
//!
//! The channel closes when the last sender is dropped, or when any end calls
//! `close`. A receiver that has not seen the last value is given it, once, and
//! finds the end after that. `get` and `with` go on giving the last value.
//!
//! A send succeeds also while there is no receiver, unlike tokio's: whoever
//! subscribes later can look at the value.
//!
//! # What is lost
//!
//! Values that were replaced before a receiver looked; never the last one.
//!
//! # Cost
//!
//! One lock for each operation, and one allocation for each send. Clones and
//! the functions that are passed in run under no lock: a `with` that takes long
//! delays nobody. The old value is dropped by the sender that replaces it, or
//! by the last receiver that still looks at it.
//!
//! # Source
//!
//! tokio's `sync::watch`, for what it does.

use super::error::{RecvError, RecvTimeoutError, SendError, TrySendError};
use super::tap::{self, Kind, Memory, POLLED_AGAIN, Receiving};
use crate::sync::Arc;
use crate::wait::{Patience, Pending};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// The sending end of a watch.
pub type Sender<T> = tap::Sender<T, Watch>;

/// A receiving end of a watch.
pub type Receiver<T> = tap::Receiver<T, Watch>;

/// The kind of [`channel`].
#[derive(Debug)]
pub enum Watch {}

/// A watch that begins with `value`, which the receiver has seen.
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    tap::ends(Latest {
        value: Arc::new(value),
        version: 0,
    })
}

impl<T> Kind<T> for Watch {
    type Item = T;
    type Memory = Latest<T>;
}

/// The value; a position is the version that was seen.
// As public as the trait that names it, and of no use to anybody else.
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct Latest<T> {
    value: Arc<T>,
    /// Wrapping.
    version: usize,
}

impl<T> Latest<T> {
    fn value(&self) -> Arc<T> {
        Arc::clone(&self.value)
    }
}

impl<T> Memory for Latest<T> {
    type Message = T;
    type Item = T;
    type Taken = Arc<T>;

    const NEEDS_TAPS: bool = false;

    fn has_room(&self) -> bool {
        true
    }

    fn push(&mut self, value: Arc<T>) -> Option<Arc<T>> {
        self.version = self.version.wrapping_add(1);
        Some(std::mem::replace(&mut self.value, value))
    }

    fn end(&self) -> usize {
        self.version
    }

    fn join(&mut self, _position: usize) {}

    fn leave(&mut self, _position: usize) -> Vec<Arc<T>> {
        Vec::new()
    }

    fn take(&mut self, position: &mut usize) -> Option<Arc<T>> {
        let unseen = *position != self.version;
        *position = self.version;
        unseen.then(|| self.value())
    }

    fn ahead(&self, position: usize) -> usize {
        (position != self.version) as usize
    }

    fn len(&self) -> usize {
        1
    }

    fn capacity(&self) -> Option<usize> {
        Some(1)
    }

    fn item(taken: Arc<T>) -> T
    where
        T: Clone,
    {
        Arc::unwrap_or_clone(taken)
    }
}

impl<T> tap::Sender<T, Watch> {
    /// A clone of the value as it is now.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// What `look` makes of the value as it is now; see
    /// [`Receiver::with`](tap::Receiver::with).
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.shared().look(Latest::value))
    }

    /// Replaces the value by what `modify` makes of a clone of it.
    ///
    /// No other send comes between the value that `modify` is given and the one
    /// that it makes. It runs under no lock, so another sender may be faster;
    /// then it runs again on the value of that one. If it panics, nothing has
    /// changed.
    ///
    /// # Errors
    ///
    /// The value that it has made comes back if the channel is closed.
    ///
    /// ```
    /// use chanpatterns::channel::watch;
    /// use std::thread;
    ///
    /// let (tx, rx) = watch::channel(0);
    /// thread::scope(|scope| {
    ///     for _ in 0..2 {
    ///         scope.spawn(|| {
    ///             for _ in 0..100 {
    ///                 tx.send_modify(|count| *count += 1).unwrap();
    ///             }
    ///         });
    ///     }
    /// });
    /// assert_eq!(rx.get(), 200);
    /// ```
    pub fn send_modify(
        &self,
        mut modify: impl FnMut(&mut T),
    ) -> Result<(), SendError<T>>
    where
        T: Clone,
    {
        loop {
            let (old, version) = self
                .shared()
                .look(|latest| (latest.value(), latest.version));
            let mut new = T::clone(&old);
            modify(&mut new);
            let sent = self
                .shared()
                .try_send_if(Arc::new(new), |now| now.version == version);
            match sent {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_too_late)) => {}
                Err(TrySendError::Closed(new)) => {
                    return Err(SendError(tap::unsent(new)));
                }
            }
        }
    }
}

impl<T> tap::Receiver<T, Watch> {
    /// A clone of the value as it is now, seen or not.
    ///
    /// After a [`changed`](Self::changed) it may be a later value than the one
    /// that was waited for, of which the next `changed` will tell; `recv` gives
    /// each version once.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// What `look` makes of the value as it is now, seen or not.
    ///
    /// It runs under no lock: meanwhile others may send and receive, and `look`
    /// itself may use the channel.
    ///
    /// ```
    /// use chanpatterns::channel::watch;
    ///
    /// let (tx, rx) = watch::channel(vec![1, 2]);
    /// assert_eq!(rx.with(Vec::len), 2);
    /// # drop(tx);
    /// ```
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.shared().look(Latest::value))
    }

    /// Whether there is a version that this receiver has not seen.
    pub fn has_changed(&self) -> bool {
        !self.is_empty()
    }

    /// Waits for a version that this receiver has not seen, which it has seen
    /// then.
    ///
    /// # Errors
    ///
    /// The channel is closed, and this receiver has seen the last value.
    ///
    /// ```
    /// use chanpatterns::channel::{watch, RecvError};
    ///
    /// let (tx, rx) = watch::channel(1);
    /// assert!(!rx.has_changed());
    /// tx.send(2).unwrap();
    /// tx.send(3).unwrap();
    /// drop(tx);
    /// assert_eq!((rx.changed(), rx.get()), (Ok(()), 3));
    /// assert_eq!((rx.changed(), rx.get()), (Err(RecvError), 3));
    /// ```
    pub fn changed(&self) -> Result<(), RecvError> {
        let seen = self.changed_with(Patience::forever);
        seen.map_err(|_closed| RecvError)
    }

    /// Waits like [`changed`](Self::changed), at most for `timeout`.
    ///
    /// # Errors
    ///
    /// The time ran out, or the channel is closed and the last value seen.
    pub fn changed_timeout(
        &self,
        timeout: Duration,
    ) -> Result<(), RecvTimeoutError> {
        self.changed_with(|| Patience::lasting(timeout))
    }

    /// Waits like [`changed`](Self::changed), at most until `deadline`.
    ///
    /// # Errors
    ///
    /// The time ran out, or the channel is closed and the last value seen.
    pub fn changed_deadline(
        &self,
        deadline: Instant,
    ) -> Result<(), RecvTimeoutError> {
        self.changed_with(|| Patience::until(Some(deadline)))
    }

    fn changed_with<'a>(
        &self,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<(), RecvTimeoutError> {
        self.take(patience).map(drop)
    }

    /// Waits like [`changed`](Self::changed), from a task, on any executor.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up: what was not seen stays unseen.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after its completion.
    pub fn changed_async(&self) -> ChangedFuture<'_, T> {
        ChangedFuture {
            pending: Pending::new(Receiving::new(self)),
        }
    }
}

/// The wait of [`Receiver::changed_async`](tap::Receiver::changed_async).
#[must_use = "a future does nothing unless it is polled"]
pub struct ChangedFuture<'a, T> {
    pending: Pending<Receiving<T, Watch, &'a Receiver<T>>>,
}

impl<T> Future for ChangedFuture<'_, T> {
    type Output = Result<(), RecvError>;

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        assert!(!self.pending.is_over(), "{POLLED_AGAIN}");
        ready!(self.pending.poll(context));
        let seen = self.pending.operation().take();
        Poll::Ready(seen.expect("it is complete").map(drop))
    }
}

// Nothing in it refers to itself.
impl<T> Unpin for ChangedFuture<'_, T> {}

impl<T> fmt::Debug for ChangedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangedFuture { .. }")
    }
}
