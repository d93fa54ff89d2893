//! Channel programs, and all that they can do.
//!
//! The meaning is told by `ocaml/semantics`; this is the same, made fast.

// What only the search looks at.
#![cfg_attr(not(feature = "search"), allow(dead_code))]

mod code;
#[cfg(feature = "search")]
mod deadlock;
mod dialect;
#[cfg(feature = "search")]
mod explain;
#[cfg(feature = "search")]
mod generate;
#[cfg(feature = "search")]
mod identity;
#[cfg(feature = "search")]
mod lines;
#[cfg(feature = "search")]
mod member;
#[cfg(feature = "search")]
mod mutant;
#[cfg(feature = "search")]
mod nearest;
mod needs;
mod outcome;
#[cfg(feature = "search")]
mod parallel;
#[cfg(feature = "search")]
mod parts;
mod path;
mod program;
#[cfg(feature = "search")]
mod quick;
#[cfg(feature = "search")]
mod reductions;
#[cfg(feature = "search")]
mod rules;
#[cfg(feature = "search")]
mod search;
#[cfg(feature = "search")]
mod smaller;
mod state;
#[cfg(feature = "search")]
mod symmetry;
#[cfg(feature = "search")]
mod table;
mod text;
#[cfg(feature = "search")]
mod witness;

pub use code::{Invalid, LONGEST, MOST, check};
#[cfg(feature = "search")]
pub use deadlock::{Deadlock, deadlocks};
pub use dialect::{CloseTwice, Dialect, SendOnClosed, Time, Where};
#[cfg(feature = "search")]
pub use explain::{Explained, Unexplained, explain, read, read_needs};
#[cfg(feature = "search")]
pub use generate::{NotGenerated, generate, generate_dialect};
#[cfg(feature = "search")]
pub use identity::{Identified, id, identify};
#[cfg(feature = "search")]
pub use member::member;
#[cfg(feature = "mutants")]
pub use mutant::{MUTANTS, mutate};
#[cfg(feature = "search")]
pub use nearest::{Judgement, Shown, Waiting, judge, judge_source};
pub use needs::{Feature, Need, needs};
pub use outcome::{Ended, Outcome};
pub use program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer, Value, schema,
};
#[cfg(feature = "search")]
pub use reductions::Reductions;
#[cfg(feature = "search")]
pub use search::{Outcomes, Search, Unanswered, outcomes};
#[cfg(feature = "search")]
pub use smaller::smaller;
pub use text::{NotText, cell, parse, print};
#[cfg(feature = "search")]
pub use witness::{Step, What, Witness, witnesses};
