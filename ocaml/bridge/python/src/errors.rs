//! The exceptions of the package `chanpatterns`, raised by this module.

use chanpatterns_reference::BridgeError;
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

fn raise<'py>(
    py: Python<'py>,
    module: &str,
    class: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyErr {
    let class = py.import(module).and_then(|module| module.getattr(class));
    match class.and_then(|class| class.call1(arguments)) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// The channel is closed and drained.
pub(crate) fn closed(py: Python<'_>) -> PyErr {
    raise(py, "chanpatterns.errors", "Closed", ())
}

/// The channel is closed: `message` was not sent.
pub(crate) fn send_closed(py: Python<'_>, message: &[u8]) -> PyErr {
    let message = PyBytes::new(py, message);
    raise(py, "chanpatterns.errors", "SendClosed", (message,))
}

/// What went wrong in OCaml, or on the way there.
pub(crate) fn failure(py: Python<'_>, error: &BridgeError) -> PyErr {
    let told = (error.kind(), error.to_string());
    raise(py, "chanpatterns.reference", "Failure", told)
}

/// `error` of a signal's handler, with the note that what was being sent while
/// it was raised has been sent.
pub(crate) fn with_sent_note(py: Python<'_>, error: PyErr) -> PyErr {
    let note = "The message that was being sent has been sent.";
    match error.add_note(py, note) {
        Ok(()) => error,
        Err(error) => error,
    }
}
