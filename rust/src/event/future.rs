//! An event that a task awaits.

use super::choice::{Choosing, Step};
use super::timer::Alarm;
use super::{Event, IN_TASK};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

/// An event that is awaited, as `event.await` or `(&mut event).await`.
///
/// # Cancel safety
///
/// Dropping it chooses nothing: all nacks fire and all aborts run, and what a
/// partner had already brought goes to the next in line.
#[must_use = "a future does nothing unless it is polled"]
pub struct SyncFuture<E> {
    event: E,
    choosing: Option<Choosing>,
    alarm: Option<Alarm>,
    /// Gives up, when the future is dropped.
    abandon: fn(&mut E, Choosing),
}

impl<E> SyncFuture<E> {
    fn new<'a, T: 'a>(event: E) -> Self
    where
        E: AsEvent<'a, T>,
    {
        SyncFuture {
            event,
            choosing: None,
            alarm: None,
            abandon: |event, mut choosing| {
                let _in_task = InTask::enter();
                let event = event.as_event();
                let mut leaves = Vec::new();
                event.node.collect(&mut leaves);
                choosing.abandon(&mut leaves);
                event.end(None);
            },
        }
    }
}

/// An event, owned or borrowed.
trait AsEvent<'a, T> {
    fn as_event(&mut self) -> &mut Event<'a, T>;
}

impl<'a, T> AsEvent<'a, T> for Event<'a, T> {
    fn as_event(&mut self) -> &mut Event<'a, T> {
        self
    }
}

impl<'a, T> AsEvent<'a, T> for &mut Event<'a, T> {
    fn as_event(&mut self) -> &mut Event<'a, T> {
        self
    }
}

/// While it lives, this thread polls a task that awaits an event.
struct InTask {
    before: bool,
}

impl InTask {
    fn enter() -> Self {
        InTask {
            before: IN_TASK.replace(true),
        }
    }
}

impl Drop for InTask {
    fn drop(&mut self) {
        IN_TASK.set(self.before);
    }
}

impl<E> SyncFuture<E> {
    fn drive<'a, T: 'a>(&mut self, context: &mut Context<'_>) -> Poll<T>
    where
        E: AsEvent<'a, T>,
    {
        let _in_task = InTask::enter();
        let event = self.event.as_event();
        let choosing = self.choosing.get_or_insert_with(|| {
            event.begin();
            Choosing::new()
        });
        let mut leaves = Vec::new();
        event.node.collect(&mut leaves);
        let chosen = loop {
            let deadline = match choosing.step(&mut leaves, &mut event.policy) {
                Step::Chosen(chosen) => break chosen,
                Step::Wait(deadline) => deadline,
            };
            // A claim after this wakes; one before it is seen now.
            choosing.signal.set_waker(context.waker());
            if choosing.signal.claimed().is_none() {
                let waker = context.waker();
                self.alarm = deadline.map(|when| Alarm::set(when, waker));
                return Poll::Pending;
            }
        };
        drop(leaves);
        self.choosing = None;
        self.alarm = None;
        let result = event.end(Some(chosen));
        Poll::Ready(result.expect("a leaf was chosen"))
    }
}

impl<'a, T: 'a> Future for SyncFuture<Event<'a, T>> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.drive(context)
    }
}

impl<'a, T: 'a> Future for SyncFuture<&mut Event<'a, T>> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.drive(context)
    }
}

// Nothing in it refers to itself.
impl<E> Unpin for SyncFuture<E> {}

impl<E> Drop for SyncFuture<E> {
    fn drop(&mut self) {
        if let Some(choosing) = self.choosing.take() {
            (self.abandon)(&mut self.event, choosing);
        }
    }
}

impl<E> fmt::Debug for SyncFuture<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SyncFuture { .. }")
    }
}

impl<'a, T: 'a> IntoFuture for Event<'a, T> {
    type Output = T;
    type IntoFuture = SyncFuture<Self>;

    fn into_future(self) -> SyncFuture<Self> {
        SyncFuture::new(self)
    }
}

impl<'a, T: 'a> IntoFuture for &mut Event<'a, T> {
    type Output = T;
    type IntoFuture = SyncFuture<Self>;

    fn into_future(self) -> SyncFuture<Self> {
        SyncFuture::new(self)
    }
}
