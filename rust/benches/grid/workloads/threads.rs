//! Threads: streams, ping-pong, and one thread alone.

use super::batch;
use crate::kind::{Kind, Shape, Size};
use crate::message::{Large, Message, Total};
use crate::run::{Run, Span, Timed};
use crate::systems::{Rx, System, Threads, Tx};
use std::ops::Range;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

pub(crate) trait ThreadRuns: Sync {
    fn system(&self) -> System;
    /// Producers send to consumers, as fast as they can.
    fn stream(&self, kind: Kind, shape: Shape, size: Size) -> Option<Run>;
    /// Two threads, two channels; an item is a message there and one back.
    fn ping_pong(&self, kind: Kind) -> Option<Run>;
    /// One thread sends, and receives what it sent.
    fn same_thread(&self, kind: Kind) -> Option<Run>;
    /// One thread receives what has been queued, one by one.
    fn drain(&self) -> Option<Run>;
}

impl<S: Threads> ThreadRuns for S {
    fn system(&self) -> System {
        S::SYSTEM
    }

    fn stream(&self, kind: Kind, shape: Shape, size: Size) -> Option<Run> {
        match size {
            Size::Bytes8 => stream::<S, u64>(kind, shape),
            Size::Bytes256 => stream::<S, Large>(kind, shape),
        }
    }

    fn ping_pong(&self, kind: Kind) -> Option<Run> {
        let open = move || S::open::<u64>(kind, 1);
        open()?;
        Some(Box::new(move |items| {
            let ping = open().expect("it has been opened before");
            let pong = open().expect("it has been opened before");
            let (span, total) = rally(items, ping, pong);
            Timed::checked(items, Span::cover(&[span]), total)
        }))
    }

    fn same_thread(&self, kind: Kind) -> Option<Run> {
        let open = move || S::open::<u64>(kind, 1);
        open()?;
        Some(Box::new(move |items| {
            let (tx, mut rxs) = open().expect("it has been opened before");
            let mut total = Total::default();
            let begin = Instant::now();
            for number in 0..items {
                tx.send(number);
                rxs[0].recv().into_iter().for_each(|got| total.add(got));
            }
            let span = Span::since(begin);
            Timed::checked(items, Span::cover(&[span]), total)
        }))
    }

    fn drain(&self) -> Option<Run> {
        batch::run::<S>(|rx, total| {
            for _ in 0..batch::QUEUE {
                rx.recv().into_iter().for_each(|got| total.add(got));
            }
        })
    }
}

fn stream<S: Threads, M: Message>(kind: Kind, shape: Shape) -> Option<Run> {
    let open = move || S::open::<M>(kind, shape.consumers);
    open()?;
    Some(Box::new(move |items| {
        let (tx, rxs) = open().expect("it has been opened before");
        let (spans, total) = race(items, shape, tx, rxs);
        Timed::checked(items, Span::cover(&spans), total)
    }))
}

fn race<M: Message>(
    items: u64,
    shape: Shape,
    tx: impl Tx<M>,
    rxs: Vec<impl Rx<M>>,
) -> (Vec<Span>, Total) {
    let start = Barrier::new((shape.producers + shape.consumers) as usize);
    let start = &start;
    thread::scope(|scope| {
        let mut parties = Vec::new();
        for numbers in shape.shares(items) {
            let tx = tx.clone();
            parties.push(scope.spawn(move || {
                start.wait();
                (produce(&tx, numbers), Total::default())
            }));
        }
        drop(tx); // the channel closes with the last producer
        for rx in rxs {
            parties.push(scope.spawn(move || {
                start.wait();
                consume(rx)
            }));
        }
        let ended = parties.into_iter().map(|party| party.join());
        let ended = ended.map(|party| party.expect("no party panics"));
        let (spans, totals): (Vec<_>, Vec<_>) = ended.unzip();
        (spans, totals.into_iter().sum())
    })
}

fn produce<M: Message>(tx: &impl Tx<M>, numbers: Range<u64>) -> Span {
    let begin = Instant::now();
    for number in numbers {
        if !tx.send(M::new(number)) {
            break; // the totals will tell
        }
    }
    Span::since(begin)
}

fn consume<M: Message>(mut rx: impl Rx<M>) -> (Span, Total) {
    let begin = Instant::now();
    let mut total = Total::default();
    while let Some(message) = rx.recv() {
        total.add(message.number());
    }
    (Span::since(begin), total)
}

fn rally<T: Tx<u64>, R: Rx<u64>>(
    items: u64,
    (ping, mut pinged): (T, Vec<R>),
    (pong, mut ponged): (T, Vec<R>),
) -> (Span, Total) {
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Some(number) = pinged[0].recv() {
                pong.send(number);
            }
        });
        let mut total = Total::default();
        let begin = Instant::now();
        for number in 0..items {
            ping.send(number);
            ponged[0].recv().into_iter().for_each(|got| total.add(got));
        }
        let span = Span::since(begin);
        drop(ping); // the other side ends
        (span, total)
    })
}
