//! The native module of the Python package `chanpatterns`.
//!
//! It binds the channels and patterns of the crate; what they mean is written
//! there. Here stands what an interpreter adds to it:
//!
//! - `wait` and `process`: its lock, its signals, forks, its end;
//! - `channel`, `sender`, `receiver`: a channel, and what the garbage collector
//!   sees of it;
//! - `operation`, `parked`, `notice`: tasks of asyncio that wait on a channel;
//! - `output`, `patterns`, `roles`: a pattern whose roles are Python code;
//! - `arguments`, `errors`: what comes in, and what goes wrong.
//!
//! One rule keeps the interpreter's lock and the channels' locks apart: nobody
//! attaches to the interpreter while holding a lock of a channel, and who waits
//! for another thread has detached.
#![forbid(unsafe_code)]

mod arguments;
mod channel;
mod errors;
mod notice;
mod operation;
mod output;
mod parked;
mod patterns;
mod process;
mod receiver;
mod roles;
mod sender;
mod wait;

/// The private half of `chanpatterns`: use that.
#[pyo3::pymodule]
mod _native {
    use crate::{notice, output, process, receiver, wait};
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::arguments::checked_count;
    #[pymodule_export]
    use crate::channel::channel;
    #[pymodule_export]
    use crate::output::Output;
    #[pymodule_export]
    use crate::patterns::{
        check_producer, fan_in, fan_out, pipeline, producers, work_stealing,
        worker_pool,
    };
    #[pymodule_export]
    use crate::receiver::Receiver;
    #[pymodule_export]
    use crate::sender::Sender;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // What is asked of the interpreter is there until its very end.
        wait::on_main_thread(module.py())?;
        notice::prepare(module.py())?;
        module.add("NOT_NOW", receiver::not_now(module.py())?)?;
        process::watch_forks(module.py())?;
        output::stop_at_exit(module.py())
    }
}
