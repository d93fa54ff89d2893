//! From text to text: a program goes in, all that it can do comes out.

use super::dialect::{Dialect, Time};
use super::needs::Need;
use super::program::Program;
use super::search::{Search, Unanswered};
use super::text::{NotText, parse, print};
use super::witness::{Witness, witnesses};
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// A source that is no program, or a question that has no answer.
#[derive(Debug, Error)]
pub enum Unexplained {
    /// It is not the text of a program.
    #[error(transparent)]
    Text(#[from] NotText),
    /// It is not the JSON of a program, or of a dialect.
    #[error("{what}: {problem}")]
    Json {
        /// What was read.
        what: &'static str,
        /// What is wrong, and where.
        problem: String,
    },
    /// It has no meaning, or too large a one.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
}

/// All that a program can do.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The program, as data.
    pub program: Program,
    /// The program, as text.
    pub text: String,
    /// Its outcomes, each with a shortest way to it.
    pub outcomes: Vec<Witness>,
}

pub(super) fn json<'a, T: serde::Deserialize<'a>>(
    what: &'static str,
    text: &'a str,
) -> Result<T, Unexplained> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader);
    let read = read.and_then(|value| {
        let end = reader.end();
        let path = serde_path_to_error::Track::new().path();
        end.map_err(|error| serde_path_to_error::Error::new(path, error))?;
        Ok(value)
    });
    read.map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." => "$".into(),
            path if path.starts_with('[') => format!("${path}"),
            path => format!("$.{path}"),
        };
        let problem = format!("{path}: {}", error.inner());
        Unexplained::Json { what, problem }
    })
}

/// The longest JSON that is read, in bytes.
const LONGEST: usize = 1_000_000;

/// Reads a program: its JSON if it begins with `{`, else its text.
pub fn read(source: &str) -> Result<Program, Unexplained> {
    if source.len() > LONGEST {
        return Err(Unexplained::Json {
            what: "the program",
            problem: format!(
                "it has {} bytes, and at most {LONGEST} are allowed",
                source.len()
            ),
        });
    }
    match source.trim_start().starts_with('{') {
        true => {
            let program = json("the program", source)?;
            let plain: serde_json::Value = json("the program", source)?;
            words(&plain, "$")?;
            Ok(program)
        }
        false => Ok(parse(source)?),
    }
}

/// What an operation does is told by a word. (A number would be taken for the
/// place of that word among all.)
fn words(json: &serde_json::Value, path: &str) -> Result<(), Unexplained> {
    use serde_json::Value;
    match json {
        Value::Array(list) => (0..).zip(list).try_for_each(|(place, item)| {
            words(item, &format!("{path}[{place}]"))
        }),
        Value::Object(members) => {
            members.iter().try_for_each(|(key, value)| {
                let path = format!("{path}.{key}");
                match (key.as_str(), value) {
                    ("op" | "do", Value::Number(_)) => Err(Unexplained::Json {
                        what: "the program",
                        problem: format!("{path}: a word is expected"),
                    }),
                    _ => words(value, &path),
                }
            })
        }
        _ => Ok(()),
    }
}

/// Reads what a program may need: a list of pairs in JSON.
pub fn read_needs(needs: &str) -> Result<BTreeSet<Need>, Unexplained> {
    json("the needs", needs)
}

/// Reads a program and a dialect (JSON; what it leaves out is the strictest),
/// and finds every outcome.
pub fn explain<'a>(
    source: &str,
    dialect: &str,
    time: Time,
    search: impl Into<Search<'a>>,
) -> Result<Explained, Unexplained> {
    let program = read(source)?;
    let dialect: Dialect = json("the dialect", dialect)?;
    let outcomes = witnesses(&program, &dialect, time, search)?;
    Ok(Explained {
        text: print(&program),
        program,
        outcomes,
    })
}
