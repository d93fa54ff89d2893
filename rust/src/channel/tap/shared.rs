//! What the ends of a channel share, under one lock.

use super::super::error::{TryRecvError, TrySendError};
use super::Memory;
use crate::sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering, lock};
use crate::wait::{Outcome, Ticket, Token, WaitQueue, Wake};
use std::mem;

pub(crate) struct Shared<M> {
    state: Mutex<State<M>>,
    /// Where the memory ends.
    end: AtomicUsize,
    /// Whether it has no room.
    full: AtomicBool,
    closed: AtomicBool,
}

struct State<M> {
    memory: M,
    senders: usize,
    taps: usize,
    closed: bool,
    /// Taps that wait for a message.
    receiving: WaitQueue<()>,
    /// Senders that wait for room.
    sending: WaitQueue<()>,
    /// Those who wait until no send can succeed.
    closing: WaitQueue<()>,
}

impl<M: Memory> State<M> {
    /// Whether every send fails: nobody will ask for what is sent.
    fn refuses(&self) -> bool {
        self.closed || (M::NEEDS_TAPS && self.taps == 0)
    }

    /// So many places are free: as many senders look again.
    fn admit(&mut self, places: usize) -> Vec<Wake> {
        if self.sending.is_empty() {
            return Vec::new();
        }
        let claim = || self.sending.claim_first(Outcome::Again, |_| true);
        let claimed = std::iter::from_fn(claim).take(places);
        claimed.map(|((), wake)| wake).collect()
    }
}

fn wake(wakes: Vec<Wake>) {
    wakes.into_iter().for_each(Wake::wake);
}

impl<M: Memory> Shared<M> {
    /// With one sender, and no tap yet.
    pub(super) fn new(memory: M) -> Self {
        Shared {
            end: AtomicUsize::new(memory.end()),
            full: AtomicBool::new(!memory.has_room()),
            closed: AtomicBool::new(false),
            state: Mutex::new(State {
                memory,
                senders: 1,
                taps: 0,
                closed: false,
                receiving: WaitQueue::new(),
                sending: WaitQueue::new(),
                closing: WaitQueue::new(),
            }),
        }
    }

    /// Tells those who guess.
    fn publish(&self, state: &State<M>) {
        self.end.store(state.memory.end(), Ordering::Release);
        self.full.store(!state.memory.has_room(), Ordering::Release);
    }

    pub(super) fn try_send(
        &self,
        message: Arc<M::Message>,
    ) -> Result<(), TrySendError<Arc<M::Message>>> {
        self.try_send_if(message, M::has_room)
    }

    /// Sends if the memory `suits`; else it counts as full.
    pub(crate) fn try_send_if(
        &self,
        message: Arc<M::Message>,
        suits: impl FnOnce(&M) -> bool,
    ) -> Result<(), TrySendError<Arc<M::Message>>> {
        let mut state = lock(&self.state);
        if state.refuses() {
            return Err(TrySendError::Closed(message));
        }
        if !suits(&state.memory) {
            return Err(TrySendError::Full(message));
        }
        let forgotten = state.memory.push(message);
        self.publish(&state);
        let taps = state.receiving.notify_all();
        drop(state);
        wake(taps);
        drop(forgotten);
        Ok(())
    }

    /// Takes what is next after `position`.
    ///
    /// A position is read and written under the lock, but by those who guess.
    pub(super) fn try_take(
        &self,
        position: &AtomicUsize,
    ) -> Result<M::Taken, TryRecvError> {
        let mut state = lock(&self.state);
        let mut at = position.load(Ordering::Relaxed);
        let before = state.memory.len();
        let Some(taken) = state.memory.take(&mut at) else {
            return Err(match state.closed {
                true => TryRecvError::Closed,
                false => TryRecvError::Empty,
            });
        };
        position.store(at, Ordering::Relaxed);
        let freed = before - state.memory.len();
        let mut senders = Vec::new();
        if freed > 0 {
            self.publish(&state);
            senders = state.admit(freed);
        }
        drop(state);
        wake(senders);
        Ok(taken)
    }

    pub(super) fn enter_send(
        &self,
        token: Token,
        first: bool,
    ) -> Option<Ticket> {
        let mut state = lock(&self.state);
        if state.refuses() || state.memory.has_room() {
            return None;
        }
        Some(state.sending.enter(token, (), first))
    }

    pub(super) fn enter_take(
        &self,
        position: &AtomicUsize,
        token: Token,
        first: bool,
    ) -> Option<Ticket> {
        let mut state = lock(&self.state);
        let at = position.load(Ordering::Relaxed);
        if state.closed || state.memory.end() != at {
            return None;
        }
        Some(state.receiving.enter(token, (), first))
    }

    pub(super) fn enter_closing(
        &self,
        token: Token,
        first: bool,
    ) -> Option<Ticket> {
        let mut state = lock(&self.state);
        if state.refuses() {
            return None;
        }
        Some(state.closing.enter(token, (), first))
    }

    pub(super) fn leave_send(&self, ticket: Ticket) {
        lock(&self.state).sending.leave(ticket);
    }

    pub(super) fn leave_take(&self, ticket: Ticket) {
        lock(&self.state).receiving.leave(ticket);
    }

    pub(super) fn leave_closing(&self, ticket: Ticket) {
        lock(&self.state).closing.leave(ticket);
    }

    /// A sender that was told to look again does not.
    pub(super) fn pass_on_send(&self) {
        let mut state = lock(&self.state);
        let free = state.memory.has_room() as usize;
        let next = state.admit(free);
        drop(state);
        wake(next);
    }

    pub(super) fn guess_send(&self) -> bool {
        // Without taps there is room, as there is nothing to keep.
        self.is_closed_by_hand() || !self.full.load(Ordering::Acquire)
    }

    pub(super) fn guess_take(&self, position: &AtomicUsize) -> bool {
        let end = self.end.load(Ordering::Acquire);
        self.is_closed_by_hand() || end != position.load(Ordering::Relaxed)
    }

    fn is_closed_by_hand(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether every send fails.
    pub(super) fn is_closed(&self) -> bool {
        lock(&self.state).refuses()
    }

    /// Closes; true if it was open.
    pub(super) fn close(&self) -> bool {
        let mut state = lock(&self.state);
        let was_open = !mem::replace(&mut state.closed, true);
        self.closed.store(true, Ordering::Release);
        let mut told = state.receiving.notify_all();
        told.append(&mut state.sending.notify_all());
        told.append(&mut state.closing.notify_all());
        drop(state);
        wake(told);
        was_open
    }

    /// One sender more, from one that exists.
    pub(super) fn add_sender(&self) {
        lock(&self.state).senders += 1;
    }

    /// One sender more, if there is one at all.
    pub(super) fn revive_sender(&self) -> bool {
        let mut state = lock(&self.state);
        let alive = state.senders > 0;
        state.senders += alive as usize;
        alive
    }

    pub(super) fn remove_sender(&self) {
        let mut state = lock(&self.state);
        state.senders -= 1;
        let last = state.senders == 0;
        drop(state);
        if last {
            // Nobody can make a sender any more.
            self.close();
        }
    }

    /// A tap that receives what is sent from now on: its position.
    pub(super) fn subscribe(&self) -> usize {
        let mut state = lock(&self.state);
        let end = state.memory.end();
        Self::join(&mut state, end)
    }

    /// The same, if there is a tap at all.
    pub(super) fn revive_tap(&self) -> Option<usize> {
        let mut state = lock(&self.state);
        let end = state.memory.end();
        (state.taps > 0).then(|| Self::join(&mut state, end))
    }

    /// A tap that stands where another does: its position.
    pub(super) fn join_at(&self, position: &AtomicUsize) -> usize {
        let mut state = lock(&self.state);
        let at = position.load(Ordering::Relaxed);
        Self::join(&mut state, at)
    }

    fn join(state: &mut State<M>, position: usize) -> usize {
        state.taps += 1;
        state.memory.join(position);
        position
    }

    /// The tap at `position` leaves, and frees what was kept for it alone.
    pub(super) fn remove_tap(&self, position: &AtomicUsize) {
        let mut state = lock(&self.state);
        let at = position.load(Ordering::Relaxed);
        let freed = state.memory.leave(at);
        state.taps -= 1;
        self.publish(&state);
        let mut told = if state.refuses() {
            let mut told = state.sending.notify_all();
            told.append(&mut state.closing.notify_all());
            told
        } else {
            state.admit(freed.len())
        };
        drop(state);
        wake(mem::take(&mut told));
        drop(freed);
    }

    pub(super) fn ahead(&self, position: &AtomicUsize) -> usize {
        let state = lock(&self.state);
        state.memory.ahead(position.load(Ordering::Relaxed))
    }

    pub(super) fn sender_count(&self) -> usize {
        lock(&self.state).senders
    }

    pub(super) fn tap_count(&self) -> usize {
        lock(&self.state).taps
    }

    /// Looks at the memory, under the lock.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&M) -> R) -> R {
        look(&lock(&self.state).memory)
    }
}
