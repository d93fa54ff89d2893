//! A tap as an iterator.

use super::Kind;
use super::receiver::Receiver;
use std::fmt;
use std::iter::FusedIterator;

/// What a receiver receives; see [`Receiver::iter`].
pub struct Iter<'a, T, K: Kind<T>> {
    receiver: &'a Receiver<T, K>,
}

/// What is there for a receiver; see [`Receiver::try_iter`].
pub struct TryIter<'a, T, K: Kind<T>> {
    receiver: &'a Receiver<T, K>,
}

/// What a receiver receives that it owns and drops at the end.
pub struct IntoIter<T, K: Kind<T>> {
    receiver: Receiver<T, K>,
}

macro_rules! iterators {
    ($($iter:ident<$($lifetime:lifetime)?> of $owner:ty: $next:ident;)*) => {$(
        impl<$($lifetime,)? T, K: Kind<T>> $iter<$($lifetime,)? T, K> {
            pub(super) fn new(receiver: $owner) -> Self {
                $iter { receiver }
            }
        }

        impl<$($lifetime,)? T: Clone, K: Kind<T>> Iterator
            for $iter<$($lifetime,)? T, K>
        {
            type Item = K::Item;

            fn next(&mut self) -> Option<K::Item> {
                self.receiver.$next().ok()
            }
        }

        impl<$($lifetime,)? T, K: Kind<T>> fmt::Debug
            for $iter<$($lifetime,)? T, K>
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($iter), " { .. }"))
            }
        }
    )*};
}

iterators! {
    Iter<'a> of &'a Receiver<T, K>: recv;
    TryIter<'a> of &'a Receiver<T, K>: try_recv;
    IntoIter<> of Receiver<T, K>: recv;
}

// A channel that is closed stays so, and what was received stays so.
impl<T: Clone, K: Kind<T>> FusedIterator for Iter<'_, T, K> {}
impl<T: Clone, K: Kind<T>> FusedIterator for IntoIter<T, K> {}
