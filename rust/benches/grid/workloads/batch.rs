//! Receives from a queue that is already long, in batches or one by one.

use crate::kind::Kind;
use crate::message::Total;
use crate::run::{Run, Timed};
use crate::systems::{Batches, System, Threads, Tx};
use std::time::{Duration, Instant};

/// So many messages are queued before the clock starts.
pub(super) const QUEUE: u64 = 100_000;

/// The most that one receive takes.
const BATCH: usize = 1_000;

pub(crate) trait BatchRuns: Sync {
    fn system(&self) -> System;
    fn drain(&self) -> Option<Run>;
}

impl<B: Batches> BatchRuns for B {
    fn system(&self) -> System {
        B::Channels::SYSTEM
    }

    fn drain(&self) -> Option<Run> {
        let mut buffer = Vec::with_capacity(BATCH);
        run::<B::Channels>(move |rx, total| {
            let mut left = QUEUE as usize;
            while left > 0 && B::recv_many(rx, &mut buffer, BATCH) {
                left = left.saturating_sub(buffer.len());
                buffer.drain(..).for_each(|number| total.add(number));
            }
        })
    }
}

/// Fills a queue and lets `drain` empty it, until there were enough items;
/// only the draining counts.
pub(super) fn run<S: Threads>(
    drain: impl FnMut(&mut S::Rx<u64>, &mut Total) + Clone + 'static,
) -> Option<Run> {
    let open = || S::open::<u64>(Kind::Unbounded, 1);
    open()?;
    Some(Box::new(move |items| {
        let (tx, mut rxs) = open().expect("it has been opened before");
        let mut drain = drain.clone();
        let queues = items.div_ceil(QUEUE);
        let (mut total, mut took) = (Total::default(), Duration::ZERO);
        for queue in 0..queues {
            (queue * QUEUE..(queue + 1) * QUEUE).for_each(|number| {
                tx.send(number);
            });
            let begin = Instant::now();
            drain(&mut rxs[0], &mut total);
            took += begin.elapsed();
        }
        Timed::checked(queues * QUEUE, took, total)
    }))
}
