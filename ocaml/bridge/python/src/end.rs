//! A Python object's share of a channel, and how it waits.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::mem;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often who waits on the main thread looks whether a handler of Python's
/// signals has raised.
const EVERY: Duration = Duration::from_millis(20);

/// Runs `wait` with Python's lock free. It gets how often to ask, and whom,
/// whether to go on waiting.
///
/// An exception of a handler comes beside what `wait` gives: both may come true
/// at once.
pub(crate) fn detached<R: Send>(
    py: Python<'_>,
    wait: impl FnOnce(Duration, &mut dyn FnMut() -> bool) -> R + Send,
) -> PyResult<(R, Option<PyErr>)> {
    // Handlers run on the main thread alone. Another one that waits when the
    // interpreter ends could not ask it any more.
    let every = if on_main_thread(py)? {
        EVERY
    } else {
        Duration::MAX
    };
    let mut raised = None;
    let mut go_on = || match Python::attach(|py| py.check_signals()) {
        Ok(()) => true,
        Err(error) => {
            raised = Some(error);
            false
        }
    };
    let result = py.detach(|| wait(every, &mut go_on));
    Ok((result, raised))
}

fn on_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}

/// `E` is a sender or a receiver. An operation holds on to it while it runs, so
/// that the object can give it up meanwhile.
pub(crate) struct End<E> {
    name: &'static str,
    /// `None` once it was given up.
    end: Mutex<Option<Arc<E>>>,
    process: u32,
}

impl<E: Clone> End<E> {
    pub(crate) fn new(name: &'static str, end: E) -> Self {
        End {
            name,
            end: Mutex::new(Some(Arc::new(end))),
            process: process::id(),
        }
    }

    pub(crate) fn get(&self) -> PyResult<Arc<E>> {
        if self.process != process::id() {
            return Err(PyRuntimeError::new_err(format!(
                "this {} was made before a fork and cannot be used in the \
                 child process; make a channel there",
                self.name
            )));
        }
        self.lock().clone().ok_or_else(|| {
            PyValueError::new_err(format!(
                "this {} was given up: handed to a role, or at the end of its \
                 with-block",
                self.name
            ))
        })
    }

    /// Hands the end over; this object has none afterwards.
    pub(crate) fn take(&self) -> PyResult<E> {
        let end = self.get()?;
        self.give_up();
        Ok(Arc::unwrap_or_clone(end))
    }

    /// The second time does nothing. What a fork left behind may be locked for
    /// ever, so there it is left as it is.
    pub(crate) fn give_up(&self) {
        if self.process == process::id() {
            let end = self.lock().take();
            drop(end);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<E>>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Drop for End<E> {
    fn drop(&mut self) {
        if self.process != process::id() {
            let end = self.end.get_mut();
            mem::forget(end.unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}
