//! Worker pool: jobs to workers, their results collected.
//!
//! Channels  one bounded channel of jobs that all workers receive from, one
//!           bounded channel of results that all workers send on.
//! Closing   the feeder drops the jobs' sender after the last job; each worker
//!           drains and ends; the last one closes the results. Who leaves the
//!           results ends the workers, and they the feeder.
//! Agree     multiset, or exact in input order; concurrency = workers. A job
//!           that panics is that job's result, and its worker goes on.
//! Sides     ocaml/patterns/worker_pool.ml
//!           python/chanpatterns/patterns/worker_pool.py
//!           compare/patterns/worker_pool.json
//! Source    P. Hyde, *Java Thread Programming* (1999), 13, "Thread pooling".

use crate::Panicked;
use crate::channel::{self, Sender};
use crate::patterns::{Numbered, Output, ZeroWorkers};
use crate::sync::{Arc, Mutex, lock, thread};
use std::collections::BTreeMap;

/// In which order results come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each result as soon as it is there.
    Completed,
    /// The results in the order of the jobs. Those that are early wait, in
    /// memory, for the slowest before them.
    Input,
}

/// Runs `work` on every job, on `workers` threads at once.
///
/// Results come with the number of their job, counted from 0. Jobs are taken
/// from the iterator as workers become free. An iterator that panics is
/// reported with the number of the job that it did not yield.
///
/// # Errors
///
/// Refuses zero workers, which would never end.
///
/// ```
/// use chanpatterns::patterns::worker_pool::{Order, worker_pool};
///
/// let work = |n: u32| 60 / n;
/// let results = worker_pool([1, 2, 0, 4], 3, Order::Input, work)?;
/// let results: Vec<_> =
///     results.map(|(_number, result)| result.ok()).collect();
/// assert_eq!(results, [Some(60), Some(30), None, Some(15)]);
/// # Ok::<(), chanpatterns::patterns::ZeroWorkers>(())
/// ```
pub fn worker_pool<J, R, F>(
    jobs: impl IntoIterator<Item = J> + Send + 'static,
    workers: usize,
    order: Order,
    work: F,
) -> Result<Output<Numbered<R>>, ZeroWorkers>
where
    J: Send + 'static,
    R: Send + 'static,
    F: Fn(J) -> R + Send + Sync + 'static,
{
    if workers == 0 {
        return Err(ZeroWorkers);
    }
    let (jobs_tx, jobs_rx) = channel::bounded(workers);
    let (results_tx, results_rx) = channel::bounded(workers);
    let results = Arc::new(Results::new(results_tx, order));
    let work = Arc::new(work);
    let mut threads = Vec::with_capacity(workers + 1);
    for _ in 0..workers {
        let (jobs_rx, results) = (jobs_rx.clone(), Arc::clone(&results));
        let work = Arc::clone(&work);
        threads.push(thread::spawn(move || {
            // A receive ends before the work begins: while one worker works,
            // the others receive.
            for (number, job) in jobs_rx {
                let result = Panicked::catch(|| work(job));
                if !results.deliver(number, result) {
                    break; // the consumer has left
                }
            }
        }));
    }
    threads.push(thread::spawn(move || {
        let mut next = 0;
        let feeder = Panicked::catch(|| {
            for job in jobs {
                if jobs_tx.send((next, job)).is_err() {
                    break; // every worker has left
                }
                next += 1;
            }
        });
        if let Err(panicked) = feeder {
            // If the consumer has left, nobody is there to be told.
            let _heard = results.deliver(next, Err(panicked));
        }
    }));
    Ok(Output::new(results_rx, threads))
}

/// The workers' side of the results.
struct Results<R> {
    tx: Sender<Numbered<R>>,
    /// In input order: what is due next, and what came before it was due.
    sequence: Option<Mutex<Sequence<R>>>,
}

struct Sequence<R> {
    due: usize,
    early: BTreeMap<usize, Result<R, Panicked>>,
}

impl<R> Results<R> {
    fn new(tx: Sender<Numbered<R>>, order: Order) -> Self {
        let sequence = Sequence { due: 0, early: BTreeMap::new() };
        let sequence =
            (order == Order::Input).then(|| Mutex::new(sequence));
        Results { tx, sequence }
    }

    /// Hands a result on; false if the consumer has left.
    fn deliver(&self, number: usize, result: Result<R, Panicked>) -> bool {
        let Some(sequence) = &self.sequence else {
            return self.tx.send((number, result)).is_ok();
        };
        // The lock is held while sending, or two workers could send what they
        // took out in the wrong order.
        let mut sequence = lock(sequence);
        sequence.early.insert(number, result);
        let mut due = sequence.due;
        while let Some(result) = sequence.early.remove(&due) {
            if self.tx.send((due, result)).is_err() {
                return false;
            }
            due += 1;
            sequence.due = due;
        }
        // A result that has to wait is not sent, and sees no failed send.
        !self.tx.is_closed()
    }
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, Gate, item, read, square};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        items: Vec<i64>,
        workers: usize,
        order: Wanted,
        fails_on: Vec<i64>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Wanted {
        Completed,
        Input,
    }

    /// What does the jobs of a case.
    pub type Work = Box<dyn Fn(i64) -> i64 + Send + Sync>;
    /// What the pattern is to a case.
    pub type Pattern =
        fn(
            Vec<i64>,
            usize,
            Order,
            Work,
        )
            -> Result<Output<Numbered<i64>>, ZeroWorkers>;

    /// Runs `worker_pool` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, worker_pool)
    }

    /// Runs a function that should be like `worker_pool` on a case.
    pub fn observe(
        input: &Value,
        worker_pool: Pattern,
    ) -> Result<Value, BadInput> {
        let Input { items, workers, order, fails_on } = read(input)?;
        let order = match order {
            Wanted::Completed => Order::Completed,
            Wanted::Input => Order::Input,
        };
        let gate = Arc::new(Gate::new(workers.min(items.len())));
        let work: Work = {
            let gate = Arc::clone(&gate);
            Box::new(move |job| gate.pass(|| square(job, &fails_on, "do")))
        };
        let results = match worker_pool(items.clone(), workers, order, work) {
            Ok(results) => results,
            Err(refused) => return Ok(refused.into()),
        };
        let items: Vec<Value> = results
            .map(|(number, result)| json!([items.get(number), item(result)]))
            .collect();
        Ok(json!({"items": items, "concurrency": gate.concurrency()}))
    }
}
