//! A pool of workers that share a receiver behind a mutex: how many of them
//! work at once.
//!
//! That is counted, not timed: each job waits for as many others as there are
//! workers. Where they never come the first one gives up after a while, and
//! none waits after it.

use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

const WORKERS: usize = 4;
/// How long the first job waits for the others, which need some microseconds.
const PATIENCE: Duration = Duration::from_millis(500);

type Jobs = Mutex<Receiver<usize>>;

#[derive(Default)]
struct Meeting {
    at_work: Mutex<AtWork>,
    changed: Condvar,
}

#[derive(Default)]
struct AtWork {
    now: usize,
    most: usize,
    /// Whether somebody has waited in vain.
    given_up: bool,
}

impl Meeting {
    /// The job: to meet the others.
    fn work(&self) {
        let mut at_work = self.lock();
        at_work.now += 1;
        at_work.most = at_work.most.max(at_work.now);
        self.changed.notify_all();
        let alone =
            |at_work: &mut AtWork| at_work.most < WORKERS && !at_work.given_up;
        let waited = self.changed.wait_timeout_while(at_work, PATIENCE, alone);
        let (mut at_work, waited) = waited.expect("no holder of it panics");
        at_work.given_up |= waited.timed_out();
        at_work.now -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, AtWork> {
        self.at_work.lock().expect("no holder of it panics")
    }
}

fn run(worker: fn(&Jobs, &Meeting)) -> Value {
    let (tx, rx) = channel();
    for job in 0..2 * WORKERS {
        tx.send(job).expect("the receiver lives");
    }
    drop(tx);
    let (jobs, meeting) = (Mutex::new(rx), Meeting::default());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| worker(&jobs, &meeting));
        }
    });
    let most = meeting.lock().most;
    json!({"workers": WORKERS, "at_once": most})
}

/// The guard of the lock lives as long as the body of the loop.
pub(super) fn holds() -> Value {
    run(|jobs, meeting| {
        while let Ok(_job) = jobs.lock().expect("no holder panics").recv() {
            meeting.work();
        }
    })
}

/// The guard is gone before the work begins.
pub(super) fn lets_go() -> Value {
    run(|jobs, meeting| {
        loop {
            let job = jobs.lock().expect("no holder panics").recv();
            let Ok(_job) = job else { return };
            meeting.work();
        }
    })
}
