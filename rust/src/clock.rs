//! Time, passed in, so that a program can be run with a time of its own.

use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock, thread};
use std::fmt;
use std::time::{Duration, Instant};

/// A time that threads sleep by.
///
/// ```
/// use chanpatterns::clock::{Clock, Timer, VirtualClock};
/// use std::time::Duration;
///
/// let clock = VirtualClock::new();
/// let timer = clock.timer();
/// timer.sleep(Duration::from_secs(3600)); // returns at once
/// assert_eq!(clock.now(), Duration::from_secs(3600));
/// ```
pub trait Clock {
    /// What one thread sleeps by.
    type Timer: Timer;

    /// A timer for one thread.
    ///
    /// Take the timers of all threads before the first of them sleeps: virtual
    /// time waits only for timers that exist.
    fn timer(&self) -> Self::Timer;

    /// The time since the clock was made.
    fn now(&self) -> Duration;
}

/// What one thread sleeps by; dropping it is leaving the clock.
pub trait Timer: Send + 'static {
    /// Sleeps for `duration`.
    fn sleep(&self, duration: Duration);
}

/// The system's time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

/// A timer of the [`SystemClock`].
#[derive(Clone, Copy, Debug)]
pub struct SystemTimer;

impl SystemClock {
    /// The system's time, counted from now.
    pub fn new() -> Self {
        SystemClock {
            start: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    type Timer = SystemTimer;

    fn timer(&self) -> SystemTimer {
        SystemTimer
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Timer for SystemTimer {
    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }
}

/// A time that passes only when all who have a timer are asleep, and then
/// moves to the next moment at which one of them wakes.
///
/// So nothing that a thread does between two sleeps takes any time, and what
/// happens at different times happens in that order, in every run.
#[derive(Clone, Default)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

/// A timer of a [`VirtualClock`]. Time stands still while its thread is awake.
pub struct VirtualTimer {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    now: Duration,
    timers: usize,
    /// When those who sleep wake up, in no order.
    wakes: Vec<Duration>,
}

impl State {
    /// Moves to the next wake-up if everyone is asleep; true if time moved.
    ///
    /// Who wakes is awake from this moment, whenever its thread goes on.
    fn pass(&mut self) -> bool {
        let all_asleep = self.wakes.len() == self.timers;
        match self.wakes.iter().min() {
            Some(&next) if all_asleep => {
                self.now = next;
                self.wakes.retain(|wake| *wake > next);
                true
            }
            _ => false,
        }
    }
}

impl VirtualClock {
    /// A time that begins at zero.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Clock for VirtualClock {
    type Timer = VirtualTimer;

    fn timer(&self) -> VirtualTimer {
        lock(&self.shared.state).timers += 1;
        VirtualTimer {
            shared: Arc::clone(&self.shared),
        }
    }

    fn now(&self) -> Duration {
        lock(&self.shared.state).now
    }
}

impl Timer for VirtualTimer {
    fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let mut state = lock(&self.shared.state);
        let wake = state.now.saturating_add(duration);
        state.wakes.push(wake);
        if state.pass() {
            self.shared.moved.notify_all();
        }
        while state.now < wake {
            state = self
                .shared
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for VirtualTimer {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.timers -= 1;
        if state.pass() {
            self.shared.moved.notify_all();
        }
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock")
            .field("now", &self.now())
            .finish()
    }
}

impl fmt::Debug for VirtualTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VirtualTimer { .. }")
    }
}
