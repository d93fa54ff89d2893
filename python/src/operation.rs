//! A send or a receive that has to wait, in a task of asyncio.
//!
//! `send_async` and `recv_async` are coroutines of Python. They try first, and
//! await an *operation* only where they have to wait. Awaiting takes steps, on
//! the thread of the task's event loop. A step polls the crate's future, which
//! thereby enters the channel's queue, and the task gets an `asyncio.Future` of
//! its loop to wait for. Whoever completes the operation wakes its waker, and
//! that has the loop set this future, so that the task takes the next step and
//! polls again.
//!
//! So the crate's future is polled by its task alone, when that really goes on:
//! an item is taken in the very step that returns it. A task that is cancelled,
//! at whatever moment, drops the future, and that passes on what was on its
//! way.
//!
//! A loop may be closed while its tasks wait, which ends them unfinished. What
//! an operation was told is then passed on as well: either its waker finds the
//! loop closed, or a [`Notice`] in the loop's queue is dropped unread.

use crate::channel::{Channel, Item, lock};
use crate::output::pass_on;
use crate::parked::Place;
use crate::{errors, notice};
use chanpatterns::channel::{RecvError, RecvFuture, SendError, SendFuture};
use pyo3::exceptions::{
    PyBaseException, PyRuntimeError, PyStopIteration, PyValueError,
};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What is awaited.
pub(crate) enum Pending {
    Send(SendFuture<'static, Item>),
    Recv(RecvFuture<'static, Item>),
}

/// What one that gave up has come to.
pub(crate) enum GivenUp {
    /// The item was sent before.
    Sent,
    Unsent(Item),
    NothingReceived,
}

impl Pending {
    fn poll(&mut self, py: Python<'_>, waker: &Waker) -> Poll<PyResult<Item>> {
        let mut context = Context::from_waker(waker);
        match self {
            Pending::Send(send) => Pin::new(send)
                .poll(&mut context)
                .map_ok(|()| py.None())
                .map_err(|SendError(item)| errors::send_closed(py, item)),
            Pending::Recv(receive) => Pin::new(receive)
                .poll(&mut context)
                .map_err(|RecvError| errors::closed(py)),
        }
    }

    fn give_up(self) -> GivenUp {
        match self {
            Pending::Send(send) => {
                send.cancel().map_or(GivenUp::Sent, GivenUp::Unsent)
            }
            Pending::Recv(receive) => {
                drop(receive);
                GivenUp::NothingReceived
            }
        }
    }

    fn for_each_held(&self, visit: impl FnMut(&Item)) {
        match self {
            Pending::Send(send) => send.for_each_held(visit),
            Pending::Recv(receive) => receive.for_each_held(visit),
        }
    }
}

impl GivenUp {
    /// What it comes to when the time has run out.
    fn late(self, py: Python<'_>) -> PyResult<Item> {
        match self {
            GivenUp::Sent => Ok(py.None()),
            GivenUp::Unsent(item) => Err(errors::send_timeout(py, item)),
            GivenUp::NothingReceived => Err(errors::timeout(py)),
        }
    }

    /// An exception that came in between; it says if the item was sent.
    fn interrupted(self, py: Python<'_>, error: PyErr) -> PyErr {
        match self {
            GivenUp::Sent => errors::with_sent_note(py, error),
            GivenUp::Unsent(_) | GivenUp::NothingReceived => error,
        }
    }
}

/// One send or receive that waits: to be awaited, once.
#[pyclass(frozen, module = "chanpatterns._native")]
pub(crate) struct Operation {
    channel: Py<Channel>,
    state: Mutex<State>,
    /// Whether it was told to go on while a step was under way.
    told: AtomicBool,
}

enum State {
    /// Not polled yet; how long it may wait.
    New(Pending, Option<Duration>),
    /// A step is under way.
    Running,
    Waiting(Box<Waiting>),
    Over,
}

/// An operation whose task waits.
struct Waiting {
    parking: Parking,
    /// What the task waits for.
    future: Item,
}

/// An operation that stands in the channel's queue.
struct Parking {
    pending: Pending,
    place: Place,
    waker: Waker,
    event_loop: Item,
    timer: Option<Item>,
    /// Whether the time has run out.
    late: bool,
}

/// What a step comes to.
enum Step {
    /// The task has to wait for this future.
    Wait(Item),
    Done(Item),
}

impl Operation {
    /// `timeout` counts from the first step; `None` is for ever.
    pub(crate) fn new(
        channel: Py<Channel>,
        pending: Pending,
        timeout: Option<Duration>,
    ) -> Self {
        Operation {
            channel,
            state: Mutex::new(State::New(pending, timeout)),
            told: AtomicBool::new(false),
        }
    }

    fn replace(&self, state: State) -> State {
        mem::replace(&mut lock(&self.state), state)
    }

    fn is_of_this_process(&self) -> bool {
        self.channel.get().process().is_current()
    }

    /// The loop of the task, if that waits.
    pub(crate) fn event_loop<'py>(
        &self,
        py: Python<'py>,
    ) -> Option<Bound<'py, PyAny>> {
        match &*lock(&self.state) {
            State::Waiting(waiting) => {
                Some(waiting.parking.event_loop.bind(py).clone())
            }
            _ => None,
        }
    }

    fn step(slf: &Bound<'_, Self>) -> PyResult<Step> {
        let this = slf.get();
        this.channel.get().process().check("channel")?;
        let step = match this.replace(State::Running) {
            State::New(pending, timeout) => Self::park(slf, pending, timeout)
                .and_then(|parking| Self::wait(slf, parking)),
            State::Waiting(waiting) => Self::go_on(slf, *waiting),
            State::Running => return Err(already_awaited()),
            State::Over => Err(PyRuntimeError::new_err(
                "this operation was awaited before",
            )),
        };
        if !matches!(step, Ok(Step::Wait(_))) {
            this.replace(State::Over);
        }
        step
    }

    fn park(
        slf: &Bound<'_, Self>,
        pending: Pending,
        timeout: Option<Duration>,
    ) -> PyResult<Parking> {
        let py = slf.py();
        let event_loop = notice::running_loop(py)?;
        let timer = timeout
            .map(|timeout| notice::call_later(&event_loop, timeout, slf))
            .transpose()?;
        let place = slf.get().channel.get().parked().enter(slf);
        Ok(Parking {
            pending,
            waker: place.waker(),
            place,
            event_loop: event_loop.unbind(),
            timer: timer.map(Bound::unbind),
            late: false,
        })
    }

    fn go_on(slf: &Bound<'_, Self>, waiting: Waiting) -> PyResult<Step> {
        let py = slf.py();
        let Waiting { parking, future } = waiting;
        match future.call_method0(py, intern!(py, "result")) {
            Ok(_) => Self::wait(slf, parking),
            // Somebody has cancelled the future, and not the task.
            Err(error) => Err(parking.leave(py).interrupted(py, error)),
        }
    }

    /// Completes, or has the task wait.
    fn wait(slf: &Bound<'_, Self>, mut parking: Parking) -> PyResult<Step> {
        let py = slf.py();
        let this = slf.get();
        loop {
            this.told.store(false, Ordering::Relaxed);
            let poll = parking.pending.poll(py, &parking.waker);
            if let Poll::Ready(result) = poll {
                parking.leave(py);
                return result.map(Step::Done);
            }
            if parking.late {
                return parking.leave(py).late(py).map(Step::Done);
            }
            let future = match parking.new_future(py) {
                Ok(future) => future,
                Err(error) => {
                    return Err(parking.leave(py).interrupted(py, error));
                }
            };
            // Making the future has run Python, and other threads with it.
            if this.told.load(Ordering::Relaxed) {
                continue;
            }
            let step = Step::Wait(future.clone_ref(py));
            let waiting = Waiting { parking, future };
            this.replace(State::Waiting(Box::new(waiting)));
            return Ok(step);
        }
    }

    /// Gives up, if it has not completed.
    pub(crate) fn end(&self, py: Python<'_>) -> PyResult<GivenUp> {
        let state = self.replace(State::Over);
        if !self.is_of_this_process() {
            mem::forget(state);
            return Ok(GivenUp::NothingReceived);
        }
        match state {
            State::Waiting(waiting) => Ok(waiting.parking.leave(py)),
            State::New(pending, _) => Ok(pending.give_up()),
            State::Over => Ok(GivenUp::NothingReceived),
            State::Running => {
                self.replace(State::Running);
                Err(already_awaited())
            }
        }
    }

    /// Notes that it may go on, if a step is under way or none ever will be.
    pub(crate) fn note(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    /// Has the task go on, on the thread of its loop; whether it does.
    pub(crate) fn resume(&self, py: Python<'_>, late: bool) -> PyResult<bool> {
        let future = match &mut *lock(&self.state) {
            State::Waiting(waiting) => {
                waiting.parking.late |= late;
                waiting.future.bind(py).clone()
            }
            _ => return Ok(false),
        };
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(false);
        }
        future.call_method1(intern!(py, "set_result"), (py.None(),))?;
        Ok(true)
    }
}

impl Parking {
    /// A future that a task has begun to await.
    fn new_future(&self, py: Python<'_>) -> PyResult<Item> {
        let event_loop = self.event_loop.bind(py);
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        let awaited = future.call_method0(intern!(py, "__await__"))?;
        let future = awaited.call_method0(intern!(py, "__next__"))?;
        Ok(future.unbind())
    }

    /// Leaves nothing behind; gives up, unless it is complete.
    fn leave(self, py: Python<'_>) -> GivenUp {
        let given_up = self.pending.give_up();
        drop(self.place);
        let cancel =
            |timer: Item| timer.call_method0(py, intern!(py, "cancel"));
        if let Some(Err(error)) = self.timer.map(cancel) {
            pass_on(py, error);
        }
        given_up
    }
}

#[pymethods]
impl Operation {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Item> {
        match Self::step(slf)? {
            Step::Wait(future) => Ok(future),
            Step::Done(result) => Err(returned(slf.py(), result)),
        }
    }

    fn send(
        slf: &Bound<'_, Self>,
        _value: &Bound<'_, PyAny>,
    ) -> PyResult<Item> {
        Self::__next__(slf)
    }

    #[pyo3(signature = (typ, val=None, tb=None))]
    fn throw(
        &self,
        typ: Bound<'_, PyAny>,
        val: Option<Bound<'_, PyAny>>,
        tb: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Item> {
        let py = typ.py();
        let error = thrown(typ, val, tb)?;
        Err(self.end(py)?.interrupted(py, error))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.end(py).map(drop)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.channel)?;
        if !self.is_of_this_process() {
            return Ok(());
        }
        // Changed only by who is attached, as the collector is.
        let Ok(state) = self.state.try_lock() else {
            return Ok(());
        };
        let pending = match &*state {
            State::New(pending, _) => pending,
            State::Waiting(waiting) => {
                visit.call(&waiting.future)?;
                visit.call(&waiting.parking.event_loop)?;
                visit.call(&waiting.parking.timer)?;
                &waiting.parking.pending
            }
            State::Running | State::Over => return Ok(()),
        };
        let mut result = Ok(());
        if self.channel.get().is_still() {
            pending.for_each_held(|item| {
                if result.is_ok() {
                    result = visit.call(item);
                }
            });
        }
        result
    }

    fn __clear__(&self) {
        let state = self.replace(State::Over);
        if !self.is_of_this_process() {
            mem::forget(state);
        }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.is_of_this_process() {
            // Its end of the channel is not to be touched.
            let state = self.state.get_mut();
            let state = state.unwrap_or_else(PoisonError::into_inner);
            mem::forget(mem::replace(state, State::Over));
        }
    }
}

fn already_awaited() -> PyErr {
    PyValueError::new_err("this operation is being awaited already")
}

/// How an iterator that is awaited returns `result`.
fn returned(py: Python<'_>, result: Item) -> PyErr {
    let value = result.bind(py);
    // These would be taken for its arguments, or for the exception itself.
    if value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PyBaseException>()
    {
        PyStopIteration::new_err((result,))
    } else {
        PyStopIteration::new_err(result)
    }
}

/// The exception that a `throw` was called with.
fn thrown(
    typ: Bound<'_, PyAny>,
    val: Option<Bound<'_, PyAny>>,
    tb: Option<Bound<'_, PyAny>>,
) -> PyResult<PyErr> {
    let py = typ.py();
    let value = match val {
        None => typ,
        Some(val) if val.is_instance_of::<PyBaseException>() => val,
        Some(val) => typ.call1((val,))?,
    };
    let error = PyErr::from_value(value);
    if let Some(tb) = tb {
        error.set_traceback(py, Some(tb.cast_into()?));
    }
    Ok(error)
}
