//! The patterns of the crate with roles in Python. The modules of
//! `chanpatterns.patterns` document these functions and call them.

use crate::arguments::{self, count, function, iterator, listed, wrong_type};
use crate::channel::Item;
use crate::output::{self, Output};
use crate::roles::{Pull, call, exception, run};
use chanpatterns::Panicked;
use chanpatterns::clock::SystemClock;
use chanpatterns::patterns::producers::Producer;
use chanpatterns::patterns::work_stealing::{Done, Form};
use chanpatterns::patterns::worker_pool::Order;
use chanpatterns::patterns::{self, Numbered, ZeroWorkers};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// See `chanpatterns.patterns.fan_in`.
#[pyfunction]
pub(crate) fn fan_in(sources: &Bound<'_, PyAny>) -> PyResult<Output> {
    let sources: Vec<Pull> = listed("sources", sources, |number, source| {
        iterator(&format!("source {number}"), source)
    })?;
    let output = start(|| patterns::fan_in::fan_in(sources))?;
    Ok(Output::new(output, |py, (source, item)| {
        let name = || format!("source {source} of fan_in");
        (source, in_place(py, item, name)?).into_py_any(py)
    }))
}

/// See `chanpatterns.patterns.producers`.
#[pyfunction]
pub(crate) fn producers(
    producers: &Bound<'_, PyAny>,
    make: &Bound<'_, PyAny>,
    capacity: Option<&Bound<'_, PyAny>>,
) -> PyResult<Output> {
    let producers = listed("producers", producers, producer)?;
    let make = function("make", make)?;
    let capacity = arguments::capacity(capacity)?;
    let make = move |label: &str, number| call(&make, (label, number));
    let clock = SystemClock::new();
    let output = start(|| {
        patterns::producers::producers(&clock, producers, capacity, make)
    })?;
    Ok(Output::new(output, |py, (label, item)| {
        let name = || format!("producer {label}");
        let item = in_place(py, item, name)?;
        (label, item).into_py_any(py)
    }))
}

/// See `chanpatterns.patterns.fan_out`.
#[pyfunction]
pub(crate) fn fan_out(
    items: &Bound<'_, PyAny>,
    consume: &Bound<'_, PyAny>,
    consumers: &Bound<'_, PyAny>,
) -> PyResult<Output> {
    let consumers = count("consumers", consumers, 1)?;
    let consume = function("consume", consume)?;
    let items = iterator("items", items)?;
    let consume = move |consumer: usize, item: Item| {
        run(|py| consume.call1(py, (consumer, item)).map(drop));
    };
    let failures =
        start(|| patterns::fan_out::fan_out(items, consumers, consume))?
            .map_err(no_workers)?;
    Ok(Output::new(failures, |py, (number, panicked)| {
        outcome(py, number, Err(panicked))
    }))
}

/// See `chanpatterns.patterns.worker_pool`.
#[pyfunction]
pub(crate) fn worker_pool(
    items: &Bound<'_, PyAny>,
    work: &Bound<'_, PyAny>,
    workers: &Bound<'_, PyAny>,
    ordered: bool,
) -> PyResult<Output> {
    let workers = count("workers", workers, 1)?;
    let work = function("work", work)?;
    let items = iterator("items", items)?;
    let order = if ordered {
        Order::Input
    } else {
        Order::Completed
    };
    let work = move |item: Item| call(&work, (item,));
    let results = start(|| {
        patterns::worker_pool::worker_pool(items, workers, order, work)
    })?;
    let results = results.map_err(no_workers)?;
    Ok(Output::new(results, |py, (number, result)| {
        outcome(py, number, result)
    }))
}

/// See `chanpatterns.patterns.work_stealing`.
#[pyfunction]
pub(crate) fn work_stealing(
    loads: &Bound<'_, PyAny>,
    work: &Bound<'_, PyAny>,
    form: &Bound<'_, PyAny>,
) -> PyResult<Output> {
    let form = match form.extract() {
        Ok("shared") => Form::Shared,
        Ok("deques") => Form::Deques,
        _ => {
            return Err(PyValueError::new_err(format!(
                "form must be 'deques' or 'shared', not {}",
                form.repr()?
            )));
        }
    };
    let work = function("work", work)?;
    let loads: Vec<Vec<Item>> = listed("loads", loads, |number, load| {
        let name = format!("load {number}");
        listed(&name, load, |_, item| Ok(item.clone().unbind()))
    })?;
    if loads.is_empty() {
        return Err(PyValueError::new_err(
            "loads must not be empty: there is a worker for each load",
        ));
    }
    let work = move |item: Item| call(&work, (item,));
    let done =
        start(|| patterns::work_stealing::work_stealing(form, loads, work))?
            .map_err(no_workers)?;
    Ok(Output::new(
        done,
        |py,
         Done {
             worker,
             owner,
             index,
             result,
         }| {
            static DONE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
            let (value, error) = split(result);
            DONE.import(py, "chanpatterns.outcome", "Done")?
                .call1((index, value, error, worker, owner))
                .map(Bound::unbind)
        },
    ))
}

/// See `chanpatterns.patterns.pipeline`.
#[pyfunction]
pub(crate) fn pipeline(
    generate: &Bound<'_, PyAny>,
    transform: &Bound<'_, PyAny>,
    capacity: &Bound<'_, PyAny>,
) -> PyResult<Output> {
    let capacity = count("capacity", capacity, 0)?;
    let transform = function("transform", transform)?;
    let generate = iterator("generate", generate)?;
    // Numbered on the way, so that an outcome can tell its place; what the
    // generator raises is its last item.
    let mut generate = Some(generate);
    let generate = (0..).map_while(move |number| {
        let next = Panicked::catch(|| generate.as_mut()?.next());
        let item = next.transpose()?;
        if item.is_err() {
            generate = None;
        }
        Some((number, item))
    });
    let transform = move |(number, item): Numbered<Item>| -> Numbered<Item> {
        let transform = |item| call(&transform, (item,));
        (
            number,
            item.and_then(|item| Panicked::catch(|| transform(item))),
        )
    };
    let results =
        start(|| patterns::pipeline::stages(generate, transform, capacity))?;
    Ok(Output::new(results, |py, item| {
        // Both stages catch what Python raises: an error here is a fault.
        let (number, result) = item.map_err(exception)?;
        outcome(py, number, result)
    }))
}

/// Starts a pattern; a machine that has no more threads is an error.
fn start<R>(pattern: impl FnOnce() -> R) -> PyResult<R> {
    output::check_not_at_exit()?;
    Panicked::catch(pattern).map_err(|panicked| {
        PyRuntimeError::new_err(format!(
            "the threads could not be started: {}",
            panicked.message()
        ))
    })
}

/// The arguments are checked before this can happen.
fn no_workers(error: ZeroWorkers) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Reads a `chanpatterns.Producer`.
fn producer(number: usize, producer: &Bound<'_, PyAny>) -> PyResult<Producer> {
    static PRODUCER: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = producer.py();
    let class =
        PRODUCER.import(py, "chanpatterns.patterns.producers", "Producer")?;
    if !producer.is_instance(class)? {
        let name = format!("producer {number}");
        return Err(wrong_type(&name, "a Producer", producer));
    }
    let label = producer.getattr("label")?;
    let Ok(label) = label.extract() else {
        return Err(wrong_type("label", "a str", &label));
    };
    let items = count("items", &producer.getattr("items")?, 0)?;
    let delay = arguments::delay("delay", &producer.getattr("delay")?)?;
    Ok(Producer {
        label,
        items,
        delay,
    })
}

/// Refuses what is no `Producer`, for the pattern that is written in Python.
#[pyfunction]
pub(crate) fn check_producer(
    number: usize,
    producer: &Bound<'_, PyAny>,
) -> PyResult<()> {
    self::producer(number, producer).map(drop)
}

/// An item, or the exception that stands in its place, with a note that says
/// whose it is.
fn in_place(
    py: Python<'_>,
    item: Result<Item, Panicked>,
    whose: impl Fn() -> String,
) -> PyResult<Item> {
    match item {
        Ok(item) => Ok(item),
        Err(panicked) => {
            let error = exception(panicked);
            error.add_note(py, format!("It was raised by {}.", whose()))?;
            if !error.is_instance_of::<PyStopIteration>(py) {
                return Err(error);
            }
            // It would be taken for the end of the output.
            let text = format!("{} raised StopIteration", whose());
            let raised = PyRuntimeError::new_err(text);
            raised.set_cause(py, Some(error));
            Err(raised)
        }
    }
}

/// An `Outcome`.
fn outcome(
    py: Python<'_>,
    number: usize,
    result: Result<Item, Panicked>,
) -> PyResult<Item> {
    static OUTCOME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let (value, error) = split(result);
    OUTCOME
        .import(py, "chanpatterns.outcome", "Outcome")?
        .call1((number, value, error))
        .map(Bound::unbind)
}

/// A value, or the exception that came in its stead.
fn split(result: Result<Item, Panicked>) -> (Option<Item>, Option<PyErr>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(panicked) => (None, Some(exception(panicked))),
    }
}
