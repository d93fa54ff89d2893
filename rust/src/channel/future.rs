//! What `send_async` and its like give: operations that a task waits for.
//!
//! Each holds one operation of `crate::wait`; dropping it gives up, and what
//! was on its way goes to the next in line. Its end of the channel is borrowed,
//! or its own.

use super::engine::Handle;
use super::error::{RecvError, SendError};
use super::fifo::Fifo;
use super::kind::Kind;
use super::operation::{Receiving, Reserving, Sending};
use super::permit::Permit;
use super::receiver::Receiver;
use super::sender::Sender;
use crate::wait::{self, Latch, Operation, Passing, Patience, Pending};
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub(super) const POLLED_AGAIN: &str =
    "the future was polled after its completion";

/// The send of [`Sender::send_async`] and [`Sender::into_send_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct SendFuture<'a, T, K: Kind<T> = Fifo> {
    pending: Pending<Sending<T, Cow<'a, Sender<T, K>>>>,
}

/// The receive of [`Receiver::recv_async`] and [`Receiver::into_recv_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct RecvFuture<'a, T, K: Kind<T> = Fifo> {
    pending: Pending<Receiving<T, Cow<'a, Receiver<T, K>>>>,
}

/// The reservation of [`Sender::reserve_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct ReserveFuture<'a, T, K: Kind<T> = Fifo> {
    sender: &'a Sender<T, K>,
    pending: Pending<Reserving<T, &'a Sender<T, K>>>,
}

/// The wait of [`Sender::closed`] and its like, for a task, or for
/// a thread by [`wait`](Self::wait).
#[must_use = "a future does nothing unless it is polled"]
pub struct ClosedFuture<'a> {
    pending: Pending<Passing<&'a Latch>>,
}

impl<'a, T, K: Kind<T>> SendFuture<'a, T, K> {
    pub(super) fn new(sender: Cow<'a, Sender<T, K>>, message: T) -> Self {
        SendFuture {
            pending: Pending::new(Sending::new(sender, message)),
        }
    }

    /// Gives up, and takes the message back; `None` if it has been sent all the
    /// same, or if the future was ready before.
    ///
    /// Dropping the future gives up as well, but does not tell which it was.
    /// This is for a deadline that shall either have sent a message or have it.
    ///
    /// ```
    /// use chanpatterns::channel;
    ///
    /// let (tx, rx) = channel::bounded(1);
    /// tx.send(1).unwrap();
    /// assert_eq!(tx.send_async(2).cancel(), Some(2));
    /// # drop(rx);
    /// ```
    pub fn cancel(mut self) -> Option<T> {
        self.pending.give_up();
        self.pending.operation().take_message()
    }

    /// Visits the message, if the future holds it: until it is sent, or waits
    /// in the channel, where
    /// [`Observer::for_each_queued`](super::Observer::for_each_queued) sees it.
    ///
    /// For a host whose garbage collector must see it.
    pub fn for_each_held(&self, visit: impl FnMut(&T)) {
        self.pending.look().message().into_iter().for_each(visit);
    }
}

impl<'a, T, K: Kind<T>> RecvFuture<'a, T, K> {
    pub(super) fn new(receiver: Cow<'a, Receiver<T, K>>) -> Self {
        RecvFuture {
            pending: Pending::new(Receiving::new(receiver)),
        }
    }

    /// Visits the message that was handed over, if the future holds one and has
    /// not been polled since.
    ///
    /// For a host whose garbage collector must see it. The message is locked
    /// meanwhile: `visit` must not use the channel.
    pub fn for_each_held(&self, visit: impl FnMut(&T)) {
        self.pending.look().for_handed(visit);
    }
}

impl<'a, T, K: Kind<T>> ReserveFuture<'a, T, K> {
    pub(super) fn new(sender: &'a Sender<T, K>) -> Self {
        ReserveFuture {
            sender,
            pending: Pending::new(Reserving::new(sender)),
        }
    }
}

impl<'a> ClosedFuture<'a> {
    pub(crate) fn new(closed: &'a Latch) -> Self {
        ClosedFuture {
            pending: Pending::new(Passing::new(closed)),
        }
    }

    /// The calling thread waits.
    pub fn wait(mut self) {
        let passing = self.pending.operation();
        if !passing.attempt() {
            wait::wait(passing, &mut Patience::forever());
        }
    }
}

impl<T, K: Kind<T>> Future for SendFuture<'_, T, K> {
    type Output = Result<(), SendError<T>>;

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

impl<T, K: Kind<T>> Future for RecvFuture<'_, T, K> {
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

impl<T, K: Kind<T>> Future for ReserveFuture<'_, T, K> {
    type Output = Result<Permit<T, K>, SendError<()>>;

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        assert!(!self.pending.is_over(), "{POLLED_AGAIN}");
        ready!(self.pending.poll(context));
        let result = self.pending.operation().take_result();
        Poll::Ready(self.sender.permit(result))
    }
}

impl Future for ClosedFuture<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.pending.poll(context)
    }
}

impl<T, H: Handle<T> + Clone> Handle<T> for Cow<'_, H> {
    type Engine = H::Engine;

    fn engine(&self) -> &H::Engine {
        (**self).engine()
    }
}

// Nothing in them refers to itself.
impl<T, K: Kind<T>> Unpin for SendFuture<'_, T, K> {}
impl<T, K: Kind<T>> Unpin for RecvFuture<'_, T, K> {}
impl<T, K: Kind<T>> Unpin for ReserveFuture<'_, T, K> {}

macro_rules! debug {
    ($($future:ident)*) => {$(
        impl<T, K: Kind<T>> fmt::Debug for $future<'_, T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($future), " { .. }"))
            }
        }
    )*};
}

debug! { SendFuture RecvFuture ReserveFuture }

impl fmt::Debug for ClosedFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClosedFuture { .. }")
    }
}
