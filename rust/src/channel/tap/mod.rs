//! The ends of the channels whose every receiver sees every message.
//!
//! [`broadcast`](super::broadcast), [`ring_broadcast`](super::ring_broadcast)
//! and [`watch`](super::watch) differ in what they keep for a receiver that is
//! slow, and say so on their pages. The two ends are the same for all of them,
//! and their operations are those of [`channel::Sender`](super::Sender) and
//! [`channel::Receiver`](super::Receiver).
//!
//! A receiver of such a channel is a *tap*: it has a position of its own in
//! what is sent. [`Sender::subscribe`] makes one that sees what is sent from
//! then on; a clone of a tap stands where that one stands, and both see the
//! rest. Threads that share one tap by reference share its position: what one
//! of them receives, the others do not.

// # Invariants
//
// 1. There is one lock. What is read without it (`end`, `full`, `closed`) is
//    written under it, and is only a guess to whoever reads it.
// 2. A tap waits only while it has received everything and the channel is open.
//    Whoever sends or closes claims every tap that waits. So one who leaves has
//    nothing to pass on.
// 3. A sender waits only while there is no room, a tap is there and the channel
//    is open. Whoever frees k places claims k senders; who was claimed and
//    leaves passes that on, if there is still room.
// 4. Messages are cloned and dropped, and wakers run, after the lock was
//    released. So the memory holds an `Arc` of each message: a tap takes that
//    under the lock, and makes its message of it afterwards.

mod future;
mod iter;
pub(super) mod log;
mod operation;
mod receiver;
mod sender;
mod shared;
#[cfg(feature = "futures")]
mod stream;
mod weak;

pub(super) use future::POLLED_AGAIN;
pub use future::{ClosedFuture, RecvFuture, SendFuture};
pub use iter::{IntoIter, Iter, TryIter};
pub(crate) use operation::{Receiving, Sending};
pub use receiver::Receiver;
pub use sender::Sender;
#[cfg(feature = "futures")]
pub use stream::RecvStream;
pub use weak::{WeakReceiver, WeakSender};

use crate::sync::Arc;
use shared::Shared;

/// A kind of channel whose every receiver sees every message.
///
/// It is the second parameter of [`Sender`] and [`Receiver`]. It has no values,
/// and nobody else can add one.
// The bound is what keeps others out.
#[allow(private_bounds, private_interfaces)]
pub trait Kind<T> {
    /// What a receive gives: the message, or what has become of it.
    type Item;

    #[doc(hidden)]
    type Memory: Memory<Message = T, Item = Self::Item>;
}

/// What a channel keeps for its taps.
///
/// A tap's *position* is a number that only this gives a meaning to. All of it
/// runs under the channel's lock, so nothing here drops or clones a message.
pub(crate) trait Memory {
    type Message;
    type Item;

    /// What a tap takes under the lock, for [`item`](Self::item).
    type Taken;

    /// Whether a message is refused while there is no tap.
    const NEEDS_TAPS: bool;

    /// Whether a send need not wait.
    fn has_room(&self) -> bool;

    /// Keeps a message; the one that is no longer kept for it, if any.
    fn push(
        &mut self,
        message: Arc<Self::Message>,
    ) -> Option<Arc<Self::Message>>;

    /// The position of whoever has received everything.
    fn end(&self) -> usize;

    /// A tap joins at `position`.
    fn join(&mut self, position: usize);

    /// A tap leaves from `position`: what nobody needs any more.
    fn leave(&mut self, position: usize) -> Vec<Arc<Self::Message>>;

    /// What is next after `position`, which moves on.
    fn take(&mut self, position: &mut usize) -> Option<Self::Taken>;

    /// How many messages that are kept lie ahead of `position`.
    fn ahead(&self, position: usize) -> usize;

    /// How many messages are kept.
    fn len(&self) -> usize;

    /// How many can be kept; `None` is no bound.
    fn capacity(&self) -> Option<usize>;

    /// Makes of what was taken what is received; not under the lock.
    fn item(taken: Self::Taken) -> Self::Item
    where
        Self::Message: Clone;
}

type Taken<T, K> = <<K as Kind<T>>::Memory as Memory>::Taken;

/// The two ends of a channel that keeps its messages in `memory`.
pub(super) fn ends<T, K: Kind<T>>(
    memory: K::Memory,
) -> (Sender<T, K>, Receiver<T, K>) {
    let shared = Arc::new(Shared::new(memory));
    let receiver = Receiver::join(&shared);
    (Sender::new(shared), receiver)
}

/// The message of a send that did not send it.
pub(super) fn unsent<T>(message: Arc<T>) -> T {
    Arc::into_inner(message).expect("nobody has seen it")
}
