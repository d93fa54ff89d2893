//! The engine for a buffer of two places and more, up to no bound: two locks.
//!
//! Senders append to the *tail* under one lock, receivers take from the *head*
//! under another. A receiver that finds its head empty takes the whole tail in
//! its place. So the two ends meet once for a batch, and not for a message.
//!
//! # Invariants
//!
//! 1. Lock order: head, then tail.
//! 2. `received` is written only under the head's lock, `sent` only under the
//!    tail's. What is queued is `sent - received`, never more than the capacity
//!    less what is reserved, but for messages that were put back.
//! 3. A receiver enters the tail's queue, under both locks, only while nothing
//!    is queued; a sender enters the head's queue, under both locks, only while
//!    there is no room. So whoever makes the change that another waits for
//!    holds the lock under which that one stands.
//! 4. Each message that is sent while receivers wait claims one of them, to
//!    look again, unless as many as there are messages were told and have not
//!    come yet; each place that is freed while senders wait claims one of
//!    those. Who was claimed and finds nothing enters again, in front of the
//!    others; who was claimed and leaves passes it on.
//!
//! So a message or a place goes to whoever comes first, one who waits or one
//! who arrives: handing it over, as the other engine does, makes the two sides
//! alternate, and costs two to three times as much here.

use super::engine::{Engine, RecvPlace};
use super::error::{TryRecvError, TrySendError};
use crate::sync::{
    Apart, AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering, lock, mutant,
};
use crate::wait::{Outcome, Ticket, Token, WaitQueue, Wake};
use std::collections::VecDeque;
use std::mem;

pub(crate) struct Buffered<T> {
    /// `None` is no bound.
    bound: Option<usize>,
    /// The same as a number that counts can be compared with: no more than
    /// `isize::MAX` messages are ever queued.
    capacity: usize,
    /// How many messages were received, wrapping.
    received: Apart<AtomicUsize>,
    sent: Apart<Sent>,
    head: Apart<Mutex<Head<T>>>,
    tail: Apart<Mutex<Tail<T>>>,
}

/// What receivers look at to see whether there is something to receive.
struct Sent {
    /// How many messages were sent, wrapping.
    count: AtomicUsize,
    closed: AtomicBool,
}

// In both, what changes with each message stands last, on the cache line of the
// lock.
#[repr(C)]
struct Head<T> {
    /// Senders that wait for room.
    senders: WaitQueue<()>,
    received: usize,
    messages: VecDeque<T>,
}

#[repr(C)]
struct Tail<T> {
    /// Receivers that wait for a message.
    receivers: WaitQueue<()>,
    /// How many of them were told to look, and have not come yet.
    told: usize,
    /// Places that are taken without a message.
    reserved: usize,
    sent: usize,
    /// How far `sent` may go before `received` is to be looked at again.
    limit: usize,
    messages: VecDeque<T>,
}

impl<T> Tail<T> {
    fn push(&mut self, message: T, sent: &AtomicUsize) {
        self.messages.push_back(message);
        self.sent = self.sent.wrapping_add(1);
        sent.store(self.sent, Ordering::Release);
    }

    /// Claims a receiver, if one waits and not as many as there are messages
    /// are on their way already.
    fn claim_receiver(&mut self, received: &AtomicUsize) -> Option<Wake> {
        if self.receivers.is_empty() || mutant!("lost_wake_up") {
            return None;
        }
        let received = received.load(Ordering::Acquire);
        if self.sent.wrapping_sub(received) <= self.told {
            return None;
        }
        let claimed = self.receivers.claim_first(Outcome::Again, |_| true);
        self.told += claimed.is_some() as usize;
        claimed.map(|((), wake)| wake)
    }
}

impl<T> Head<T> {
    fn claim_sender(&mut self) -> Option<Wake> {
        if self.senders.is_empty() {
            return None;
        }
        let claimed = self.senders.claim_first(Outcome::Again, |_| true);
        claimed.map(|((), wake)| wake)
    }
}

fn wake(wake: Option<Wake>) {
    if let Some(wake) = wake {
        wake.wake();
    }
}

/// A head that has more room than this, and has not used a quarter of it,
/// gives its room back.
const KEPT: usize = 1024;

/// Differences of counts are told from their wrapped opposites up to here.
const MOST: usize = isize::MAX as usize;

impl<T> Buffered<T> {
    /// No bound is `None`.
    pub(crate) fn new(capacity: Option<usize>) -> Self {
        Buffered {
            bound: capacity,
            capacity: capacity.map_or(MOST, |capacity| capacity.min(MOST)),
            head: Apart(Mutex::new(Head {
                messages: VecDeque::new(),
                received: 0,
                senders: WaitQueue::new(),
            })),
            received: Apart(AtomicUsize::new(0)),
            tail: Apart(Mutex::new(Tail {
                messages: VecDeque::new(),
                sent: 0,
                reserved: 0,
                limit: 0,
                receivers: WaitQueue::new(),
                told: 0,
            })),
            sent: Apart(Sent {
                count: AtomicUsize::new(0),
                closed: AtomicBool::new(false),
            }),
        }
    }

    /// Whether one more place can be taken, as far as the tail can see.
    fn has_room(&self, tail: &mut Tail<T>) -> bool {
        if self.bound.is_none() {
            return true;
        }
        let taken = tail.sent.wrapping_add(tail.reserved);
        if (tail.limit.wrapping_sub(taken) as isize) > 0 {
            return true;
        }
        let received = self.received.load(Ordering::Acquire);
        tail.limit = received.wrapping_add(self.capacity);
        tail.limit += mutant!("capacity_exceeded") as usize;
        (tail.limit.wrapping_sub(taken) as isize) > 0
    }

    /// The tail, with the head's lock held, as it is needed to enter.
    fn both(&self) -> (MutexGuard<'_, Head<T>>, MutexGuard<'_, Tail<T>>) {
        let head = lock(&self.head);
        let tail = lock(&self.tail);
        (head, tail)
    }

    /// Fills an empty head from the tail; false if there is nothing.
    fn refill(&self, head: &mut Head<T>) -> bool {
        if self.sent.count.load(Ordering::Acquire) == head.received {
            return false;
        }
        if head.messages.capacity() > KEPT {
            self.shrink(head);
        }
        let mut tail = lock(&self.tail);
        mem::swap(&mut head.messages, &mut tail.messages);
        true
    }

    /// Gives back the room of an empty head, if it will not be needed soon.
    #[cold]
    fn shrink(&self, head: &mut Head<T>) {
        let sent = self.sent.count.load(Ordering::Relaxed);
        let queued = sent.wrapping_sub(head.received);
        if queued < head.messages.capacity() / 4 {
            head.messages = VecDeque::new();
        }
    }

    /// Publishes that `count` more were received: those who are to be woken.
    fn freed_many(&self, head: &mut Head<T>, count: usize) -> Vec<Wake> {
        self.received.store(head.received, Ordering::Release);
        (0..count).map_while(|_| self.freed(head)).collect()
    }

    /// A place is free: the sender that is claimed for it, if one waits.
    fn freed(&self, head: &mut Head<T>) -> Option<Wake> {
        if head.senders.is_empty() {
            return None;
        }
        // Messages that were put back may still take up all the room.
        let sent = self.sent.count.load(Ordering::Acquire);
        let queued = sent.wrapping_sub(head.received);
        (queued < self.capacity)
            .then(|| head.claim_sender())
            .flatten()
    }

    fn closed_or(&self, empty: bool) -> bool {
        self.sent.closed.load(Ordering::Acquire) || empty
    }
}

impl<T> Engine<T> for Buffered<T> {
    fn try_send(&self, message: T) -> Result<Option<T>, TrySendError<T>> {
        let mut tail = lock(&self.tail);
        if self.sent.closed.load(Ordering::Relaxed) {
            return Err(TrySendError::Closed(message));
        }
        if !self.has_room(&mut tail) {
            return Err(TrySendError::Full(message));
        }
        tail.push(message, &self.sent.count);
        let receiver = tail.claim_receiver(&self.received);
        drop(tail);
        wake(receiver);
        Ok(None)
    }

    fn try_recv(&self) -> Result<T, TryRecvError> {
        if mutant!("drain_forgotten")
            && self.sent.closed.load(Ordering::Acquire)
        {
            return Err(TryRecvError::Closed);
        }
        let mut head = lock(&self.head);
        loop {
            if let Some(message) = head.messages.pop_front() {
                head.received = head.received.wrapping_add(1);
                self.received.store(head.received, Ordering::Release);
                let sender = self.freed(&mut head);
                drop(head);
                wake(sender);
                return Ok(message);
            }
            // Closed before empty: whatever was sent was sent before that.
            let closed = self.sent.closed.load(Ordering::Acquire);
            if !self.refill(&mut head) {
                return Err(match closed {
                    true => TryRecvError::Closed,
                    false => TryRecvError::Empty,
                });
            }
        }
    }

    fn try_reserve(&self) -> Result<(), TrySendError<()>> {
        let mut tail = lock(&self.tail);
        if self.sent.closed.load(Ordering::Relaxed) {
            return Err(TrySendError::Closed(()));
        }
        if !self.has_room(&mut tail) {
            return Err(TrySendError::Full(()));
        }
        tail.reserved += 1;
        Ok(())
    }

    fn enter_send(
        &self,
        _message: &mut Option<T>,
        token: Token,
        first: bool,
    ) -> Option<Ticket> {
        self.enter_reserve(token, first)
    }

    fn enter_recv(&self, token: Token, first: bool) -> Option<RecvPlace<T>> {
        let (head, mut tail) = self.both();
        let empty = head.messages.is_empty() && tail.messages.is_empty();
        let ready = !empty || self.sent.closed.load(Ordering::Relaxed);
        if ready && !mutant!("no_second_look") {
            return None;
        }
        let ticket = tail.receivers.enter(token, (), first);
        let ticket = Some(ticket);
        Some(RecvPlace { ticket, slot: None })
    }

    fn enter_reserve(&self, token: Token, first: bool) -> Option<Ticket> {
        let (mut head, mut tail) = self.both();
        if self.sent.closed.load(Ordering::Relaxed) || self.has_room(&mut tail)
        {
            return None;
        }
        Some(head.senders.enter(token, (), first))
    }

    fn leave_send(&self, ticket: Ticket) -> Option<T> {
        lock(&self.head).senders.leave(ticket);
        None
    }

    fn leave_recv(&self, ticket: Ticket) {
        let mut tail = lock(&self.tail);
        // Who was told has been taken out of the queue by that.
        if tail.receivers.leave(ticket).is_none() {
            tail.told -= 1;
        }
    }

    fn pass_on_send(&self) {
        let (mut head, mut tail) = self.both();
        let next = self
            .has_room(&mut tail)
            .then(|| head.claim_sender())
            .flatten();
        drop((head, tail));
        wake(next);
    }

    fn pass_on_recv(&self) {
        let (head, mut tail) = self.both();
        let empty = head.messages.is_empty() && tail.messages.is_empty();
        let next = (!empty)
            .then(|| tail.claim_receiver(&self.received))
            .flatten();
        drop((head, tail));
        wake(next);
    }

    fn guess_send(&self) -> Option<bool> {
        if self.bound.is_none() {
            return Some(true);
        }
        // Both only grow, so whoever reads `received` first sees room too late
        // rather than where there is none.
        let received = self.received.load(Ordering::Relaxed);
        let sent = self.sent.count.load(Ordering::Relaxed);
        let room = sent.wrapping_sub(received) < self.capacity;
        Some(self.closed_or(room))
    }

    fn guess_recv(&self) -> Option<bool> {
        let received = self.received.load(Ordering::Relaxed);
        let sent = self.sent.count.load(Ordering::Relaxed);
        Some(self.closed_or(sent != received))
    }

    fn look_send(&self) -> Option<bool> {
        self.guess_send()
    }

    fn look_recv(&self) -> Option<bool> {
        self.guess_recv()
    }

    fn send_reserved(&self, message: T) -> Result<Option<T>, T> {
        let mut tail = lock(&self.tail);
        tail.reserved -= 1;
        if self.sent.closed.load(Ordering::Relaxed) {
            return Err(message);
        }
        tail.push(message, &self.sent.count);
        let receiver = tail.claim_receiver(&self.received);
        drop(tail);
        wake(receiver);
        Ok(None)
    }

    fn release(&self) {
        let (mut head, mut tail) = self.both();
        tail.reserved -= 1;
        let next = head.claim_sender();
        drop((head, tail));
        wake(next);
    }

    fn try_send_many(&self, messages: &mut VecDeque<T>) -> bool {
        let mut wakes = Vec::new();
        let mut tail = lock(&self.tail);
        let open = !self.sent.closed.load(Ordering::Relaxed);
        while open && !messages.is_empty() && self.has_room(&mut tail) {
            let message = messages.pop_front().expect("it is not empty");
            tail.push(message, &self.sent.count);
            wakes.extend(tail.claim_receiver(&self.received));
        }
        drop(tail);
        wakes.into_iter().for_each(Wake::wake);
        open
    }

    fn try_recv_many(&self, taken: &mut Vec<T>, limit: usize) -> usize {
        let mut head = lock(&self.head);
        // That there is no more is known only under the tail's lock, and what
        // was taken is published before a sender gets in again: so all of it is
        // one step.
        let tail = (head.messages.len() < limit).then(|| lock(&self.tail));
        let mut count = head.messages.len().min(limit);
        taken.extend(head.messages.drain(..count));
        if let Some(mut tail) = tail {
            mem::swap(&mut head.messages, &mut tail.messages);
            let more = head.messages.len().min(limit - count);
            taken.extend(head.messages.drain(..more));
            count += more;
            head.received = head.received.wrapping_add(count);
            self.received.store(head.received, Ordering::Release);
        } else {
            head.received = head.received.wrapping_add(count);
        }
        let senders = self.freed_many(&mut head, count);
        drop(head);
        senders.into_iter().for_each(Wake::wake);
        count
    }

    fn drain(&self) -> VecDeque<T> {
        let (mut head, mut tail) = self.both();
        let mut drained = mem::take(&mut head.messages);
        drained.append(&mut tail.messages);
        head.received = tail.sent;
        // Before a sender gets in again: it would see what was taken out as if
        // it still took up room.
        self.received.store(head.received, Ordering::Release);
        drop(tail);
        let senders = self.freed_many(&mut head, drained.len());
        drop(head);
        senders.into_iter().for_each(Wake::wake);
        drained
    }

    fn put_back(&self, message: T) {
        let (mut head, mut tail) = self.both();
        head.messages.push_front(message);
        head.received = head.received.wrapping_sub(1);
        self.received.store(head.received, Ordering::Release);
        // The limit was computed from a count that is no more.
        tail.limit = head.received.wrapping_add(self.capacity);
        let next = tail.claim_receiver(&self.received);
        drop((head, tail));
        wake(next);
    }

    fn visit(&self, visit: &mut dyn FnMut(&T)) {
        let (head, tail) = self.both();
        head.messages.iter().for_each(&mut *visit);
        tail.messages.iter().for_each(visit);
    }

    fn close(&self, discard: bool) -> bool {
        let (mut head, mut tail) = self.both();
        let was_open = !self.sent.closed.swap(true, Ordering::AcqRel);
        let mut wakes = head.senders.claim_all();
        wakes.extend(tail.receivers.claim_all());
        let mut discarded = (VecDeque::new(), VecDeque::new());
        if discard {
            mem::swap(&mut discarded.0, &mut head.messages);
            mem::swap(&mut discarded.1, &mut tail.messages);
            head.received = tail.sent;
            self.received.store(head.received, Ordering::Release);
        }
        drop((head, tail));
        wakes.into_iter().for_each(Wake::wake);
        drop(discarded);
        was_open
    }

    fn is_closed(&self) -> bool {
        self.sent.closed.load(Ordering::Acquire)
    }

    fn len(&self) -> usize {
        // Two counts that are read one after the other may give a length that
        // the channel never had, and more than its capacity. This lock keeps
        // the one from changing while the other is read.
        let head = lock(&self.head);
        self.sent
            .count
            .load(Ordering::Acquire)
            .wrapping_sub(head.received)
    }

    fn capacity(&self) -> Option<usize> {
        self.bound
    }
}
