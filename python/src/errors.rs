//! The exceptions of `chanpatterns.errors`, which are defined in Python since
//! they have several bases.

use crate::channel::Item;
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// One exception class, looked up once.
struct Class {
    name: &'static str,
    class: PyOnceLock<Py<PyType>>,
}

impl Class {
    const fn named(name: &'static str) -> Self {
        Class {
            name,
            class: PyOnceLock::new(),
        }
    }

    fn raise<'py>(
        &self,
        py: Python<'py>,
        arguments: impl PyCallArgs<'py>,
    ) -> PyErr {
        let class = self.class.import(py, "chanpatterns.errors", self.name);
        match class.and_then(|class| class.call1(arguments)) {
            Ok(error) => PyErr::from_value(error),
            Err(error) => error,
        }
    }
}

/// The channel is closed and drained.
pub(crate) fn closed(py: Python<'_>) -> PyErr {
    static CLOSED: Class = Class::named("Closed");
    CLOSED.raise(py, ())
}

/// Nothing is there to receive.
pub(crate) fn empty(py: Python<'_>) -> PyErr {
    static EMPTY: Class = Class::named("Empty");
    EMPTY.raise(py, ())
}

/// Nothing came in time.
pub(crate) fn timeout(py: Python<'_>) -> PyErr {
    static TIMEOUT: Class = Class::named("Timeout");
    TIMEOUT.raise(py, ())
}

/// The channel is closed: `item` was not sent.
pub(crate) fn send_closed(py: Python<'_>, item: Item) -> PyErr {
    static SEND_CLOSED: Class = Class::named("SendClosed");
    SEND_CLOSED.raise(py, (item,))
}

/// There is no room: `item` was not sent.
pub(crate) fn full(py: Python<'_>, item: Item) -> PyErr {
    static FULL: Class = Class::named("Full");
    FULL.raise(py, (item,))
}

/// Nobody made room in time: `item` was not sent.
pub(crate) fn send_timeout(py: Python<'_>, item: Item) -> PyErr {
    static SEND_TIMEOUT: Class = Class::named("SendTimeout");
    SEND_TIMEOUT.raise(py, (item,))
}

/// `error`, with the note that the item whose send it ended was sent.
pub(crate) fn with_sent_note(py: Python<'_>, error: PyErr) -> PyErr {
    let note = "The item that was being sent has been sent.";
    match error.add_note(py, note) {
        Ok(()) => error,
        Err(error) => error,
    }
}

/// Runs `code` while an exception may be on its way through the frame that has
/// us run.
pub(crate) fn preserving(py: Python<'_>, code: impl FnOnce()) {
    let passing = PyErr::take(py);
    code();
    if let Some(passing) = passing {
        passing.restore(py);
    }
}
