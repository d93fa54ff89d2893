//! Channel programs on the channels of Rust: a runner, as
//! `compare/programs/PROTOCOL.md` wants it.

#![forbid(unsafe_code)]

pub mod about;
pub mod answer;
pub mod interpret;
pub mod journal;
pub mod kernel;
pub mod library;
#[cfg(chanpatterns_shuttle)]
pub mod modelled;
#[cfg(chanpatterns_mutants)]
pub mod mutant;
pub mod plan;
pub mod polling;
pub mod pool;
pub mod probes;
pub mod protocol;
pub mod seen;
pub mod system;
pub mod systems;
pub mod tasks;
pub mod threads;
pub mod version;
