//! The channel behind a handle of OCaml's: both ends in one.

use crate::fork;
use chanpatterns::channel::{self, Receiver, Sender};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicIsize, Ordering};

/// Where a value lies in the channel's table.
pub(crate) type Token = isize;

/// How many channels there are.
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// Both ends of one channel.
pub(crate) struct Ends {
    pub(crate) sender: Sender<Token>,
    pub(crate) receiver: Receiver<Token>,
}

/// What a handle of OCaml's holds. Since it has both ends, only a close closes
/// it.
pub struct Channel {
    ends: ManuallyDrop<Ends>,
    born: u32,
}

impl Channel {
    /// A channel of that capacity; `None` is no bound.
    pub(crate) fn new(capacity: Option<usize>) -> Self {
        let (sender, receiver) = channel::with_capacity(capacity);
        LIVE.fetch_add(1, Ordering::Relaxed);
        Channel {
            ends: ManuallyDrop::new(Ends { sender, receiver }),
            born: fork::generation(),
        }
    }

    /// Whether it was made in this process, and not before a fork.
    pub(crate) fn is_ours(&self) -> bool {
        self.born == fork::generation()
    }

    pub(crate) fn ends(&self) -> &Ends {
        &self.ends
    }

    pub(crate) fn live() -> isize {
        LIVE.load(Ordering::Relaxed)
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        // A lock of another's process may be held for ever: what was made
        // before a fork is left as it is.
        if self.is_ours() {
            // SAFETY: this is `drop`, so nobody uses the ends after it.
            unsafe { ManuallyDrop::drop(&mut self.ends) };
        }
    }
}
