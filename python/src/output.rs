//! What a pattern gives out, as a Python iterator.

use crate::channel::{Item, lock};
use crate::process::Process;
use crate::{errors, roles, wait};
use chanpatterns::channel::{self as channels, TryRecvError};
use chanpatterns::patterns;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyTuple};
use std::mem;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

/// A pattern that runs, whatever its results are. Dropping it stops its threads
/// and waits for them.
trait Running: Send + Sync {
    /// The next result as an object; `None` is the end.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Item>>;
}

struct Mapped<T, F> {
    results: patterns::Output<T>,
    make: F,
}

impl<T, F> Running for Mapped<T, F>
where
    T: Send,
    F: Fn(Python<'_>, T) -> PyResult<Item> + Send + Sync,
{
    fn next(&self, py: Python<'_>) -> PyResult<Option<Item>> {
        let result = match self.results.try_recv() {
            Ok(result) => result,
            Err(TryRecvError::Closed) => return Ok(None),
            Err(TryRecvError::Empty) => {
                let wait = |every, go_on: &mut dyn FnMut() -> bool| {
                    self.results.recv_watched(None, every, go_on)
                };
                match wait::detached(py, wait)? {
                    (Ok(result), None) => result,
                    (Err(_), None) => return Ok(None),
                    (result, Some(error)) => {
                        if let Ok(result) = result {
                            self.results.put_back(result);
                        }
                        return Err(error);
                    }
                }
            }
        };
        (self.make)(py, result).map(Some)
    }
}

/// The results of a pattern, as an iterator.
///
/// Blocking: ``next`` waits for a result; the interpreter runs other threads
/// meanwhile. Ctrl-C is answered within 50 ms on the main thread, and loses no
/// result.
///
/// Closing: when the results have ended, the threads behind them have too. To
/// leave early, use the output in a ``with`` block, call ``close``, or drop
/// it. That stops the threads, once what they are running returns, and waits
/// for them. Ctrl-C cuts the waiting short, not the threads.
///
/// >>> from itertools import count
/// >>> from chanpatterns import fan_in
/// >>> with fan_in([count()]) as output:
/// ...     for _source, number in output:
/// ...         if number == 3:
/// ...             break
/// >>> list(output)
/// []
///
/// It cannot be pickled, nor used in the child of a fork.
#[pyclass(frozen, generic, weakref, module = "chanpatterns")]
pub(crate) struct Output {
    slot: Arc<Slot>,
}

struct Slot {
    /// `None` once the output has ended or was closed.
    running: Mutex<Option<Shared>>,
    process: Process,
}

/// Whoever receives holds on to it, so that another thread can close.
type Shared = Arc<Box<dyn Running>>;

impl Output {
    /// Gives out what `make` makes of each of the `results`.
    pub(crate) fn new<T: Send + 'static>(
        results: patterns::Output<T>,
        make: impl Fn(Python<'_>, T) -> PyResult<Item> + Send + Sync + 'static,
    ) -> Self {
        let running: Box<dyn Running> = Box::new(Mapped { results, make });
        let slot = Arc::new(Slot {
            running: Mutex::new(Some(Arc::new(running))),
            process: Process::current(),
        });
        let mut open = lock(&OPEN);
        open.retain(|slot| slot.strong_count() > 0);
        open.push(Arc::downgrade(&slot));
        Output { slot }
    }
}

#[pymethods]
impl Output {
    /// Leave: stop the threads, and wait until they have ended.
    ///
    /// Blocking: until each thread has finished what it is running. A thread
    /// that waits in Python code of yours, say for input, is waited for.
    /// Ctrl-C is answered; the threads then end in their own time. If another
    /// thread is receiving, they stop when it has received. Called by a role
    /// of a pattern, it does not wait, since that might be for itself.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.slot.process.check("output")?;
        self.slot.leave(py)
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Item>> {
        self.slot.process.check("output")?;
        let Some(running) = lock(&self.slot.running).clone() else {
            return Ok(None);
        };
        let next = running.next(py);
        if let Ok(None) = next {
            // The threads have nothing left to do but to end.
            drop(lock(&self.slot.running).take());
            py.detach(|| drop(running));
        } else if let Some(running) = Arc::into_inner(running) {
            // Somebody has closed the output meanwhile.
            leave(py, running)?;
        }
        next
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exception: &Bound<'_, PyTuple>,
    ) -> PyResult<()> {
        if self.slot.process.is_current() {
            self.slot.leave(py)?;
        }
        Ok(())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "an Output cannot be pickled or copied, since there are threads \
             behind it",
        ))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.slot.process.is_current() || AT_EXIT.load(Ordering::Relaxed) {
            // The threads are not there, or cannot end any more.
            mem::forget(lock(&self.slot.running).take());
            return;
        }
        Python::attach(|py| {
            errors::preserving(py, || {
                if let Err(error) = self.slot.leave(py) {
                    pass_on(py, error);
                }
            });
        });
    }
}

/// Sees to it that an exception is heard of that cannot be raised.
pub(crate) fn pass_on(py: Python<'_>, error: PyErr) {
    let again = if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        // Ctrl-C comes a little later, out of what follows.
        py.import("_thread")
            .and_then(|threads| threads.call_method0("interrupt_main"))
            .map(drop)
    } else {
        Err(error)
    };
    if let Err(error) = again {
        error.write_unraisable(py, None);
    }
}

impl Slot {
    /// Stops the threads and waits for them; the second time does nothing.
    fn leave(&self, py: Python<'_>) -> PyResult<()> {
        let running = lock(&self.running).take();
        running
            .and_then(Arc::into_inner)
            .map_or(Ok(()), |running| leave(py, running))
    }
}

/// Drops `running`, which waits for threads that may wait for the interpreter.
fn leave(py: Python<'_>, running: Box<dyn Running>) -> PyResult<()> {
    if roles::on_role_thread() {
        thread::spawn(|| drop(running));
        return Ok(());
    }
    if !wait::on_main_thread(py)? {
        py.detach(|| drop(running));
        return Ok(());
    }
    // Dropping hears no signal. So another thread does that, and this one
    // waits for it in the usual way.
    let (leaving, left) = channels::rendezvous::<()>();
    let leaver = thread::spawn(move || {
        drop(running);
        drop(leaving);
    });
    let wait = |every, go_on: &mut dyn FnMut() -> bool| {
        left.recv_watched(None, every, go_on)
    };
    let (_closed, raised) = wait::detached(py, wait)?;
    if let Some(error) = raised {
        return Err(error);
    }
    match py.detach(|| leaver.join()) {
        Ok(()) => Ok(()),
        Err(fault) => resume_unwind(fault),
    }
}

/// The outputs that may have threads.
static OPEN: Mutex<Vec<Weak<Slot>>> = Mutex::new(Vec::new());

/// Whether the interpreter is about to end. Then threads that would attach to
/// it stand still, and nobody may wait for them.
static AT_EXIT: AtomicBool = AtomicBool::new(false);

/// An error if it is too late to start threads that run Python.
pub(crate) fn check_not_at_exit() -> PyResult<()> {
    if AT_EXIT.load(Ordering::Relaxed) {
        return Err(PyRuntimeError::new_err(
            "the interpreter is about to end: it is too late for a pattern",
        ));
    }
    Ok(())
}

/// Closes at the interpreter's exit what is open then.
pub(crate) fn stop_at_exit(py: Python<'_>) -> PyResult<()> {
    let stop = PyCFunction::new_closure(py, None, None, |arguments, _| {
        stop_all(arguments.py())
    })?;
    py.import("atexit")?.call_method1("register", (stop,))?;
    Ok(())
}

fn stop_all(py: Python<'_>) -> PyResult<()> {
    AT_EXIT.store(true, Ordering::Relaxed);
    let open = mem::take(&mut *lock(&OPEN));
    open.iter()
        .filter_map(Weak::upgrade)
        .filter(|slot| slot.process.is_current())
        .try_for_each(|slot| slot.leave(py))
}
