//! The receiving end of a pattern that has threads behind it.

use crate::channel::{Receiver, RecvError, RecvTimeoutError, TryRecvError};
use crate::sync::thread::{self, JoinHandle};
use std::fmt;
use std::iter::FusedIterator;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

/// What a pattern gives out: its results, and the threads that make them.
///
/// It is an iterator. `next` waits for a result, and gives `None` once the last
/// one has been taken.
///
/// # Dropping
///
/// The consumer may leave at any time: dropping the output drops its receiver,
/// so that whoever sends to it fails and ends, and then waits for the threads.
/// No thread outlives its output. A thread that is busy with a user's code ends
/// when that code returns, and the drop waits for it.
pub struct Output<T> {
    // `None` only while the output is being dropped.
    receiver: Option<Receiver<T>>,
    threads: Vec<JoinHandle<()>>,
}

impl<T> Output<T> {
    /// The results come from `receiver`; `threads` end when it is dropped.
    pub fn new(
        receiver: Receiver<T>,
        threads: impl IntoIterator<Item = JoinHandle<()>>,
    ) -> Self {
        let threads = threads.into_iter().collect();
        Output {
            receiver: Some(receiver),
            threads,
        }
    }

    fn receiver(&self) -> &Receiver<T> {
        self.receiver.as_ref().expect("taken by `drop` alone")
    }

    /// The next result; waits for one. An error is the end.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.receiver().recv()
    }

    /// The next result, if one is there.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.receiver().try_recv()
    }

    /// The next result; waits for one at most for `timeout`.
    pub fn recv_timeout(
        &self,
        timeout: Duration,
    ) -> Result<T, RecvTimeoutError> {
        self.receiver().recv_timeout(timeout)
    }

    /// Puts a result back, as the next one; see [`Receiver::put_back`].
    pub fn put_back(&self, result: T) {
        self.receiver().put_back(result);
    }

    /// The next result; see [`Receiver::recv_watched`].
    pub fn recv_watched(
        &self,
        deadline: Option<Instant>,
        every: Duration,
        go_on: impl FnMut() -> bool,
    ) -> Result<T, RecvTimeoutError> {
        self.receiver().recv_watched(deadline, every, go_on)
    }
}

impl<T> Iterator for Output<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.recv().ok()
    }
}

// A channel that is closed and drained stays so.
impl<T> FusedIterator for Output<T> {}

impl<T> Drop for Output<T> {
    fn drop(&mut self) {
        drop(self.receiver.take());
        for thread in self.threads.drain(..) {
            // Users' panics are results. What arrives here is a fault of the
            // pattern itself, and must not pass unseen.
            match thread.join() {
                Err(payload) if !thread::panicking() => resume_unwind(payload),
                _ => {}
            }
        }
    }
}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("threads", &self.threads.len())
            .finish_non_exhaustive()
    }
}
