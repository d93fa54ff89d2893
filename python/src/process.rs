//! What a fork leaves behind: memory without the threads that used it.
//!
//! In the child of a fork a channel may be locked by a thread that is not
//! there. So a child leaves the objects of its parent alone: their use is an
//! error, and where they would be dropped they are forgotten.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many forks lie between the import of this module and this process.
static FORKS: AtomicUsize = AtomicUsize::new(0);

/// The process in which an object was made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(usize);

impl Process {
    pub(crate) fn current() -> Self {
        Process(FORKS.load(Ordering::Relaxed))
    }

    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }

    /// An error unless this is the process in which `what` was made.
    pub(crate) fn check(self, what: &str) -> PyResult<()> {
        if self.is_current() {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(format!(
            "this {what} was made before a fork and cannot be used in the \
             child process; make a channel there, or start processes with \
             multiprocessing's method 'spawn'"
        )))
    }
}

/// Counts the forks from now on.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    // Windows knows no fork.
    let Some(register) = os.getattr_opt("register_at_fork")? else {
        return Ok(());
    };
    let count = PyCFunction::new_closure(py, None, None, |_, _| {
        FORKS.fetch_add(1, Ordering::Relaxed);
    })?;
    let arguments = PyDict::new(py);
    arguments.set_item("after_in_child", count)?;
    register.call((), Some(&arguments))?;
    Ok(())
}
