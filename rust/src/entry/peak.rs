//! How much was under way at most, seen so that no race can exaggerate it.

use crate::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Counts sends that returned and receives that began.
///
/// A sender counts its send after it returned, and only then looks how many
/// receives have begun. That number can only have grown meanwhile, so the
/// difference is never larger than what really was under way.
#[derive(Default)]
pub struct Peak {
    returned: AtomicI64,
    begun: AtomicI64,
    most: AtomicI64,
}

impl Peak {
    /// Nothing is under way.
    pub fn new() -> Self {
        Self::default()
    }

    /// A send has returned.
    pub fn send_returned(&self) {
        let returned = self.returned.fetch_add(1, Ordering::SeqCst) + 1;
        let begun = self.begun.load(Ordering::SeqCst);
        self.most.fetch_max(returned - begun, Ordering::SeqCst);
    }

    /// What `items` yields, each of its sends counted: who asks for the next
    /// item has sent the one before.
    pub fn sent<I: IntoIterator>(
        self: &Arc<Self>,
        items: I,
    ) -> impl Iterator<Item = I::Item> + use<I> {
        let peak = Arc::clone(self);
        let mut items = items.into_iter();
        let mut handed_out = false;
        std::iter::from_fn(move || {
            if handed_out {
                peak.send_returned();
            }
            let item = items.next();
            handed_out = item.is_some();
            item
        })
    }

    /// A receive is about to begin.
    pub fn receive_begins(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    /// Everything that `items` yields, each of its receives counted.
    pub fn receive_all<T>(&self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut items = items.into_iter();
        let next = || {
            self.receive_begins();
            items.next()
        };
        std::iter::from_fn(next).collect()
    }

    /// How many sends have returned.
    pub fn returned(&self) -> i64 {
        self.returned.load(Ordering::SeqCst)
    }

    /// The most that was seen under way.
    pub fn most(&self) -> i64 {
        self.most.load(Ordering::SeqCst)
    }
}
