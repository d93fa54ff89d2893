//! What an engine that hands over keeps: which message goes next, and what
//! happens when there is no room.

use crate::sync::mutant;
use std::collections::VecDeque;
use std::mem;

/// The buffer of a kind.
pub(crate) trait Store<T> {
    /// Whether a message for which there is no room makes one fall out, so that
    /// its sender never waits.
    const SPILLS: bool = false;

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
    /// it may stand before. There is always room for it, and it never falls out.
    fn put_back(&mut self, message: T);

    /// Visits every message, the next one first where that is cheap.
    fn visit(&self, visit: &mut dyn FnMut(&T));

    /// Whether a message beside `reserved` others finds room.
    fn has_room(&self, reserved: usize) -> bool {
        self.capacity()
            .is_none_or(|capacity| self.len() + reserved < capacity)
            || (mutant!("hand_off_before_take") && self.len() == 0)
    }
}

/// First in, first out; at capacity 0, nothing is ever in it but what was put
/// back.
// The next message stands in place and not behind a pointer, and last, beside
// the lock: at capacity 1 a hand-over moves one cache line.
// As public as the kinds that name it, and out of reach all the same.
#[repr(C)]
pub struct Queue<T> {
    behind: VecDeque<T>,
    capacity: usize,
    /// `None` only if nothing is behind it.
    next: Option<T>,
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Queue {
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
        let after = self.behind.pop_front();
        mem::replace(&mut self.next, after)
    }

    fn put_back(&mut self, message: T) {
        if let Some(after) = self.next.replace(message) {
            self.behind.push_front(after);
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&T)) {
        self.next.iter().chain(&self.behind).for_each(visit);
    }
}
