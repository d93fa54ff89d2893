//! One run of one system on one workload, and the time it took.

use crate::message::{Total, Wrong};
use std::time::{Duration, Instant};

/// Runs the workload with about so many items.
pub(crate) type Run = Box<dyn Fn(u64) -> Result<Timed, Wrong>>;

/// What one run took, for how many items.
pub(crate) struct Timed {
    pub(crate) items: u64,
    pub(crate) took: Duration,
}

impl Timed {
    /// An error unless `total` is that of the numbers 0..`items`.
    pub(crate) fn checked(
        items: u64,
        took: Duration,
        total: Total,
    ) -> Result<Timed, Wrong> {
        total.check(0..items)?;
        Ok(Timed { items, took })
    }

    pub(crate) fn nanos_per_item(&self) -> f64 {
        self.took.as_secs_f64() * 1e9 / self.items as f64
    }
}

/// When one party began and ended.
///
/// Each party looks at the clock itself: a thread that only watches may be
/// scheduled late where there are more threads than cores.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    begin: Instant,
    end: Instant,
}

impl Span {
    /// The span from `begin` to now.
    pub(crate) fn since(begin: Instant) -> Self {
        Span {
            begin,
            end: Instant::now(),
        }
    }

    /// From the first beginning to the last end.
    pub(crate) fn cover(spans: &[Span]) -> Duration {
        let begin = spans.iter().map(|span| span.begin).min();
        let end = spans.iter().map(|span| span.end).max();
        match (begin, end) {
            (Some(begin), Some(end)) => end - begin,
            _ => Duration::ZERO,
        }
    }
}
