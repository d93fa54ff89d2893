//! What callers pass: how many, how long.

use crate::roles::Pull;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyIterator};
use std::time::{Duration, Instant};

/// How long an operation may wait.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    Forever,
    /// Not at all.
    Now,
    Until(Instant),
}

impl Limit {
    /// What a timeout in seconds comes to, from now on.
    pub(crate) fn new(timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(match self::timeout(timeout)? {
            None => Limit::Forever,
            Some(Duration::ZERO) => Limit::Now,
            // What is longer than the clock can tell is no limit.
            Some(timeout) => Instant::now()
                .checked_add(timeout)
                .map_or(Limit::Forever, Limit::Until),
        })
    }

    pub(crate) fn deadline(self) -> Option<Instant> {
        match self {
            Limit::Forever => None,
            Limit::Now => Some(Instant::now()),
            Limit::Until(deadline) => Some(deadline),
        }
    }
}

/// A timeout in seconds: `None`, infinity and the unspeakably long are none.
pub(crate) fn timeout(
    timeout: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Duration>> {
    let seconds = timeout.map(|timeout| seconds("timeout", timeout));
    let seconds = seconds.transpose()?;
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

/// A number of seconds, which may be infinite.
pub(crate) fn seconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyBool>() || !is_number(value)? {
        return Err(wrong_type(name, "a number of seconds", value));
    }
    let seconds: f64 = value.extract()?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!(
            "{name} must be zero or more seconds, not {value}"
        )));
    }
    Ok(seconds)
}

fn is_number(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.is_instance_of::<PyFloat>()
        || value.is_instance_of::<PyInt>()
        || value.hasattr("__float__")?
        || value.hasattr("__index__")?)
}

/// The capacity of a channel; `None` is no bound.
pub(crate) fn capacity(
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<usize>> {
    value.map(|value| count("capacity", value, 0)).transpose()
}

/// A whole number of at least `least`.
pub(crate) fn count(
    name: &str,
    value: &Bound<'_, PyAny>,
    least: usize,
) -> PyResult<usize> {
    if value.is_instance_of::<PyBool>() || !value.hasattr("__index__")? {
        return Err(wrong_type(name, "an int", value));
    }
    let number = value
        .py()
        .import("operator")?
        .call_method1("index", (value,))?;
    if number.lt(least)? {
        return Err(PyValueError::new_err(format!(
            "{name} must be at least {least}, not {}",
            shortened(&number)?
        )));
    }
    // No list is longer than this, and no `len` can be.
    let most = isize::MAX as usize;
    if number.gt(most)? {
        return Err(PyValueError::new_err(format!(
            "{name} must be at most {most}, not {}",
            shortened(&number)?
        )));
    }
    number.extract()
}

/// The same for the patterns that are written in Python.
#[pyfunction(name = "count")]
pub(crate) fn checked_count(
    name: &str,
    value: &Bound<'_, PyAny>,
    least: usize,
) -> PyResult<usize> {
    count(name, value, least)
}

/// A number of seconds to sleep.
pub(crate) fn delay(
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds(name, value)?).map_err(|_| {
        PyValueError::new_err(format!(
            "{name} must be a finite number of seconds, not {value}"
        ))
    })
}

/// Something to call.
pub(crate) fn function(
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Py<PyAny>> {
    if !value.is_callable() {
        return Err(wrong_type(name, "callable", value));
    }
    Ok(value.clone().unbind())
}

/// Something to iterate over, on another thread.
pub(crate) fn iterator(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Pull> {
    Ok(Pull::new(iterate(name, value)?))
}

/// What `read` makes of each element of `value` and its number.
pub(crate) fn listed<T>(
    name: &str,
    value: &Bound<'_, PyAny>,
    mut read: impl FnMut(usize, &Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let elements = iterate(name, value)?.enumerate();
    elements
        .map(|(number, element)| read(number, &element?))
        .collect()
}

fn iterate<'py>(
    name: &str,
    value: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyIterator>> {
    if !value.hasattr("__iter__")? && !value.hasattr("__getitem__")? {
        return Err(wrong_type(name, "iterable", value));
    }
    value.try_iter()
}

/// Python refuses to print integers of thousands of digits.
fn shortened(number: &Bound<'_, PyAny>) -> PyResult<String> {
    let bits: usize = number.call_method0("bit_length")?.extract()?;
    Ok(if bits > 128 {
        format!("a number of {bits} bits")
    } else {
        number.to_string()
    })
}

pub(crate) fn wrong_type(
    name: &str,
    expected: &str,
    value: &Bound<'_, PyAny>,
) -> PyErr {
    let class = value.get_type();
    let class = class.name().map_or_else(
        |_| "something nameless".to_owned(),
        |name| name.to_string(),
    );
    PyTypeError::new_err(format!("{name} must be {expected}, not {class}"))
}
