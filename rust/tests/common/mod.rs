//! Parties that wait, without a sleep: whoever waits says so itself.

// Each test file is a program of its own, and uses what it needs.
#![allow(dead_code)]

pub(crate) mod poll;

use chanpatterns::channel::{
    Kind, Receiver, RecvTimeoutError, SendTimeoutError, Sender,
};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// How often a wait is asked whether it goes on; the first time it tells.
const TICK: Duration = Duration::from_micros(100);

/// A send that waits: it stands in the queue when this returns.
pub(crate) fn waiting_send<'scope, T, K>(
    scope: &'scope Scope<'scope, '_>,
    tx: &'scope Sender<T, K>,
    message: T,
) -> ScopedJoinHandle<'scope, Result<(), SendTimeoutError<T>>>
where
    T: Send + 'scope,
    K: Kind<T>,
    Sender<T, K>: Sync,
{
    let (told, waits) = mpsc::channel();
    let handle = scope.spawn(move || {
        tx.send_watched(message, None, TICK, || {
            let _ = told.send(()); // only the first is heard
            true
        })
    });
    waits.recv().expect("the send waits");
    handle
}

/// A receive that waits: it stands in the queue when this returns.
pub(crate) fn waiting_recv<'scope, T, K>(
    scope: &'scope Scope<'scope, '_>,
    rx: &'scope Receiver<T, K>,
) -> ScopedJoinHandle<'scope, Result<T, RecvTimeoutError>>
where
    T: Send + 'scope,
    K: Kind<T>,
    Receiver<T, K>: Sync,
{
    let (told, waits) = mpsc::channel();
    let handle = scope.spawn(move || {
        rx.recv_watched(None, TICK, || {
            let _ = told.send(()); // only the first is heard
            true
        })
    });
    waits.recv().expect("the receive waits");
    handle
}

/// A send or a receive that waits, whatever it is on: it stands in the queue
/// when this returns.
pub(crate) fn waiting<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    operation: impl FnOnce(Duration, &mut dyn FnMut() -> bool) -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    let (told, waits) = mpsc::channel();
    let handle = scope.spawn(move || {
        operation(TICK, &mut || {
            let _ = told.send(()); // only the first is heard
            true
        })
    });
    waits.recv().expect("the operation waits");
    handle
}

/// A future that is polled by hand, and only when it was woken.
pub(crate) struct Task<R> {
    future: Pin<Box<dyn Future<Output = R>>>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<R> Task<R> {
    /// A task that was polled once, and waits.
    pub(crate) fn that_waits(
        future: impl Future<Output = R> + 'static,
    ) -> Self {
        let mut task = Task::new(future);
        assert!(task.run().is_none(), "it should wait");
        task
    }

    pub(crate) fn new(future: impl Future<Output = R> + 'static) -> Self {
        Task {
            future: Box::pin(future),
            woken: Arc::new(Woken(AtomicBool::new(true))),
        }
    }

    /// Whether it was woken since it ran last.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::SeqCst)
    }

    /// Runs it, if it was woken; its result, if that completed it.
    pub(crate) fn run(&mut self) -> Option<R> {
        if !self.woken.0.swap(false, Ordering::SeqCst) {
            return None;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        }
    }
}

/// Runs every task that was woken, again and again until none was; those that
/// are complete go out, in order, to `done`.
pub(crate) fn run_all<R>(tasks: &mut Vec<Task<R>>, mut done: impl FnMut(R)) {
    while tasks.iter().any(Task::is_woken) {
        tasks.retain_mut(|task| match task.run() {
            Some(result) => {
                done(result);
                false
            }
            None => true,
        });
    }
}
