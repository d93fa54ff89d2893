//! What was sent, and where each tap stands in it.

use crate::sync::Arc;
use std::collections::VecDeque;
use std::mem;

/// Messages, each kept until the last tap has taken it.
///
/// The position of a message is its number in the order of sending, wrapping.
/// Only *how many* taps stand at each position is kept here; a tap knows its
/// own. So a tap moves, joins and leaves in constant time, however many there
/// are, and no search tells which one is the slowest.
///
/// Invariant: a tap stands at the first message that is kept.
pub(in super::super) struct Log<T> {
    kept: VecDeque<Kept<T>>,
    /// The position of the first message that is kept.
    first: usize,
    /// How many taps have taken everything.
    at_end: usize,
}

struct Kept<T> {
    message: Arc<T>,
    /// How many taps take it next.
    taps: usize,
}

impl<T> Log<T> {
    pub(in super::super) fn new() -> Self {
        Log {
            kept: VecDeque::new(),
            first: 0,
            at_end: 0,
        }
    }

    pub(in super::super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(in super::super) fn end(&self) -> usize {
        self.first.wrapping_add(self.kept.len())
    }

    /// Which of those that are kept is next after `position`, and how many
    /// before it were forgotten first.
    ///
    /// Every position that is not in the log lies before it.
    fn find(&self, position: usize) -> (usize, usize) {
        let place = position.wrapping_sub(self.first);
        match place <= self.kept.len() {
            true => (place, 0),
            false => (0, self.first.wrapping_sub(position)),
        }
    }

    fn taps_at(&mut self, position: usize) -> &mut usize {
        let (place, _forgotten) = self.find(position);
        match self.kept.get_mut(place) {
            Some(kept) => &mut kept.taps,
            None => &mut self.at_end,
        }
    }

    /// How many messages are kept ahead of `position`.
    pub(in super::super) fn ahead(&self, position: usize) -> usize {
        self.kept.len() - self.find(position).0
    }

    /// How many messages were forgotten before a tap at `position` took them.
    pub(in super::super) fn forgotten(&self, position: usize) -> usize {
        self.find(position).1
    }

    /// The position of the first message that is kept.
    pub(in super::super) fn first(&self) -> usize {
        self.first
    }

    pub(in super::super) fn join(&mut self, position: usize) {
        *self.taps_at(position) += 1;
    }

    /// A tap leaves: what nobody else stands in front of.
    pub(in super::super) fn leave(&mut self, position: usize) -> Vec<Arc<T>> {
        *self.taps_at(position) -= 1;
        let free = self.kept.iter().take_while(|kept| kept.taps == 0).count();
        self.first = self.first.wrapping_add(free);
        self.kept.drain(..free).map(|kept| kept.message).collect()
    }

    /// Every tap has yet to take `message`.
    pub(in super::super) fn push(&mut self, message: Arc<T>) {
        let taps = mem::take(&mut self.at_end);
        self.kept.push_back(Kept { message, taps });
    }

    /// Takes the message at `position`, for a tap that then stands behind it.
    ///
    /// The last one to take it has it for itself, but for those who have not
    /// yet made their own of it.
    pub(in super::super) fn take(
        &mut self,
        position: &mut usize,
    ) -> Option<Arc<T>> {
        let (place, forgotten) = self.find(*position);
        debug_assert_eq!(forgotten, 0, "who has missed something is told");
        let kept = self.kept.get_mut(place)?;
        kept.taps -= 1;
        let last = place == 0 && kept.taps == 0;
        let shared = (!last).then(|| Arc::clone(&kept.message));
        *position = position.wrapping_add(1);
        self.join(*position);
        shared.or_else(|| self.pop())
    }

    /// Forgets the first message; its taps stand behind it from now on.
    pub(in super::super) fn forget(&mut self) -> Option<Arc<T>> {
        let taps = self.kept.front()?.taps;
        let message = self.pop();
        *self.taps_at(self.first) += taps;
        message
    }

    fn pop(&mut self) -> Option<Arc<T>> {
        let kept = self.kept.pop_front()?;
        self.first = self.first.wrapping_add(1);
        Some(kept.message)
    }
}
