//! The engine that hands over: one lock, a store, two queues of waiters.
//!
//! It is the rendezvous, the channel of capacity 1, and every kind whose order
//! is not first in, first out, or that lets messages fall out.
//!
//! # Invariants
//!
//! 1. A receiver waits only while the store is empty and, at capacity 0, no
//!    sender waits with a message (but see 4).
//! 2. A sender waits only while there is no room (capacity 0: always none), and
//!    not at all if the store spills: then only reservations wait for room.
//!    Only messages that were put back make a store fuller than full. So both
//!    wait where reservations have taken all the room.
//! 3. Nobody waits on a closed channel, and its store only shrinks, but for
//!    messages that are put back. Where the first send closes it, who still
//!    waits is told by the drop of its sender, which follows.
//! 4. A *reservation* is a place without a message: what finds no other place
//!    is not handed over either. At capacity 0 that place is
//!    a receiver that waits: there are never more of them granted than
//!    receivers waited at that moment, and a receiver that is promised to a
//!    reservation is nobody else's.
//!
//! Who waits is served first come, first served: an operation that arrives
//! completes by handing its message to, or taking it from, the party that has
//! waited longest. A message is put where its receiver finds it before the
//! receiver is claimed, and a sender is claimed before its message is taken; so
//! whoever was claimed has met its partner, and need not lock the channel
//! again.
//!
//! A receiver that was handed a message and gives it back, since it was
//! cancelled, may do so long after another. The messages that came back stand
//! in front of all others, in the order in which they were first handed out;
//! that is the order of the receivers' tickets.
//!
//! Whatever a user's code could run for (a message's drop, a wake-up) happens
//! after the lock is released.

use super::engine::{Engine, Handed, RecvPlace, Slot};
use super::error::{TryRecvError, TrySendError};
use super::store::Store;
use crate::sync::{
    Apart, Arc, AtomicUsize, Mutex, MutexGuard, Ordering, lock, mutant,
};
use crate::wait::{Outcome, Signal, Ticket, Token, WaitQueue, Wake};
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::{iter, mem};

// As public as the kinds that name it, and out of reach all the same.
pub struct Handoff<T, S> {
    capacity: Option<usize>,
    /// What an attempt would find, as of the last change; see `State::ready`.
    ready: Apart<AtomicUsize>,
    state: Apart<Mutex<State<T, S>>>,
}

/// The locked state; what an attempt would find is published as it is let go.
struct Locked<'a, T, S: Store<T>> {
    ready: &'a AtomicUsize,
    state: MutexGuard<'a, State<T, S>>,
}

impl<T, S: Store<T>> Deref for Locked<'_, T, S> {
    type Target = State<T, S>;

    fn deref(&self) -> &State<T, S> {
        &self.state
    }
}

impl<T, S: Store<T>> DerefMut for Locked<'_, T, S> {
    fn deref_mut(&mut self) -> &mut State<T, S> {
        &mut self.state
    }
}

impl<T, S: Store<T>> Drop for Locked<'_, T, S> {
    fn drop(&mut self) {
        let ready = self.state.ready();
        if self.ready.load(Ordering::Relaxed) != ready {
            self.ready.store(ready, Ordering::Relaxed);
        }
    }
}

/// A send may succeed.
const SEND: usize = 1;
/// A receive may succeed.
const RECV: usize = 2;

/// What a party on the sending side waits with.
enum Offer<T> {
    Message(T),
    Reservation,
}

impl<T> Offer<T> {
    fn is_message(&self) -> bool {
        matches!(self, Offer::Message(_))
    }

    fn is_reservation(&self) -> bool {
        !self.is_message()
    }
}

// What changes with each message stands last, on the cache line of the lock.
#[repr(C)]
struct State<T, S> {
    senders: WaitQueue<Offer<T>>,
    receivers: WaitQueue<Arc<Slot<T>>>,
    /// Places that are taken without a message.
    reserved: usize,
    closed: bool,
    store: S,
}

impl<T, S: Store<T>> State<T, S> {
    /// Which attempts succeed now, at capacity 1 and above.
    fn ready(&self) -> usize {
        let send =
            self.closed || S::SPILLS || self.store.has_room(self.reserved);
        let recv = self.closed || self.store.len() > 0;
        (send as usize) * SEND + (recv as usize) * RECV
    }

    /// Hands `message` to the receiver that has waited longest.
    fn hand(&mut self, message: T, turn: Ticket) -> Result<Wake, T> {
        let slots = &mut self.receivers;
        let handing = std::cell::Cell::new(Some(Handed { message, turn }));
        let wake = slots.claim_prepared(
            Outcome::Met,
            |slot| *lock(slot) = handing.take(),
            |slot| handing.set(lock(slot).take()),
        );
        match wake {
            Some(wake) => Ok(wake),
            None => Err(handing.take().expect("nobody took it").message),
        }
    }

    /// Whether those who send and receive meet, and nothing is kept.
    fn is_rendezvous(&self) -> bool {
        self.store.capacity() == Some(0)
    }

    /// Whether there is a place for one other than `me`: room, or at capacity 0
    /// a receiver that waits and is not promised.
    fn has_place(&self, me: Option<&Arc<Signal>>) -> bool {
        match self.is_rendezvous() {
            true => self.receivers.waiting(me).nth(self.reserved).is_some(),
            false => self.store.has_room(self.reserved),
        }
    }

    /// A place has become free, and no receiver waits: it goes to the one who
    /// waits longest for it.
    fn admit(&mut self) -> Option<Wake> {
        if self.senders.is_empty() || !self.store.has_room(self.reserved) {
            return None;
        }
        let (offer, wake) = self.senders.claim_first(Outcome::Met, |_| true)?;
        match offer {
            Offer::Message(message) => self.store.push(message),
            Offer::Reservation => self.reserved += 1,
        }
        Some(wake)
    }

    /// Takes a message in: hands it to a receiver, or stores it if there is
    /// room or something may fall out for it. What fell out, and the receiver.
    fn accept(
        &mut self,
        mut message: T,
    ) -> Result<(Option<T>, Option<Wake>), TrySendError<T>> {
        if self.closed {
            return Err(TrySendError::Closed(message));
        }
        if !self.receivers.is_empty()
            && (self.reserved == 0
                || mutant!("permit_passed_by")
                || (S::SPILLS && !self.is_rendezvous())
                || self.has_place(None))
        {
            message = match self.hand(message, Ticket::LAST) {
                Ok(receiver) => {
                    self.closed |= S::ONCE;
                    return Ok((None, Some(receiver)));
                }
                Err(message) => message,
            };
        }
        if self.store.has_room(self.reserved) {
            self.store.push(message);
            self.closed |= S::ONCE;
            return Ok((None, None));
        }
        if S::SPILLS {
            return Ok((Some(self.store.spill(message)), None));
        }
        Err(TrySendError::Full(message))
    }

    /// The next message, and the sender that is done by that.
    fn take(&mut self) -> Option<(T, Option<Wake>)> {
        if let Some(message) = self.store.pop() {
            return Some((message, self.admit()));
        }
        if !self.is_rendezvous() {
            return None;
        }
        let claimed = self.senders.claim_first(Outcome::Met, Offer::is_message);
        match claimed? {
            (Offer::Message(message), sender) => Some((message, Some(sender))),
            (Offer::Reservation, _) => unreachable!("a message was asked for"),
        }
    }

    /// Takes at most `limit` messages, first those that are stored, and then
    /// those of senders that wait.
    fn take_many(&mut self, limit: usize, taken: &mut Vec<T>) -> Vec<Wake> {
        let mut wakes = Vec::new();
        let end = taken.len().saturating_add(limit);
        loop {
            let stored = iter::from_fn(|| self.store.pop());
            taken.extend(stored.take(end - taken.len()));
            wakes.extend(iter::from_fn(|| self.admit()));
            if taken.len() == end {
                return wakes;
            }
            let Some((message, sender)) = self.take() else {
                return wakes;
            };
            taken.push(message);
            wakes.extend(sender);
        }
    }

    /// A place may have become free in some other way: it goes to the one who
    /// waits longest for it, and what that one sends to the receiver that waits
    /// longest, which frees the place once more. At capacity 0 that place is a
    /// receiver, and the one looks again.
    fn freed(&mut self) -> Vec<Wake> {
        let mut wakes = Vec::new();
        if self.senders.is_empty() || !self.has_place(None) {
            return wakes;
        }
        if self.is_rendezvous() {
            wakes.extend(self.senders.notify_first());
            return wakes;
        }
        while self.store.has_room(self.reserved) {
            let next = self.senders.claim_first(Outcome::Met, |_| true);
            let Some((offer, sender)) = next else {
                break;
            };
            wakes.push(sender);
            match offer {
                Offer::Reservation => self.reserved += 1,
                Offer::Message(message) => {
                    match self.hand(message, Ticket::LAST) {
                        Ok(receiver) => wakes.push(receiver),
                        Err(message) => self.store.push(message),
                    }
                }
            }
        }
        wakes
    }
}

// The engine is public only in name.
#[allow(private_bounds)]
impl<T, S: Store<T>> Handoff<T, S> {
    pub(crate) fn new(store: S) -> Self {
        Handoff {
            capacity: store.capacity(),
            ready: Apart(AtomicUsize::new(SEND)),
            state: Apart(Mutex::new(State {
                store,
                senders: WaitQueue::new(),
                receivers: WaitQueue::new(),
                reserved: 0,
                closed: false,
            })),
        }
    }
}

#[allow(private_bounds)]
impl<T, S: Store<T>> Handoff<T, S> {
    fn lock(&self) -> Locked<'_, T, S> {
        Locked {
            ready: &self.ready,
            state: lock(&self.state),
        }
    }

    /// Whether the attempt that `sort` stands for may succeed. A rendezvous
    /// cannot guess: it needs one who has entered.
    fn guess(&self, sort: usize) -> Option<bool> {
        match self.capacity {
            Some(0) => None,
            _ => Some(self.ready.load(Ordering::Relaxed) & sort != 0),
        }
    }
}

/// Wakes after the lock: takes what is to be woken, if anything is.
fn wake(wake: Option<Wake>) {
    if let Some(wake) = wake {
        wake.wake();
    }
}

impl<T, S: Store<T>> Engine<T> for Handoff<T, S> {
    #[cfg(feature = "futures")]
    fn spills(&self) -> bool {
        S::SPILLS
    }

    fn try_send(&self, message: T) -> Result<Option<T>, TrySendError<T>> {
        let mut state = self.lock();
        let (fell_out, receiver) = state.accept(message)?;
        drop(state);
        wake(receiver);
        Ok(fell_out)
    }

    fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut state = self.lock();
        if let Some((message, sender)) = state.take() {
            drop(state);
            wake(sender);
            return Ok(message);
        }
        Err(match state.closed {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        })
    }

    fn try_reserve(&self) -> Result<(), TrySendError<()>> {
        let mut state = self.lock();
        if state.closed {
            return Err(TrySendError::Closed(()));
        }
        if !state.has_place(None) {
            return Err(TrySendError::Full(()));
        }
        state.reserved += 1;
        Ok(())
    }

    fn enter_send(
        &self,
        message: &mut Option<T>,
        token: Token,
        first: bool,
    ) -> Option<Ticket> {
        let mut state = self.lock();
        if state.closed || S::SPILLS || state.has_place(Some(&token.signal)) {
            return None;
        }
        let offer = Offer::Message(message.take()?);
        Some(state.senders.enter(token, offer, first))
    }

    fn enter_recv(&self, token: Token, first: bool) -> Option<RecvPlace<T>> {
        let mut state = self.lock();
        let me = Some(&token.signal);
        if state.closed
            || state.store.len() > 0
            || (state.is_rendezvous()
                && state.senders.waiting(me).any(Offer::is_message))
        {
            return None;
        }
        let slot = Arc::new(Slot::new(None));
        let place = Arc::clone(&slot);
        let ticket = state.receivers.enter(token, place, first);
        // At capacity 0 a receiver that waits is a place to reserve.
        let mut granted = None;
        if !state.senders.is_empty() && state.has_place(None) {
            granted = state
                .senders
                .claim_first(Outcome::Met, Offer::is_reservation);
            state.reserved += granted.is_some() as usize;
        }
        drop(state);
        wake(granted.map(|(_, wake)| wake));
        Some(RecvPlace {
            ticket: Some(ticket),
            slot: Some((slot, ticket)),
        })
    }

    fn enter_reserve(&self, token: Token, first: bool) -> Option<Ticket> {
        let mut state = self.lock();
        if state.closed || state.has_place(Some(&token.signal)) {
            return None;
        }
        Some(state.senders.enter(token, Offer::Reservation, first))
    }

    fn leave_send(&self, ticket: Ticket) -> Option<T> {
        match self.lock().senders.leave(ticket)? {
            Offer::Message(message) => Some(message),
            Offer::Reservation => None,
        }
    }

    fn leave_recv(&self, ticket: Ticket) {
        let slot = self.lock().receivers.leave(ticket);
        drop(slot);
    }

    fn pass_on_send(&self) {
        let next = self.lock().freed();
        next.into_iter().for_each(Wake::wake);
    }

    fn pass_on_recv(&self) {
        // A receiver is told to look again only by a close, which told all.
    }

    fn guess_send(&self) -> Option<bool> {
        self.guess(SEND)
    }

    fn guess_recv(&self) -> Option<bool> {
        self.guess(RECV)
    }

    fn look_send(&self) -> Option<bool> {
        self.guess(SEND).or_else(|| {
            let state = self.lock();
            Some(state.closed || state.has_place(None))
        })
    }

    fn look_recv(&self) -> Option<bool> {
        self.guess(RECV).or_else(|| {
            let state = self.lock();
            let mut senders = state.senders.waiting(None);
            let message = state.store.len() > 0;
            let message = message || senders.any(Offer::is_message);
            Some(state.closed || message)
        })
    }

    fn send_reserved(&self, message: T) -> Result<Option<T>, T> {
        let mut state = self.lock();
        state.reserved -= 1;
        if state.closed {
            return Err(message);
        }
        match state.hand(message, Ticket::LAST) {
            Ok(receiver) => {
                // At capacity 1 and above the place is free again.
                let next = state.freed();
                drop(state);
                receiver.wake();
                next.into_iter().for_each(Wake::wake);
                Ok(None)
            }
            // At capacity 0 the receiver may have left since: the message
            // waits for the next one.
            Err(message) => {
                state.store.push(message);
                Ok(None)
            }
        }
    }

    fn release(&self) {
        let mut state = self.lock();
        state.reserved -= !mutant!("permit_leaks") as usize;
        let next = state.freed();
        drop(state);
        next.into_iter().for_each(Wake::wake);
    }

    fn try_send_many(&self, messages: &mut VecDeque<T>) -> bool {
        let mut wakes = Vec::new();
        let mut all_fell_out = Vec::new();
        let mut state = self.lock();
        let open = loop {
            let Some(message) = messages.pop_front() else {
                break !state.closed;
            };
            match state.accept(message) {
                Ok((fell_out, receiver)) => {
                    all_fell_out.extend(fell_out);
                    wakes.extend(receiver);
                }
                Err(unsent) => {
                    let open = unsent.is_full();
                    messages.push_front(unsent.into_inner());
                    break open;
                }
            }
        };
        drop(state);
        wakes.into_iter().for_each(Wake::wake);
        drop(all_fell_out);
        open
    }

    fn try_recv_many(&self, taken: &mut Vec<T>, limit: usize) -> usize {
        let before = taken.len();
        let wakes = self.lock().take_many(limit, taken);
        wakes.into_iter().for_each(Wake::wake);
        taken.len() - before
    }

    fn drain(&self) -> VecDeque<T> {
        let mut drained = Vec::new();
        self.try_recv_many(&mut drained, usize::MAX);
        drained.into()
    }

    fn put_back(&self, message: T) {
        self.hand_back(message, Ticket::FIRST);
    }

    fn hand_back(&self, message: T, turn: Ticket) {
        let turn = match mutant!("cancelled_out_of_order") {
            true => Ticket::FIRST,
            false => turn,
        };
        let mut state = self.lock();
        match state.hand(message, turn) {
            Ok(receiver) => {
                drop(state);
                receiver.wake();
            }
            Err(message) => state.store.put_back(message, turn),
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&T)) {
        let state = self.lock();
        state.store.visit(visit);
        for offer in state.senders.payloads() {
            if let Offer::Message(message) = offer {
                visit(message);
            }
        }
    }

    fn close(&self, discard: bool) -> bool {
        let mut state = self.lock();
        let was_open = !mem::replace(&mut state.closed, true);
        let mut wakes = state.senders.claim_all();
        if !mutant!("close_forgets_a_waiter") {
            wakes.extend(state.receivers.claim_all());
        }
        let mut discarded = Vec::new();
        if discard {
            discarded.extend(iter::from_fn(|| state.store.pop()));
        }
        drop(state);
        wakes.into_iter().for_each(Wake::wake);
        drop(discarded);
        was_open
    }

    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn len(&self) -> usize {
        self.lock().store.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }
}
