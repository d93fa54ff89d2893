//! The patterns of the crate with roles in Python. The modules of
//! `chanpatterns.patterns` document these functions and call them.

use crate::arguments::{self, count, function, iterator, listed, wrong_type};
use crate::channel::Item;
use crate::output::{self, Output, Results};
use crate::roles::{Pull, call, exception, run};
use chanpatterns::Panicked;
use chanpatterns::channel::{
    self as channels, Receiver, RecvTimeoutError, TryRecvError,
};
use chanpatterns::clock::SystemClock;
use chanpatterns::patterns::producers::Producer;
use chanpatterns::patterns::work_stealing::{Done, Form};
use chanpatterns::patterns::worker_pool::Order;
use chanpatterns::patterns::{self, Numbered, ZeroWorkers};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::Duration;

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
    let transform = move |item: Item| call(&transform, (item,));
    // The aggregator is whoever iterates in Python. The crate's runs on a
    // thread of its own and hands each result over when it is asked for.
    let (tx, results) = channels::rendezvous();
    let hand_over = move |aggregated: &mut patterns::Output<_>| {
        for numbered in aggregated.enumerate() {
            if tx.send(numbered).is_err() {
                break; // nobody iterates any more
            }
        }
    };
    let aggregator = start(|| {
        thread::spawn(move || {
            patterns::pipeline::pipeline(
                generate, transform, capacity, hand_over,
            );
        })
    })?;
    let results = Aggregated {
        results: Some(results),
        aggregator: Some(aggregator),
    };
    Ok(Output::new(results, |py, (number, result)| {
        outcome(py, number, result)
    }))
}

/// The results of a pipeline, and the thread that hands them over.
struct Aggregated {
    // Both are `None` only while this is being dropped.
    results: Option<Receiver<Numbered<Item>>>,
    aggregator: Option<JoinHandle<()>>,
}

impl Aggregated {
    fn results(&self) -> &Receiver<Numbered<Item>> {
        self.results.as_ref().expect("taken by `drop` alone")
    }
}

impl Results for Aggregated {
    type Result = Numbered<Item>;

    fn try_recv(&self) -> Result<Self::Result, TryRecvError> {
        self.results().try_recv()
    }

    fn recv_watched(
        &self,
        every: Duration,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Self::Result, RecvTimeoutError> {
        self.results().recv_watched(None, every, go_on)
    }
}

impl Drop for Aggregated {
    fn drop(&mut self) {
        // Stops the aggregator, whose return stops the other stages.
        drop(self.results.take());
        if let Some(Err(fault)) = self.aggregator.take().map(JoinHandle::join) {
            resume_unwind(fault);
        }
    }
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

/// An item, or the exception that stands in its place, with a note that says
/// whose it is.
fn in_place(
    py: Python<'_>,
    item: Result<Item, Panicked>,
    whose: impl FnOnce() -> String,
) -> PyResult<Item> {
    match item {
        Ok(item) => Ok(item),
        Err(panicked) => {
            let error = exception(panicked);
            error.add_note(py, format!("It was raised by {}.", whose()))?;
            Err(error)
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
