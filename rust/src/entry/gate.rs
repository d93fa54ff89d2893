//! Where the first jobs wait for one another, so that concurrency shows.
//!
//! A pool that runs fewer jobs at once than it should would never fill the
//! gate; so it opens for everyone when its deadline has passed. The pool then
//! shows a smaller concurrency, and does not hang.

use crate::sync::{Condvar, Mutex, PoisonError, lock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long the gate waits for a party that does not come.
const DEADLINE: Duration = Duration::from_secs(5);

/// A gate that opens when `size` jobs stand before it, for threads.
pub struct Gate {
    size: usize,
    jobs: Mutex<Jobs>,
    opened: Condvar,
}

/// The same gate, for tasks.
pub struct TaskGate {
    size: usize,
    jobs: Mutex<Jobs>,
    // It never has a permit: its close is the opening.
    opened: Semaphore,
}

#[derive(Default)]
struct Jobs {
    arrived: usize,
    inside: usize,
    most_inside: usize,
    open: bool,
}

impl Jobs {
    /// One more is there; opens if `size` have come.
    fn arrive(&mut self, size: usize) {
        self.arrived += 1;
        self.inside += 1;
        self.most_inside = self.most_inside.max(self.inside);
        self.open |= self.arrived >= size;
    }
}

impl Gate {
    /// A gate for the first `size` jobs.
    pub fn new(size: usize) -> Self {
        Gate {
            size,
            jobs: Mutex::default(),
            opened: Condvar::new(),
        }
    }

    /// Runs `job` behind the gate; also if it panics, the job is seen to end.
    pub fn pass<R>(&self, job: impl FnOnce() -> R) -> R {
        self.enter();
        let _leaves = Leaves(&self.jobs);
        job()
    }

    fn enter(&self) {
        let mut jobs = lock(&self.jobs);
        jobs.arrive(self.size);
        if jobs.open {
            self.opened.notify_all();
        }
        while !jobs.open {
            let waited = self.opened.wait_timeout(jobs, DEADLINE);
            let (next, timeout) =
                waited.unwrap_or_else(PoisonError::into_inner);
            jobs = next;
            if timeout.timed_out() {
                jobs.open = true;
                self.opened.notify_all();
            }
        }
    }

    /// The largest number of jobs that were behind the gate at one time.
    pub fn concurrency(&self) -> usize {
        lock(&self.jobs).most_inside
    }
}

impl TaskGate {
    /// A gate for the first `size` jobs.
    pub fn new(size: usize) -> Self {
        TaskGate {
            size,
            jobs: Mutex::default(),
            opened: Semaphore::new(0),
        }
    }

    /// Runs `job` behind the gate; also if it panics, or is dropped, the job is
    /// seen to end.
    pub async fn pass<R>(&self, job: impl Future<Output = R>) -> R {
        let _leaves = self.enter();
        if timeout(DEADLINE, self.opened.acquire()).await.is_err() {
            self.opened.close();
        }
        job.await
    }

    fn enter(&self) -> Leaves<'_> {
        let mut jobs = lock(&self.jobs);
        jobs.arrive(self.size);
        if jobs.open {
            self.opened.close();
        }
        Leaves(&self.jobs)
    }

    /// The largest number of jobs that were behind the gate at one time.
    pub fn concurrency(&self) -> usize {
        lock(&self.jobs).most_inside
    }
}

struct Leaves<'a>(&'a Mutex<Jobs>);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        lock(self.0).inside -= 1;
    }
}
