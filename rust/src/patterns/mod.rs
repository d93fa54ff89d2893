//! The patterns: one file each, the same name as its OCaml and Python sides.
//!
//! Each file can be read alone. It begins with what the pattern is, which
//! channels it has and who closes them, and ends with the entry by which the
//! laboratory runs it on a case; the pattern itself stands between. Some have
//! it twice: for threads, and, with the feature `tokio`, the same for tasks.

pub use crate::output::Output;
#[cfg(feature = "tokio")]
pub use crate::task_output::TaskOutput;

use crate::Panicked;
use std::error::Error;
use std::fmt;

/// A number, counted from 0, and what came of it: of an item, a job, a source.
pub type Numbered<R> = (usize, Result<R, Panicked>);

/// A pattern was asked to run with nobody to do the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroWorkers;

impl fmt::Display for ZeroWorkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there must be at least one worker, not 0")
    }
}

impl Error for ZeroWorkers {}

/// Declares the patterns: the one list from which modules and entries come.
macro_rules! patterns {
    ($($(#[$attribute:meta])* $slug:ident),* $(,)?) => {
        $($(#[$attribute])* pub mod $slug;)*

        /// Every pattern's name and entry, by name.
        #[cfg(feature = "entry")]
        pub const ENTRIES: &[(&str, crate::entry::Entry)] =
            &[$((stringify!($slug), $slug::entry)),*];
    };
}

patterns! {
    backpressure,
    bounded,
    close_on_drop,
    fan_in,
    fan_out,
    mpmc,
    pipeline,
    producers,
    receiver_gone,
    rendezvous,
    unbounded,
    #[cfg(feature = "work-stealing")]
    work_stealing,
    worker_pool,
}
