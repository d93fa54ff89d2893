//! The module `chanpatterns_ocaml`, which `chanpatterns.reference` is built on.
//!
//! While OCaml runs, Python's lock is free: other threads run Python.
//!
//! It also has channels of bytes that the three languages share: `channel` for
//! Python, `relay` for OCaml, `collect` and `produce` for Rust.

mod channel;
mod end;
mod errors;
mod role;

use chanpatterns_reference::{self as reference, BridgeError, System, faults};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The text of an answer, or the kind and the message of an error.
type Answer = (Option<&'static str>, String);

fn answer(told: Result<String, BridgeError>) -> Answer {
    match told {
        Ok(text) => (None, text),
        Err(error) => (Some(error.kind()), error.to_string()),
    }
}

fn system(name: &str) -> PyResult<System> {
    name.parse::<System>()
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The OCaml reference: JSON goes in and out as text. And channels of bytes
/// that threads of Python, OCaml and Rust share.
#[pymodule]
mod chanpatterns_ocaml {
    use super::*;

    #[pymodule_export]
    use crate::channel::{Receiver, Sender, channel};
    #[pymodule_export]
    use crate::role::{_panic, Role, collect, produce, relay};

    /// Run a pattern: `(None, observation)`, or the kind and the message.
    #[pyfunction]
    #[pyo3(signature = (system, pattern, input, /))]
    fn run(
        py: Python<'_>,
        system: &str,
        pattern: &str,
        input: &str,
    ) -> PyResult<Answer> {
        let system = super::system(system)?;
        Ok(answer(
            py.detach(|| reference::run_text(system, pattern, input)),
        ))
    }

    /// Say who answers: `(None, hello)`, or the kind and the message.
    #[pyfunction]
    #[pyo3(signature = (system, /))]
    fn hello(py: Python<'_>, system: &str) -> PyResult<Answer> {
        let system = super::system(system)?;
        let hello = py.detach(|| reference::hello(system));
        Ok(answer(hello.map(|hello| hello.to_string())))
    }

    /// Say what a channel program means: `(None, answer)`, or the kind and the
    /// message.
    #[pyfunction]
    #[pyo3(signature = (question, /))]
    fn meaning(py: Python<'_>, question: &str) -> Answer {
        answer(py.detach(|| reference::meaning_text(question)))
    }

    /// Commit a fault inside OCaml; for tests.
    #[pyfunction]
    #[pyo3(signature = (name, /))]
    fn _fault(py: Python<'_>, name: &str) -> Answer {
        answer(py.detach(|| faults::commit(name)))
    }
}
