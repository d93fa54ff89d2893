//! The native module of the laboratory: every pattern of the crate, and its
//! sabotaged versions, run on a case in JSON.

pub mod litmus;
mod run;
pub mod specimens;

#[cfg(feature = "python")]
mod python;

pub use run::{Kind, NotRun, hello, run, run_specimen};
