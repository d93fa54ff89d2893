//! A tap as a `Stream` (feature `futures`).

use super::Kind;
use super::operation::Receiving;
use super::receiver::Receiver;
use crate::wait::Pending;
use futures_core::{FusedStream, Stream};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a receiver receives, until the channel is closed and everything
/// received; see [`Receiver::into_stream`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct RecvStream<T, K: Kind<T>> {
    pending: Pending<Receiving<T, K, Receiver<T, K>>>,
    ended: bool,
}

impl<T: Clone, K: Kind<T>> Receiver<T, K> {
    /// This receiver as a stream, for a task.
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream, or a future that waits for what is next, loses
    /// nothing but the receiver.
    ///
    /// ```
    /// use chanpatterns::channel::broadcast;
    /// use futures_util::StreamExt;
    ///
    /// let (tx, rx) = broadcast::unbounded();
    /// (1..=3).for_each(|n| tx.send(n).unwrap());
    /// drop(tx);
    /// let doubled = rx.into_stream().map(|n| n * 2).collect::<Vec<_>>();
    /// assert_eq!(pollster::block_on(doubled), [2, 4, 6]);
    /// ```
    pub fn into_stream(self) -> RecvStream<T, K> {
        RecvStream {
            pending: Pending::new(Receiving::new(self)),
            ended: false,
        }
    }
}

impl<T: Clone, K: Kind<T>> Stream for RecvStream<T, K> {
    type Item = K::Item;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<K::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        ready!(self.pending.poll(context));
        let received = self.pending.operation().take_result();
        let item = received.expect("it is complete").ok();
        self.ended = item.is_none();
        Poll::Ready(item)
    }
}

impl<T: Clone, K: Kind<T>> FusedStream for RecvStream<T, K> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

// Nothing in it refers to itself.
impl<T, K: Kind<T>> Unpin for RecvStream<T, K> {}

impl<T, K: Kind<T>> fmt::Debug for RecvStream<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecvStream { .. }")
    }
}
