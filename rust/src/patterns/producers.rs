//! Producers: labelled senders with a delay, one collector, a total.
//!
//! Channels  one channel, unbounded or of a capacity, a sender each producer.
//! Closing   a producer drops its sender when it ends; the last drop ends the
//!           collector. A collector that leaves ends the producers: their next
//!           send fails.
//! Tasks     the same with a task for each producer; a collector that leaves
//!           aborts them, also while they sleep.
//! Agree     per_producer: A-1 before A-2, any order between A and B. By a
//!           virtual clock also exact, when no two producers wake together.
//! Sides     ocaml/patterns/producers.ml
//!           python/chanpatterns/patterns/producers.py
//!           compare/patterns/producers.json
//! Source    the multiple-producer example of *The Rust Programming
//!           Language*, chapter 16.2, with a label for each producer.

use crate::Panicked;
use crate::channel::{self, SendError};
use crate::clock::{Clock, Timer};
use crate::patterns::Output;
use crate::sync::{Arc, thread};
use std::time::Duration;

/// One producer: what it is called, how much it makes, how long that takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// The label that comes with each of its items.
    pub label: String,
    /// How many items it makes.
    pub items: usize,
    /// How long it sleeps before each item.
    pub delay: Duration,
}

/// Runs each producer on a thread of its own and collects what they make.
///
/// A producer sleeps its delay on `clock`, calls `make` with its label and the
/// number of the item, counted from 1, and sends what it gets. The output ends
/// after the last producer; its length is the total. A producer whose `make`
/// panics ends with that panic.
///
/// Dropping the output early waits for producers that sleep until they wake.
///
/// ```
/// use chanpatterns::clock::VirtualClock;
/// use chanpatterns::patterns::producers::{Producer, producers};
/// use std::time::Duration;
///
/// let producer = |label: &str, delay| Producer {
///     label: label.to_owned(),
///     items: 2,
///     delay: Duration::from_millis(delay),
/// };
/// let staff = [producer("A", 20), producer("B", 30)];
/// let make = |label: &str, number| format!("{label}-{number}");
/// let items: Vec<String> =
///     producers(&VirtualClock::new(), staff, None, make)
///         .map(|(_label, item)| item.unwrap())
///         .collect();
/// assert_eq!(items, ["A-1", "B-1", "A-2", "B-2"]);
/// ```
pub fn producers<T, F>(
    clock: &impl Clock,
    producers: impl IntoIterator<Item = Producer>,
    capacity: Option<usize>,
    make: F,
) -> Output<(String, Result<T, Panicked>)>
where
    T: Send + 'static,
    F: Fn(&str, usize) -> T + Send + Sync + 'static,
{
    let (tx, rx) = channel::with_capacity(capacity);
    let make = Arc::new(make);
    // Every timer is there before anybody sleeps, or time would run too early.
    let staff: Vec<_> = producers
        .into_iter()
        .map(|producer| (producer, clock.timer()))
        .collect();
    let threads = staff.into_iter().map(|(producer, timer)| {
        let (tx, make) = (tx.clone(), Arc::clone(&make));
        let Producer {
            label,
            items,
            delay,
        } = producer;
        thread::spawn(move || {
            let produce = || {
                (1..=items).try_for_each(|number| {
                    timer.sleep(delay);
                    let item = make(&label, number);
                    tx.send((label.clone(), Ok(item)))
                })
            };
            // A send that fails means that the collector has left.
            let _: Result<(), SendError<_>> = match Panicked::catch(produce) {
                Ok(ended) => ended,
                Err(panicked) => tx.send((label, Err(panicked))),
            };
        })
    });
    let threads: Vec<_> = threads.collect();
    Output::new(rx, threads)
}

#[cfg(feature = "tokio")]
pub use tasks::producers_async;

/// The same for tasks.
#[cfg(feature = "tokio")]
mod tasks {
    use super::*;
    use crate::clock::{AsyncClock, AsyncTimer};
    use crate::patterns::TaskOutput;
    use tokio::task::JoinSet;

    /// Runs each producer on a task of its own and collects what they make.
    ///
    /// A producer sleeps its delay on `clock`, waits for what `make` makes of
    /// its label and the number of the item, counted from 1, and sends it. The
    /// output ends after the last producer; its length is the total. A producer
    /// whose `make` panics ends with that panic.
    ///
    /// The clock may be `tokio::time::sleep`, or virtual.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```
    /// use chanpatterns::clock::VirtualClock;
    /// use chanpatterns::patterns::producers::{Producer, producers_async};
    /// use futures_util::StreamExt;
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let producer = |label: &str, delay| Producer {
    ///     label: label.to_owned(),
    ///     items: 2,
    ///     delay: Duration::from_millis(delay),
    /// };
    /// let staff = [producer("A", 20), producer("B", 30)];
    /// let make = |label: &str, number: usize| {
    ///     let item = format!("{label}-{number}");
    ///     async move { item }
    /// };
    /// let items: Vec<String> =
    ///     producers_async(&VirtualClock::new(), staff, None, make)
    ///         .map(|(_label, item)| item.unwrap())
    ///         .collect()
    ///         .await;
    /// assert_eq!(items, ["A-1", "B-1", "A-2", "B-2"]);
    /// # }
    /// ```
    pub fn producers_async<T, F, M>(
        clock: &impl AsyncClock,
        producers: impl IntoIterator<Item = Producer>,
        capacity: Option<usize>,
        make: F,
    ) -> TaskOutput<(String, Result<T, Panicked>)>
    where
        T: Send + 'static,
        F: Fn(&str, usize) -> M + Send + Sync + 'static,
        M: Future<Output = T> + Send,
    {
        let (tx, rx) = channel::with_capacity(capacity);
        let make = Arc::new(make);
        // Every timer is there before anybody sleeps, or time would run too
        // early.
        let staff: Vec<_> = producers
            .into_iter()
            .map(|producer| (producer, clock.task_timer()))
            .collect();
        let mut tasks = JoinSet::new();
        for (producer, mut timer) in staff {
            let (tx, make) = (tx.clone(), Arc::clone(&make));
            let Producer {
                label,
                items,
                delay,
            } = producer;
            tasks.spawn(async move {
                let produce = async {
                    for number in 1..=items {
                        timer.sleep_async(delay).await;
                        let item = make(&label, number).await;
                        tx.send_async((label.clone(), Ok(item))).await?;
                    }
                    Ok(())
                };
                let produced = Panicked::catch_async(produce).await;
                let _: Result<(), SendError<_>> = match produced {
                    Ok(ended) => ended,
                    Err(panicked) => {
                        tx.send_async((label, Err(panicked))).await
                    }
                };
            });
        }
        TaskOutput::new(rx, tasks)
    }
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::clock::VirtualClock;
    use crate::entry::{BadInput, read, run_tasks};
    use crate::patterns::TaskOutput;
    use futures_util::StreamExt as _;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use std::future::{Ready, ready};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        producers: Vec<Script>,
        capacity: Option<usize>,
        #[serde(default)]
        tasks: bool,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Script {
        label: String,
        items: usize,
        delay_ms: u64,
    }

    /// An item of a case: its text and the time at which it was made.
    pub type Item = (String, u64);
    /// What comes out: a label, and an item.
    pub type Labelled = (String, Result<Item, Panicked>);
    /// What makes the items of a case.
    pub type Make<I = Item> = Box<dyn Fn(&str, usize) -> I + Send + Sync>;
    /// What the pattern is to a case.
    pub type Pattern = fn(
        &VirtualClock,
        Vec<Producer>,
        Option<usize>,
        Make,
    ) -> Output<Labelled>;
    /// What the pattern for tasks is to a case.
    pub type TaskPattern = fn(
        &VirtualClock,
        Vec<Producer>,
        Option<usize>,
        Make<Ready<Item>>,
    ) -> TaskOutput<Labelled>;

    /// Runs `producers`, or `producers_async`, on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        run(input, producers, producers_async)
    }

    /// Runs a function that should be like `producers` on a case.
    pub fn observe(
        input: &Value,
        producers: Pattern,
    ) -> Result<Value, BadInput> {
        run(input, producers, producers_async)
    }

    /// Runs a function that should be like `producers_async` on a case.
    pub fn observe_tasks(
        input: &Value,
        producers_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        run(input, producers, producers_async)
    }

    fn run(
        input: &Value,
        producers: Pattern,
        producers_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        let Input {
            producers: scripts,
            capacity,
            tasks,
        } = read(input)?;
        let staff = scripts.into_iter().map(|script| Producer {
            label: script.label,
            items: script.items,
            delay: Duration::from_millis(script.delay_ms),
        });
        let staff = staff.collect();
        let clock = VirtualClock::new();
        let time = clock.clone();
        let make = move |label: &str, number| {
            (format!("{label}-{number}"), milliseconds(time.now()))
        };
        let items: Vec<Labelled> = if tasks {
            let make = move |label: &str, number| ready(make(label, number));
            run_tasks(async {
                producers_async(&clock, staff, capacity, Box::new(make))
                    .collect()
                    .await
            })
        } else {
            producers(&clock, staff, capacity, Box::new(make)).collect()
        };
        let items: Vec<Value> = items
            .into_iter()
            .map(|(label, item)| match item {
                Ok((text, at)) => json!([label, text, at]),
                Err(panicked) => {
                    json!([label, {"error": panicked.message()}])
                }
            })
            .collect();
        let elapsed = milliseconds(clock.now());
        Ok(json!({
            "total": items.len(), "items": items, "elapsed_ms": elapsed,
        }))
    }

    fn milliseconds(time: Duration) -> u64 {
        u64::try_from(time.as_millis()).expect("a case's times are short")
    }
}
