//! A receiver as a `Stream`, a sender as a `Sink` (feature `futures`).

use super::engine::{Engine, Handle};
use super::error::SendError;
use super::fifo::Fifo;
use super::kind::Kind;
use super::operation::{Receiving, Reserving};
use super::permit::Permit;
use super::receiver::Receiver;
use super::sender::Sender;
use crate::wait::Pending;
use futures_core::{FusedStream, Stream};
use futures_sink::Sink;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The messages of a channel as they come, until it is closed and drained; see
/// [`Receiver::into_stream`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct RecvStream<T, K: Kind<T> = Fifo> {
    pending: Pending<Receiving<T, Receiver<T, K>>>,
    ended: bool,
}

/// A sender that takes what a stream gives; see [`Sender::into_sink`].
#[must_use = "a sink does nothing unless it is polled"]
pub struct SendSink<T, K: Kind<T> = Fifo> {
    /// `None` once the sink was closed.
    sender: Option<Sender<T, K>>,
    /// The wait for room.
    reserving: Option<Pending<Reserving<T, Sender<T, K>>>>,
    /// Room that is there.
    permit: Option<Permit<T, K>>,
}

impl<T, K: Kind<T>> Receiver<T, K> {
    /// This receiver as a stream, for a task.
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream, or a future that waits for its next message, loses
    /// nothing but the receiver.
    ///
    /// ```
    /// use chanpatterns::channel;
    /// use futures_util::StreamExt;
    ///
    /// let (tx, rx) = channel::unbounded();
    /// tx.send_many([1, 2, 3]).unwrap();
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

impl<T, K: Kind<T>> Sender<T, K> {
    /// This sender as a sink, for a task.
    ///
    /// `poll_ready` [reserves](Sender::reserve) room, so a full channel holds
    /// its stream back; but not one whose sends never wait
    /// ([`sliding`](super::sliding), [`dropping`](super::dropping)): there it
    /// sends, and messages fall out. Closing the sink drops the sender.
    ///
    /// ```
    /// use chanpatterns::channel;
    /// use futures_util::{SinkExt, stream};
    ///
    /// let (tx, rx) = channel::bounded(8);
    /// let mut sink = tx.into_sink();
    /// let mut numbers = stream::iter([1, 2, 3].map(Ok));
    /// pollster::block_on(sink.send_all(&mut numbers)).unwrap();
    /// drop(sink);
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    pub fn into_sink(self) -> SendSink<T, K> {
        SendSink {
            sender: Some(self),
            reserving: None,
            permit: None,
        }
    }
}

impl<T, K: Kind<T>> Stream for RecvStream<T, K> {
    type Item = T;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        if self.ended {
            return Poll::Ready(None);
        }
        ready!(self.pending.poll(context));
        let received = self.pending.operation().take_result();
        let message = received.expect("it is complete").ok();
        self.ended = message.is_none();
        Poll::Ready(message)
    }
}

impl<T, K: Kind<T>> FusedStream for RecvStream<T, K> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T, K: Kind<T>> Sink<T> for SendSink<T, K> {
    type Error = SendError<()>;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<()>>> {
        let this = &mut *self;
        let Some(sender) = &this.sender else {
            return Poll::Ready(Err(SendError(())));
        };
        if this.permit.is_none() && !sender.engine().spills() {
            let reserving = this.reserving.get_or_insert_with(|| {
                Pending::new(Reserving::new(sender.clone()))
            });
            ready!(reserving.poll(context));
            let reserved = reserving.operation().take_result();
            this.reserving = None;
            this.permit = Some(sender.permit(reserved)?);
        }
        Poll::Ready(Ok(()))
    }

    /// # Panics
    ///
    /// If `poll_ready` has not said that there is room, as for every sink.
    fn start_send(
        mut self: Pin<&mut Self>,
        message: T,
    ) -> Result<(), SendError<()>> {
        let sent = match (self.permit.take(), &self.sender) {
            (Some(permit), _) => permit.send(message),
            (None, Some(sender)) if sender.engine().spills() => {
                sender.send(message)
            }
            (None, _) => panic!("poll_ready comes before start_send"),
        };
        sent.map_err(|SendError(_)| SendError(()))
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<()>>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<()>>> {
        self.reserving = None;
        self.permit = None;
        self.sender = None;
        Poll::Ready(Ok(()))
    }
}

// Nothing in them refers to itself.
impl<T, K: Kind<T>> Unpin for RecvStream<T, K> {}
impl<T, K: Kind<T>> Unpin for SendSink<T, K> {}

impl<T, K: Kind<T>> fmt::Debug for RecvStream<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecvStream { .. }")
    }
}

impl<T, K: Kind<T>> fmt::Debug for SendSink<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendSink { .. }")
    }
}
