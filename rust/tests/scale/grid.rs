//! Messages over the grid: kind × producers and consumers × threads and tasks.
//!
//! Each consumer checks the order in which it receives from each producer; what
//! all of them received of a producer is compared with what that one sent. The
//! kinds in which every message is a hand-over are some fifty times slower, and
//! get a tenth as many messages for each cell.

use crate::number::{asked, shown, split};
use crate::tally::{Seen, Tally, Verdict};
use crate::watchdog::{Progress, Steps, Watchdog};
use chanpatterns::channel::{self, Receiver, Sender};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// A channel without a bound may have to hold so many at once.
const ROUND: u64 = 1_000_000;

/// The name, the capacity, and the share of the messages.
const KINDS: [(&str, Option<usize>, u64); 4] = [
    ("unbounded", None, 10),
    ("bounded 64", Some(64), 10),
    ("bounded 1", Some(1), 1),
    ("rendezvous", Some(0), 1),
];

const SHAPES: [(usize, usize); 4] = [(1, 1), (4, 1), (1, 4), (4, 4)];

#[derive(Clone, Copy)]
struct Cell {
    kind: &'static str,
    capacity: Option<usize>,
    weight: u64,
    producers: usize,
    consumers: usize,
    tasks: bool,
}

impl Cell {
    fn all() -> Vec<Cell> {
        let mut cells = Vec::new();
        for (kind, capacity, weight) in KINDS {
            for (producers, consumers) in SHAPES {
                cells.extend([false, true].map(|tasks| Cell {
                    kind,
                    capacity,
                    weight,
                    producers,
                    consumers,
                    tasks,
                }));
            }
        }
        cells
    }

    fn name(&self) -> String {
        let runs = if self.tasks { "tasks" } else { "threads" };
        let Cell {
            kind,
            producers,
            consumers,
            ..
        } = self;
        format!("{kind}, {producers}p{consumers}c, {runs}")
    }

    fn parties(&self) -> Vec<String> {
        let name = |what| move |number| format!("{what} {number}");
        let producers = (0..self.producers).map(name("producer"));
        let consumers = (0..self.consumers).map(name("consumer"));
        producers.chain(consumers).collect()
    }
}

/// How many messages each cell gets of `total`.
fn shares(cells: &[Cell], total: u64) -> Vec<u64> {
    let weights: u64 = cells.iter().map(|cell| cell.weight).sum();
    let share = |cell: &Cell| {
        (u128::from(total) * u128::from(cell.weight) / u128::from(weights))
            as u64
    };
    let mut shares: Vec<u64> = cells.iter().map(share).collect();
    let given: u64 = shares.iter().sum();
    shares[0] += total - given;
    shares
}

/// The producer, and the number of its message.
fn message(producer: usize, number: u64) -> u64 {
    (producer as u64) << 48 | number
}

fn of_message(message: u64) -> (usize, u64) {
    ((message >> 48) as usize, message & ((1 << 48) - 1))
}

fn produce(
    steps: Steps,
    producer: usize,
    count: u64,
    tx: Sender<u64>,
) -> Tally {
    let mut sent = Tally::default();
    for number in 0..count {
        tx.send(message(producer, number)).expect("it is open");
        sent.add(number);
        steps.step();
    }
    sent
}

async fn produce_async(
    steps: Steps,
    producer: usize,
    count: u64,
    tx: Sender<u64>,
) -> Tally {
    let mut sent = Tally::default();
    for number in 0..count {
        let message = message(producer, number);
        tx.send_async(message).await.expect("it is open");
        sent.add(number);
        steps.step();
    }
    sent
}

fn consume(steps: Steps, producers: usize, rx: Receiver<u64>) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); producers];
    while let Ok(message) = rx.recv() {
        let (producer, number) = of_message(message);
        seen[producer].add(number);
        steps.step();
    }
    seen
}

async fn consume_async(
    steps: Steps,
    producers: usize,
    rx: Receiver<u64>,
) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); producers];
    while let Ok(message) = rx.recv_async().await {
        let (producer, number) = of_message(message);
        seen[producer].add(number);
        steps.step();
    }
    seen
}

type Producer = (Steps, usize, u64, Sender<u64>);
type Consumer = (Steps, usize, Receiver<u64>);

/// What each producer has sent, and what each consumer saw of each producer.
type Sums = (Vec<Tally>, Vec<Vec<Seen>>);

fn on_threads(producers: Vec<Producer>, consumers: Vec<Consumer>) -> Sums {
    let producers: Vec<_> = producers
        .into_iter()
        .map(|(steps, producer, count, tx)| {
            thread::spawn(move || produce(steps, producer, count, tx))
        })
        .collect();
    let consumers: Vec<_> = consumers
        .into_iter()
        .map(|(steps, of, rx)| thread::spawn(move || consume(steps, of, rx)))
        .collect();
    let sent = producers.into_iter().map(|one| one.join().unwrap());
    let sent = sent.collect();
    let seen = consumers.into_iter().map(|one| one.join().unwrap());
    (sent, seen.collect())
}

async fn on_tasks(producers: Vec<Producer>, consumers: Vec<Consumer>) -> Sums {
    let producers: Vec<_> = producers
        .into_iter()
        .map(|(steps, producer, count, tx)| {
            tokio::spawn(produce_async(steps, producer, count, tx))
        })
        .collect();
    let consumers: Vec<_> = consumers
        .into_iter()
        .map(|(steps, of, rx)| tokio::spawn(consume_async(steps, of, rx)))
        .collect();
    let (mut sent, mut seen) = (Vec::new(), Vec::new());
    for one in producers {
        sent.push(one.await.unwrap());
    }
    for one in consumers {
        seen.push(one.await.unwrap());
    }
    (sent, seen)
}

/// Sends `messages` through one channel.
fn round(
    cell: Cell,
    messages: u64,
    runtime: Option<&Runtime>,
    progress: &Arc<Progress>,
) -> Verdict {
    let (tx, rx) = channel::with_capacity(cell.capacity);
    let observer = tx.observer();
    let watched = observer.clone();
    let _watchdog = Watchdog::watch(progress, move || format!("{watched:?}"));
    let of = cell.producers;
    let counts = split(messages, of);
    let producers: Vec<_> = (counts.into_iter().enumerate())
        .map(|(place, count)| (progress.party(place), place, count, tx.clone()))
        .collect();
    let consumers: Vec<_> = (of..of + cell.consumers)
        .map(|place| (progress.party(place), of, rx.clone()))
        .collect();
    drop((tx, rx));
    let (sent, seen) = match runtime {
        None => on_threads(producers, consumers),
        Some(runtime) => runtime.block_on(on_tasks(producers, consumers)),
    };
    assert!(observer.is_closed() && observer.is_empty(), "{observer:?}");
    let mut verdict = Verdict::default();
    for (producer, sent) in sent.into_iter().enumerate() {
        let (mut received, mut breaks) = (Tally::default(), 0);
        for consumer in &seen {
            received.merge(consumer[producer].tally);
            breaks += consumer[producer].breaks;
        }
        verdict.merge(Verdict::of(sent, received, breaks));
    }
    verdict
}

/// Sends `messages` in rounds.
fn run(cell: Cell, messages: u64) -> (Verdict, Duration) {
    let runtime = cell.tasks.then(|| {
        let mut runtime = Builder::new_multi_thread();
        runtime
            .worker_threads(2)
            .build()
            .expect("threads can start")
    });
    let rounds = messages.div_ceil(ROUND).max(1) as usize;
    // A message is two steps: it is sent and it is received.
    let progress = Progress::new(cell.name(), 2 * messages, cell.parties());
    let begin = Instant::now();
    let mut verdict = Verdict::default();
    for messages in split(messages, rounds) {
        verdict.merge(round(cell, messages, runtime.as_ref(), &progress));
    }
    (verdict, begin.elapsed())
}

fn row(name: &str, verdict: &Verdict, time: Duration) {
    let nanoseconds = time.as_nanos() as f64 / verdict.messages.max(1) as f64;
    let Verdict {
        messages,
        lost,
        doubled,
        breaks,
        altered,
    } = verdict;
    println!(
        "{name:<28} {:>13} {lost:>5} {doubled:>7} {breaks:>6} {altered:>7} \
         {:>8.1} {nanoseconds:>8.0}",
        shown(*messages),
        time.as_secs_f64(),
    );
}

/// MESSAGES=1_000_000_000 is `make billion`.
#[test]
fn messages_over_the_grid() {
    let total = asked("MESSAGES", 100_000);
    let cells = Cell::all();
    println!(
        "{} messages over {} cells; of unbounded and bounded 64 ten times as \
         many as of bounded 1 and rendezvous",
        shown(total),
        cells.len()
    );
    println!(
        "{:<28} {:>13} {:>5} {:>7} {:>6} {:>7} {:>8} {:>8}",
        "cell",
        "messages",
        "lost",
        "doubled",
        "breaks",
        "altered",
        "s",
        "ns each"
    );
    let (mut all, begin) = (Verdict::default(), Instant::now());
    for (cell, messages) in cells.iter().zip(shares(&cells, total)) {
        let (verdict, time) = run(*cell, messages);
        row(&cell.name(), &verdict, time);
        all.merge(verdict);
    }
    row("all", &all, begin.elapsed());
    assert_eq!(all.messages, total, "each was sent");
    assert!(all.is_good(), "{all:?}");
}
