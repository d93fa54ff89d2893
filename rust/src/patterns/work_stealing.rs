//! Work stealing: workers that run out of work take it from others.
//!
//! Channels  shared: one channel of jobs that all workers receive from.
//!           deques: a deque for each worker; the owner takes the newest job
//!           from one end, thieves the oldest from the other.
//!           Both: one bounded channel of results to the collector.
//! Closing   shared: all jobs are there, and their sender gone, before the
//!           workers start; each drains and ends. deques: a worker ends when
//!           it finds every deque empty, since no job makes new ones. A
//!           collector that leaves ends the workers.
//! Agree     multiset: each job is done once. With idle workers an unbalanced
//!           load is done by all of them.
//! Sides     ocaml/patterns/work_stealing.ml
//!           python/chanpatterns/patterns/work_stealing.py
//!           compare/patterns/work_stealing.json
//! Source    R. D. Blumofe, C. E. Leiserson, *Scheduling Multithreaded
//!           Computations by Work Stealing* (1999); the deque is D. Chase's
//!           and Y. Lev's (2005), from crossbeam-deque.

use crate::Panicked;
use crate::channel::{self, Sender};
use crate::patterns::{Output, ZeroWorkers};
use crate::sync::{Arc, thread};
use crossbeam_deque::{Steal, Stealer, Worker};
use std::iter;

/// How workers come by jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// From one channel that holds the jobs of all.
    Shared,
    /// From a deque of their own, and from others' when it is empty.
    Deques,
}

/// A job that is done.
#[derive(Debug)]
pub struct Done<R> {
    /// Who did it.
    pub worker: usize,
    /// In whose load it was.
    pub owner: usize,
    /// Its place in that load.
    pub index: usize,
    /// What came of it.
    pub result: Result<R, Panicked>,
}

/// Runs `work` on every job of `loads`, with one worker for each load.
///
/// Workers, loads and places are counted from 0; results come as completed. A
/// job that panics is that job's result, and its worker goes on.
///
/// # Errors
///
/// Refuses an empty `loads`: there would be nobody to work.
///
/// ```
/// use chanpatterns::patterns::work_stealing::{Form, work_stealing};
///
/// let loads = [vec![1, 2, 3, 4], vec![], vec![5]];
/// let square = |n: u32| n * n;
/// let done = work_stealing(Form::Deques, loads, square)?;
/// assert_eq!(done.map(|job| job.result.unwrap()).sum::<u32>(), 55);
/// # Ok::<(), chanpatterns::patterns::ZeroWorkers>(())
/// ```
pub fn work_stealing<J, R, F>(
    form: Form,
    loads: impl IntoIterator<Item = Vec<J>>,
    work: F,
) -> Result<Output<Done<R>>, ZeroWorkers>
where
    J: Send + 'static,
    R: Send + 'static,
    F: Fn(J) -> R + Send + Sync + 'static,
{
    let loads: Vec<Vec<Job<J>>> =
        loads.into_iter().enumerate().map(number_load).collect();
    if loads.is_empty() {
        return Err(ZeroWorkers);
    }
    let (results, output) = channel::bounded(loads.len());
    let sources = match form {
        Form::Shared => shared(loads),
        Form::Deques => deques(loads),
    };
    let work = Arc::new(work);
    let threads = sources.into_iter().enumerate().map(|(worker, jobs)| {
        let (results, work) = (results.clone(), Arc::clone(&work));
        thread::spawn(move || run(worker, jobs, &*work, &results))
    });
    let threads: Vec<_> = threads.collect();
    Ok(Output::new(output, threads))
}

struct Job<J> {
    owner: usize,
    index: usize,
    job: J,
}

/// A worker's jobs, as it comes by them.
type Jobs<J> = Box<dyn Iterator<Item = Job<J>> + Send>;

fn number_load<J>((owner, load): (usize, Vec<J>)) -> Vec<Job<J>> {
    let number = |(index, job)| Job { owner, index, job };
    load.into_iter().enumerate().map(number).collect()
}

/// One channel for all: who is free takes the next job.
fn shared<J: Send + 'static>(loads: Vec<Vec<Job<J>>>) -> Vec<Jobs<J>> {
    let (tx, rx) = channel::unbounded();
    let workers = loads.len();
    for job in loads.into_iter().flatten() {
        tx.send(job).expect("its receiver is here");
    }
    (0..workers)
        .map(|_| Box::new(rx.clone().into_iter()) as _)
        .collect()
}

/// A deque for each: the owner's newest job, else the oldest of another.
fn deques<J: Send + 'static>(loads: Vec<Vec<Job<J>>>) -> Vec<Jobs<J>> {
    let own: Vec<_> = loads.iter().map(|_| Worker::new_lifo()).collect();
    let stealers: Arc<[Stealer<_>]> = own.iter().map(Worker::stealer).collect();
    for (deque, load) in iter::zip(&own, loads) {
        load.into_iter().for_each(|job| deque.push(job));
    }
    let jobs = own.into_iter().enumerate().map(|(worker, deque)| {
        let stealers = Arc::clone(&stealers);
        let next = move || deque.pop().or_else(|| steal(worker, &stealers));
        Box::new(iter::from_fn(next)) as _
    });
    jobs.collect()
}

/// The oldest job of the first victim that has one, in a ring from `thief` on.
fn steal<J>(thief: usize, stealers: &[Stealer<J>]) -> Option<J> {
    let (before, after) = stealers.split_at(thief);
    loop {
        let victims = after.iter().chain(before);
        // Collected: a job if there is one, else `Retry` if a race was lost
        // anywhere, so that nobody gives up while a job may be left.
        match victims.map(Stealer::steal).collect() {
            Steal::Success(job) => return Some(job),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}

fn run<J, R>(
    worker: usize,
    jobs: Jobs<J>,
    work: &impl Fn(J) -> R,
    results: &Sender<Done<R>>,
) {
    for Job { owner, index, job } in jobs {
        let result = Panicked::catch(|| work(job));
        let done = Done {
            worker,
            owner,
            index,
            result,
        };
        if results.send(done).is_err() {
            break; // the collector has left
        }
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
        form: Wanted,
        loads: Vec<Vec<i64>>,
        fails_on: Vec<i64>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Wanted {
        Shared,
        Deques,
    }

    /// What does the jobs of a case.
    pub type Work = Box<dyn Fn(i64) -> i64 + Send + Sync>;
    /// What the pattern is to a case.
    pub type Pattern =
        fn(Form, Vec<Vec<i64>>, Work) -> Result<Output<Done<i64>>, ZeroWorkers>;

    /// Runs `work_stealing` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, work_stealing)
    }

    /// Runs a function that should be like `work_stealing` on a case.
    pub fn observe(
        input: &Value,
        work_stealing: Pattern,
    ) -> Result<Value, BadInput> {
        let Input {
            form,
            loads,
            fails_on,
        } = read(input)?;
        let jobs: usize = loads.iter().map(Vec::len).sum();
        let gate = Arc::new(Gate::new(loads.len().min(jobs)));
        let work: Work = {
            let gate = Arc::clone(&gate);
            Box::new(move |job| gate.pass(|| square(job, &fails_on, "do")))
        };
        let form = match form {
            Wanted::Shared => Form::Shared,
            Wanted::Deques => Form::Deques,
        };
        let output = match work_stealing(form, loads.clone(), work) {
            Ok(output) => output,
            Err(refused) => return Ok(refused.into()),
        };
        let (workers, items): (Vec<usize>, Vec<Value>) = output
            .map(|done| {
                let job = loads.get(done.owner).map(|l| l.get(done.index));
                (done.worker, json!([job, item(done.result)]))
            })
            .unzip();
        let mut observed = json!({
            "items": items,
            "concurrency": gate.concurrency(),
        });
        if form == Form::Deques {
            observed["measured"] = json!({"workers": workers});
        }
        Ok(observed)
    }
}
