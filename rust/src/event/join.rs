//! The end of a thread, as an event.

use super::Event;
use crate::Panicked;
use crate::sync::thread::{self, JoinHandle};
use crate::sync::{Arc, Mutex, lock};
use crate::wait::{FiresOnDrop, Latch, Passing};
use std::fmt;

/// A thread whose end is an event; [`spawn`] starts it.
///
/// Dropping it leaves the thread alone.
pub struct Joinable<T> {
    shared: Arc<Shared<T>>,
    thread: JoinHandle<()>,
}

struct Shared<T> {
    /// What came of it, until somebody takes it.
    result: Mutex<Option<Result<T, Panicked>>>,
    ended: Arc<Latch>,
}

/// Starts a thread whose end can stand in a choice.
///
/// ```
/// use chanpatterns::event;
///
/// let thread = event::spawn(|| 6 * 7);
/// assert_eq!(event::joined(&thread).sync().unwrap().unwrap(), 42);
/// thread.join();
/// ```
pub fn spawn<T: Send + 'static>(
    code: impl FnOnce() -> T + Send + 'static,
) -> Joinable<T> {
    let ended = Arc::new(Latch::new());
    let shared = Arc::new(Shared {
        result: Mutex::new(None),
        ended: Arc::clone(&ended),
    });
    let results = Arc::clone(&shared);
    let thread = thread::spawn(move || {
        let _fires_at_the_end = FiresOnDrop::new(ended);
        let result = Panicked::catch(code);
        *lock(&results.result) = Some(result);
    });
    Joinable { shared, thread }
}

/// The event of the end of a thread: its result, or its panic.
///
/// The first to be chosen gets it; every later one gets `None`.
pub fn joined<T: Send + 'static>(
    thread: &Joinable<T>,
) -> Event<'static, Option<Result<T, Panicked>>> {
    let shared = Arc::clone(&thread.shared);
    let ended = Arc::clone(&shared.ended);
    Event::of(Passing::new(ended), move |_| lock(&shared.result).take())
}

impl<T> Joinable<T> {
    /// Waits for the end: the result, unless an event got it before.
    pub fn join(self) -> Option<Result<T, Panicked>> {
        // A panic of the code was caught, so nothing is lost here.
        let _ = self.thread.join();
        lock(&self.shared.result).take()
    }

    /// Whether the thread has come to its end.
    pub fn is_finished(&self) -> bool {
        self.shared.ended.is_fired()
    }
}

impl<T> fmt::Debug for Joinable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joinable")
            .field("is_finished", &self.is_finished())
            .finish()
    }
}
