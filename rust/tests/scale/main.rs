//! Great numbers: messages over the whole grid, operations that are cancelled,
//! choices of which several parts are ready.
//!
//! `make test` runs a few thousand of each. `make billion`, `make cancelled` and
//! `make choices` run 10⁹, 10⁶ and 10⁷, in release mode; the environment
//! variables MESSAGES, CANCELLED and CHOICES say how many. A run that makes no
//! progress for a minute (PATIENCE, in seconds) is ended, with what each party
//! has done so far.

// Under a model checker, tests/loom.rs and tests/shuttle.rs do this.
#![cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]

mod cancelled;
mod choices;
mod fairness;
mod grid;
mod ledger;
mod number;
mod tally;
mod watchdog;
