//! Channel programs, and all that they can do.
//!
//! The meaning is told by `ocaml/semantics`; this is the same, made fast.

mod code;
mod deadlock;
mod dialect;
mod explain;
mod member;
mod outcome;
mod parallel;
mod path;
mod program;
mod quick;
mod reductions;
mod rules;
mod search;
mod state;
mod symmetry;
mod table;
mod text;
mod witness;

pub use code::{Invalid, LONGEST, MOST};
pub use deadlock::{Deadlock, deadlocks};
pub use dialect::{CloseTwice, Dialect, SendOnClosed, Time, Where};
pub use explain::{Explained, Unexplained, explain, read};
pub use member::member;
pub use outcome::{Ended, Outcome};
pub use program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer, Value, schema,
};
pub use reductions::Reductions;
pub use search::{Outcomes, Search, Unanswered, outcomes};
pub use text::{NotText, cell, parse, print};
pub use witness::{Step, What, Witness, witnesses};
