//! How one who waits is told, once.
//!
//! Whoever waits has a *signal*, and leaves a [`Token`] of it wherever somebody
//! may complete one of its operations. Exactly one of them *claims* the signal,
//! by one compare-and-swap, and thereby says which case it completes, and how.
//! One who gives up claims its own signal, so that a deadline, a close and a
//! partner cannot all win.
//!
//! States: idle (the owner looks by itself), asleep (the owner must be woken),
//! claimed (for good, until the owner, who alone knows that no token is left,
//! makes it new).

use crate::sync::{
    Arc, AtomicUsize, Mutex, Ordering, Spin, has_passed, lock, mutant, park,
    thread,
};
use std::task::Waker;
use std::time::Instant;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The partner did it: a sender's message is taken, a receiver's is there.
    Met,
    /// Something has changed: the operation is to be tried again.
    Again,
}

/// What a claim says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Which of the owner's operations.
    pub(crate) case: usize,
    pub(crate) outcome: Outcome,
}

const IDLE: usize = 0;
const ASLEEP: usize = 1;
/// The first of the claimed states: twice the case, plus the outcome.
const CLAIMED: usize = 2;

impl Claim {
    fn encode(self) -> usize {
        CLAIMED + (self.case << 1) + (self.outcome == Outcome::Again) as usize
    }

    fn decode(state: usize) -> Option<Claim> {
        let code = state.checked_sub(CLAIMED)?;
        let outcome = match code & 1 {
            0 => Outcome::Met,
            _ => Outcome::Again,
        };
        Some(Claim {
            case: code >> 1,
            outcome,
        })
    }
}

/// What is woken.
enum Sleeper {
    Thread(thread::Thread),
    Task(Waker),
}

pub(crate) struct Signal {
    state: AtomicUsize,
    sleeper: Mutex<Option<Sleeper>>,
}

impl Signal {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Signal {
            state: AtomicUsize::new(IDLE),
            sleeper: Mutex::new(None),
        })
    }

    /// How it was claimed, if it was.
    pub(crate) fn claimed(&self) -> Option<Claim> {
        Claim::decode(self.state.load(Ordering::Acquire))
    }

    /// Whether a claim would succeed now.
    pub(crate) fn is_waiting(&self) -> bool {
        self.claimed().is_none()
    }

    /// Claims it, unless somebody has; tells whether the owner is asleep.
    fn try_claim(&self, claim: Claim) -> Option<bool> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state < CLAIMED || mutant!("double_commit") {
            match self.state.compare_exchange_weak(
                state,
                claim.encode(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(state == ASLEEP),
                Err(now) => state = now,
            }
        }
        None
    }

    /// Claims one's own signal for `case`; false if somebody was faster.
    pub(crate) fn claim_own(&self, case: usize) -> bool {
        let outcome = Outcome::Again;
        self.try_claim(Claim { case, outcome }).is_some()
    }

    /// Makes it new. No token of it may be left anywhere.
    pub(crate) fn renew(&self) {
        self.state.store(IDLE, Ordering::Relaxed);
    }

    /// Makes it new while nobody else has it; drops its waker.
    #[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
    pub(crate) fn renew_alone(&mut self) {
        *self.state.get_mut() = IDLE;
        let sleeper = self.sleeper.get_mut();
        *sleeper.unwrap_or_else(crate::sync::PoisonError::into_inner) = None;
    }

    fn wake(&self) {
        // A waker is somebody else's code, which may well come back here to
        // poll: so the lock ends with this statement. A task that is woken
        // polls and leaves its waker again; a thread may be asleep again before
        // this wake-up comes, which then must not take it from the next.
        let sleeper = match &mut *lock(&self.sleeper) {
            Some(Sleeper::Thread(thread))
                if !mutant!("late_wake_up_counts") =>
            {
                Some(Sleeper::Thread(thread.clone()))
            }
            task => task.take(),
        };
        match sleeper {
            Some(Sleeper::Thread(thread)) => thread.unpark(),
            Some(Sleeper::Task(waker)) => waker.wake(),
            None => {}
        }
    }

    /// The calling thread waits until the signal is claimed, or until `wake`.
    pub(crate) fn wait(&self, wake: Option<Instant>) {
        let mut spin = Spin::new();
        while self.is_waiting() {
            if !spin.again() {
                return self.sleep(wake);
            }
        }
    }

    /// The same, without looking again first.
    pub(crate) fn sleep(&self, wake: Option<Instant>) {
        *lock(&self.sleeper) = Some(Sleeper::Thread(thread::current()));
        if !self.exchange(IDLE, ASLEEP) {
            return;
        }
        while self.is_waiting() {
            if wake.is_some_and(has_passed) {
                self.exchange(ASLEEP, IDLE);
                return;
            }
            park(wake);
        }
    }

    fn exchange(&self, from: usize, to: usize) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// The task of `waker` waits: it is woken when the signal is claimed.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let known = match &*lock(&self.sleeper) {
            Some(Sleeper::Task(known)) => known.will_wake(waker),
            _ => false,
        };
        if !known {
            // Cloned before the lock and dropped after it: that is somebody
            // else's code. Only the owner puts a sleeper here.
            let new = Sleeper::Task(waker.clone());
            let old = lock(&self.sleeper).replace(new);
            drop(old);
        }
        self.exchange(IDLE, ASLEEP);
    }
}

/// What one who waits leaves where somebody may complete its operation.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) signal: Arc<Signal>,
    pub(crate) case: usize,
}

impl Token {
    /// Claims the owner for this token's case, unless somebody has.
    ///
    /// The owner must then be woken, after every lock has been released.
    pub(crate) fn claim(&self, outcome: Outcome) -> Option<Wake> {
        let case = self.case;
        let asleep = self.signal.try_claim(Claim { case, outcome })?;
        Some(Wake(asleep.then(|| Arc::clone(&self.signal))))
    }
}

/// A claimed party that is still to be woken, if it sleeps.
#[must_use = "the claimed party sleeps until it is woken"]
pub(crate) struct Wake(Option<Arc<Signal>>);

impl Wake {
    /// Wakes it. Runs a task's waker, so no lock may be held.
    pub(crate) fn wake(self) {
        if let Some(signal) = self.0 {
            signal.wake();
        }
    }
}

#[cfg(all(test, not(any(chanpatterns_loom, chanpatterns_shuttle))))]
mod tests {
    use super::*;

    fn until_asleep(signal: &Signal) {
        while signal.state.load(Ordering::Acquire) != ASLEEP {
            thread::yield_now();
        }
    }

    /// A claim is seen as soon as it is made, and its wake-up may come when the
    /// owner is asleep again: that one must not cost the next its effect.
    #[test]
    fn a_wake_up_that_comes_late_leaves_somebody_to_wake() {
        let signal = Signal::new();
        let token = |case| Token {
            signal: Arc::clone(&signal),
            case,
        };
        let sleeping = Arc::clone(&signal);
        let owner = thread::spawn(move || {
            sleeping.sleep(None);
            let first = sleeping.claimed();
            sleeping.renew();
            sleeping.sleep(None);
            (first, sleeping.claimed())
        });
        until_asleep(&signal);
        let late = token(1).claim(Outcome::Again).expect("it waits");
        owner.thread().unpark(); // it sees the claim
        until_asleep(&signal);
        late.wake();
        assert!(lock(&signal.sleeper).is_some(), "nobody to wake");
        token(2).claim(Outcome::Again).expect("it waits").wake();
        let claims = owner.join().unwrap();
        let case = |claim: Option<Claim>| claim.map(|claim| claim.case);
        assert_eq!((case(claims.0), case(claims.1)), (Some(1), Some(2)));
    }
}

/// `make models`.
#[cfg(all(test, chanpatterns_loom))]
mod models {
    use super::*;

    /// Two claims and their wake-ups come to an owner that sleeps twice: the
    /// first wake-up may come during the second sleep. Without a bound: within
    /// three preemptions, loom's reduction leaves just that out.
    #[test]
    fn a_wake_up_that_comes_late_takes_nothing_from_the_next_sleep() {
        loom::model(|| {
            let signal = Signal::new();
            let claims = |case| {
                let signal = Arc::clone(&signal);
                let token = Token { signal, case };
                thread::spawn(move || {
                    token.claim(Outcome::Again).expect("it waits").wake();
                })
            };
            let claimed = || signal.claimed().map(|claim| claim.case);
            let first = claims(1);
            signal.sleep(None);
            assert_eq!(claimed(), Some(1));
            signal.renew();
            let second = claims(2);
            while signal.is_waiting() {
                signal.sleep(None);
            }
            assert_eq!(claimed(), Some(2));
            first.join().unwrap();
            second.join().unwrap();
        });
    }
}
