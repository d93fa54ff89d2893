//! A channel of Python objects, as the garbage collector sees it.
//!
//! Both ends of a channel refer to one object, `Channel`, and it alone shows
//! the collector what is queued: what two ends showed each would be counted
//! twice, and freed while in use.
//!
//! The collector looks at the queue several times in one collection, holding
//! the interpreter's lock, and must see the same each time. Threads that use
//! the channel detached could take an item out in between. Hence the count of
//! them: while there are any, nothing is shown. That costs nothing, since who
//! uses a channel keeps it alive, and all that is queued in it.

use crate::arguments;
use crate::parked::Parked;
use crate::process::Process;
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::wait;
use chanpatterns::channel::{self as channels, Observer};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What travels.
pub(crate) type Item = Py<PyAny>;

/// Make a channel; return its two ends, ``(sender, receiver)``.
///
/// ``capacity`` is how many items may be queued: ``None`` is no bound, and
/// with 0, a rendezvous, every send waits until its item is received. Any
/// object can be sent. Both ends may be shared between threads; ``clone``
/// them where each user is to close its own.
///
/// >>> from chanpatterns import channel
/// >>> tx, rx = channel(2)
/// >>> with tx:
/// ...     tx.send("a")
/// ...     tx.send("b")
/// >>> list(rx)
/// ['a', 'b']
///
/// Closing: a channel closes when its last sender or its last receiver is
/// gone, or by ``close`` on either end. Then a send raises, and a receive
/// raises once the queue is drained.
///
/// Raises ``TypeError`` or ``ValueError`` for a capacity that is no whole
/// number, negative, or beyond ``sys.maxsize``.
#[pyfunction]
#[pyo3(signature = (capacity=None))]
pub(crate) fn channel(
    py: Python<'_>,
    capacity: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Sender, Receiver)> {
    let (tx, rx) = match arguments::capacity(capacity)? {
        Some(capacity) => channels::bounded(capacity),
        None => channels::unbounded(),
    };
    let channel = Channel {
        observer: tx.observer(),
        parked: Arc::default(),
        detached: AtomicUsize::new(0),
        process: Process::current(),
    };
    let channel = Py::new(py, channel)?;
    let receiver = Receiver::new(channel.clone_ref(py), rx);
    Ok((Sender::new(channel, tx), receiver))
}

/// What both ends of a channel share.
#[pyclass(frozen, module = "chanpatterns._native")]
pub(crate) struct Channel {
    observer: Observer<Item>,
    /// The tasks that wait.
    parked: Arc<Parked>,
    /// How many operations are under way without the interpreter's lock.
    detached: AtomicUsize,
    process: Process,
}

#[pymethods]
impl Channel {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.process.is_current() {
            return Ok(());
        }
        self.parked.visit(&visit)?;
        if !self.is_still() {
            return Ok(());
        }
        let mut result = Ok(());
        self.observer.for_each_queued(|item| {
            if result.is_ok() {
                result = visit.call(item);
            }
        });
        result
    }

    fn __clear__(&self) {
        if self.process.is_current() {
            // Dropped after the locks are released.
            drop(self.drain());
            self.parked.clear();
        }
    }
}

impl Channel {
    pub(crate) fn process(&self) -> Process {
        self.process
    }

    pub(crate) fn parked(&self) -> &Arc<Parked> {
        &self.parked
    }

    /// Whether nobody uses the channel without the interpreter's lock, so that
    /// the collector, which has it, sees the same each time.
    pub(crate) fn is_still(&self) -> bool {
        self.detached.load(Ordering::Relaxed) == 0
    }

    /// How many items are queued.
    pub(crate) fn len(&self) -> usize {
        self.observer.len()
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        self.observer.capacity()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.observer.is_closed()
    }

    /// Takes out all that is there.
    pub(crate) fn drain(&self) -> Vec<Item> {
        self.observer.drain().collect()
    }

    /// Runs `wait` detached; see `wait::detached`. It must hold a handle of
    /// the channel, not its last: that one has to be dropped attached.
    pub(crate) fn detached<R: Send>(
        &self,
        py: Python<'_>,
        wait: impl FnOnce(Duration, &mut dyn FnMut() -> bool) -> R + Send,
    ) -> PyResult<(R, Option<PyErr>)> {
        self.detached.fetch_add(1, Ordering::Relaxed);
        let result = wait::detached(py, wait);
        self.detached.fetch_sub(1, Ordering::Relaxed);
        result
    }

    /// The text of an end's `repr`.
    pub(crate) fn describe(&self, end: &str) -> String {
        if !self.process.is_current() {
            return format!("<chanpatterns.{end} of another process>");
        }
        let capacity = self
            .capacity()
            .map_or_else(|| "None".to_owned(), |capacity| capacity.to_string());
        let state = if self.is_closed() { "closed" } else { "open" };
        format!(
            "<chanpatterns.{end} capacity={capacity} len={} {state}>",
            self.len()
        )
    }
}

/// A handle's share of a channel: `E` is a sender or a receiver of the crate.
///
/// Each operation holds on to it while it runs, so that a handle can be given
/// up while another thread waits on it.
pub(crate) struct End<E> {
    name: &'static str,
    /// `None` once the handle was given up.
    end: Mutex<Option<Arc<E>>>,
    process: Process,
}

impl<E> End<E> {
    pub(crate) fn new(name: &'static str, process: Process, end: E) -> Self {
        End {
            name,
            end: Mutex::new(Some(Arc::new(end))),
            process,
        }
    }

    pub(crate) fn get(&self) -> PyResult<Arc<E>> {
        self.process.check(self.name)?;
        lock(&self.end).clone().ok_or_else(|| {
            PyValueError::new_err(format!(
                "this {} was given up when its with-block ended",
                self.name
            ))
        })
    }

    /// Drops the handle's share; the second time does nothing.
    pub(crate) fn give_up(&self) {
        let end = lock(&self.end).take();
        if !self.process.is_current() {
            mem::forget(end);
        }
    }
}

impl<E> Drop for End<E> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Locks `mutex`; what it guards is changed in single steps, so a panic leaves
/// nothing half done.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
