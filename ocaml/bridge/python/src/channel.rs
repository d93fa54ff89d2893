//! Channels of bytes, the ends of which Python, Rust and OCaml can hold.

use crate::end::{End, detached};
use crate::errors;
use chanpatterns::channel::{self as channels, RecvTimeoutError};
use chanpatterns::channel::{SendTimeoutError, TrySendError};
use chanpatterns_reference::Message;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// Make a channel of bytes; return its two ends, ``(sender, receiver)``.
///
/// ``capacity`` is how many messages may be queued: ``None`` is no bound, and 0
/// a rendezvous.
#[pyfunction]
#[pyo3(signature = (capacity=None))]
pub(crate) fn channel(capacity: Option<usize>) -> (Sender, Receiver) {
    let (tx, rx) = channels::with_capacity(capacity);
    (
        Sender(End::new("sender", tx)),
        Receiver(End::new("receiver", rx)),
    )
}

/// A sending end, for Python; a role takes one over.
#[pyclass(frozen, module = "chanpatterns_ocaml")]
pub(crate) struct Sender(pub(crate) End<channels::Sender<Message>>);

#[pymethods]
impl Sender {
    /// Send bytes, waiting for room; other threads run meanwhile.
    ///
    /// Raises ``chanpatterns.SendClosed``, which holds them as ``item``, if the
    /// channel is closed: if nobody can receive them any more. If a signal's
    /// handler raises, they were not sent, unless a note says that they were.
    fn send(&self, py: Python<'_>, message: &[u8]) -> PyResult<()> {
        let end = self.0.get()?;
        let waits = match end.try_send(Ok(message.to_vec())) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => {
                return Err(errors::send_closed(py, message));
            }
            Err(TrySendError::Full(waits)) => waits,
        };
        let (sent, raised) = detached(py, |every, go_on| {
            end.send_watched(waits, None, every, go_on)
        })?;
        match (sent, raised) {
            (Err(SendTimeoutError::Closed(_)), None) => {
                Err(errors::send_closed(py, message))
            }
            (Ok(()), Some(error)) => Err(errors::with_sent_note(py, error)),
            (Err(_), Some(error)) => Err(error),
            (_, None) => Ok(()),
        }
    }

    /// Close the channel for everyone; return whether it was open.
    fn close(&self) -> PyResult<bool> {
        Ok(self.0.get()?.close())
    }

    /// Make another sender; the channel closes when the last one is gone.
    #[pyo3(name = "clone")]
    fn clone_end(&self) -> PyResult<Self> {
        let end = channels::Sender::clone(&*self.0.get()?);
        Ok(Sender(End::new("sender", end)))
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        this.0.get()?;
        Ok(this)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.0.give_up();
    }
}

/// A receiving end, for Python; a role takes one over.
#[pyclass(frozen, module = "chanpatterns_ocaml")]
pub(crate) struct Receiver(pub(crate) End<channels::Receiver<Message>>);

#[pymethods]
impl Receiver {
    /// Receive bytes, waiting for some; other threads run meanwhile.
    ///
    /// Raises ``chanpatterns.Closed`` if the channel is closed and drained, and
    /// ``chanpatterns.reference.Failure`` if what should have come has failed.
    fn recv<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.next(py)?.ok_or_else(|| errors::closed(py))
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        self.next(py)
    }

    /// Close the channel for everyone; return whether it was open.
    fn close(&self) -> PyResult<bool> {
        Ok(self.0.get()?.close())
    }

    /// Make another receiver; each message goes to one of them.
    #[pyo3(name = "clone")]
    fn clone_end(&self) -> PyResult<Self> {
        let end = channels::Receiver::clone(&*self.0.get()?);
        Ok(Receiver(End::new("receiver", end)))
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        this.0.get()?;
        Ok(this)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.0.give_up();
    }
}

impl Receiver {
    fn next<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let end = self.0.get()?;
        let received = match end.try_recv() {
            Ok(message) => Ok(message),
            Err(_) => {
                let (received, raised) = detached(py, |every, go_on| {
                    end.recv_watched(None, every, go_on)
                })?;
                if let Some(error) = raised {
                    // What came in that very moment is not lost.
                    received.into_iter().for_each(|came| end.put_back(came));
                    return Err(error);
                }
                received
            }
        };
        match received {
            Ok(Ok(message)) => Ok(Some(PyBytes::new(py, &message))),
            Ok(Err(error)) => Err(errors::failure(py, &error)),
            Err(RecvTimeoutError::Closed | RecvTimeoutError::Timeout) => {
                Ok(None)
            }
        }
    }
}
