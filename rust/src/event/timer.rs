//! One thread that wakes the tasks whose time has come.
//!
//! A thread that synchronises sleeps until its own deadlines and needs nobody.
//! A task sleeps until it is woken: all alarms of all tasks are in one list,
//! and one thread waits for the first of them. It is started by an alarm, and
//! ends when there has been none for a second.

use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock, thread};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::task::Waker;
use std::time::{Duration, Instant};

/// How long the thread stays without an alarm.
const LINGER: Duration = Duration::from_secs(1);

/// When, and a number that tells alarms of one moment apart.
type Key = (Instant, u64);

#[derive(Default)]
struct Alarms {
    set: BTreeMap<Key, Waker>,
    next: u64,
    /// Whether the thread runs.
    running: bool,
}

#[derive(Default)]
struct Timer {
    alarms: Mutex<Alarms>,
    changed: Condvar,
}

fn timer() -> &'static Arc<Timer> {
    static TIMER: OnceLock<Arc<Timer>> = OnceLock::new();
    TIMER.get_or_init(Arc::default)
}

/// A waker that is woken at its time; dropping it unsets it.
pub(super) struct Alarm(Key);

impl Alarm {
    pub(super) fn set(when: Instant, waker: &Waker) -> Self {
        let timer = timer();
        let mut alarms = lock(&timer.alarms);
        alarms.next += 1;
        let key = (when, alarms.next);
        let first = alarms.set.keys().next().is_none_or(|other| key < *other);
        alarms.set.insert(key, waker.clone());
        let start = !std::mem::replace(&mut alarms.running, true);
        drop(alarms);
        if start {
            let timer = Arc::clone(timer);
            thread::spawn(move || timer.run());
        } else if first {
            timer.changed.notify_one();
        }
        Alarm(key)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let unset = lock(&timer().alarms).set.remove(&self.0);
        drop(unset);
    }
}

impl Timer {
    fn run(&self) {
        let mut alarms = lock(&self.alarms);
        loop {
            let now = Instant::now();
            let later = alarms.set.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut alarms.set, later);
            if !due.is_empty() {
                drop(alarms);
                due.into_values().for_each(Waker::wake);
                alarms = lock(&self.alarms);
                continue;
            }
            let next = alarms.set.keys().next().map(|key| key.0);
            let pause = next.map_or(LINGER, |next| next - now);
            let (guard, waited) = self
                .changed
                .wait_timeout(alarms, pause)
                .unwrap_or_else(PoisonError::into_inner);
            alarms = guard;
            if waited.timed_out() && next.is_none() && alarms.set.is_empty() {
                alarms.running = false;
                return;
            }
        }
    }
}
