//! How many threads this process has.

use std::fs;
use std::thread::{sleep, yield_now};
use std::time::{Duration, Instant};

/// A thread that was joined may need another moment to leave `/proc`.
const MOMENT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_millis(1);

/// The number of threads, or 0 where there is no `/proc`.
pub(crate) fn count() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// The number of threads, once it is `most`, or at the latest in a moment.
pub(crate) fn settled(most: usize) -> usize {
    let began = Instant::now();
    while count() > most && began.elapsed() < MOMENT {
        match began.elapsed() {
            long if long > PATIENCE => sleep(PATIENCE),
            _ => yield_now(),
        }
    }
    count()
}
