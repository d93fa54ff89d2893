//! A look at a channel from outside.

use super::core::Core;
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
pub struct Observer<T> {
    core: Arc<Core<T>>,
}

impl<T> Observer<T> {
    pub(super) fn new(core: Arc<Core<T>>) -> Self {
        Observer { core }
    }

    /// How many messages are queued; messages of waiting senders do not count.
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages there is room for; `None` is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity()
    }

    /// Whether the channel is closed; there may still be something to drain.
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// Closes the channel for everyone; true if it was open.
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Visits every message that is queued, oldest first, and then those that
    /// senders wait with.
    ///
    /// The channel is locked meanwhile: `visit` must not use it.
    pub fn for_each_queued(&self, mut visit: impl FnMut(&T)) {
        self.core.for_each_queued(&mut visit);
    }

    /// Takes out every message that is queued, and those that senders wait
    /// with, whose sends thereby succeed.
    pub fn drain(&self) -> impl Iterator<Item = T> + use<T> {
        self.core.drain().into_iter()
    }
}

impl<T> Clone for Observer<T> {
    fn clone(&self) -> Self {
        Observer::new(Arc::clone(&self.core))
    }
}

impl<T> fmt::Debug for Observer<T> {
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
pub(super) fn watching<R>(
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
