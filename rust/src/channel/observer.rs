//! A look at a channel from outside.

use super::engine::Engine;
use super::fifo::Fifo;
use super::kind::Kind;
use super::shared::Shared;
use crate::sync::Arc;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A handle that neither sends nor receives, and keeps neither end open.
///
/// It is for a host that owns a channel on others' behalf: a monitor that shows
/// how full it is, a garbage collector that must see what is queued.
///
/// ```
/// use chanpatterns::channel;
///
/// let (tx, rx) = channel::unbounded();
/// let observer = tx.observer();
/// tx.send(1).unwrap();
/// drop(tx);
/// assert!(observer.is_closed());
/// assert_eq!(observer.len(), 1);
/// # drop(rx);
/// ```
pub struct Observer<T, K: Kind<T> = Fifo> {
    shared: Arc<Shared<K::Engine>>,
}

impl<T, K: Kind<T>> Observer<T, K> {
    pub(super) fn new(shared: Arc<Shared<K::Engine>>) -> Self {
        Observer { shared }
    }

    /// How many messages are queued; messages of waiting senders do not count.
    pub fn len(&self) -> usize {
        self.shared.engine.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages there is room for; `None` is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.shared.engine.capacity()
    }

    /// Whether the channel is closed; there may still be something to drain.
    pub fn is_closed(&self) -> bool {
        self.shared.engine.is_closed()
    }

    /// Closes the channel for everyone; true if it was open.
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Visits every message that is queued, oldest first, and, at capacity 0
    /// and 1, then those that senders wait with.
    ///
    /// The channel is locked meanwhile: `visit` must not use it.
    pub fn for_each_queued(&self, mut visit: impl FnMut(&T)) {
        self.shared.engine.visit(&mut visit);
    }

    /// Takes out every message that is queued; see
    /// [`Receiver::drain`](super::Receiver::drain).
    pub fn drain(&self) -> impl Iterator<Item = T> + use<T, K> {
        self.shared.engine.drain().into_iter()
    }
}

impl<T, K: Kind<T>> Clone for Observer<T, K> {
    fn clone(&self) -> Self {
        Observer::new(Arc::clone(&self.shared))
    }
}

impl<T, K: Kind<T>> fmt::Debug for Observer<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// Runs `operation` with `go_on` in a form that does not unwind through the
/// wait, where it would leave a waiter behind; a panic goes on afterwards.
pub(crate) fn watching<R>(
    mut go_on: impl FnMut() -> bool,
    operation: impl FnOnce(&mut dyn FnMut() -> bool) -> R,
) -> R {
    let mut panic = None;
    let result = operation(&mut || {
        catch_unwind(AssertUnwindSafe(&mut go_on)).unwrap_or_else(|payload| {
            panic = Some(payload);
            false
        })
    });
    match panic {
        Some(payload) => resume_unwind(payload),
        None => result,
    }
}
