//! A choice over many receivers, of which one is ready, another each time.

use crate::kind::Kind;
use crate::message::Total;
use crate::run::{Run, Span, Timed};
use crate::systems::{Choice, System, Threads, Tx};
use std::time::{Duration, Instant};

/// Leads from one ready receiver to the next: a prime, so that all are met.
const STRIDE: u64 = 7919;

pub(crate) trait ChoiceRuns: Sync {
    fn system(&self) -> System;
    fn way(&self) -> &'static str;
    /// One thread sends to one of `count` channels, and receives from any.
    fn turns(&self, count: usize) -> Option<Run>;
}

impl<C: Choice> ChoiceRuns for C {
    fn system(&self) -> System {
        C::Channels::SYSTEM
    }

    fn way(&self) -> &'static str {
        C::WAY
    }

    fn turns(&self, count: usize) -> Option<Run> {
        let open = || C::Channels::open::<u64>(Kind::Unbounded, 1);
        open()?;
        (count <= C::MOST).then(|| -> Run {
            Box::new(move |items| {
                let ends = (0..count).filter_map(|_| open());
                let (txs, rxs): (Vec<_>, Vec<_>) = ends.unzip();
                let rxs: Vec<_> = rxs.into_iter().flatten().collect();
                let (mut total, mut took) = (Total::default(), Duration::ZERO);
                C::choosing(&rxs, &mut |receive| {
                    let begin = Instant::now();
                    for number in 0..items {
                        let turn = number * STRIDE % count as u64;
                        txs[turn as usize].send(number);
                        receive().into_iter().for_each(|got| total.add(got));
                    }
                    took = Span::cover(&[Span::since(begin)]);
                });
                Timed::checked(items, took, total)
            })
        })
    }
}
