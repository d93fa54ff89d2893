//! Whether the process has forked.
//!
//! A child has one thread. Those that are gone may have held the lock of a
//! channel, which then nobody releases, or stood in its queue. So a channel
//! belongs to the process that made it, and says so in any other.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Once;

static GENERATION: AtomicU32 = AtomicU32::new(0);

extern "C" fn in_the_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// How many forks lie between this process and the first that asked.
pub(crate) fn generation() -> u32 {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        // SAFETY: the function is there as long as the program, and does what
        // may be done after a fork: it adds to a number.
        let failed =
            unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
        assert_eq!(failed, 0, "pthread_atfork: there is no memory left");
    });
    GENERATION.load(Ordering::Relaxed)
}
