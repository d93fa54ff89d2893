//! Ends that keep nothing open and hold nothing back.

use super::Kind;
use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::Shared;
use crate::sync::Arc;
use std::fmt;

/// A sender that does not keep the channel open; see [`Sender::downgrade`]. It
/// keeps the memory of the channel itself.
pub struct WeakSender<T, K: Kind<T>> {
    shared: Arc<Shared<K::Memory>>,
}

/// A receiver for which nothing is kept; see [`Receiver::downgrade`]. It keeps
/// the memory of the channel itself.
pub struct WeakReceiver<T, K: Kind<T>> {
    shared: Arc<Shared<K::Memory>>,
}

impl<T, K: Kind<T>> WeakSender<T, K> {
    /// A sender, if one is left; `None` for good once the last one was dropped.
    pub fn upgrade(&self) -> Option<Sender<T, K>> {
        self.shared
            .revive_sender()
            .then(|| Sender::new(Arc::clone(&self.shared)))
    }
}

impl<T, K: Kind<T>> WeakReceiver<T, K> {
    /// A receiver that sees what is sent from now on, if a receiver is left.
    pub fn upgrade(&self) -> Option<Receiver<T, K>> {
        let position = self.shared.revive_tap()?;
        Some(Receiver::new(&self.shared, position))
    }
}

macro_rules! weak {
    ($($weak:ident)*) => {$(
        impl<T, K: Kind<T>> $weak<T, K> {
            pub(super) fn new(shared: Arc<Shared<K::Memory>>) -> Self {
                $weak { shared }
            }
        }

        impl<T, K: Kind<T>> Clone for $weak<T, K> {
            fn clone(&self) -> Self {
                $weak::new(Arc::clone(&self.shared))
            }
        }

        impl<T, K: Kind<T>> fmt::Debug for $weak<T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($weak), " { .. }"))
            }
        }
    )*};
}

weak! { WeakSender WeakReceiver }
