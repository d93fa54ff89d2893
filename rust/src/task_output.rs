//! The receiving end of a pattern that has tasks behind it.

use crate::channel::{Receiver, RecvError, RecvStream};
use futures_util::stream::{FusedStream, Stream, StreamExt as _};
use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::task::JoinSet;

/// What a pattern gives out: its results, and the tasks that make them.
///
/// It is a stream. It ends when the last result has been taken *and* every task
/// has ended, so who reads it to its end leaves nothing behind.
///
/// # Leaving
///
/// The consumer may leave at any time. [`shutdown`](Self::shutdown) ends the
/// tasks and waits for them: when it returns, none is left, and all that they
/// held is dropped. A drop cannot wait. It drops the receiver and aborts the
/// tasks; each ends where it waits, or at the next place where it would.
/// Either way code of a user that never waits runs to its end first.
///
/// # Cancel safety
///
/// Who drops the future of a receive, or stops polling the stream, loses
/// nothing: the next receive goes on where that one was.
#[must_use = "dropping it aborts the tasks behind it"]
pub struct TaskOutput<T> {
    // `None` once the last result has been taken. It is dropped before the
    // tasks are aborted.
    results: Option<RecvStream<T>>,
    tasks: JoinSet<()>,
}

impl<T> TaskOutput<T> {
    /// The results come from `receiver`; `tasks` send them.
    pub fn new(receiver: Receiver<T>, tasks: JoinSet<()>) -> Self {
        TaskOutput {
            results: Some(receiver.into_stream()),
            tasks,
        }
    }

    /// The next result; waits for one. An error is the end.
    ///
    /// # Panics
    ///
    /// Users' panics are results. A panic of the pattern itself, which would be
    /// its fault, goes on here.
    pub async fn recv_async(&mut self) -> Result<T, RecvError> {
        self.next().await.ok_or(RecvError)
    }

    /// Leaves: aborts the tasks, and waits until every one of them has ended.
    ///
    /// # Panics
    ///
    /// As [`recv_async`](Self::recv_async).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is dropping the output.
    pub async fn shutdown(mut self) {
        drop(self.results.take());
        self.tasks.abort_all();
        poll_fn(|context| self.poll_ended(context)).await;
    }

    /// Ready once every task has ended.
    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(ended) = ready!(self.tasks.poll_join_next(context)) {
            match ended {
                Err(error) if error.is_panic() => {
                    resume_unwind(error.into_panic());
                }
                _ => {}
            }
        }
        Poll::Ready(())
    }
}

impl<T> Stream for TaskOutput<T> {
    type Item = T;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        if let Some(results) = &mut self.results {
            if let Some(result) = ready!(results.poll_next_unpin(context)) {
                return Poll::Ready(Some(result));
            }
            self.results = None;
        }
        ready!(self.poll_ended(context));
        Poll::Ready(None)
    }
}

impl<T> FusedStream for TaskOutput<T> {
    fn is_terminated(&self) -> bool {
        self.results.is_none() && self.tasks.is_empty()
    }
}

impl<T> fmt::Debug for TaskOutput<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskOutput")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}
