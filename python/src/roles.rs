//! Roles of a pattern that are Python code.
//!
//! A role runs on a thread of the pattern, which attaches to the interpreter
//! only while it runs Python code. What that code raises unwinds the role, as a
//! panic of Rust code would, without being reported as one; so the pattern puts
//! it where it belongs, and here it becomes the exception again.

use crate::channel::Item;
use chanpatterns::Panicked;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyIterator;
use std::cell::Cell;
use std::panic::resume_unwind;
use std::thread;

thread_local! {
    static IS_ROLE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread belongs to a pattern. Then it must not wait for one,
/// which might be its own.
pub(crate) fn on_role_thread() -> bool {
    IS_ROLE.get()
}

/// Runs Python code of a role; what it raises unwinds.
pub(crate) fn run<R>(code: impl FnOnce(Python<'_>) -> PyResult<R>) -> R {
    IS_ROLE.set(true);
    attach(code).unwrap_or_else(|error| resume_unwind(Box::new(error)))
}

/// Attaches to the interpreter. A thread that comes after its end stands
/// still, as the interpreter itself has it while it ends.
fn attach<R>(code: impl FnOnce(Python<'_>) -> R) -> R {
    match Python::try_attach(code) {
        Some(result) => result,
        None => loop {
            thread::park();
        },
    }
}

/// Calls `function`, for a role.
pub(crate) fn call(
    function: &Py<PyAny>,
    arguments: impl for<'py> PyCallArgs<'py>,
) -> Item {
    run(|py| function.call1(py, arguments))
}

/// The exception with which a role ended.
pub(crate) fn exception(panicked: Panicked) -> PyErr {
    let message = panicked.to_string();
    match panicked.into_payload().downcast::<PyErr>() {
        Ok(error) => *error,
        // A fault of this module, not of the role.
        Err(_) => PyRuntimeError::new_err(message),
    }
}

/// A Python iterator as a role.
///
/// It is dropped attached, so that a generator is closed on the thread that
/// ran it, and before the thread ends.
pub(crate) struct Pull(Option<Py<PyIterator>>);

impl Pull {
    pub(crate) fn new(iterator: Bound<'_, PyIterator>) -> Self {
        Pull(Some(iterator.unbind()))
    }
}

impl Iterator for Pull {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let iterator = self.0.as_ref()?;
        run(|py| {
            let next = iterator.bind(py).clone().next().transpose()?;
            Ok(next.map(Bound::unbind))
        })
    }
}

impl Drop for Pull {
    fn drop(&mut self) {
        let iterator = self.0.take();
        attach(|_| drop(iterator));
    }
}
