//! What an engine that hands over keeps: which message goes next, and what
//! happens when there is no room.

use crate::sync::mutant;
use crate::wait::Ticket;
use std::collections::VecDeque;
use std::mem;

/// The buffer of a kind.
pub(crate) trait Store<T> {
    /// Whether a message for which there is no room makes one fall out, so that
    /// its sender never waits.
    const SPILLS: bool = false;
    /// Whether the first message is the last: its send closes the channel.
    const ONCE: bool = false;

    /// How many messages there is room for; `None` is no bound.
    fn capacity(&self) -> Option<usize>;

    /// How many there are.
    fn len(&self) -> usize;

    /// Adds a message, for which there is room.
    fn push(&mut self, message: T);

    /// Takes in a message for which there is no room, and gives out the one
    /// that falls out for it, which may be the same. Only if it
    /// [spills](Self::SPILLS).
    fn spill(&mut self, message: T) -> T {
        message
    }

    /// The next one to receive.
    fn pop(&mut self) -> Option<T>;

    /// Adds a message that was received before, as the next one of those that
    /// it may stand before: behind those that came back and whose turn is
    /// earlier. There is always room for it, and it never falls out.
    fn put_back(&mut self, message: T, turn: Ticket);

    /// Visits every message, the next one first where that is cheap.
    fn visit(&self, visit: &mut dyn FnMut(&T));

    /// Whether a message beside `reserved` others finds room.
    fn has_room(&self, reserved: usize) -> bool {
        self.capacity()
            .is_none_or(|capacity| self.len() + reserved < capacity)
            || (mutant!("hand_off_before_take") && self.len() == 0)
    }
}

/// The turns of the messages that came back, which stand in front of a queue;
/// the next one's last.
pub(crate) struct Turns(Vec<Ticket>);

impl Turns {
    pub(crate) fn new() -> Self {
        Turns(Vec::new())
    }

    /// How many came back and are still there.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// One more comes back: how many stand before it. Of two with the same turn
    /// the one that comes later goes first.
    pub(crate) fn insert(&mut self, turn: Ticket) -> usize {
        let behind = self.0.partition_point(|other| *other >= turn);
        let before = self.0.len() - behind;
        self.0.insert(behind, turn);
        before
    }

    /// The next message has been taken.
    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }
}

/// First in, first out; at capacity 0, nothing is ever in it but what was put
/// back.
// The next message stands in place and not behind a pointer, and last, beside
// the lock: at capacity 1 a hand-over moves one cache line.
#[repr(C)]
pub(crate) struct Queue<T> {
    turns: Turns,
    behind: VecDeque<T>,
    capacity: usize,
    /// `None` only if nothing is behind it.
    next: Option<T>,
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Queue {
            turns: Turns::new(),
            behind: VecDeque::new(),
            capacity,
            next: None,
        }
    }
}

impl<T> Store<T> for Queue<T> {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }

    fn len(&self) -> usize {
        self.next.is_some() as usize + self.behind.len()
    }

    fn push(&mut self, message: T) {
        match self.next {
            Some(_) => self.behind.push_back(message),
            None => self.next = Some(message),
        }
    }

    fn pop(&mut self) -> Option<T> {
        self.turns.pop();
        let after = self.behind.pop_front();
        mem::replace(&mut self.next, after)
    }

    fn put_back(&mut self, message: T, turn: Ticket) {
        match self.turns.insert(turn).checked_sub(1) {
            Some(place) => self.behind.insert(place, message),
            None => {
                if let Some(after) = self.next.replace(message) {
                    self.behind.push_front(after);
                }
            }
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&T)) {
        self.next.iter().chain(&self.behind).for_each(visit);
    }
}
