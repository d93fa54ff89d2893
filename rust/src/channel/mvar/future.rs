//! What `put_async` and its like give: a put that a task waits for.

use super::super::error::SendError;
use super::super::future::POLLED_AGAIN;
use super::{MVar, Putting, Slot};
use crate::wait::Pending;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The put of [`MVar::put_async`] and [`MVar::into_put_async`].
#[must_use = "a future does nothing unless it is polled"]
pub struct PutFuture<'a, T> {
    pending: Pending<Putting<T, Of<'a, T>>>,
}

/// The slot of a handle that is borrowed, or the future's own.
struct Of<'a, T>(Cow<'a, MVar<T>>);

impl<T> Deref for Of<'_, T> {
    type Target = Slot<T>;

    fn deref(&self) -> &Slot<T> {
        self.0.slot()
    }
}

impl<'a, T> PutFuture<'a, T> {
    pub(super) fn new(mvar: Cow<'a, MVar<T>>, value: T) -> Self {
        PutFuture {
            pending: Pending::new(Putting::new(Of(mvar), value)),
        }
    }

    /// Gives up, and takes the value back; `None` if it has been put all the
    /// same, or if the future was ready before.
    ///
    /// Dropping the future gives up as well, but does not tell which it was.
    ///
    /// ```
    /// use chanpatterns::channel::MVar;
    ///
    /// let mvar = MVar::new(1);
    /// assert_eq!(mvar.put_async(2).cancel(), Some(2));
    /// assert_eq!(mvar.take(), Ok(1));
    /// ```
    pub fn cancel(mut self) -> Option<T> {
        self.pending.give_up();
        self.pending.operation().take_value()
    }
}

impl<T> Future for PutFuture<'_, T> {
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

// Nothing in it refers to itself.
impl<T> Unpin for PutFuture<'_, T> {}

impl<T> fmt::Debug for PutFuture<'_, T> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("PutFuture { .. }")
    }
}
