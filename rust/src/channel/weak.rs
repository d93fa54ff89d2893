//! Ends that keep nothing open.

use super::fifo::Fifo;
use super::kind::Kind;
use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::{End, Shared};
use crate::sync::Arc;
use std::fmt;

macro_rules! weak {
    ($(#[$docs:meta])* $weak:ident of $strong:ident) => {
        $(#[$docs])*
        pub struct $weak<T, K: Kind<T> = Fifo> {
            shared: Arc<Shared<K::Engine>>,
        }

        impl<T, K: Kind<T>> $weak<T, K> {
            pub(super) fn new(shared: Arc<Shared<K::Engine>>) -> Self {
                $weak { shared }
            }

            /// The end itself, if one of its sort is left; `None` for good
            /// once the last one was dropped.
            pub fn upgrade(&self) -> Option<$strong<T, K>> {
                self.shared
                    .revive(End::$strong)
                    .then(|| $strong::new(Arc::clone(&self.shared)))
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
    };
}

weak! {
    /// A sender that keeps the channel's sending end not open; see
    /// [`Sender::downgrade`]. It keeps the memory of the channel itself.
    WeakSender of Sender
}

weak! {
    /// A receiver that keeps the channel's receiving end not open; see
    /// [`Receiver::downgrade`]. It keeps the memory of the channel itself.
    WeakReceiver of Receiver
}
