//! From text to text: a case's input goes in, an observation comes out.

use crate::specimens::SPECIMENS;
use chanpatterns::Panicked;
use chanpatterns::entry::Entry;
use chanpatterns::patterns::ENTRIES;
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;

/// Why there is no observation.
#[derive(Debug, PartialEq, Eq)]
pub struct NotRun {
    /// What kind of mistake it was.
    pub kind: Kind,
    /// What happened, in a sentence.
    pub message: String,
}

/// The kinds of mistakes that the protocol knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No pattern, or no specimen, has this name.
    UnknownPattern,
    /// The input is no JSON, or not of the pattern's shape.
    BadInput,
    /// The pattern panicked.
    Exception,
}

impl Kind {
    /// The kind as the protocol spells it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::UnknownPattern => "unknown_pattern",
            Kind::BadInput => "bad_input",
            Kind::Exception => "exception",
        }
    }
}

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)
    }
}

impl Error for NotRun {}

/// Who answers, and which patterns there are.
pub fn hello() -> String {
    let patterns: Vec<&str> = ENTRIES.iter().map(|(slug, _)| *slug).collect();
    let hello = json!({
        "system": "rust",
        "language": "Rust",
        "library": "chanpatterns",
        // The workspace has one version, and this crate is in it.
        "version": env!("CARGO_PKG_VERSION"),
        "compiler": env!("COMPILER"),
        "patterns": patterns,
    });
    hello.to_string()
}

/// Runs a pattern on a case's input, and gives what was observed.
///
/// # Errors
///
/// If there is no such pattern, or the input is not for it, or it panics.
pub fn run(pattern: &str, input: &str) -> Result<String, NotRun> {
    let entries = ENTRIES.iter().copied();
    run_one_of(entries, "pattern", pattern, input)
}

/// Runs a sabotaged pattern on a case's input, and gives what was observed.
///
/// # Errors
///
/// As [`run`].
pub fn run_specimen(name: &str, input: &str) -> Result<String, NotRun> {
    let entries = SPECIMENS.iter().map(|one| (one.name, one.entry));
    run_one_of(entries, "specimen", name, input)
}

fn run_one_of(
    entries: impl Iterator<Item = (&'static str, Entry)> + Clone,
    what: &str,
    name: &str,
    input: &str,
) -> Result<String, NotRun> {
    let not_run = |kind, message| NotRun { kind, message };
    let Some((_, entry)) = entries.clone().find(|(known, _)| *known == name)
    else {
        let there_is: Vec<&str> = entries.map(|(known, _)| known).collect();
        let there_is = there_is.join(", ");
        let message =
            format!("no {what} is called {name:?}; there is: {there_is}");
        return Err(not_run(Kind::UnknownPattern, message));
    };
    let input: Value = serde_json::from_str(input).map_err(|error| {
        not_run(Kind::BadInput, format!("the input is no JSON: {error}"))
    })?;
    match Panicked::catch(|| entry(&input)) {
        Ok(Ok(observation)) => Ok(observation.to_string()),
        Ok(Err(bad)) => Err(not_run(Kind::BadInput, bad.to_string())),
        Err(panicked) => Err(not_run(Kind::Exception, panicked.to_string())),
    }
}
