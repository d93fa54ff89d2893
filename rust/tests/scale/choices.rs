//! Choices of which several parts are ready: exactly one commits.
//!
//! On one thread, every channel's length is looked at after each choice: that of
//! the one that was chosen has changed by one, and no other, and the answer is
//! the message that was due. On several threads, what all of them were given is
//! compared with what has gone: a choice that takes two messages loses one, a
//! choice that sends twice sends one twice.

use crate::number::{asked, shown, split};
use crate::tally::{Seen, Tally};
use crate::watchdog::{Progress, Steps, Watchdog};
use chanpatterns::channel::{self, Receiver, Sender};
use chanpatterns::event::{Event, choose, guard, receive, send};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

type Ends = (Sender<u64>, Receiver<u64>);

/// What the parts of a choice on one thread are.
#[derive(Clone, Copy, Debug)]
enum Parts {
    Receives,
    Sends,
    /// One of each on every channel.
    Both,
}

/// Some of every engine; each has a message and room for one.
const CAPACITIES: [Option<usize>; 3] = [None, Some(2), Some(64)];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Received(usize, u64),
    Sent(usize),
}

fn receiving(place: usize, rx: &Receiver<u64>) -> Event<'_, Answer> {
    receive(rx).wrap(move |message| Answer::Received(place, message.unwrap()))
}

/// A send of the number that `next` has at that time.
fn sending<'a>(
    place: usize,
    tx: &'a Sender<u64>,
    next: &'a AtomicU64,
) -> Event<'a, Answer> {
    guard(move || {
        send(tx, next.load(Ordering::Relaxed)).wrap(move |sent| {
            sent.unwrap();
            Answer::Sent(place)
        })
    })
}

/// Makes `choices` choices over `ways` channels, alone.
fn alone(parts: Parts, ways: usize, choices: u64) {
    let ends: Vec<Ends> = (0..ways)
        .map(|place| channel::with_capacity(CAPACITIES[place % 3]))
        .collect();
    let sent: Vec<_> = (0..ways).map(|_| AtomicU64::new(1)).collect();
    let mut received = vec![0; ways];
    for (tx, _) in &ends {
        tx.send(0).unwrap();
    }
    let parties = ["the only thread".to_owned()];
    let name = format!("{parts:?} over {ways} channels");
    let progress = Progress::new(name, choices, parties);
    let steps = progress.party(0);
    let observers: Vec<_> = ends.iter().map(|(tx, _)| tx.observer()).collect();
    let _watchdog =
        Watchdog::watch(&progress, move || format!("{observers:?}"));
    let receives = ends.iter().enumerate().map(|(n, end)| receiving(n, &end.1));
    let sends = (ends.iter().zip(&sent).enumerate())
        .map(|(n, (end, next))| sending(n, &end.0, next));
    let mut event = match parts {
        Parts::Receives => choose(receives),
        Parts::Sends => choose(sends),
        Parts::Both => choose(receives.chain(sends)),
    };
    for _ in 0..choices {
        let answer = event.sync();
        let (place, length) = match answer {
            Answer::Received(place, _) => (place, 0),
            Answer::Sent(place) => (place, 2),
        };
        for (other, (tx, _)) in ends.iter().enumerate() {
            let expected = if other == place { length } else { 1 };
            assert_eq!(tx.len(), expected, "of {other} after {answer:?}");
        }
        let (tx, rx) = &ends[place];
        let number = match answer {
            Answer::Received(_, number) => number,
            Answer::Sent(_) => {
                sent[place].fetch_add(1, Ordering::Relaxed);
                rx.try_recv().unwrap()
            }
        };
        assert_eq!(number, received[place], "of {place}");
        received[place] += 1;
        if length == 0 {
            let number = sent[place].fetch_add(1, Ordering::Relaxed);
            tx.try_send(number).unwrap();
        }
        steps.step();
    }
}

const WAYS: usize = 4;

fn channels(capacity: Option<usize>) -> Vec<Ends> {
    (0..WAYS)
        .map(|_| channel::with_capacity(capacity))
        .collect()
}

/// Watches the threads of a contest, with `choices` to make.
fn contest(
    name: &str,
    threads: usize,
    choices: u64,
    ends: &[Ends],
) -> (Arc<Progress>, Watchdog) {
    let parties = (0..threads).map(|number| format!("thread {number}"));
    let progress = Progress::new(name, choices, parties);
    let observers: Vec<_> = ends.iter().map(|(tx, _)| tx.observer()).collect();
    let watchdog = Watchdog::watch(&progress, move || format!("{observers:?}"));
    (progress, watchdog)
}

/// Chooses among the receives; what was received, of each channel.
fn choose_receives(ends: &[Ends], choices: u64, steps: &Steps) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); ends.len()];
    let receives = ends.iter().enumerate().map(|(n, end)| receiving(n, &end.1));
    let mut event = choose(receives);
    for _ in 0..choices {
        match event.sync() {
            Answer::Received(place, number) => seen[place].add(number),
            Answer::Sent(_) => unreachable!("all are receives"),
        }
        steps.step();
    }
    seen
}

/// Chooses among sends of the same number, which rises with each choice.
fn choose_sends(ends: &[Ends], numbers: std::ops::Range<u64>, steps: &Steps) {
    let next = AtomicU64::new(numbers.start);
    let sends = ends
        .iter()
        .enumerate()
        .map(|(n, end)| sending(n, &end.0, &next));
    let mut event = choose(sends);
    for number in numbers {
        next.store(number, Ordering::Relaxed);
        event.sync();
        steps.step();
    }
}

fn tally(numbers: impl Iterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    numbers.for_each(|number| tally.add(number));
    tally
}

/// Threads receive from channels that all have messages, to the end.
fn contested_receives(threads: usize, choices: u64) {
    // Twice as many as are taken, so that none runs dry.
    let filled = choices / 2 + 1_000;
    let ends = channels(None);
    for (tx, _) in &ends {
        tx.send_many(0..filled).unwrap();
    }
    let name = format!("{threads} threads choose among receives");
    let (progress, _watchdog) = contest(&name, threads, choices, &ends);
    let seen: Vec<Vec<Seen>> = thread::scope(|scope| {
        let ends = &ends;
        let shares = split(choices, threads).into_iter().enumerate();
        let running: Vec<_> = shares
            .map(|(number, choices)| {
                let steps = progress.party(number);
                scope.spawn(move || choose_receives(ends, choices, &steps))
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut left = 0;
    for (place, (tx, _)) in ends.iter().enumerate() {
        let mut received = Tally::default();
        for seen in &seen {
            received.merge(seen[place].tally);
            assert_eq!(seen[place].breaks, 0, "out of order in {place}");
        }
        let here = tx.len() as u64;
        assert_eq!(received, tally(0..filled - here), "of {place}");
        left += here;
    }
    assert_eq!(left, WAYS as u64 * filled - choices, "one each");
}

/// Threads send to channels that all have room, to the end.
fn contested_sends(threads: usize, choices: u64) {
    let room = choices / 2 + 1_000;
    let ends = channels(Some(room as usize));
    let name = format!("{threads} threads choose among sends");
    let (progress, _watchdog) = contest(&name, threads, choices, &ends);
    send_all(&ends, threads, choices, &progress);
    let lengths = ends.iter().map(|(tx, _)| tx.len() as u64);
    assert_eq!(lengths.sum::<u64>(), choices, "one each");
    let all = ends.iter().flat_map(|(_, rx)| rx.drain());
    assert_eq!(tally(all), tally(0..choices));
}

/// Splits the numbers below `choices` among threads that send them.
fn send_all(
    ends: &[Ends],
    threads: usize,
    choices: u64,
    progress: &Arc<Progress>,
) {
    thread::scope(|scope| {
        let mut begin = 0;
        for (number, share) in split(choices, threads).into_iter().enumerate() {
            let numbers = begin..begin + share;
            begin += share;
            let steps = progress.party(number);
            scope.spawn(move || choose_sends(ends, numbers, &steps));
        }
    });
}

/// Threads that choose among sends meet threads that choose among receives.
fn meetings(capacity: usize, senders: usize, receivers: usize, choices: u64) {
    let ends = channels(Some(capacity));
    let name = format!("capacity {capacity}: {senders} meet {receivers}");
    let threads = senders + receivers;
    let (progress, _watchdog) = contest(&name, threads, 2 * choices, &ends);
    let received: Vec<Vec<Seen>> = thread::scope(|scope| {
        let (ends, progress) = (&ends, &progress);
        scope.spawn(move || send_all(ends, senders, choices, progress));
        let shares = split(choices, receivers).into_iter().enumerate();
        let running: Vec<_> = shares
            .map(|(number, choices)| {
                let steps = progress.party(senders + number);
                scope.spawn(move || choose_receives(ends, choices, &steps))
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    for seen in received.iter().flatten() {
        all.merge(seen.tally);
    }
    assert_eq!(all, tally(0..choices));
    assert!(ends.iter().all(|(tx, _)| tx.is_empty()));
}

fn timed(what: &str, choices: u64, run: impl FnOnce()) {
    let begin = Instant::now();
    run();
    let seconds = begin.elapsed().as_secs_f64();
    println!("{what}: {} choices, {seconds:.1} s", shown(choices));
}

/// CHOICES=10_000_000 is `make choices`: so many with several ready parts, of
/// which three fifths alone. Those that meet others come on top.
#[test]
fn exactly_one_part_commits() {
    let total = asked("CHOICES", 50_000);
    let contested = total * 2 / 5;
    let single = split(total - contested, 12);
    let mut single = single.into_iter();
    for parts in [Parts::Receives, Parts::Sends, Parts::Both] {
        for ways in [2, 3, 5, 16] {
            let choices = single.next().expect("there are twelve");
            let what = format!("one thread, {parts:?} over {ways} channels");
            timed(&what, choices, || alone(parts, ways, choices));
        }
    }
    let mut shares = split(contested, 6).into_iter();
    for threads in [2, 3, 4] {
        let choices = shares.next().expect("there are six");
        timed(&format!("{threads} threads, receives"), choices, || {
            contested_receives(threads, choices);
        });
        let choices = shares.next().expect("there are six");
        timed(&format!("{threads} threads, sends"), choices, || {
            contested_sends(threads, choices);
        });
    }
    println!("{} choices with several ready parts", shown(total));
    let each = total / 100;
    for capacity in [0, 1, 2, 64] {
        for (senders, receivers) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let what = format!(
                "capacity {capacity}, {senders} that send, {receivers} that \
                 receive"
            );
            timed(&what, 2 * each, || {
                meetings(capacity, senders, receivers, each);
            });
        }
    }
}
