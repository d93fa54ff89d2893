//! Tasks on a runtime of two workers: streams.

use crate::kind::{Kind, Shape};
use crate::message::Total;
use crate::run::{Run, Span, Timed};
use crate::systems::{System, TaskRx, TaskTx, Tasks};
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

pub(crate) trait TaskRuns: Sync {
    fn system(&self) -> System;
    /// Producers send to consumers, as fast as they can.
    fn stream(&self, kind: Kind, shape: Shape) -> Option<Run>;
}

impl<S: Tasks> TaskRuns for S {
    fn system(&self) -> System {
        S::SYSTEM
    }

    fn stream(&self, kind: Kind, shape: Shape) -> Option<Run> {
        let open = move || S::open(kind, shape.consumers);
        open()?;
        Some(Box::new(move |items| {
            let (tx, rxs) = open().expect("it has been opened before");
            let (spans, total) = RUNTIME.block_on(race(items, shape, tx, rxs));
            Timed::checked(items, Span::cover(&spans), total)
        }))
    }
}

/// The same for all systems. Its threads sleep while it has no tasks.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("threads can be started")
});

async fn race(
    items: u64,
    shape: Shape,
    tx: impl TaskTx,
    rxs: Vec<impl TaskRx>,
) -> (Vec<Span>, Total) {
    let mut parties = Vec::new();
    for numbers in shape.shares(items) {
        parties.push(tokio::spawn(produce(tx.clone(), numbers)));
    }
    drop(tx); // the channel closes with the last producer
    parties.extend(rxs.into_iter().map(|rx| tokio::spawn(consume(rx))));
    let (mut spans, mut total) = (Vec::new(), Total::default());
    for party in parties {
        let (span, part) = party.await.expect("no party panics");
        spans.push(span);
        total = total.merge(part);
    }
    (spans, total)
}

async fn produce(tx: impl TaskTx, numbers: Range<u64>) -> (Span, Total) {
    let begin = Instant::now();
    for number in numbers {
        if !tx.send(number).await {
            break; // the totals will tell
        }
    }
    (Span::since(begin), Total::default())
}

async fn consume(mut rx: impl TaskRx) -> (Span, Total) {
    let begin = Instant::now();
    let mut total = Total::default();
    while let Some(number) = rx.recv().await {
        total.add(number);
    }
    (Span::since(begin), total)
}
