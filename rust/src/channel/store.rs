//! What an engine that hands over keeps: which message goes next, and what
//! happens when there is no room.

use std::collections::VecDeque;

/// The buffer of a kind.
pub(crate) trait Store<T> {
    /// How many messages there is room for; `None` is no bound.
    fn capacity(&self) -> Option<usize>;

    /// How many there are.
    fn len(&self) -> usize;

    /// Adds a message, and gives out the one that has to go for it, if any.
    fn push(&mut self, message: T) -> Option<T>;

    /// The next one to receive.
    fn pop(&mut self) -> Option<T>;

    /// Adds a message that was received before, as the next one.
    fn put_back(&mut self, message: T);

    /// Visits every message, the next one first where that is cheap.
    fn visit(&self, visit: &mut dyn FnMut(&T));

    /// Whether a message beside `reserved` others finds room.
    fn has_room(&self, reserved: usize) -> bool {
        self.capacity()
            .is_none_or(|capacity| self.len() + reserved < capacity)
    }
}

/// First in, first out; at capacity 0, nothing is ever in it but what was put
/// back.
pub(crate) struct Queue<T> {
    capacity: usize,
    messages: VecDeque<T>,
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Queue {
            capacity,
            messages: VecDeque::new(),
        }
    }
}

impl<T> Store<T> for Queue<T> {
    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }

    fn len(&self) -> usize {
        self.messages.len()
    }

    fn push(&mut self, message: T) -> Option<T> {
        self.messages.push_back(message);
        None
    }

    fn pop(&mut self) -> Option<T> {
        self.messages.pop_front()
    }

    fn put_back(&mut self, message: T) {
        self.messages.push_front(message);
    }

    fn visit(&self, visit: &mut dyn FnMut(&T)) {
        self.messages.iter().for_each(visit);
    }
}
