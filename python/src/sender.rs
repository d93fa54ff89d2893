//! The sending end.

use crate::arguments::{self, Limit};
use crate::channel::{Channel, End, Item};
use crate::errors;
use crate::operation::{Operation, Pending};
use crate::receiver::Receiver;
use chanpatterns::channel::{self as channels, SendTimeoutError, TrySendError};
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::time::Duration;

/// The sending end of a channel.
///
/// ``channel`` makes it. Threads may share it; ``clone`` it where each of
/// several users is to end on its own. The channel closes when the last
/// sender is gone: garbage, or given up by the end of a ``with`` block.
///
/// >>> from chanpatterns import channel
/// >>> tx, rx = channel()
/// >>> with tx:
/// ...     tx.send(1)
/// >>> rx.recv()
/// 1
/// >>> tx.send(2)
/// Traceback (most recent call last):
///     ...
/// ValueError: this sender was given up when its with-block ended
///
/// It cannot be pickled, nor used in the child of a fork.
#[pyclass(frozen, generic, weakref, module = "chanpatterns")]
pub(crate) struct Sender {
    channel: Py<Channel>,
    end: End<channels::Sender<Item>>,
}

impl Sender {
    pub(crate) fn new(
        channel: Py<Channel>,
        sender: channels::Sender<Item>,
    ) -> Self {
        let process = channel.get().process();
        Sender {
            channel,
            end: End::new("sender", process, sender),
        }
    }

    pub(crate) fn channel(&self) -> &Py<Channel> {
        &self.channel
    }
}

#[pymethods]
impl Sender {
    /// Send an item, waiting for room if there is none.
    ///
    /// Blocking: waits while the channel is full, with capacity 0 until a
    /// receiver takes the item; at most ``timeout`` seconds, where ``None``
    /// is for ever and 0 is not at all. The interpreter runs other threads
    /// meanwhile. Ctrl-C is answered within 50 ms on the main thread.
    ///
    /// Closing: if the channel is closed, or closes meanwhile, the item is
    /// not sent.
    ///
    /// Errors: ``SendClosed`` and ``SendTimeout`` hold the item as ``item``.
    /// If a signal handler raises, the item was not sent, unless a note on
    /// the exception says that it was.
    ///
    /// >>> from chanpatterns import Timeout, channel
    /// >>> tx, rx = channel(1)
    /// >>> tx.send("first")
    /// >>> try:
    /// ...     tx.send("second", timeout=0.01)
    /// ... except Timeout as late:
    /// ...     print(late.item, "was not sent")
    /// second was not sent
    #[pyo3(signature = (item, timeout=None))]
    fn send(
        &self,
        py: Python<'_>,
        item: Item,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let end = self.end.get()?;
        let limit = Limit::new(timeout)?;
        // What can be done at once is done without leaving the interpreter.
        let item = match end.try_send(item) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(item)) => {
                return Err(errors::send_closed(py, item));
            }
            Err(TrySendError::Full(item)) => item,
        };
        if let Limit::Now = limit {
            return Err(errors::send_timeout(py, item));
        }
        let deadline = limit.deadline();
        let (sent, raised) =
            self.channel.get().detached(py, |every, go_on| {
                end.send_watched(item, deadline, every, go_on)
            })?;
        match (sent, raised) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(error)) => Err(errors::with_sent_note(py, error)),
            (Err(_), Some(error)) => Err(error),
            (Err(SendTimeoutError::Closed(item)), None) => {
                Err(errors::send_closed(py, item))
            }
            (Err(SendTimeoutError::Timeout(item)), None) => {
                Err(errors::send_timeout(py, item))
            }
        }
    }

    /// Send if that needs no waiting; for ``send_async``, which waits if this
    /// returns false. A timeout of 0 is up at once.
    fn _send_now(
        &self,
        py: Python<'_>,
        item: Item,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let timeout = arguments::timeout(timeout)?;
        match self.end.get()?.try_send(item) {
            Ok(()) => Ok(true),
            Err(TrySendError::Closed(item)) => {
                Err(errors::send_closed(py, item))
            }
            Err(TrySendError::Full(item)) => match timeout {
                Some(Duration::ZERO) => Err(errors::send_timeout(py, item)),
                _ => Ok(false),
            },
        }
    }

    /// The send that waits, to be awaited.
    fn _send_later(
        &self,
        py: Python<'_>,
        item: Item,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Operation> {
        let sender = channels::Sender::clone(&*self.end.get()?);
        let pending = Pending::Send(sender.into_send_async(item));
        let channel = self.channel.clone_ref(py);
        let timeout = arguments::timeout(timeout)?;
        Ok(Operation::new(channel, pending, timeout))
    }

    /// Send an item if that needs no waiting.
    ///
    /// Blocking: never. With capacity 0 it succeeds only against a receiver
    /// that waits.
    ///
    /// Errors: ``Full`` and ``SendClosed`` hold the item as ``item``.
    ///
    /// >>> from chanpatterns import Full, channel
    /// >>> tx, rx = channel(0)
    /// >>> try:
    /// ...     tx.try_send("nobody waits")
    /// ... except Full as full:
    /// ...     full.item
    /// 'nobody waits'
    fn try_send(&self, py: Python<'_>, item: Item) -> PyResult<()> {
        self.end.get()?.try_send(item).map_err(|error| match error {
            TrySendError::Full(item) => errors::full(py, item),
            TrySendError::Closed(item) => errors::send_closed(py, item),
        })
    }

    /// Close the channel for everyone; return whether it was open.
    ///
    /// Blocking: never. Every send raises from now on, also those that wait.
    /// What is queued can still be received. To end one sender and leave the
    /// others, use it in a ``with`` block.
    fn close(&self) -> PyResult<bool> {
        Ok(self.end.get()?.close())
    }

    /// Make another sender on the same channel.
    ///
    /// The channel stays open until each of them is gone.
    #[pyo3(name = "clone")]
    fn clone_end(&self, py: Python<'_>) -> PyResult<Self> {
        let sender = channels::Sender::clone(&*self.end.get()?);
        Ok(Sender::new(self.channel.clone_ref(py), sender))
    }

    /// Whether the other end, a sender or a receiver, is of the same channel.
    fn same_channel(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        same_channel(&self.channel, other)
    }

    /// Whether the channel is closed, so that every send would fail.
    #[getter]
    fn closed(&self) -> PyResult<bool> {
        Ok(self.shared()?.is_closed())
    }

    /// How many items there is room for; ``None`` is no bound.
    #[getter]
    fn capacity(&self) -> Option<usize> {
        self.channel.get().capacity()
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(self.shared()?.len())
    }

    /// True, however few items are queued.
    fn __bool__(&self) -> bool {
        true
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        this.end.get()?;
        Ok(this)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.end.give_up();
    }

    fn __repr__(&self) -> String {
        self.channel.get().describe("Sender")
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("Sender"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.channel)
    }
}

impl Sender {
    fn shared(&self) -> PyResult<&Channel> {
        let channel = self.channel.get();
        channel.process().check("sender")?;
        Ok(channel)
    }
}

pub(crate) fn same_channel(
    channel: &Py<Channel>,
    other: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if let Ok(sender) = other.cast::<Sender>() {
        Ok(sender.get().channel().is(channel))
    } else if let Ok(receiver) = other.cast::<Receiver>() {
        Ok(receiver.get().channel().is(channel))
    } else {
        let class = other.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "other must be a Sender or a Receiver, not {class}"
        )))
    }
}

pub(crate) fn no_pickle(end: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "a {end} cannot be pickled or copied, since a channel lives in one \
         process; use clone() for another handle"
    ))
}
