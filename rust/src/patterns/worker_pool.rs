//! Worker pool: jobs to workers, their results collected.
//!
//! Channels  one bounded channel of jobs that all workers receive from, one
//!           bounded channel of results that all workers send on.
//! Closing   the feeder drops the jobs' sender after the last job; each worker
//!           drains and ends; the last one closes the results. Who leaves the
//!           results ends the workers, and they the feeder.
//! Tasks     the same with a task for each worker; between the workers and the
//!           results in input order stands a task that puts them in order. Who
//!           leaves the results aborts all of them where they wait.
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
        let sequence = Sequence {
            due: 0,
            early: BTreeMap::new(),
        };
        let sequence = (order == Order::Input).then(|| Mutex::new(sequence));
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

#[cfg(feature = "tokio")]
pub use tasks::worker_pool_async;

/// The same for tasks.
#[cfg(feature = "tokio")]
mod tasks {
    use super::*;
    use crate::channel::Receiver;
    use crate::patterns::TaskOutput;
    use futures_util::stream::{Stream, StreamExt as _};
    use std::pin::pin;
    use tokio::task::JoinSet;

    /// Runs `work` on every job, on `workers` tasks at once.
    ///
    /// Results come with the number of their job, counted from 0. Jobs are
    /// taken from the stream as workers become free. A stream that panics is
    /// reported with the number of the job that it did not yield.
    ///
    /// # Errors
    ///
    /// Refuses zero workers, which would never end.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```
    /// use chanpatterns::patterns::worker_pool::{Order, worker_pool_async};
    /// use futures_util::stream::{self, StreamExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), chanpatterns::patterns::ZeroWorkers> {
    /// let work = async |n: u32| 60 / n;
    /// let jobs = stream::iter([1, 2, 0, 4]);
    /// let results = worker_pool_async(jobs, 3, Order::Input, work)?;
    /// let results: Vec<_> =
    ///     results.map(|(_number, result)| result.ok()).collect().await;
    /// assert_eq!(results, [Some(60), Some(30), None, Some(15)]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn worker_pool_async<J, R, F, W>(
        jobs: impl Stream<Item = J> + Send + 'static,
        workers: usize,
        order: Order,
        work: F,
    ) -> Result<TaskOutput<Numbered<R>>, ZeroWorkers>
    where
        J: Send + 'static,
        R: Send + 'static,
        F: Fn(J) -> W + Send + Sync + 'static,
        W: Future<Output = R> + Send,
    {
        if workers == 0 {
            return Err(ZeroWorkers);
        }
        let mut tasks = JoinSet::new();
        let (jobs_tx, jobs_rx) = channel::bounded(workers);
        let (results_tx, mut results_rx) = channel::bounded(workers);
        if order == Order::Input {
            let (tx, rx) = channel::bounded(workers);
            tasks.spawn(put_in_order(results_rx, tx));
            results_rx = rx;
        }
        let work = Arc::new(work);
        for _ in 0..workers {
            let (jobs_rx, results_tx) = (jobs_rx.clone(), results_tx.clone());
            let work = Arc::clone(&work);
            tasks.spawn(async move {
                while let Ok((number, job)) = jobs_rx.recv_async().await {
                    let result = async { work(job).await };
                    let result = Panicked::catch_async(result).await;
                    if results_tx.send_async((number, result)).await.is_err() {
                        break; // the consumer has left
                    }
                }
            });
        }
        tasks.spawn(async move {
            let mut next = 0;
            let feeder = Panicked::catch_async(async {
                let mut jobs = pin!(jobs);
                while let Some(job) = jobs.next().await {
                    if jobs_tx.send_async((next, job)).await.is_err() {
                        break; // every worker has left
                    }
                    next += 1;
                }
            });
            if let Err(panicked) = feeder.await {
                // If the consumer has left, nobody is there to be told.
                let told = results_tx.send_async((next, Err(panicked)));
                let _heard = told.await;
            }
        });
        Ok(TaskOutput::new(results_rx, tasks))
    }

    /// Passes results on in the order of their jobs.
    async fn put_in_order<R>(
        completed: Receiver<Numbered<R>>,
        tx: Sender<Numbered<R>>,
    ) {
        let (mut due, mut early) = (0, BTreeMap::new());
        while let Ok((number, result)) = completed.recv_async().await {
            early.insert(number, result);
            while let Some(result) = early.remove(&due) {
                if tx.send_async((due, result)).await.is_err() {
                    return; // the consumer has left
                }
                due += 1;
            }
        }
    }
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{
        BadInput, Gate, TaskGate, in_turn, item, read, run_tasks, square,
    };
    use crate::patterns::TaskOutput;
    use futures_util::future::BoxFuture;
    use futures_util::stream::{BoxStream, StreamExt as _};
    use serde::Deserialize;
    use serde_json::{Value, json};
    use tokio::task::yield_now;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        items: Vec<i64>,
        workers: usize,
        order: Wanted,
        fails_on: Vec<i64>,
        #[serde(default)]
        tasks: bool,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Wanted {
        Completed,
        Input,
    }

    /// What does the jobs of a case.
    pub type Work<R = i64> = Box<dyn Fn(i64) -> R + Send + Sync>;
    /// What the pattern is to a case.
    pub type Pattern = fn(
        Vec<i64>,
        usize,
        Order,
        Work,
    ) -> Result<Output<Numbered<i64>>, ZeroWorkers>;
    /// What the pattern for tasks is to a case.
    pub type TaskPattern = fn(
        BoxStream<'static, i64>,
        usize,
        Order,
        Work<BoxFuture<'static, i64>>,
    )
        -> Result<TaskOutput<Numbered<i64>>, ZeroWorkers>;

    /// The results of a pool, or its refusal, and the concurrency.
    type Done = (Result<Vec<Numbered<i64>>, ZeroWorkers>, usize);

    /// Runs `worker_pool`, or `worker_pool_async`, on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        run(input, worker_pool, worker_pool_async)
    }

    /// Runs a function that should be like `worker_pool` on a case.
    pub fn observe(
        input: &Value,
        worker_pool: Pattern,
    ) -> Result<Value, BadInput> {
        run(input, worker_pool, worker_pool_async)
    }

    /// Runs a function that should be like `worker_pool_async` on a case.
    pub fn observe_tasks(
        input: &Value,
        worker_pool_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        run(input, worker_pool, worker_pool_async)
    }

    fn run(
        input: &Value,
        worker_pool: Pattern,
        worker_pool_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        let input: Input = read(input)?;
        let items = input.items.clone();
        let (results, concurrency) = if input.tasks {
            run_tasks(on_tasks(input, worker_pool_async))
        } else {
            on_threads(input, worker_pool)
        };
        let results = match results {
            Ok(results) => results,
            Err(refused) => return Ok(refused.into()),
        };
        let items: Vec<Value> = results
            .into_iter()
            .map(|(number, result)| json!([items.get(number), item(result)]))
            .collect();
        Ok(json!({"items": items, "concurrency": concurrency}))
    }

    impl Input {
        fn order(&self) -> Order {
            match self.order {
                Wanted::Completed => Order::Completed,
                Wanted::Input => Order::Input,
            }
        }

        fn at_once(&self) -> usize {
            self.workers.min(self.items.len())
        }
    }

    fn on_threads(input: Input, worker_pool: Pattern) -> Done {
        let gate = Arc::new(Gate::new(input.at_once()));
        let order = input.order();
        let Input {
            items,
            workers,
            fails_on,
            ..
        } = input;
        let work: Work = {
            let gate = Arc::clone(&gate);
            Box::new(move |job| gate.pass(|| square(job, &fails_on, "do")))
        };
        let results = worker_pool(items, workers, order, work);
        (results.map(Iterator::collect), gate.concurrency())
    }

    async fn on_tasks(input: Input, worker_pool: TaskPattern) -> Done {
        let gate = Arc::new(TaskGate::new(input.at_once()));
        let order = input.order();
        let Input {
            items,
            workers,
            fails_on,
            ..
        } = input;
        let work: Work<BoxFuture<'static, i64>> = {
            let (gate, fails_on) = (Arc::clone(&gate), Arc::new(fails_on));
            Box::new(move |job| {
                let (gate, fails_on) =
                    (Arc::clone(&gate), Arc::clone(&fails_on));
                let work = async move {
                    yield_now().await;
                    square(job, &fails_on, "do")
                };
                Box::pin(async move { gate.pass(work).await })
            })
        };
        let items = in_turn(items.into_iter());
        let results = match worker_pool(items, workers, order, work) {
            Ok(results) => Ok(results.collect().await),
            Err(refused) => Err(refused),
        };
        (results, gate.concurrency())
    }
}
