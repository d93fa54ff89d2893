//! A receiver as an iterator.

use super::fifo::Fifo;
use super::kind::Kind;
use super::receiver::Receiver;
use std::fmt;
use std::iter::FusedIterator;

/// Messages as they come; see [`Receiver::iter`].
pub struct Iter<'a, T, K: Kind<T> = Fifo> {
    receiver: &'a Receiver<T, K>,
}

/// The messages that are there; see [`Receiver::try_iter`].
pub struct TryIter<'a, T, K: Kind<T> = Fifo> {
    receiver: &'a Receiver<T, K>,
}

/// Messages as they come, from a receiver that it owns and drops at the end.
pub struct IntoIter<T, K: Kind<T> = Fifo> {
    receiver: Receiver<T, K>,
}

impl<'a, T, K: Kind<T>> Iter<'a, T, K> {
    pub(super) fn new(receiver: &'a Receiver<T, K>) -> Self {
        Iter { receiver }
    }
}

impl<'a, T, K: Kind<T>> TryIter<'a, T, K> {
    pub(super) fn new(receiver: &'a Receiver<T, K>) -> Self {
        TryIter { receiver }
    }
}

impl<T, K: Kind<T>> IntoIter<T, K> {
    pub(super) fn new(receiver: Receiver<T, K>) -> Self {
        IntoIter { receiver }
    }
}

impl<T, K: Kind<T>> Iterator for Iter<'_, T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T, K: Kind<T>> Iterator for TryIter<'_, T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T, K: Kind<T>> Iterator for IntoIter<T, K> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

// A channel that is closed and drained stays so.
impl<T, K: Kind<T>> FusedIterator for Iter<'_, T, K> {}
impl<T, K: Kind<T>> FusedIterator for IntoIter<T, K> {}

macro_rules! debug {
    ($($iter:ident<$($lifetime:lifetime,)? T, K>)*) => {$(
        impl<T, K: Kind<T>> fmt::Debug for $iter<$($lifetime,)? T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($iter), " { .. }"))
            }
        }
    )*};
}

debug! { Iter<'_, T, K> TryIter<'_, T, K> IntoIter<T, K> }
