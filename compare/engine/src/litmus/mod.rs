//! Channel programs, and all that they can do.
//!
//! The meaning is told by `ocaml/semantics`; this is the same, made fast.

mod code;
mod dialect;
mod explain;
mod generate;
mod identity;
mod member;
mod mutant;
mod nearest;
mod needs;
mod outcome;
mod parts;
mod program;
mod rules;
mod search;
mod smaller;
mod state;
mod text;
mod witness;

pub use code::{Invalid, LONGEST, MOST, check};
pub use dialect::{CloseTwice, Dialect, SendOnClosed, Time, Where};
pub use explain::{Explained, Unexplained, explain, read, read_needs};
pub use generate::{NotGenerated, generate, generate_dialect};
pub use identity::{Identified, id, identify};
pub use member::member;
#[cfg(feature = "mutants")]
pub use mutant::{MUTANTS, mutate};
pub use nearest::{Judgement, Shown, Waiting, judge, judge_source};
pub use needs::{Feature, Need, needs};
pub use outcome::{Ended, Outcome};
pub use program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer, Value, schema,
};
pub use search::{Outcomes, Unanswered, outcomes};
pub use smaller::smaller;
pub use text::{NotText, cell, parse, print};
pub use witness::{Step, What, Witness, witnesses};
