//! How the task of an operation is told to go on.
//!
//! In a step of a task of the same loop, that is done on the spot. From
//! anywhere else the loop is sent a *notice*. As that costs more than all the
//! rest, operations that are told before the loop has read it share it.
//!
//! A loop that is closed drops what it has not read. A notice that is dropped
//! unread has its operations give up, so that what they were told is passed on;
//! one more notice, behind the steps that the first has brought, does so for
//! operations whose tasks the loop was to run and did not.

use crate::channel::lock;
use crate::errors;
use crate::operation::Operation;
use crate::output::pass_on;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

/// Has the tasks of some operations go on; called by their loop, once.
#[pyclass(frozen, module = "chanpatterns._native")]
pub(crate) struct Notice {
    what: What,
    operations: Arc<Operations>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// They may go on.
    Told,
    /// Their time has run out.
    Late,
    /// They have gone on since they were told.
    GoneOn,
}

/// The operations of a notice; `None` once it was read.
struct Operations(Mutex<Option<Vec<Py<Operation>>>>);

/// The notices that are under way, by the address of their loop, which their
/// operations keep alive.
static UNDER_WAY: Mutex<BTreeMap<usize, Weak<Operations>>> =
    Mutex::new(BTreeMap::new());

impl Operations {
    fn new(operations: Vec<Py<Operation>>) -> Arc<Self> {
        Arc::new(Operations(Mutex::new(Some(operations))))
    }

    /// Adds an operation; false if the notice was read.
    fn add(&self, operation: &Bound<'_, Operation>) -> bool {
        match &mut *lock(&self.0) {
            Some(operations) => {
                operations.push(operation.clone().unbind());
                true
            }
            None => false,
        }
    }

    fn take(&self) -> Vec<Py<Operation>> {
        let operations = mem::take(&mut *lock(&self.0));
        operations.unwrap_or_default()
    }
}

/// Has the task of `operation` go on, from whichever thread.
pub(crate) fn tell(operation: &Bound<'_, Operation>) {
    let py = operation.py();
    let Some(event_loop) = operation.get().event_loop(py) else {
        operation.get().note();
        return;
    };
    let told = match is_in_a_step(&event_loop) {
        Ok(true) => {
            resume(&event_loop, vec![operation.clone().unbind()], false)
        }
        Ok(false) => send_to(&event_loop, operation),
        // A signal handler has raised.
        Err(error) => send_to(&event_loop, operation).and(Err(error)),
    };
    if let Err(error) = told {
        pass_on(py, error);
    }
}

/// Has `operation` told by its loop, which runs elsewhere or is about to sleep.
fn send_to(
    event_loop: &Bound<'_, PyAny>,
    operation: &Bound<'_, Operation>,
) -> PyResult<()> {
    let address = event_loop.as_ptr().addr();
    let under_way = lock(&UNDER_WAY).get(&address).and_then(Weak::upgrade);
    if under_way.is_some_and(|operations| operations.add(operation)) {
        return Ok(());
    }
    let operations = Operations::new(vec![operation.clone().unbind()]);
    let mut under_way = lock(&UNDER_WAY);
    under_way.retain(|_, operations| operations.strong_count() > 0);
    under_way.insert(address, Arc::downgrade(&operations));
    drop(under_way);
    let py = event_loop.py();
    let Err(error) = send(event_loop, &operations) else {
        // A loop that was closed meanwhile has dropped it unread.
        return match is_closed(event_loop)? {
            true => end(py, operations.take()),
            false => Ok(()),
        };
    };
    // Either the loop is closed, or a signal handler has raised, before the
    // loop had the notice or after that. A second one is harmless.
    let operations = Operations::new(operations.take());
    if send(event_loop, &operations).is_ok() && !is_closed(event_loop)? {
        return Err(error);
    }
    end(py, operations.take())?;
    if is_closed(event_loop)? {
        Ok(())
    } else {
        Err(error)
    }
}

fn send(
    event_loop: &Bound<'_, PyAny>,
    operations: &Arc<Operations>,
) -> PyResult<()> {
    let notice = Notice {
        what: What::Told,
        operations: Arc::clone(operations),
    };
    let send = intern!(event_loop.py(), "call_soon_threadsafe");
    event_loop.call_method1(send, (notice,)).map(drop)
}

/// Has the tasks of `operations` go on, on the thread of their loop.
fn resume(
    event_loop: &Bound<'_, PyAny>,
    operations: Vec<Py<Operation>>,
    late: bool,
) -> PyResult<()> {
    let py = event_loop.py();
    let mut resumed = Vec::with_capacity(operations.len());
    let mut result = Ok(());
    for operation in operations {
        match operation.get().resume(py, late) {
            Ok(true) => resumed.push(operation),
            Ok(false) => {}
            Err(error) => result = Err(error),
        }
    }
    if !resumed.is_empty() {
        // The loop reads this after the steps that it takes now.
        let notice = Notice {
            what: What::GoneOn,
            operations: Operations::new(resumed),
        };
        event_loop.call_method1(intern!(py, "call_soon"), (notice,))?;
    }
    result
}

/// Has `operations` give up, as their tasks will not go on.
fn end(py: Python<'_>, operations: Vec<Py<Operation>>) -> PyResult<()> {
    let mut result = Ok(());
    for operation in operations {
        if let Err(error) = operation.get().end(py) {
            result = Err(error);
        }
    }
    result
}

/// Has `operation` go on when its time has run out; the timer of its loop.
pub(crate) fn call_later<'py>(
    event_loop: &Bound<'py, PyAny>,
    timeout: Duration,
    operation: &Bound<'py, Operation>,
) -> PyResult<Bound<'py, PyAny>> {
    let notice = Notice {
        what: What::Late,
        operations: Operations::new(vec![operation.clone().unbind()]),
    };
    let call_later = intern!(event_loop.py(), "call_later");
    event_loop.call_method1(call_later, (timeout.as_secs_f64(), notice))
}

#[pymethods]
impl Notice {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let operations = self.operations.take();
        if self.what == What::GoneOn {
            return Ok(());
        }
        // Those that are over have no loop any more.
        let mut event_loops = operations
            .iter()
            .filter_map(|operation| operation.get().event_loop(py));
        match event_loops.next() {
            Some(event_loop) => {
                resume(&event_loop, operations, self.what == What::Late)
            }
            None => Ok(()),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Changed only by who is attached, as the collector is.
        match self.operations.0.try_lock() {
            Ok(operations) => {
                operations.iter().flatten().try_for_each(|o| visit.call(o))
            }
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        drop(self.operations.take());
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        // Who still sends it has them too, and sees to them.
        if Arc::strong_count(&self.operations) > 1 {
            return;
        }
        let unread = self.operations.take();
        if unread.is_empty() || self.what == What::Late {
            return;
        }
        Python::try_attach(|py| {
            errors::preserving(py, || {
                if let Err(error) = give_up(py, unread) {
                    pass_on(py, error);
                }
            });
        });
    }
}

/// Has those give up whose loop was closed.
fn give_up(py: Python<'_>, operations: Vec<Py<Operation>>) -> PyResult<()> {
    let mut closed = Vec::new();
    for operation in operations {
        match operation.get().event_loop(py) {
            Some(event_loop) if is_closed(&event_loop)? => {
                closed.push(operation);
            }
            _ => {}
        }
    }
    end(py, closed)
}

static GET_RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static CURRENT_TASK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The loop that runs on this thread; an error if there is none.
pub(crate) fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    GET_RUNNING_LOOP
        .import(py, "asyncio", "get_running_loop")?
        .call0()
}

/// Whether this thread is in a step of a task of `event_loop`.
///
/// Then the loop looks at once at what it is given. Beside a step, in a signal
/// handler or a finalizer, it may be about to sleep.
fn is_in_a_step(event_loop: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = event_loop.py();
    let running = RUNNING_LOOP
        .import(py, "asyncio", "_get_running_loop")?
        .call0()?;
    if !running.is(event_loop) {
        return Ok(false);
    }
    let task = CURRENT_TASK
        .import(py, "asyncio", "current_task")?
        .call1((event_loop,))?;
    Ok(!task.is_none())
}

fn is_closed(event_loop: &Bound<'_, PyAny>) -> PyResult<bool> {
    event_loop
        .call_method0(intern!(event_loop.py(), "is_closed"))?
        .is_truthy()
}

/// Has what is asked of asyncio there until the interpreter's very end.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    GET_RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?;
    RUNNING_LOOP.import(py, "asyncio", "_get_running_loop")?;
    CURRENT_TASK.import(py, "asyncio", "current_task")?;
    Ok(())
}
