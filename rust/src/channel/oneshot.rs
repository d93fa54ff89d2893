//! One value, sent once.
//!
//! Also known as a promise and its future (B. Liskov, L. Shrira, *Promises*,
//! 1988), an I-structure or ivar (CML's `SyncVar`, Haskell), `Lwt.wait`,
//! `tokio::sync::oneshot`. For the reply to a request: the request carries the
//! sender.
//!
//! There is one sender and one receiver. Sending consumes the sender, so a
//! second send is an error that the compiler finds:
//!
//! ```compile_fail,E0382
//! use chanpatterns::channel::oneshot;
//!
//! let (tx, rx) = oneshot::channel();
//! tx.send(1).unwrap();
//! tx.send(2).unwrap(); // the sender was moved
//! # drop(rx);
//! ```
//!
//! # Blocking
//!
//! A send never waits. A receive waits for the value: a thread by
//! [`recv`](Receiver::recv), a task by `rx.await`, or `(&rx).await` if it needs
//! the receiver afterwards.
//!
//! # Closing
//!
//! The send closes the channel: nothing more will come. A sender that is dropped
//! without having sent closes it, too, and ends the wait with an error. A
//! receiver that is dropped, or closed, gives the value of a later send back;
//! [`Sender::closed`] tells the sender so in time to spare it the work.
//!
//! # What is lost
//!
//! A value that was sent is lost only with the receiver: it is dropped when the
//! receiver is. A receive that is given up, by its deadline or because its
//! future is dropped, loses nothing.
//!
//! # Cost
//!
//! One allocation for the channel, and one for a receive that has to wait.
//!
//! ```
//! use chanpatterns::channel::{oneshot, unbounded};
//! use std::thread;
//!
//! let (requests, server) = unbounded::<(u64, oneshot::Sender<u64>)>();
//! thread::spawn(move || {
//!     for (n, reply) in server {
//!         // Whoever asked may have left meanwhile.
//!         let _ = reply.send(n * n);
//!     }
//! });
//! let (reply, answer) = oneshot::channel();
//! requests.send((7, reply)).unwrap();
//! assert_eq!(answer.recv(), Ok(49));
//! ```

use super::error::{RecvError, RecvTimeoutError, SendError, TryRecvError};
use super::future::{ClosedFuture, POLLED_AGAIN, RecvFuture};
use super::handoff::Handoff;
use super::kind::Kind;
use super::operation::Receiving;
use crate::wait::Pending;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// One value, sent once: the kind of the channels of this module.
#[derive(Debug)]
pub enum Oneshot {}

impl<T> Kind<T> for Oneshot {
    type Engine = Handoff<T, once::Once<T>>;
}

/// The end that sends the value.
pub struct Sender<T> {
    sender: super::Sender<T, Oneshot>,
}

/// The end that receives the value.
pub struct Receiver<T> {
    receiver: super::Receiver<T, Oneshot>,
}

/// A channel for one value; see the [module](self).
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = super::ends(Handoff::new(once::Once::new()));
    (Sender { sender }, Receiver { receiver })
}

impl<T> Sender<T> {
    /// Sends `value`, for good. Never waits.
    ///
    /// # Errors
    ///
    /// The value comes back if the receiver was dropped or closed.
    ///
    /// ```
    /// use chanpatterns::channel::{SendError, oneshot};
    ///
    /// let (tx, rx) = oneshot::channel();
    /// drop(rx);
    /// assert_eq!(tx.send("hello?"), Err(SendError("hello?")));
    /// ```
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        self.sender.send(value)
    }

    /// Whether a send would fail, since the receiver was dropped or closed.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Waits until a send would fail: nobody wants the value any more. A thread
    /// waits by [`ClosedFuture::wait`].
    ///
    /// ```
    /// use chanpatterns::channel::oneshot;
    ///
    /// let (tx, rx) = oneshot::channel::<u8>();
    /// std::thread::spawn(move || drop(rx));
    /// pollster::block_on(tx.closed());
    /// assert!(tx.is_closed());
    /// ```
    pub fn closed(&self) -> ClosedFuture<'_> {
        self.sender.closed()
    }

    pub(crate) fn into_inner(self) -> super::Sender<T, Oneshot> {
        self.sender
    }
}

impl<T> Receiver<T> {
    /// Receives the value, and waits for it if it is not there.
    ///
    /// # Errors
    ///
    /// The sender was dropped without having sent, or the value was received
    /// before.
    ///
    /// ```
    /// use chanpatterns::channel::{RecvError, oneshot};
    ///
    /// let (tx, rx) = oneshot::channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.recv(), Ok(1));
    ///
    /// let (tx, rx) = oneshot::channel::<u8>();
    /// drop(tx);
    /// assert_eq!(rx.recv(), Err(RecvError));
    /// ```
    pub fn recv(self) -> Result<T, RecvError> {
        self.receiver.recv()
    }

    /// Receives the value if it is there.
    ///
    /// # Errors
    ///
    /// It is not there now, or it never will be, as in [`recv`](Self::recv).
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.receiver.try_recv()
    }

    /// Receives the value, and waits for it at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The time ran out, or the value will never be there, as in
    /// [`recv`](Self::recv).
    pub fn recv_timeout(
        &self,
        timeout: Duration,
    ) -> Result<T, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout)
    }

    /// Receives the value, and waits for it at most until `deadline`; a value
    /// that is there is received even if that has passed.
    ///
    /// # Errors
    ///
    /// The time ran out, or the value will never be there, as in
    /// [`recv`](Self::recv).
    pub fn recv_deadline(
        &self,
        deadline: Instant,
    ) -> Result<T, RecvTimeoutError> {
        self.receiver.recv_deadline(deadline)
    }

    /// Receives the value from a task, and leaves the receiver there: the same
    /// as `(&rx).await`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the value stays for the next receive.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after its completion.
    pub fn recv_async(&self) -> RecvFuture<'_, T, Oneshot> {
        self.receiver.recv_async()
    }

    /// Closes: a later send fails and gives its value back; true if a send
    /// would have succeeded before. A value that was sent can still be received.
    ///
    /// ```
    /// use chanpatterns::channel::{SendError, oneshot};
    ///
    /// let (tx, rx) = oneshot::channel();
    /// assert!(rx.close());
    /// assert_eq!(tx.send(1), Err(SendError(1)));
    /// ```
    pub fn close(&self) -> bool {
        self.receiver.close()
    }

    /// Whether nothing more will be sent: it was sent, or never will be.
    pub fn is_closed(&self) -> bool {
        self.receiver.is_closed()
    }

    /// Whether the value is there.
    pub fn is_full(&self) -> bool {
        self.receiver.is_full()
    }

    pub(crate) fn inner(&self) -> &super::Receiver<T, Oneshot> {
        &self.receiver
    }

    pub(crate) fn into_inner(self) -> super::Receiver<T, Oneshot> {
        self.receiver
    }
}

/// The receive of `rx.await`, which owns the receiver.
///
/// # Cancel safety
///
/// Dropping it drops the receiver, and with it a value that was sent.
#[must_use = "a future does nothing unless it is polled"]
pub struct Await<T> {
    pending: Pending<Receiving<T, super::Receiver<T, Oneshot>>>,
}

impl<T> IntoFuture for Receiver<T> {
    type Output = Result<T, RecvError>;
    type IntoFuture = Await<T>;

    /// ```
    /// use chanpatterns::channel::oneshot;
    ///
    /// let (tx, rx) = oneshot::channel();
    /// std::thread::spawn(move || tx.send(1));
    /// assert_eq!(pollster::block_on(async { rx.await }), Ok(1));
    /// ```
    fn into_future(self) -> Await<T> {
        Await {
            pending: Pending::new(Receiving::new(self.receiver)),
        }
    }
}

impl<'a, T> IntoFuture for &'a Receiver<T> {
    type Output = Result<T, RecvError>;
    type IntoFuture = RecvFuture<'a, T, Oneshot>;

    fn into_future(self) -> RecvFuture<'a, T, Oneshot> {
        self.recv_async()
    }
}

impl<T> Future for Await<T> {
    type Output = Result<T, RecvError>;

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        assert!(!self.pending.is_over(), "{POLLED_AGAIN}");
        ready!(self.pending.poll(context));
        let result = self.pending.operation().take_result();
        Poll::Ready(result.expect("it is complete"))
    }
}

// Nothing in it refers to itself.
impl<T> Unpin for Await<T> {}

macro_rules! debug {
    ($($type:ident)*) => {$(
        impl<T> fmt::Debug for $type<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), " { .. }"))
            }
        }
    )*};
}

debug! { Sender Receiver Await }

mod once {
    use super::super::store::Store;
    use crate::wait::Ticket;

    /// The value, from its send until it is received.
    pub struct Once<T>(Option<T>);

    impl<T> Once<T> {
        pub(super) fn new() -> Self {
            Once(None)
        }
    }

    impl<T> Store<T> for Once<T> {
        const ONCE: bool = true;

        fn capacity(&self) -> Option<usize> {
            Some(1)
        }

        fn len(&self) -> usize {
            self.0.is_some() as usize
        }

        fn push(&mut self, message: T) {
            self.0 = Some(message);
        }

        fn pop(&mut self) -> Option<T> {
            self.0.take()
        }

        fn put_back(&mut self, message: T, _turn: Ticket) {
            self.0 = Some(message);
        }

        fn visit(&self, visit: &mut dyn FnMut(&T)) {
            self.0.iter().for_each(visit);
        }
    }
}
