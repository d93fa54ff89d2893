//! Where the first jobs wait for one another, so that concurrency shows.

use crate::sync::{Condvar, Mutex, PoisonError, lock};
use std::time::Duration;

/// How long the gate waits for a party that does not come.
const DEADLINE: Duration = Duration::from_secs(5);

/// A gate that opens when `size` jobs stand before it.
///
/// A pool that runs fewer jobs at once than it should would never fill the
/// gate; so it opens for everyone when its deadline has passed. The pool then
/// shows a smaller concurrency, and does not hang.
pub struct Gate {
    size: usize,
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    arrived: usize,
    inside: usize,
    most_inside: usize,
    open: bool,
}

impl Gate {
    /// A gate for the first `size` jobs.
    pub fn new(size: usize) -> Self {
        let state = Mutex::default();
        Gate {
            size,
            state,
            opened: Condvar::new(),
        }
    }

    /// Runs `job` behind the gate; also if it panics, the job is seen to end.
    pub fn pass<R>(&self, job: impl FnOnce() -> R) -> R {
        self.enter();
        let _leaves = Leaves(self);
        job()
    }

    fn enter(&self) {
        let mut state = lock(&self.state);
        state.arrived += 1;
        state.inside += 1;
        state.most_inside = state.most_inside.max(state.inside);
        if state.arrived >= self.size {
            state.open = true;
            self.opened.notify_all();
        }
        while !state.open {
            let waited = self.opened.wait_timeout(state, DEADLINE);
            let (next, timeout) =
                waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if timeout.timed_out() {
                state.open = true;
                self.opened.notify_all();
            }
        }
    }

    /// The largest number of jobs that were behind the gate at one time.
    pub fn concurrency(&self) -> usize {
        lock(&self.state).most_inside
    }
}

struct Leaves<'a>(&'a Gate);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).inside -= 1;
    }
}
