//! What the ends of a channel share: its engine, and how many there are.

use super::engine::Engine;
use crate::sync::{AtomicUsize, Ordering};
use crate::wait::Latch;

pub(crate) struct Shared<E> {
    pub(crate) engine: E,
    senders: AtomicUsize,
    receivers: AtomicUsize,
    /// Fires when the channel has been closed.
    pub(crate) closed: Latch,
}

/// Which end a handle is of.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Sender,
    Receiver,
}

impl<E> Shared<E> {
    /// With one handle on each end.
    pub(crate) fn new(engine: E) -> Self {
        Shared {
            engine,
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
            closed: Latch::new(),
        }
    }

    fn handles(&self, end: End) -> &AtomicUsize {
        match end {
            End::Sender => &self.senders,
            End::Receiver => &self.receivers,
        }
    }

    pub(crate) fn count(&self, end: End) -> usize {
        self.handles(end).load(Ordering::Acquire)
    }

    /// One handle more, from one that exists.
    pub(crate) fn add(&self, end: End) {
        self.handles(end).fetch_add(1, Ordering::Relaxed);
    }

    /// One handle more, if there is one at all.
    pub(crate) fn revive(&self, end: End) -> bool {
        let more = |count| (count > 0).then_some(count + 1);
        self.handles(end)
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, more)
            .is_ok()
    }

    /// One handle less. Without senders the channel closes; without receivers
    /// nobody will ask for what is queued, either.
    pub(crate) fn remove<T>(&self, end: End)
    where
        E: Engine<T>,
    {
        if self.handles(end).fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close_and(matches!(end, End::Receiver));
        }
    }

    /// Closes; true if it was open.
    pub(crate) fn close<T>(&self) -> bool
    where
        E: Engine<T>,
    {
        self.close_and(false)
    }

    fn close_and<T>(&self, discard: bool) -> bool
    where
        E: Engine<T>,
    {
        let was_open = self.engine.close(discard);
        // What is sent only once closes its channel by itself.
        if was_open || !self.closed.is_fired() {
            self.closed.fire();
        }
        was_open
    }
}
