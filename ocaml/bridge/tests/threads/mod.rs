//! How many threads this process has.

use std::fs;
use std::thread::{sleep, yield_now};
use std::time::{Duration, Instant};

/// A thread that was joined may need another moment until it is gone.
const MOMENT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_millis(1);

/// The number of threads, or 0 where there is no `/proc`. It is the kernel's own
/// count: the folder of the threads, read while one ends, shows now one too many
/// and now one too few.
pub(crate) fn count() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Threads:"));
    line.map_or(0, |count| count.trim().parse().expect("a number"))
}

/// The number of threads, once it is at most `most`, or else after a moment.
pub(crate) fn settled(most: usize) -> usize {
    let began = Instant::now();
    loop {
        let (now, waited) = (count(), began.elapsed());
        if now <= most || waited > MOMENT {
            return now;
        }
        match waited {
            long if long > PATIENCE => sleep(PATIENCE),
            _ => yield_now(),
        }
    }
}
