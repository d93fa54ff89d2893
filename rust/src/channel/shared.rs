//! What the ends of a channel share: its engine, and how many there are.

use super::engine::Engine;
use crate::sync::{AtomicUsize, Mutex, Ordering, lock};
use crate::wait::{Operation, Outcome, Ticket, Token, WaitQueue, Wake};
use std::ptr;

pub(crate) struct Shared<E> {
    pub(crate) engine: E,
    senders: AtomicUsize,
    receivers: AtomicUsize,
    /// Those who wait for the close.
    closing: Mutex<WaitQueue<()>>,
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
            closing: Mutex::new(WaitQueue::new()),
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
        if was_open {
            let told = lock(&self.closing).claim_all();
            told.into_iter().for_each(Wake::wake);
        }
        was_open
    }
}

/// The wait for a channel's close.
pub(crate) struct Closing<'a, T, E> {
    shared: &'a Shared<E>,
    place: Option<Ticket>,
    messages: std::marker::PhantomData<fn(T)>,
}

impl<'a, T, E> Closing<'a, T, E> {
    pub(crate) fn new(shared: &'a Shared<E>) -> Self {
        Closing {
            shared,
            place: None,
            messages: std::marker::PhantomData,
        }
    }
}

impl<T, E: Engine<T>> Operation for Closing<'_, T, E> {
    fn attempt(&mut self) -> bool {
        self.shared.engine.is_closed()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        let mut closing = lock(&self.shared.closing);
        // Who closes does so first, and looks for us afterwards.
        if self.shared.engine.is_closed() {
            return false;
        }
        self.place = Some(closing.enter(token, (), first));
        true
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {
        if let Some(ticket) = self.place.take() {
            lock(&self.shared.closing).leave(ticket);
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // A close tells everyone.
    }

    fn order(&self) -> usize {
        ptr::from_ref(self.shared).addr()
    }
}
