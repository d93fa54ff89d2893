//! What `send_async` and its like give: operations that a task waits for.
//!
//! Each holds one operation of `crate::wait`; dropping it gives up, and what
//! was on its way goes to the next in line.

use super::error::{RecvError, SendError};
use super::fifo::Fifo;
use super::kind::Kind;
use super::operation::{Receiving, Reserving, Sending};
use super::permit::Permit;
use super::receiver::Receiver;
use super::sender::Sender;
use crate::wait::{self, Latch, Operation, Passing, Patience, Pending};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub(super) const POLLED_AGAIN: &str =
    "the future was polled after its completion";

/// The send of [`Sender::send_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct SendFuture<'a, T, K: Kind<T> = Fifo> {
    pending: Pending<Sending<T, &'a Sender<T, K>>>,
}

/// The receive of [`Receiver::recv_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct RecvFuture<'a, T, K: Kind<T> = Fifo> {
    pending: Pending<Receiving<T, &'a Receiver<T, K>>>,
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
    pub(super) fn new(sender: &'a Sender<T, K>, message: T) -> Self {
        SendFuture {
            pending: Pending::new(Sending::new(sender, message)),
        }
    }
}

impl<'a, T, K: Kind<T>> RecvFuture<'a, T, K> {
    pub(super) fn new(receiver: &'a Receiver<T, K>) -> Self {
        RecvFuture {
            pending: Pending::new(Receiving::new(receiver)),
        }
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
