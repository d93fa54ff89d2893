//! The module `compare_engine`; its types stand in `compare_engine.pyi`.

use crate::NotRun;
use crate::litmus::{self, Time};
use crate::specimens::SPECIMENS;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use serde::Serialize;
use std::fmt::Display;

create_exception!(
    compare_engine,
    EntryError,
    PyException,
    "A pattern was not run: the arguments are the kind and the message."
);

impl From<NotRun> for PyErr {
    fn from(NotRun { kind, message }: NotRun) -> PyErr {
        EntryError::new_err((kind.name(), message))
    }
}

fn bad_input(error: impl Display) -> PyErr {
    EntryError::new_err(("bad_input", error.to_string()))
}

fn json(answer: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(answer).map_err(bad_input)
}

/// The crate's entries, for the harness. JSON goes in and out as text.
#[pymodule]
mod compare_engine {
    use super::*;

    #[pymodule_export]
    use super::EntryError;

    /// Say who answers, and which patterns there are.
    #[pyfunction]
    fn hello() -> String {
        crate::hello()
    }

    /// Run a pattern on a case's input; give what was observed.
    #[pyfunction]
    #[pyo3(signature = (pattern, input, /))]
    fn run(py: Python<'_>, pattern: &str, input: &str) -> PyResult<String> {
        Ok(py.detach(|| crate::run(pattern, input))?)
    }

    /// Find every outcome of a channel program; give them as JSON.
    #[pyfunction]
    #[pyo3(signature = (source, dialect, race, limit, /))]
    fn explain(
        py: Python<'_>,
        source: &str,
        dialect: &str,
        race: bool,
        limit: usize,
    ) -> PyResult<String> {
        let time = if race { Time::Race } else { Time::Exact };
        let explained =
            py.detach(|| litmus::explain(source, dialect, time, limit));
        json(&explained.map_err(bad_input)?)
    }

    /// Say which outcomes a channel program allows, and what is nearest.
    #[pyfunction]
    #[pyo3(signature = (source, dialect, race, outcomes, limit, /))]
    fn judge(
        py: Python<'_>,
        source: &str,
        dialect: &str,
        race: bool,
        outcomes: &str,
        limit: usize,
    ) -> PyResult<String> {
        let time = if race { Time::Race } else { Time::Exact };
        let judged = py.detach(|| {
            litmus::judge_source(source, dialect, time, outcomes, limit)
        });
        json(&judged.map_err(bad_input)?)
    }

    /// Read a channel program; give its JSON, its text and its id as JSON.
    #[pyfunction]
    #[pyo3(signature = (source, /))]
    fn program(py: Python<'_>, source: &str) -> PyResult<String> {
        let identified = py.detach(|| litmus::identify(source));
        json(&identified.map_err(bad_input)?)
    }

    /// Find what a channel program needs; give pairs of kind and op as JSON.
    #[pyfunction]
    #[pyo3(signature = (source, /))]
    fn needs(py: Python<'_>, source: &str) -> PyResult<String> {
        py.detach(|| {
            let program = litmus::read(source).map_err(bad_input)?;
            json(&litmus::needs(&program).map_err(bad_input)?)
        })
    }

    /// Make the channel program of a seed; `allowed` is what it may need.
    #[pyfunction]
    #[pyo3(signature = (seed, allowed, /))]
    fn generate(
        py: Python<'_>,
        seed: u64,
        allowed: Option<&str>,
    ) -> PyResult<String> {
        py.detach(|| {
            let allowed = allowed.map(litmus::read_needs).transpose();
            let allowed = allowed.map_err(bad_input)?;
            let program = litmus::generate(seed, allowed.as_ref());
            json(&program.map_err(bad_input)?)
        })
    }

    /// Shrink a channel program: what is a little smaller, as JSON.
    #[pyfunction]
    #[pyo3(signature = (source, /))]
    fn smaller(py: Python<'_>, source: &str) -> PyResult<Vec<String>> {
        py.detach(|| {
            let program = litmus::read(source).map_err(bad_input)?;
            litmus::check(&program).map_err(bad_input)?;
            litmus::smaller(&program).iter().map(json).collect()
        })
    }

    /// List the sabotaged patterns: name, pattern, what is wrong with it.
    #[pyfunction]
    fn specimens() -> Vec<(&'static str, &'static str, &'static str)> {
        let list = SPECIMENS.iter();
        list.map(|one| (one.name, one.pattern, one.wrong)).collect()
    }

    /// Run a sabotaged pattern on a case's input; give what was observed.
    #[pyfunction]
    #[pyo3(signature = (name, input, /))]
    fn run_specimen(
        py: Python<'_>,
        name: &str,
        input: &str,
    ) -> PyResult<String> {
        Ok(py.detach(|| crate::run_specimen(name, input))?)
    }
}
