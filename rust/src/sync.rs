//! The one place from which the crate takes its locks, atomics and threads.
//!
//! A model checker sees only code that runs on its own primitives. Since every
//! module imports them from here, one `cfg` can put loom's or shuttle's in
//! their stead, and what is checked is the code that ships.

pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
pub(crate) use std::thread;

/// Locks `mutex`, whoever may have panicked while holding it.
///
/// No code of a user runs under a lock of this crate, but for the visitor of
/// `Observer::for_each_queued`, which can change nothing: so a poisoned state
/// is a consistent one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
