//! The pool against the shape that holds the lock while it works.
//!
//! `cargo bench --package chanpatterns --bench pool`
//!
//! Four workers, 400 jobs that sleep 1 ms: with all four at work at once that
//! is 100 ms, one after the other 400 ms. Rounds of the two alternate, so that
//! whatever else the machine does meets both. Fails if the pool takes more than
//! a third of the other's time, or does not have four jobs at work.

use chanpatterns::patterns::worker_pool::{Order, worker_pool};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 4;
const JOBS: usize = 400;
const JOB: Duration = Duration::from_millis(1);
const ROUNDS: usize = 7;

/// Sleeps, and sees how many others do so at the same time.
#[derive(Default)]
struct Work {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Work {
    fn run(&self, job: usize) -> usize {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        thread::sleep(JOB);
        self.now.fetch_sub(1, Ordering::SeqCst);
        job
    }
}

/// The crate's pool. The sum of the results tells that all are there.
fn pool(work: Arc<Work>) -> usize {
    let results = worker_pool(0..JOBS, WORKERS, Order::Completed, move |job| {
        work.run(job)
    });
    let results = results.expect("there are workers");
    results
        .map(|(_job, result)| result.expect("no job panics"))
        .sum()
}

/// The usual first attempt: `while let` keeps the guard for the whole body.
fn lock_held(work: Arc<Work>) -> usize {
    let (jobs, receiver) = mpsc::channel();
    (0..JOBS).for_each(|job| jobs.send(job).expect("it is received"));
    drop(jobs);
    let receiver = Arc::new(Mutex::new(receiver));
    let (results, collected) = mpsc::channel();
    for _ in 0..WORKERS {
        let receiver = Arc::clone(&receiver);
        let (work, results) = (Arc::clone(&work), results.clone());
        thread::spawn(move || {
            while let Ok(job) = receiver.lock().unwrap().recv() {
                results.send(work.run(job)).expect("they are collected");
            }
        });
    }
    drop(results);
    collected.iter().sum()
}

struct Measured {
    name: &'static str,
    pool: fn(Arc<Work>) -> usize,
    times: Vec<Duration>,
    concurrency: usize,
}

impl Measured {
    fn new(name: &'static str, pool: fn(Arc<Work>) -> usize) -> Self {
        Measured {
            name,
            pool,
            times: Vec::new(),
            concurrency: 0,
        }
    }

    fn round(&mut self) {
        let work = Arc::new(Work::default());
        let start = Instant::now();
        let sum = (self.pool)(Arc::clone(&work));
        self.times.push(start.elapsed());
        assert_eq!(sum, JOBS * (JOBS - 1) / 2, "{}: a job is lost", self.name);
        let most = work.most.load(Ordering::SeqCst);
        self.concurrency = self.concurrency.max(most);
    }

    fn report(&mut self) -> Duration {
        self.times.sort();
        let median = self.times[ROUNDS / 2];
        println!(
            "{:<18} median {median:>8.1?}  fastest {:>8.1?}  slowest {:>8.1?}  \
             concurrency {}",
            self.name,
            self.times[0],
            self.times[ROUNDS - 1],
            self.concurrency
        );
        median
    }
}

fn main() {
    let mut pool = Measured::new("worker_pool", pool);
    let mut lock_held = Measured::new("lock held at work", lock_held);
    for _ in 0..ROUNDS {
        pool.round();
        lock_held.round();
    }
    println!("{WORKERS} workers, {JOBS} jobs of {JOB:?}, {ROUNDS} rounds");
    let (ours, other) = (pool.report(), lock_held.report());
    let ratio = ours.as_secs_f64() / other.as_secs_f64();
    println!("worker_pool takes {ratio:.2} of the time");
    assert_eq!(pool.concurrency, WORKERS);
    assert_eq!(lock_held.concurrency, 1);
    assert!(ratio <= 1.0 / 3.0, "more than a third of the time");
}
