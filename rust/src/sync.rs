//! The one place from which the crate takes its locks, atomics and threads.
//!
//! A model checker sees only code that runs on its own primitives. Since every
//! module imports them from here, one `cfg` puts loom's or shuttle's in their
//! stead, and what is checked is the code that ships. Under a model nobody
//! spins. Under shuttle a deadline strikes whenever the scheduler likes, and
//! what is random comes from the scheduler's own source; under loom, which has
//! no such source, every deadline has passed: whoever has one looks around
//! once, and its partner may come at any moment of that.

#[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
mod primitives {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread;
}

#[cfg(chanpatterns_loom)]
mod primitives {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

    /// loom's threads, with a park of their own: loom 0.7 wakes a thread out of
    /// a lock, too, when it is unparked there, and then asserts that it has it.
    pub(crate) mod thread {
        use super::{Condvar, Mutex};
        pub(crate) use loom::thread::{JoinHandle, spawn, yield_now};
        use std::sync::Arc;

        /// A token and those who wait for it.
        #[derive(Clone)]
        pub(crate) struct Thread(Arc<(Mutex<bool>, Condvar)>);

        loom::thread_local! {
            static CURRENT: Thread =
                Thread(Arc::new((Mutex::new(false), Condvar::new())));
        }

        pub(crate) fn current() -> Thread {
            CURRENT.with(Clone::clone)
        }

        pub(crate) fn park() {
            let thread = current();
            let (token, waiting) = &*thread.0;
            let mut token = token.lock().unwrap();
            while !std::mem::take(&mut *token) {
                token = waiting.wait(token).unwrap();
            }
        }

        impl Thread {
            pub(crate) fn unpark(&self) {
                let (token, waiting) = &*self.0;
                *token.lock().unwrap() = true;
                waiting.notify_one();
            }
        }
    }
}

#[cfg(chanpatterns_shuttle)]
mod primitives {
    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use shuttle::thread;
}

pub(crate) use primitives::*;
pub(crate) use std::sync::atomic::Ordering;
pub(crate) use std::sync::{Arc, PoisonError};

use std::sync::TryLockError;

use std::time::Instant;

/// How often `lock` looks again before it sleeps for a lock.
const LOOKS: u32 = 24;

/// Locks `mutex`, whoever may have panicked while holding it.
///
/// No code of a user runs under a lock of this crate, but for the visitor of
/// `Observer::for_each_queued`, which can change nothing: so a poisoned state
/// is a consistent one.
///
/// The locks of this crate are held for some tens of nanoseconds, so looking
/// again soon beats the sleep that a blocking lock falls into.
#[inline]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    if MODEL {
        return mutex.lock().unwrap_or_else(PoisonError::into_inner);
    }
    match mutex.try_lock() {
        Ok(guard) => guard,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => contended(mutex),
    }
}

#[cold]
fn contended<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    for look in 0..LOOKS {
        match mutex.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => {
                return poisoned.into_inner();
            }
            Err(TryLockError::WouldBlock) => pause(1 << look.min(6)),
        }
    }
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pause(times: u32) {
    (0..times).for_each(|_| std::hint::spin_loop());
}

/// What one side writes, on cache lines of its own.
#[repr(align(64))]
pub(crate) struct Apart<V>(pub(crate) V);

impl<V> std::ops::Deref for Apart<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

/// Whether the core is broken on purpose just now, in the way that has this name
/// (mutants.rs).
#[cfg(chanpatterns_mutants)]
macro_rules! mutant {
    ($name:literal) => {
        $crate::mutants::is($name)
    };
}

#[cfg(not(chanpatterns_mutants))]
macro_rules! mutant {
    ($name:literal) => {
        false
    };
}

pub(crate) use mutant;

/// Whether a model checker runs this.
const MODEL: bool = cfg!(any(chanpatterns_loom, chanpatterns_shuttle));

/// A wait that begins by looking again, in the hope that it will be short.
///
/// Sleeping and being woken takes about as long as twenty hand-overs between
/// two cores. So whoever waits looks again after 1, 2, 4 … pauses, then lets
/// others run, twice, and sleeps after that.
///
/// To let others run is right while those are the partners. If it is somebody
/// who computes, it costs a whole slice of time, while one who sleeps is let in
/// as soon as it is woken. So a thread whose turn came back late does not give
/// it away for its next waits: twice as many each time that this repeats.
pub(crate) struct Spin {
    looks: u32,
}

impl Spin {
    const PAUSES: u32 = 7;
    const YIELDS: u32 = 2;

    pub(crate) fn new() -> Self {
        Spin { looks: 0 }
    }

    /// Passes a moment; false once it is time to sleep.
    pub(crate) fn again(&mut self) -> bool {
        let looks = self.looks;
        self.looks += 1;
        if MODEL || looks >= Self::PAUSES + Self::YIELDS {
            return false;
        }
        if looks < Self::PAUSES {
            pause(1 << looks);
            return true;
        }
        turn::give(looks == Self::PAUSES)
    }
}

/// Whether a thread gives its turn away while it waits.
mod turn {
    use super::thread;
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    /// A turn that comes back later than this was taken by somebody who
    /// computes.
    const LATE: Duration = Duration::from_micros(200);
    const MOST: u32 = 1 << 16;

    thread_local! {
        /// For how many waits the thread keeps its turn, and for how many the
        /// next time.
        static KEEP: Cell<(u32, u32)> = const { Cell::new((0, 64)) };
    }

    /// Lets others run; false if the thread keeps its turn. `first` in a wait.
    pub(super) fn give(first: bool) -> bool {
        let (left, next) = KEEP.try_with(Cell::get).unwrap_or((0, 64));
        if left > 0 {
            set((left - first as u32, next));
            return false;
        }
        if !first {
            thread::yield_now();
            return true;
        }
        let before = Instant::now();
        thread::yield_now();
        let late = before.elapsed() > LATE;
        if late {
            set((next, (next * 2).min(MOST)));
        } else if next > 64 {
            set((0, next - next / 4));
        }
        !late
    }

    fn set(keep: (u32, u32)) {
        let _ = KEEP.try_with(|cell| cell.set(keep));
    }
}

/// Whether `deadline` has passed.
#[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
pub(crate) fn has_passed(deadline: Instant) -> bool {
    deadline <= Instant::now()
}

/// Sleeps until woken, or until `wake`; also for no reason at all.
#[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
pub(crate) fn park(wake: Option<Instant>) {
    match wake {
        None => thread::park(),
        Some(wake) => {
            thread::park_timeout(wake.saturating_duration_since(Instant::now()))
        }
    }
}

/// Something that nobody can foretell.
#[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
pub(crate) fn random() -> u64 {
    use std::collections::hash_map::RandomState;
    use std::hash::{BuildHasher, Hasher};
    RandomState::new().build_hasher().finish()
}

#[cfg(chanpatterns_loom)]
mod modelled {
    use super::{Instant, thread};

    pub(crate) fn has_passed(_deadline: Instant) -> bool {
        true
    }

    pub(crate) fn park(wake: Option<Instant>) {
        match wake {
            None => thread::park(),
            Some(_) => thread::yield_now(),
        }
    }

    pub(crate) fn random() -> u64 {
        0
    }
}

#[cfg(chanpatterns_shuttle)]
mod modelled {
    use super::{Instant, thread};
    use shuttle::rand::{Rng, thread_rng};

    pub(crate) fn has_passed(_deadline: Instant) -> bool {
        thread_rng().gen_range(0..4) == 0
    }

    pub(crate) fn park(wake: Option<Instant>) {
        match wake {
            None => thread::park(),
            Some(_) => thread::yield_now(),
        }
    }

    pub(crate) fn random() -> u64 {
        thread_rng().gen_range(0..=u64::MAX)
    }
}

#[cfg(any(chanpatterns_loom, chanpatterns_shuttle))]
pub(crate) use modelled::{has_passed, park, random};
