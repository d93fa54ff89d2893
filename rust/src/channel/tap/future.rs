//! What `send_async` and its like give: operations that a task waits for.

use super::super::error::{RecvError, SendError};
use super::Kind;
use super::operation::{Closing, Receiving, Sending};
use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::Shared;
use crate::wait::{self, Operation, Patience, Pending};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub(in super::super) const POLLED_AGAIN: &str =
    "the future was polled after its completion";

/// The send of [`Sender::send_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct SendFuture<'a, T, K: Kind<T>> {
    pending: Pending<Sending<T, K, &'a Sender<T, K>>>,
}

/// The receive of [`Receiver::recv_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct RecvFuture<'a, T, K: Kind<T>> {
    pending: Pending<Receiving<T, K, &'a Receiver<T, K>>>,
}

/// The wait of [`Sender::closed`] and [`Receiver::closed`], for a task, or for
/// a thread by [`wait`](Self::wait).
#[must_use = "a future does nothing unless it is polled"]
pub struct ClosedFuture<'a, T, K: Kind<T>> {
    pending: Pending<Closing<'a, K::Memory>>,
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

impl<'a, T, K: Kind<T>> ClosedFuture<'a, T, K> {
    pub(super) fn new(shared: &'a Shared<K::Memory>) -> Self {
        ClosedFuture {
            pending: Pending::new(Closing::new(shared)),
        }
    }

    /// The calling thread waits.
    pub fn wait(mut self) {
        // A task may have begun.
        self.pending.give_up();
        let closing = self.pending.operation();
        if !closing.attempt() {
            wait::wait(closing, &mut Patience::forever());
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

impl<T: Clone, K: Kind<T>> Future for RecvFuture<'_, T, K> {
    type Output = Result<K::Item, RecvError>;

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

impl<T, K: Kind<T>> Future for ClosedFuture<'_, T, K> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.pending.poll(context)
    }
}

// Nothing in them refers to itself.
impl<T, K: Kind<T>> Unpin for SendFuture<'_, T, K> {}
impl<T, K: Kind<T>> Unpin for RecvFuture<'_, T, K> {}
impl<T, K: Kind<T>> Unpin for ClosedFuture<'_, T, K> {}

macro_rules! debug {
    ($($future:ident)*) => {$(
        impl<T, K: Kind<T>> fmt::Debug for $future<'_, T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($future), " { .. }"))
            }
        }
    )*};
}

debug! { SendFuture RecvFuture ClosedFuture }
