//! One channel: many senders, many receivers, a capacity, a close.
//!
//! | constructor | capacity | a send waits |
//! |---|---|---|
//! | [`unbounded`] | none | never |
//! | [`bounded`]`(n)` | n | while n messages are queued |
//! | [`rendezvous`], `bounded(0)` | 0 | until a receiver takes the message |
//!
//! Both ends can be cloned, sent to other threads and dropped at any time.
//! A message goes to exactly one receiver. Messages of one sender arrive in
//! the order in which they were sent.
//!
//! # Closing
//!
//! A channel closes when its last sender is dropped, when its last receiver is
//! dropped, or when either end calls `close`. From then on every send fails and
//! gives its message back; a send that was waiting fails in the same way. What
//! is queued can still be received: a receive fails only when the channel is
//! closed *and* drained. When the last receiver goes, what is queued is dropped
//! at once, since nobody can ask for it any more.
//!
//! # Waiting
//!
//! Every operation that can wait has a form that does not (`try_`), a form with
//! a deadline, a form for tasks (`_async`), and is an event
//! ([`crate::event`]). A message that is there is received even if the deadline
//! has passed. Giving up, by a deadline, by dropping a future, by losing a
//! choice, never loses a message: what was on its way goes to the next in line.
//!
//! Who waits is served first come, first served at capacity 0 and 1, and nobody
//! who arrives later overtakes. Above that, and without a bound, whoever waited
//! longest is told first, but one who arrives in that moment may be faster, and
//! then the other stays first in line. Handing over would keep strict order and
//! cost two to three times as much.
//!
//! # Cost
//!
//! One lock for an operation that need not wait, on two cache lines that only
//! its own end writes. One that has to wait looks again for about a
//! microsecond, then sleeps until its partner wakes it. An idle channel takes
//! less than 1 KiB and holds no buffer; an unbounded one grows by what is
//! queued. Measured beside other crates in `rust/benches/README.md`.
//!
//! ```
//! use chanpatterns::channel;
//! use std::thread;
//!
//! let (tx, rx) = channel::bounded(2);
//! thread::spawn(move || {
//!     for n in 1..=3 {
//!         tx.send(n).unwrap();
//!     } // The only sender is dropped here, which closes the channel.
//! });
//! assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3]);
//! ```

pub mod broadcast;
mod buffered;
pub mod dropping;
mod engine;
mod error;
mod fifo;
mod future;
mod handoff;
mod iter;
mod kind;
pub mod lifo;
pub mod mvar;
pub(crate) mod observer;
pub mod oneshot;
pub(crate) mod operation;
mod permit;
pub mod priority;
mod receiver;
pub mod ring_broadcast;
mod sender;
mod shared;
pub mod sliding;
mod store;
#[cfg(feature = "futures")]
mod stream;
pub mod tap;
pub mod watch;
mod weak;

pub use error::{
    RecvError, RecvTimeoutError, SendError, SendManyError, SendTimeoutError,
    TryRecvError, TrySendError, ZeroCapacity,
};
pub use fifo::Fifo;
pub use future::{ClosedFuture, RecvFuture, ReserveFuture, SendFuture};
pub use iter::{IntoIter, Iter, TryIter};
pub use kind::Kind;
pub use mvar::MVar;
pub use observer::Observer;
pub use permit::Permit;
pub use receiver::Receiver;
pub use sender::Sender;
#[cfg(feature = "futures")]
pub use stream::{RecvStream, SendSink};
pub use weak::{WeakReceiver, WeakSender};

use crate::sync::Arc;
use fifo::FifoEngine;
use shared::Shared;

/// A channel without a bound: a send never waits.
///
/// What is sent faster than it is received piles up; [`bounded`] holds a fast
/// sender back.
///
/// ```
/// let (tx, rx) = chanpatterns::channel::unbounded();
/// tx.send("no receiver waits, and yet this returns").unwrap();
/// assert_eq!(rx.len(), 1);
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    with_capacity(None)
}

/// A channel that queues at most `capacity` messages.
///
/// A send waits while the channel is full. At capacity 0 nothing is ever
/// queued: this is the [`rendezvous`]. The buffer grows as it is used; a large
/// capacity costs nothing by itself.
///
/// ```
/// use chanpatterns::channel::{self, TrySendError};
///
/// let (tx, rx) = channel::bounded(1);
/// tx.send('a').unwrap();
/// assert_eq!(tx.try_send('b'), Err(TrySendError::Full('b')));
/// assert_eq!(rx.recv(), Ok('a'));
/// assert_eq!(tx.try_send('b'), Ok(()));
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    with_capacity(Some(capacity))
}

/// A channel of capacity 0: a send returns when the message has been taken.
///
/// Also known as a synchronous or unbuffered channel; it is what OCaml's
/// `Event.new_channel` makes. A `try_send` succeeds only against a receiver
/// that waits, a `try_recv` only against a sender that waits, so two operations
/// that do not wait never meet.
///
/// ```
/// use chanpatterns::channel;
/// use std::thread;
///
/// let (tx, rx) = channel::rendezvous();
/// let sender = thread::spawn(move || tx.send("in person"));
/// assert_eq!(rx.recv(), Ok("in person"));
/// assert_eq!(sender.join().unwrap(), Ok(()));
/// ```
pub fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
}

/// A channel of the given capacity; `None` is [`unbounded`].
///
/// For a capacity that is a parameter of the program.
pub fn with_capacity<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    ends(FifoEngine::new(capacity))
}

/// The two ends of a channel that runs on `engine`.
pub(crate) fn ends<T, K: Kind<T>>(
    engine: K::Engine,
) -> (Sender<T, K>, Receiver<T, K>) {
    let shared = Arc::new(Shared::new(engine));
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared))
}
