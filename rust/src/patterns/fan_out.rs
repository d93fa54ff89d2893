//! Fan-out: one source, several consumers that compete for its items.
//!
//! Channels  one bounded channel that all consumers receive from, and an
//!           unbounded one for failures.
//! Closing   the source drops its sender at its end; each consumer drains and
//!           ends. Who leaves the output ends the consumers after the items
//!           in their hands, and they the source.
//! Agree     multiset: each item is consumed once, by one of them.
//! Sides     ocaml/patterns/fan_out.ml
//!           python/chanpatterns/patterns/fan_out.py
//!           compare/patterns/fan_out.json
//! Source    S. Ajmani, *Go Concurrency Patterns: Pipelines and cancellation*
//!           (2014), "fan-out".

use crate::Panicked;
use crate::channel::{self, Receiver, Sender};
use crate::patterns::{Output, ZeroWorkers};
use crate::sync::{Arc, thread};

/// Gives each item to one of `consumers` threads, whichever is free.
///
/// `consume` gets the number of the consumer, counted from 0, and the item. The
/// output yields only failures: the number of an item and the panic that it
/// met. When the output ends, everything has been consumed. A source that
/// panics is reported with the number of the item that it did not yield.
///
/// # Errors
///
/// Refuses zero consumers, which would never end.
///
/// ```
/// use chanpatterns::channel;
/// use chanpatterns::patterns::fan_out::fan_out;
///
/// let (tx, rx) = channel::unbounded();
/// let consume = move |_consumer, n: u32| tx.send(n * n).unwrap();
/// let failures = fan_out(1..=4, 2, consume)?;
/// assert_eq!(failures.count(), 0);
/// let mut squares: Vec<u32> = rx.iter().collect();
/// squares.sort();
/// assert_eq!(squares, [1, 4, 9, 16]);
/// # Ok::<(), chanpatterns::patterns::ZeroWorkers>(())
/// ```
pub fn fan_out<T, F>(
    items: impl IntoIterator<Item = T> + Send + 'static,
    consumers: usize,
    consume: F,
) -> Result<Output<(usize, Panicked)>, ZeroWorkers>
where
    T: Send + 'static,
    F: Fn(usize, T) + Send + Sync + 'static,
{
    if consumers == 0 {
        return Err(ZeroWorkers);
    }
    let (tx, rx) = channel::bounded(consumers);
    let (failures, output) = channel::unbounded();
    let consume = Arc::new(consume);
    let mut threads: Vec<_> = (0..consumers)
        .map(|consumer| {
            let (rx, failures) = (rx.clone(), failures.clone());
            let consume = Arc::clone(&consume);
            thread::spawn(move || {
                run(&rx, &failures, |item| consume(consumer, item));
            })
        })
        .collect();
    threads.push(thread::spawn(move || feed(items, &tx, &failures)));
    Ok(Output::new(output, threads))
}

type Failures = Sender<(usize, Panicked)>;

/// The source: sends every item with its number, counted from 0.
fn feed<T>(
    items: impl IntoIterator<Item = T>,
    tx: &Sender<(usize, T)>,
    failures: &Failures,
) {
    let mut next = 0;
    let source = Panicked::catch(|| {
        for item in items {
            if tx.send((next, item)).is_err() {
                break; // every consumer has left
            }
            next += 1;
        }
    });
    if let Err(panicked) = source {
        // If nobody listens any more, nobody is there to be told.
        let _ = failures.send((next, panicked));
    }
}

/// A consumer: one item after the other, until the end or until it is told to.
fn run<T>(rx: &Receiver<(usize, T)>, failures: &Failures, consume: impl Fn(T)) {
    for (number, item) in rx {
        if failures.is_closed() {
            break; // the output was dropped
        }
        if let Err(panicked) = Panicked::catch(|| consume(item)) {
            let _ = failures.send((number, panicked)); // as in `feed`
        }
    }
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, Gate, read};
    use crate::sync::{Mutex, lock};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        items: Vec<i64>,
        consumers: usize,
        fails_on: Vec<i64>,
    }

    /// What consumes the items of a case.
    pub type Consume = Box<dyn Fn(usize, i64) + Send + Sync>;
    /// What the pattern is to a case.
    pub type Pattern = fn(
        Vec<i64>,
        usize,
        Consume,
    )
        -> Result<Output<(usize, Panicked)>, ZeroWorkers>;

    /// Runs `fan_out` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, fan_out)
    }

    /// Runs a function that should be like `fan_out` on a case.
    pub fn observe(input: &Value, fan_out: Pattern) -> Result<Value, BadInput> {
        let Input {
            items,
            consumers,
            fails_on,
        } = read(input)?;
        let gate = Arc::new(Gate::new(consumers.min(items.len())));
        let consumed = Arc::new(Mutex::new(Vec::new()));
        let consume: Consume = {
            let (gate, consumed) = (Arc::clone(&gate), Arc::clone(&consumed));
            Box::new(move |consumer, item| {
                lock(&consumed).push((consumer, item));
                gate.pass(|| {
                    let fails = fails_on.contains(&item);
                    assert!(!fails, "cannot consume {item}");
                });
            })
        };
        let failures = match fan_out(items.clone(), consumers, consume) {
            Ok(failures) => failures,
            Err(ZeroWorkers) => {
                return Ok(json!({"refused": "zero_consumers"}));
            }
        };
        let mut failed: Vec<_> = failures.collect();
        failed.sort_by_key(|(number, _)| *number);
        let failed: Vec<Value> = failed
            .into_iter()
            .map(|(number, panicked)| {
                json!([items.get(number), panicked.message()])
            })
            .collect();
        let (receivers, items): (Vec<usize>, Vec<i64>) =
            lock(&consumed).drain(..).unzip();
        Ok(json!({
            "items": items,
            "failed": failed,
            "concurrency": gate.concurrency(),
            "measured": {"receivers": receivers},
        }))
    }
}
