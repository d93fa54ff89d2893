//! Something that happens once, and is awaited by any number.

use super::{Operation, Outcome, Ticket, Token, WaitQueue, Wake};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, lock, mutant};
use std::ops::Deref;
use std::ptr;

pub(crate) struct Latch {
    fired: AtomicBool,
    waiting: Mutex<WaitQueue<()>>,
}

impl Latch {
    pub(crate) fn new() -> Self {
        Latch {
            fired: AtomicBool::new(false),
            waiting: Mutex::new(WaitQueue::new()),
        }
    }

    pub(crate) fn is_fired(&self) -> bool {
        self.fired.load(Ordering::Acquire)
    }

    /// Lets everyone through, now and later. Wakes tasks, so no lock may be
    /// held.
    pub(crate) fn fire(&self) {
        self.fired.store(true, Ordering::Release);
        // Who enters after this lock was taken sees that it has fired.
        let told = lock(&self.waiting).claim_all();
        told.into_iter().for_each(Wake::wake);
    }
}

/// The wait for a latch.
pub(crate) struct Passing<L> {
    latch: L,
    place: Option<Ticket>,
}

impl<L: Deref<Target = Latch>> Passing<L> {
    pub(crate) fn new(latch: L) -> Self {
        Passing { latch, place: None }
    }
}

impl<L: Deref<Target = Latch>> Operation for Passing<L> {
    fn attempt(&mut self) -> bool {
        self.latch.is_fired()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        let mut waiting = lock(&self.latch.waiting);
        if self.latch.is_fired() {
            return false;
        }
        self.place = Some(waiting.enter(token, (), first));
        true
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {
        if let Some(ticket) = self.place.take() {
            lock(&self.latch.waiting).leave(ticket);
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // It tells everyone.
    }

    fn order(&self) -> usize {
        ptr::from_ref::<Latch>(&self.latch).addr()
    }
}

/// A latch that fires when it is dropped, unless it is disarmed.
pub(crate) struct FiresOnDrop(Option<Arc<Latch>>);

impl FiresOnDrop {
    pub(crate) fn new(latch: Arc<Latch>) -> Self {
        FiresOnDrop(Some(latch))
    }

    pub(crate) fn disarm(&mut self) {
        self.0 = None;
    }

    pub(crate) fn fire(&mut self) {
        let armed = self.0.take().filter(|_| !mutant!("nack_forgotten"));
        if let Some(latch) = armed {
            latch.fire();
        }
    }
}

impl Drop for FiresOnDrop {
    fn drop(&mut self) {
        self.fire();
    }
}
