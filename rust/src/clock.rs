//! Time, passed in, so that a program can be run with a time of its own.
//!
//! Threads sleep by a [`Clock`], tasks by an [`AsyncClock`]. The
//! [`VirtualClock`] is both.

use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, lock, thread};
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
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

/// A time that tasks sleep by.
///
/// Every runtime has its own; so whatever makes a future of a duration is a
/// clock, `tokio::time::sleep` for one.
///
/// ```
/// use chanpatterns::clock::{AsyncClock, AsyncTimer, Clock, VirtualClock};
/// use std::time::Duration;
///
/// async fn nap(clock: &impl AsyncClock, duration: Duration) {
///     clock.task_timer().sleep_async(duration).await;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// nap(&tokio::time::sleep, Duration::from_millis(1)).await;
/// let clock = VirtualClock::new();
/// nap(&clock, Duration::from_secs(3600)).await; // returns at once
/// assert_eq!(clock.now(), Duration::from_secs(3600));
/// # }
/// ```
pub trait AsyncClock {
    /// What one task sleeps by.
    type Timer: AsyncTimer;

    /// A timer for one task.
    ///
    /// Take the timers of all tasks before the first of them sleeps: virtual
    /// time waits only for timers that exist.
    fn task_timer(&self) -> Self::Timer;
}

/// What one task sleeps by; dropping it is leaving the clock.
pub trait AsyncTimer: Send + 'static {
    /// Sleeps for `duration`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is waking up early.
    fn sleep_async(
        &mut self,
        duration: Duration,
    ) -> impl Future<Output = ()> + Send;
}

impl<F, S> AsyncClock for F
where
    F: Fn(Duration) -> S + Clone + Send + 'static,
    S: Future<Output = ()> + Send,
{
    type Timer = F;

    fn task_timer(&self) -> F {
        self.clone()
    }
}

impl<F, S> AsyncTimer for F
where
    F: Fn(Duration) -> S + Send + 'static,
    S: Future<Output = ()> + Send,
{
    fn sleep_async(
        &mut self,
        duration: Duration,
    ) -> impl Future<Output = ()> + Send {
        self(duration)
    }
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
/// So nothing that a thread or a task does between two sleeps takes any time,
/// and what happens at different times happens in that order, in every run.
#[derive(Clone, Default)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

/// A timer of a [`VirtualClock`]. Time stands still while its thread, or its
/// task, is awake.
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
    /// Those who sleep, in no order.
    sleepers: Vec<Sleeper>,
    /// How many sleeps there have been.
    sleeps: u64,
}

struct Sleeper {
    /// Which sleep it is.
    number: u64,
    wake: Duration,
    /// What wakes a task; threads look by themselves whenever time has moved.
    task: Option<Waker>,
}

impl State {
    /// Somebody falls asleep; gives the number of this sleep.
    fn sleep(&mut self, wake: Duration, task: Option<Waker>) -> u64 {
        self.sleeps += 1;
        let number = self.sleeps;
        self.sleepers.push(Sleeper { number, wake, task });
        number
    }

    fn place(&self, number: u64) -> Option<usize> {
        let mut sleepers = self.sleepers.iter();
        sleepers.position(|sleeper| sleeper.number == number)
    }

    /// Moves to the next wake-up if everyone is asleep; who wakes, if so.
    ///
    /// Who wakes is awake from this moment, whenever it goes on.
    fn pass(&mut self) -> Option<Vec<Sleeper>> {
        let all_asleep = self.sleepers.len() == self.timers;
        let next = self.sleepers.iter().map(|sleeper| sleeper.wake).min()?;
        all_asleep.then(|| {
            self.now = next;
            let (due, asleep) = mem::take(&mut self.sleepers)
                .into_iter()
                .partition(|sleeper| sleeper.wake <= next);
            self.sleepers = asleep;
            due
        })
    }
}

impl Shared {
    /// Lets time pass if it can, and wakes who is due.
    ///
    /// A waker is somebody else's code, so it runs after the lock.
    fn pass(&self, mut state: MutexGuard<'_, State>) {
        let due = state.pass();
        drop(state);
        if let Some(due) = due {
            self.moved.notify_all();
            let tasks = due.into_iter().filter_map(|sleeper| sleeper.task);
            tasks.for_each(Waker::wake);
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

impl AsyncClock for VirtualClock {
    type Timer = VirtualTimer;

    fn task_timer(&self) -> VirtualTimer {
        self.timer()
    }
}

impl Timer for VirtualTimer {
    fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let mut state = lock(&self.shared.state);
        let wake = state.now.saturating_add(duration);
        state.sleep(wake, None);
        self.shared.pass(state);
        state = lock(&self.shared.state);
        while state.now < wake {
            state = self
                .shared
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl AsyncTimer for VirtualTimer {
    fn sleep_async(
        &mut self,
        duration: Duration,
    ) -> impl Future<Output = ()> + Send {
        VirtualSleep {
            shared: &self.shared,
            duration,
            asleep: None,
        }
    }
}

impl Drop for VirtualTimer {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        state.timers -= 1;
        self.shared.pass(state);
    }
}

/// A task's sleep, which begins when it is first polled.
struct VirtualSleep<'a> {
    shared: &'a Shared,
    duration: Duration,
    /// The number of this sleep and its end, once it has begun.
    asleep: Option<(u64, Duration)>,
}

impl Future for VirtualSleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.duration.is_zero() {
            return Poll::Ready(());
        }
        // Cloned and dropped without the lock: it is somebody else's code.
        let mut waker = context.waker().clone();
        let mut state = lock(&self.shared.state);
        let Some((number, wake)) = self.asleep else {
            let wake = state.now.saturating_add(self.duration);
            let number = state.sleep(wake, Some(waker));
            self.asleep = Some((number, wake));
            // If time moves to this very sleep's end, its own waker is called.
            self.shared.pass(state);
            return Poll::Pending;
        };
        if state.now >= wake {
            return Poll::Ready(());
        }
        if let Some(place) = state.place(number) {
            let known = &mut state.sleepers[place].task;
            known.iter_mut().for_each(|old| mem::swap(old, &mut waker));
        }
        drop(state);
        Poll::Pending
    }
}

impl Drop for VirtualSleep<'_> {
    fn drop(&mut self) {
        let Some((number, _)) = self.asleep else {
            return;
        };
        let mut state = lock(&self.shared.state);
        let place = state.place(number);
        let woken = place.map(|place| state.sleepers.swap_remove(place));
        drop(state);
        drop(woken);
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
