//! The receiving end.

use crate::arguments::{self, Limit};
use crate::channel::{Channel, End, Item};
use crate::errors;
use crate::operation::{Operation, Pending};
use crate::sender::{no_pickle, same_channel};
use chanpatterns::channel::{self as channels, RecvTimeoutError, TryRecvError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::time::Duration;

/// The receiving end of a channel.
///
/// ``channel`` makes it. Each item goes to one receiver. It is an iterator:
/// ``for item in rx`` receives until the channel is closed and drained.
/// Threads may share it; ``clone`` it where each of several users is to end
/// on its own. When the last receiver is gone, garbage or given up by the end
/// of a ``with`` block, the channel closes and what is queued is dropped.
///
/// >>> from chanpatterns import channel
/// >>> tx, rx = channel()
/// >>> for word in "so it goes".split():
/// ...     tx.send(word)
/// >>> tx.close()
/// True
/// >>> [word for word in rx]
/// ['so', 'it', 'goes']
///
/// It cannot be pickled, nor used in the child of a fork.
#[pyclass(frozen, generic, weakref, module = "chanpatterns")]
pub(crate) struct Receiver {
    channel: Py<Channel>,
    end: End<channels::Receiver<Item>>,
}

impl Receiver {
    pub(crate) fn new(
        channel: Py<Channel>,
        receiver: channels::Receiver<Item>,
    ) -> Self {
        let process = channel.get().process();
        Receiver {
            channel,
            end: End::new("receiver", process, receiver),
        }
    }

    pub(crate) fn channel(&self) -> &Py<Channel> {
        &self.channel
    }

    fn shared(&self) -> PyResult<&Channel> {
        let channel = self.channel.get();
        channel.process().check("receiver")?;
        Ok(channel)
    }

    /// The next item; the inner error says why there is none.
    fn receive(
        &self,
        py: Python<'_>,
        limit: Limit,
    ) -> PyResult<Result<Item, RecvTimeoutError>> {
        let receiver = self.end.get()?;
        // What can be done at once is done without leaving the interpreter.
        match receiver.try_recv() {
            Ok(item) => return Ok(Ok(item)),
            Err(TryRecvError::Closed) => {
                return Ok(Err(RecvTimeoutError::Closed));
            }
            Err(TryRecvError::Empty) => {}
        }
        if let Limit::Now = limit {
            return Ok(Err(RecvTimeoutError::Timeout));
        }
        let deadline = limit.deadline();
        let (received, raised) =
            self.channel.get().detached(py, |every, go_on| {
                receiver.recv_watched(deadline, every, go_on)
            })?;
        match (received, raised) {
            (Ok(item), None) => Ok(Ok(item)),
            (Ok(item), Some(error)) => {
                receiver.put_back(item);
                Err(error)
            }
            (Err(_), Some(error)) => Err(error),
            (Err(why), None) => Ok(Err(why)),
        }
    }
}

#[pymethods]
impl Receiver {
    /// Receive an item, waiting for one if there is none.
    ///
    /// Blocking: waits until an item comes; at most ``timeout`` seconds,
    /// where ``None`` is for ever and 0 is not at all. An item that is there
    /// is received however short the time. The interpreter runs other threads
    /// meanwhile. Ctrl-C is answered within 50 ms on the main thread.
    ///
    /// Errors: ``Closed`` if the channel is closed and drained, ``Timeout``.
    /// If a signal handler raises, no item is lost: one that comes at that
    /// moment is given out by the next receive.
    ///
    /// >>> from chanpatterns import Timeout, channel
    /// >>> tx, rx = channel()
    /// >>> try:
    /// ...     rx.recv(timeout=0.01)
    /// ... except Timeout as late:
    /// ...     print(late)
    /// Nothing arrived in time.
    #[pyo3(signature = (timeout=None))]
    fn recv(
        &self,
        py: Python<'_>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Item> {
        self.receive(py, Limit::new(timeout)?)?
            .map_err(|why| match why {
                RecvTimeoutError::Closed => errors::closed(py),
                RecvTimeoutError::Timeout => errors::timeout(py),
            })
    }

    /// Receive if that needs no waiting; for ``recv_async``, which waits if
    /// this returns `NOT_NOW`. A timeout of 0 is up at once.
    fn _recv_now(
        &self,
        py: Python<'_>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Item> {
        let timeout = arguments::timeout(timeout)?;
        match self.end.get()?.try_recv() {
            Ok(item) => Ok(item),
            Err(TryRecvError::Closed) => Err(errors::closed(py)),
            Err(TryRecvError::Empty) => match timeout {
                Some(Duration::ZERO) => Err(errors::timeout(py)),
                _ => not_now(py),
            },
        }
    }

    /// The receive that waits, to be awaited.
    fn _recv_later(
        &self,
        py: Python<'_>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Operation> {
        let receiver = channels::Receiver::clone(&*self.end.get()?);
        let pending = Pending::Recv(receiver.into_recv_async());
        let channel = self.channel.clone_ref(py);
        let timeout = arguments::timeout(timeout)?;
        Ok(Operation::new(channel, pending, timeout))
    }

    /// Receive an item if one is there.
    ///
    /// Blocking: never. With capacity 0 it succeeds only against a sender
    /// that waits.
    ///
    /// Errors: ``Empty`` if nothing is there now, ``Closed`` if nothing will
    /// ever be.
    fn try_recv(&self, py: Python<'_>) -> PyResult<Item> {
        self.end.get()?.try_recv().map_err(|why| match why {
            TryRecvError::Closed => errors::closed(py),
            TryRecvError::Empty => errors::empty(py),
        })
    }

    /// Receive everything that is there, as a list.
    ///
    /// Blocking: never. Senders that wait are done: their items come last.
    ///
    /// >>> from chanpatterns import channel
    /// >>> tx, rx = channel()
    /// >>> tx.send(1)
    /// >>> tx.send(2)
    /// >>> rx.drain(), rx.drain()
    /// ([1, 2], [])
    fn drain(&self) -> PyResult<Vec<Item>> {
        self.end.get()?;
        Ok(self.shared()?.drain())
    }

    /// Close the channel for everyone; return whether it was open.
    ///
    /// Blocking: never. Every send raises from now on, also those that wait.
    /// What is queued can still be received. To end one receiver and leave
    /// the others, use it in a ``with`` block.
    fn close(&self) -> PyResult<bool> {
        Ok(self.end.get()?.close())
    }

    /// Make another receiver on the same channel.
    ///
    /// Each item goes to one of them.
    #[pyo3(name = "clone")]
    fn clone_end(&self, py: Python<'_>) -> PyResult<Self> {
        let receiver = channels::Receiver::clone(&*self.end.get()?);
        Ok(Receiver::new(self.channel.clone_ref(py), receiver))
    }

    /// Whether the other end, a sender or a receiver, is of the same channel.
    fn same_channel(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        same_channel(&self.channel, other)
    }

    /// Whether the channel is closed; there may still be items to receive.
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

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Item>> {
        Ok(self.receive(py, Limit::Forever)?.ok())
    }

    fn __aiter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
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
        self.channel.get().describe("Receiver")
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(no_pickle("Receiver"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.channel)
    }
}

/// What `_recv_now` returns if nothing is there: nothing that anybody sends.
pub(crate) fn not_now(py: Python<'_>) -> PyResult<Item> {
    static NOT_NOW: PyOnceLock<Item> = PyOnceLock::new();
    NOT_NOW
        .get_or_try_init(py, || {
            let object = py.get_type::<PyAny>().call0()?;
            Ok(object.unbind())
        })
        .map(|object| object.clone_ref(py))
}
