//! The channel itself: a mutex, a buffer, two queues of waiters, a hand-off.
//!
//! # Invariants
//!
//! 1. A receiver waits only while the buffer is empty and no sender waits.
//! 2. A sender waits only while the buffer is full (capacity 0: always full).
//!    Only values that were put back make it fuller than full.
//! 3. Nobody waits on a closed channel, and its buffer only shrinks.
//! 4. Without a receiver the channel is closed and its buffer empty; without a
//!    sender it is closed.
//!
//! Who waits is served first come, first served: an operation that arrives
//! completes by handing its value to, or taking it from, the party that has
//! waited longest. So nobody who arrives can overtake one who waits.
//!
//! Whatever a user's code could run for (a value's drop, a wake-up) happens
//! after the lock is released.

use super::patience::Patience;
use super::waiter::{Verdict, Waiter};
use crate::sync::{Arc, Mutex, lock};
use std::collections::VecDeque;
use std::mem;

type Queue<T> = VecDeque<Arc<Waiter<T>>>;

pub(super) struct Core<T> {
    capacity: Option<usize>,
    state: Mutex<State<T>>,
}

struct State<T> {
    buffer: VecDeque<T>,
    waiting_senders: Queue<T>,
    waiting_receivers: Queue<T>,
    senders: usize,
    receivers: usize,
    closed: bool,
}

/// Why a send did not happen; the value comes back.
pub(super) enum Unsent<T> {
    Closed(T),
    TimedOut(T),
}

/// Why a receive did not happen.
pub(super) enum Unreceived {
    Closed,
    TimedOut,
}

impl<T> Core<T> {
    /// A channel of `capacity` with one handle on each side.
    pub(super) fn new(capacity: Option<usize>) -> Self {
        let state = State {
            buffer: VecDeque::new(),
            waiting_senders: Queue::new(),
            waiting_receivers: Queue::new(),
            senders: 1,
            receivers: 1,
            closed: false,
        };
        Core {
            capacity,
            state: Mutex::new(state),
        }
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.state).buffer.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.is_full_at(self.len())
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    fn is_full_at(&self, len: usize) -> bool {
        self.capacity.is_some_and(|capacity| len >= capacity)
    }

    /// Sends, waiting as long as `patience` lasts; `None` does not wait.
    pub(super) fn send(
        &self,
        value: T,
        patience: Option<Patience<'_>>,
    ) -> Result<(), Unsent<T>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Unsent::Closed(value));
        }
        if let Some(receiver) = state.waiting_receivers.pop_front() {
            drop(state);
            receiver.give(value);
            return Ok(());
        }
        if !self.is_full_at(state.buffer.len()) {
            state.buffer.push_back(value);
            return Ok(());
        }
        let Some(mut patience) = patience else {
            return Err(Unsent::TimedOut(value));
        };
        let me = Arc::new(Waiter::new(Some(value)));
        state.waiting_senders.push_back(Arc::clone(&me));
        drop(state);

        let verdict = self.await_verdict(&me, &mut patience, |state| {
            &mut state.waiting_senders
        });
        // A value that is still here was not sent.
        match (verdict, me.take()) {
            (Some(Verdict::Met), None) => Ok(()),
            (Some(Verdict::Closed), Some(value)) => Err(Unsent::Closed(value)),
            (None, Some(value)) => Err(Unsent::TimedOut(value)),
            _ => unreachable!("a sender's value is taken when it is met"),
        }
    }

    /// Receives, waiting as long as `patience` lasts; `None` does not wait.
    pub(super) fn recv(
        &self,
        patience: Option<Patience<'_>>,
    ) -> Result<T, Unreceived> {
        let mut state = lock(&self.state);
        let front = state.buffer.pop_front();
        // A place that became free is for the sender that waits longest, whose
        // value is younger than all that is queued. At capacity 0 there is no
        // place, and that sender is met in person.
        let sender = match front {
            Some(_) if self.is_full_at(state.buffer.len()) => None,
            _ => state.waiting_senders.pop_front(),
        };
        let offered = sender.as_ref().and_then(|sender| sender.take());
        let value = match front {
            Some(front) => {
                state.buffer.extend(offered);
                Some(front)
            }
            None => offered,
        };
        if let Some(value) = value {
            drop(state);
            if let Some(sender) = sender {
                sender.settle(Verdict::Met);
            }
            return Ok(value);
        }
        if state.closed {
            return Err(Unreceived::Closed);
        }
        let Some(mut patience) = patience else {
            return Err(Unreceived::TimedOut);
        };
        let me = Arc::new(Waiter::new(None));
        state.waiting_receivers.push_back(Arc::clone(&me));
        drop(state);

        let verdict = self.await_verdict(&me, &mut patience, |state| {
            &mut state.waiting_receivers
        });
        match (verdict, me.take()) {
            (Some(Verdict::Met), Some(value)) => Ok(value),
            (Some(Verdict::Closed), None) => Err(Unreceived::Closed),
            (None, None) => Err(Unreceived::TimedOut),
            _ => unreachable!("a receiver has a value when it is met"),
        }
    }

    /// Waits for the verdict on `me`, which stands in `queue`; `None` if
    /// patience ran out first and `me` was withdrawn.
    fn await_verdict(
        &self,
        me: &Arc<Waiter<T>>,
        patience: &mut Patience<'_>,
        queue: impl FnOnce(&mut State<T>) -> &mut Queue<T>,
    ) -> Option<Verdict> {
        let verdict = me.wait(patience);
        if verdict.is_some() {
            return verdict;
        }
        let mut state = lock(&self.state);
        let queue = queue(&mut state);
        let place = queue.iter().position(|other| Arc::ptr_eq(other, me));
        match place {
            Some(place) => {
                queue.remove(place);
                None
            }
            None => {
                // Claimed: the verdict comes as soon as the claimer is done.
                drop(state);
                me.wait(&mut Patience::forever())
            }
        }
    }

    /// Closes the channel; true if it was open.
    pub(super) fn close(&self) -> bool {
        self.close_in(lock(&self.state), |_| ())
    }

    /// Closes in `state`, with one more change under the same lock.
    fn close_in<R>(
        &self,
        mut state: crate::sync::MutexGuard<'_, State<T>>,
        change: impl FnOnce(&mut State<T>) -> R,
    ) -> bool {
        let was_open = !mem::replace(&mut state.closed, true);
        let senders = mem::take(&mut state.waiting_senders);
        let receivers = mem::take(&mut state.waiting_receivers);
        let changed = change(&mut state);
        drop(state);
        for waiter in senders.into_iter().chain(receivers) {
            waiter.settle(Verdict::Closed);
        }
        drop(changed);
        was_open
    }

    pub(super) fn add_sender(&self) {
        lock(&self.state).senders += 1;
    }

    pub(super) fn add_receiver(&self) {
        lock(&self.state).receivers += 1;
    }

    /// One sender less; without senders the channel is closed.
    pub(super) fn drop_sender(&self) {
        let mut state = lock(&self.state);
        state.senders -= 1;
        if state.senders == 0 {
            self.close_in(state, |_| ());
        }
    }

    /// One receiver less; without receivers nobody will ask for the buffer.
    pub(super) fn drop_receiver(&self) {
        let mut state = lock(&self.state);
        state.receivers -= 1;
        if state.receivers == 0 {
            self.close_in(state, |state| mem::take(&mut state.buffer));
        }
    }

    /// Puts a value back that was received, as the next one to receive.
    pub(super) fn put_back(&self, value: T) {
        let mut state = lock(&self.state);
        match state.waiting_receivers.pop_front() {
            Some(receiver) => {
                drop(state);
                receiver.give(value);
            }
            None => state.buffer.push_front(value),
        }
    }

    /// Takes everything out that is queued: the buffer, then what the senders
    /// wait with, who have thereby sent it.
    pub(super) fn drain(&self) -> VecDeque<T> {
        let mut state = lock(&self.state);
        let mut queued = mem::take(&mut state.buffer);
        let senders = mem::take(&mut state.waiting_senders);
        queued.extend(senders.iter().filter_map(|sender| sender.take()));
        drop(state);
        for sender in senders {
            sender.settle(Verdict::Met);
        }
        queued
    }

    /// Visits everything that is queued, in the order of `drain`.
    pub(super) fn for_each_queued(&self, visit: &mut dyn FnMut(&T)) {
        let state = lock(&self.state);
        state.buffer.iter().for_each(&mut *visit);
        for sender in &state.waiting_senders {
            sender.visit(visit);
        }
    }
}
