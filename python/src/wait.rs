//! How a Python thread waits: detached, and on the main thread with an ear for
//! signals.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::time::Duration;

/// How often who waits on the main thread looks after signals. Ctrl-C shall be
/// answered within 50 ms.
const EVERY: Duration = Duration::from_millis(10);

/// Runs `wait` detached from the interpreter; gives its result, and what a
/// signal handler raised meanwhile.
///
/// `wait` must ask the function that it gets, at intervals of the duration that
/// it gets, whether to go on waiting. Both may come true at once: what was
/// waited for has happened, and a handler has raised.
pub(crate) fn detached<R: Send>(
    py: Python<'_>,
    wait: impl FnOnce(Duration, &mut dyn FnMut() -> bool) -> R + Send,
) -> PyResult<(R, Option<PyErr>)> {
    // Python runs signal handlers on its main thread alone. Other threads
    // sleep until they are woken.
    let every = if on_main_thread(py)? {
        EVERY
    } else {
        Duration::MAX
    };
    let mut raised = None;
    let mut go_on = || match Python::attach(|py| py.check_signals()) {
        Ok(()) => true,
        Err(error) => {
            raised = Some(error);
            false
        }
    };
    let result = py.detach(|| wait(every, &mut go_on));
    Ok((result, raised))
}

/// Whether this is the thread on which Python runs signal handlers.
pub(crate) fn on_main_thread(py: Python<'_>) -> PyResult<bool> {
    // Not `current_thread`, which makes an entry for every thread that Python
    // has not started. Kept, since nothing can be imported at the very end.
    static GET_IDENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static MAIN_THREAD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let me = GET_IDENT.import(py, "threading", "get_ident")?.call0()?;
    let main = MAIN_THREAD
        .import(py, "threading", "main_thread")?
        .call0()?;
    me.eq(main.getattr(intern!(py, "ident"))?)
}
