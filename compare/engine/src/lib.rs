//! The native module of the laboratory: every pattern of the crate, and its
//! sabotaged versions, run on a case in JSON.

#![forbid(unsafe_code)]

pub mod litmus;
#[cfg(feature = "search")]
mod run;
#[cfg(feature = "search")]
pub mod specimens;

#[cfg(feature = "python")]
mod python;

#[cfg(feature = "search")]
pub use run::{Kind, NotRun, hello, run, run_specimen};
