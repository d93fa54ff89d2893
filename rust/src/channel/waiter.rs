//! A party that waits: one send or one receive that could not complete.
//!
//! A waiter stands in its channel's queue until somebody *claims* it, by taking
//! it out of that queue under the channel's lock. Who claims a waiter must
//! settle it, and only who claimed it may. A waiter that gives up takes itself
//! out in the same way; if it is no longer there, it was claimed, and its
//! verdict is on the way.
//!
//! Lock order: the channel, then the waiter. Nobody sleeps holding the channel.

use super::patience::Patience;
use crate::sync::{Condvar, Mutex, PoisonError, lock};
use std::time::Instant;

/// How the wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The partner came: a sender's value is taken, a receiver's is there.
    Met,
    /// The channel closed first.
    Closed,
}

struct Slot<T> {
    /// A sender's value until it is taken, a receiver's once it is given.
    value: Option<T>,
    verdict: Option<Verdict>,
}

pub(super) struct Waiter<T> {
    slot: Mutex<Slot<T>>,
    settled: Condvar,
}

impl<T> Waiter<T> {
    /// A waiting sender brings its value, a waiting receiver brings `None`.
    pub(super) fn new(value: Option<T>) -> Self {
        let slot = Slot {
            value,
            verdict: None,
        };
        Waiter {
            slot: Mutex::new(slot),
            settled: Condvar::new(),
        }
    }

    /// Takes the value out: of a sender that was claimed, or one's own back.
    pub(super) fn take(&self) -> Option<T> {
        lock(&self.slot).value.take()
    }

    /// Gives a receiver that was claimed its value, and wakes it.
    pub(super) fn give(&self, value: T) {
        let mut slot = lock(&self.slot);
        slot.value = Some(value);
        slot.verdict = Some(Verdict::Met);
        drop(slot);
        self.settled.notify_one();
    }

    /// Tells a waiter that was claimed how its wait ended, and wakes it.
    pub(super) fn settle(&self, verdict: Verdict) {
        lock(&self.slot).verdict = Some(verdict);
        self.settled.notify_one();
    }

    /// Runs `visit` on the value, if there is one.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&T)) {
        lock(&self.slot).value.as_ref().into_iter().for_each(visit);
    }

    /// Waits until the waiter is settled, or until `patience` has run out
    /// (`None`). Then the waiter must be withdrawn from its channel.
    pub(super) fn wait(&self, patience: &mut Patience<'_>) -> Option<Verdict> {
        let mut slot = lock(&self.slot);
        while slot.verdict.is_none() {
            let Some(wake) = patience.next_wake() else {
                slot = self
                    .settled
                    .wait(slot)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let now = Instant::now();
            if wake > now {
                slot = self
                    .settled
                    .wait_timeout(slot, wake - now)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
                continue;
            }
            // The caller's code may run now: not under a lock.
            drop(slot);
            let is_over = patience.is_over(now);
            slot = lock(&self.slot);
            if is_over {
                break;
            }
        }
        slot.verdict
    }
}
