//! What the entries of the laboratory share: reading a case, observing a run.
//!
//! An entry is the last section of a pattern's file. It builds the roles from
//! a case's input, calls the pattern's function, and answers with what was
//! observed. `compare/patterns/README.md` says what each observation means.
//!
//! A case of a pattern that has a section for tasks may say `"tasks": true`;
//! then the entry calls the function of that section.

mod fill;
mod gate;
mod peak;
mod tasks;

pub use fill::{Items, Refused, fill_then_drain};
pub use gate::{Gate, TaskGate};
pub use peak::Peak;
pub use tasks::{in_turn, run_tasks};

use crate::Panicked;
use crate::patterns::ZeroWorkers;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;

/// Runs a pattern on a case's input, and answers with the observation.
pub type Entry = fn(&Value) -> Result<Value, BadInput>;

/// The input of a case has not the shape that its pattern expects.
#[derive(Debug)]
pub struct BadInput(String);

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// Reads a case's input.
///
/// # Errors
///
/// Says which member is missing or wrong, and what was expected.
pub fn read<I: DeserializeOwned>(input: &Value) -> Result<I, BadInput> {
    serde_path_to_error::deserialize(input).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => String::new(),
            path => format!(".{path}"),
        };
        BadInput(format!("input{path}: {}", error.into_inner()))
    })
}

/// A role's result as an item: its value, or `{"error": message}`.
pub fn item<V: Into<Value>>(result: Result<V, Panicked>) -> Value {
    match result {
        Ok(value) => value.into(),
        Err(panicked) => json!({ "error": panicked.message() }),
    }
}

/// The job of the cases: squares, but fails on the values of `fails_on`.
///
/// # Panics
///
/// On a value of `fails_on`, with "cannot `verb` `value`".
pub fn square(value: i64, fails_on: &[i64], verb: &str) -> i64 {
    assert!(!fails_on.contains(&value), "cannot {verb} {value}");
    value * value
}

impl From<ZeroWorkers> for Value {
    fn from(ZeroWorkers: ZeroWorkers) -> Value {
        json!({ "refused": "zero_workers" })
    }
}
