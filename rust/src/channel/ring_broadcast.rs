//! Every receiver sees every message that it is in time for; a send never
//! waits, and who was too slow is told how many it missed.
//!
//! Also known as a lossy broadcast: it is tokio's `broadcast`, async-broadcast
//! with overflow, a Kotlin `SharedFlow` that drops the oldest (which does not
//! tell). Go, crossbeam, flume and core.async have none. The one that loses
//! nothing, and waits instead, is [`broadcast`](super::broadcast).
//!
//! ```
//! use chanpatterns::channel::ring_broadcast::{self, Lagged};
//!
//! let (tx, slow) = ring_broadcast::channel(3)?;
//! let fast = tx.subscribe();
//! for n in 1..=5 {
//!     tx.send(n).unwrap();
//!     assert_eq!(fast.recv(), Ok(Ok(n)));
//! }
//! drop(tx);
//! let received: Vec<_> = slow.iter().collect();
//! assert_eq!(received, [Err(Lagged(2)), Ok(3), Ok(4), Ok(5)]);
//! # Ok::<(), chanpatterns::channel::ZeroCapacity>(())
//! ```
//!
//! # Receivers
//!
//! A receive gives a message, or [`Lagged`] in the place of those that the
//! receiver has missed; after that it goes on with the oldest that is kept. So
//! the news stands in the order of the messages, and the end of the channel is
//! an error as on every other. What a receiver got and what it was told that it
//! missed add up to all that was sent while it was there.
//!
//! [`Sender::subscribe`](super::tap::Sender::subscribe) makes a receiver that
//! sees what is sent from then on; a clone of a receiver stands where that one
//! stands, and is told of what both have missed.
//!
//! # Blocking
//!
//! A send never waits: the forms with a deadline are there because every
//! channel has them. A receive waits while its receiver has everything.
//!
//! # Closing
//!
//! The channel closes when the last sender is dropped, or when any end calls
//! `close`. Each receiver still receives what is kept, then finds the end.
//!
//! A send while there is no receiver fails, and gives its message back, as in
//! tokio's; after the next `subscribe`, sends succeed again.
//!
//! # What is lost
//!
//! What a receiver is more than the capacity behind with, and it is told how
//! many. The capacity is exact: tokio's is rounded up to a power of two. A
//! receiver that gives up has not moved.
//!
//! # Cost
//!
//! That of a [`broadcast`](super::broadcast#cost): one lock for each operation,
//! one allocation for each send, one clone for each receive, under no lock. The
//! ring grows as it is used, up to its capacity, and holds only what some
//! receiver has not received.
//!
//! # Source
//!
//! tokio's `sync::broadcast`, for what it does.

use super::error::ZeroCapacity;
use super::tap::log::Log;
use super::tap::{self, Kind, Memory};
use crate::sync::Arc;
use std::error::Error;
use std::fmt;

/// The sending end of a ring broadcast.
pub type Sender<T> = tap::Sender<T, RingBroadcast>;

/// A receiving end of a ring broadcast.
pub type Receiver<T> = tap::Receiver<T, RingBroadcast>;

/// The kind of [`channel`].
#[derive(Debug)]
pub enum RingBroadcast {}

/// So many messages were overwritten before this receiver received them.
///
/// Counted modulo `usize::MAX + 1`, which no receiver of a 64-bit machine is
/// ever behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lagged(pub usize);

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lagged(missed) = self;
        let were = if *missed == 1 { " was" } else { "s were" };
        write!(
            f,
            "{missed} message{were} overwritten before the receiver came"
        )
    }
}

impl Error for Lagged {}

/// A broadcast that keeps the last `capacity` messages, exactly.
///
/// # Errors
///
/// The capacity is 0.
pub fn channel<T>(
    capacity: usize,
) -> Result<(Sender<T>, Receiver<T>), ZeroCapacity> {
    match capacity {
        0 => Err(ZeroCapacity),
        capacity => Ok(tap::ends(Ring {
            log: Log::new(),
            capacity,
        })),
    }
}

impl<T> Kind<T> for RingBroadcast {
    type Item = Result<T, Lagged>;
    type Memory = Ring<T>;
}

/// A log that forgets its first message rather than grow beyond the capacity.
// As public as the trait that names it, and of no use to anybody else.
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct Ring<T> {
    log: Log<T>,
    capacity: usize,
}

impl<T> Memory for Ring<T> {
    type Message = T;
    type Item = Result<T, Lagged>;
    type Taken = Result<Arc<T>, Lagged>;

    const NEEDS_TAPS: bool = true;

    fn has_room(&self) -> bool {
        true
    }

    fn push(&mut self, message: Arc<T>) -> Option<Arc<T>> {
        let full = self.log.len() == self.capacity;
        let forgotten = full.then(|| self.log.forget()).flatten();
        self.log.push(message);
        forgotten
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

    fn take(&mut self, position: &mut usize) -> Option<Self::Taken> {
        match self.log.forgotten(*position) {
            0 => self.log.take(position).map(Ok),
            missed => {
                *position = self.log.first();
                Some(Err(Lagged(missed)))
            }
        }
    }

    fn ahead(&self, position: usize) -> usize {
        self.log.ahead(position)
    }

    fn len(&self) -> usize {
        self.log.len()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }

    fn item(taken: Self::Taken) -> Self::Item
    where
        T: Clone,
    {
        taken.map(Arc::unwrap_or_clone)
    }
}
