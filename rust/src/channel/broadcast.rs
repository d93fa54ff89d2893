//! Every receiver sees every message; the slowest sets the pace.
//!
//! Also known as a lossless broadcast, a multicast channel (CML), `mult` and
//! `tap` (core.async), `dupChan` (Haskell), a bus. tokio's `broadcast` is the
//! other one, which overwrites: [`ring_broadcast`](super::ring_broadcast). Go,
//! crossbeam and flume have none.
//!
//! | constructor | capacity | a send waits |
//! |---|---|---|
//! | [`unbounded`] | none | never |
//! | [`bounded`]`(n)` | n | while the slowest receiver is n messages behind |
//!
//! ```
//! use chanpatterns::channel::broadcast;
//! use std::thread;
//!
//! let (tx, one) = broadcast::bounded(2)?;
//! let two = tx.subscribe();
//! let producer = thread::spawn(move || {
//!     for n in 1..=5 {
//!         tx.send(n).unwrap();
//!     } // The only sender is dropped here, which closes the channel.
//! });
//! let sum = thread::spawn(move || one.iter().sum::<u32>());
//! assert_eq!(two.iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
//! assert_eq!(sum.join().unwrap(), 15);
//! # producer.join().unwrap();
//! # Ok::<(), chanpatterns::channel::ZeroCapacity>(())
//! ```
//!
//! # Receivers
//!
//! [`Sender::subscribe`](super::tap::Sender::subscribe) makes a receiver that
//! sees what is sent from then on. A clone of a receiver stands where that one
//! stands, so that what the one has read the other can read again (*replay*). A
//! receiver that is dropped frees what was kept for it alone, and the senders
//! that it held back.
//!
//! All receivers see all messages in one order, and in it each sender's as that
//! one sent them.
//!
//! # Blocking
//!
//! A send waits while the slowest receiver is as many messages behind as the
//! capacity: so one that is kept and not read holds everyone back, in the end.
//! Keep a [`WeakReceiver`](super::tap::WeakReceiver) instead, or drop it. Who
//! waits is told first come, first served; a sender that arrives may take a
//! free place before one who was told gets there, as in a channel of more than
//! one place.
//!
//! Capacity 0 is refused. It would be a rendezvous with every receiver at once,
//! which cannot be given up once the first has taken the message: a send with a
//! deadline could then neither succeed nor fail.
//!
//! # Closing
//!
//! The channel closes when the last sender is dropped, or when any end calls
//! `close`. Each receiver still receives what was sent before, then finds the
//! end. A send that waits for room when the channel closes was seen by nobody,
//! and its message comes back.
//!
//! A send while there is no receiver fails, and gives its message back, as in
//! tokio's: nobody could ever see it. That is no close: after the next
//! `subscribe`, sends succeed again.
//!
//! # What is lost
//!
//! Nothing. A receiver that gives up, by a deadline or by a future that is
//! dropped, has not moved.
//!
//! # Cost
//!
//! One lock for each operation, and one allocation for each send, whatever the
//! number of receivers; each message is kept once, until the last receiver has
//! taken it. A receive clones the message, on its own thread and under no lock;
//! the last one usually has the message itself. Clone of a receiver and
//! `subscribe` take constant time, dropping one takes time for what it frees.
//! A send wakes every receiver that waits.
//!
//! The allocation, an `Arc` of each message, is what a clone under no lock
//! takes in safe code; it is also why the ends can be sent to other threads only
//! if `T` is `Send` and `Sync`: several threads may clone one message at once.
//!
//! ```compile_fail,E0277
//! use chanpatterns::channel::broadcast;
//! use std::cell::Cell;
//!
//! let (tx, _rx) = broadcast::unbounded::<Cell<u8>>();
//! std::thread::spawn(move || tx.send(Cell::new(1)));
//! ```
//!
//! # Source
//!
//! J. Reppy, *Concurrent Programming in ML* (1999), section 5.2, multicast
//! channels. That slow consumers gate the producer is the LMAX Disruptor's
//! (Thompson et al., 2011); that the count of readers stands at each message is
//! tokio's.

use super::error::ZeroCapacity;
use super::tap::log::Log;
use super::tap::{self, Kind, Memory};
use crate::sync::Arc;

/// The sending end of a broadcast.
pub type Sender<T> = tap::Sender<T, Broadcast>;

/// A receiving end of a broadcast.
pub type Receiver<T> = tap::Receiver<T, Broadcast>;

/// The kind of [`bounded`] and [`unbounded`].
#[derive(Debug)]
pub enum Broadcast {}

/// A broadcast that keeps what the slowest receiver has not received, however
/// much that is: a send never waits.
///
/// ```
/// use chanpatterns::channel::broadcast;
///
/// let (tx, rx) = broadcast::unbounded();
/// for n in 0..100 {
///     tx.send(n).unwrap();
/// }
/// assert!(rx.try_iter().eq(0..100));
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    tap::ends(Paced::new(None))
}

/// A broadcast whose slowest receiver is never more than `capacity` messages
/// behind.
///
/// # Errors
///
/// The capacity is 0.
///
/// ```
/// use chanpatterns::channel::{broadcast, TrySendError, ZeroCapacity};
///
/// let (tx, slow) = broadcast::bounded(1)?;
/// let fast = tx.subscribe();
/// tx.send('a').unwrap();
/// assert_eq!(fast.recv(), Ok('a'));
/// assert_eq!(tx.try_send('b'), Err(TrySendError::Full('b')));
/// assert_eq!(slow.recv(), Ok('a'));
/// assert_eq!(tx.try_send('b'), Ok(()));
/// assert_eq!(broadcast::bounded::<char>(0).unwrap_err(), ZeroCapacity);
/// # Ok::<(), ZeroCapacity>(())
/// ```
pub fn bounded<T>(
    capacity: usize,
) -> Result<(Sender<T>, Receiver<T>), ZeroCapacity> {
    with_capacity(Some(capacity))
}

/// A broadcast of the given capacity; `None` is [`unbounded`].
///
/// # Errors
///
/// The capacity is 0.
pub fn with_capacity<T>(
    capacity: Option<usize>,
) -> Result<(Sender<T>, Receiver<T>), ZeroCapacity> {
    match capacity {
        Some(0) => Err(ZeroCapacity),
        capacity => Ok(tap::ends(Paced::new(capacity))),
    }
}

impl<T> Kind<T> for Broadcast {
    type Item = T;
    type Memory = Paced<T>;
}

/// A log that is never longer than the capacity.
// As public as the trait that names it, and of no use to anybody else.
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct Paced<T> {
    log: Log<T>,
    capacity: Option<usize>,
}

impl<T> Paced<T> {
    fn new(capacity: Option<usize>) -> Self {
        Paced {
            log: Log::new(),
            capacity,
        }
    }
}

impl<T> Memory for Paced<T> {
    type Message = T;
    type Item = T;
    type Taken = Arc<T>;

    const NEEDS_TAPS: bool = true;

    fn has_room(&self) -> bool {
        self.capacity.is_none_or(|capacity| self.len() < capacity)
    }

    fn push(&mut self, message: Arc<T>) -> Option<Arc<T>> {
        self.log.push(message);
        None
    }

    fn end(&self) -> usize {
        self.log.end()
    }

    fn join(&mut self, position: usize) {
        self.log.join(position);
    }

    fn leave(&mut self, position: usize) -> Vec<Arc<T>> {
        self.log.leave(position)
    }

    fn take(&mut self, position: &mut usize) -> Option<Arc<T>> {
        self.log.take(position)
    }

    fn ahead(&self, position: usize) -> usize {
        self.log.ahead(position)
    }

    fn len(&self) -> usize {
        self.log.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    fn item(taken: Arc<T>) -> T
    where
        T: Clone,
    {
        Arc::unwrap_or_clone(taken)
    }
}
