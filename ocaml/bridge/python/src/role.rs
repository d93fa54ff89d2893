//! Roles that are not Python's: threads of Rust's and of OCaml's.

use crate::channel::{Receiver, Sender};
use crate::end::detached;
use crate::errors;
use chanpatterns::Panicked;
use chanpatterns::channel::{self as channels, RecvTimeoutError};
use chanpatterns_reference::{self as reference, BridgeError, Message};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::thread;

/// How a role ends.
type Ended = Result<Made, BridgeError>;

enum Made {
    Count(u64),
    Messages(Vec<Vec<u8>>),
}

/// A thread of another language than Python.
///
/// It holds neither Python's lock nor the end of the interpreter.
#[pyclass(frozen, module = "chanpatterns_ocaml")]
pub(crate) struct Role {
    ended: channels::Receiver<Ended>,
}

#[pymethods]
impl Role {
    /// Wait for the role's end, once; return what it has made.
    ///
    /// Raises ``chanpatterns.reference.Failure`` if it failed, ``ValueError``
    /// if its end was waited for before.
    fn join(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (ended, raised) = detached(py, |every, go_on| {
            self.ended.recv_watched(None, every, go_on)
        })?;
        if let Some(error) = raised {
            ended.into_iter().for_each(|end| self.ended.put_back(end));
            return Err(error);
        }
        match ended {
            Ok(Ok(Made::Count(count))) => {
                Ok(count.into_pyobject(py)?.into_any().unbind())
            }
            Ok(Ok(Made::Messages(messages))) => {
                let messages = messages.iter().map(|one| PyBytes::new(py, one));
                let list = PyList::new(py, messages.collect::<Vec<_>>())?;
                Ok(list.into_any().unbind())
            }
            Ok(Err(error)) => Err(errors::failure(py, &error)),
            Err(RecvTimeoutError::Closed | RecvTimeoutError::Timeout) => Err(
                PyValueError::new_err("this role's end was waited for before"),
            ),
        }
    }
}

/// Starts a thread of `body`. A panic is how it ends, and no more.
fn start(
    name: &str,
    body: impl FnOnce() -> Ended + Send + 'static,
) -> PyResult<Role> {
    let (tx, ended) = channels::bounded(1);
    let run = move || {
        let end = Panicked::catch(body).unwrap_or_else(|panicked| {
            Err(BridgeError::Panicked(panicked.message().to_owned()))
        });
        // Who does not ask how it has ended does not hear it.
        _ = tx.send(end);
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| PyOSError::new_err(error.to_string()))?;
    Ok(Role { ended })
}

/// Start a thread of OCaml's that transforms messages; it takes both ends over.
///
/// ``transform`` is ``"reverse"`` or ``"square"``. Its end: how many messages it
/// has passed on.
#[pyfunction]
pub(crate) fn relay(
    transform: String,
    receiver: &Receiver,
    sender: &Sender,
) -> PyResult<Role> {
    let (from, to) = (receiver.0.take()?, sender.0.take()?);
    start("relay", move || {
        reference::relay(&transform, from, to).map(Made::Count)
    })
}

/// Start a thread of Rust's that collects messages; it takes the end over.
///
/// It leaves after ``most`` of them. Its end: the list of them.
#[pyfunction]
#[pyo3(signature = (receiver, most=usize::MAX))]
pub(crate) fn collect(receiver: &Receiver, most: usize) -> PyResult<Role> {
    let from = receiver.0.take()?;
    start("collect", move || {
        let messages: Result<_, _> = from.iter().take(most).collect();
        messages.map(Made::Messages)
    })
}

/// Start a thread of Rust's that sends messages; it takes the end over.
///
/// It leaves when nobody wants more. Its end: how many it has sent.
#[pyfunction]
pub(crate) fn produce(
    sender: &Sender,
    messages: Vec<Vec<u8>>,
) -> PyResult<Role> {
    let to = sender.0.take()?;
    start("produce", move || {
        let sent = messages.into_iter().map(Message::Ok);
        let sent = sent.take_while(|message| to.send(message.clone()).is_ok());
        Ok(Made::Count(sent.count() as u64))
    })
}

/// Start a thread of Rust's that panics at the first message; for tests.
#[pyfunction]
pub(crate) fn _panic(receiver: &Receiver) -> PyResult<Role> {
    let from = receiver.0.take()?;
    start("panic", move || {
        let message = from.recv();
        // Without the panic's hook, which would print.
        std::panic::resume_unwind(Box::new(format!("at {message:?}")));
    })
}
