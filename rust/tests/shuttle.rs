//! shuttle tries schedules at random, of programs at random and of choices:
//! `make models` (10⁶ schedules), `make test` (some thousands).
//!
//! The environment variable SCHEDULES says how many in all. Half of them
//! choose the next thread at random, half follow PCT, which bounds how often
//! priorities change and so finds bugs that need few, well-placed preemptions.
#![cfg(chanpatterns_shuttle)]

use chanpatterns::channel;
use chanpatterns::event::{
    self, Event as Choice, choose, never, new_channel, receive, send,
};
use history::party::{Party, histories, parties};
use history::plain::Channel;
use history::random::{self, Dice};
use history::{Event, Op, assert_explained};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::{Config, Runner, thread};
use std::sync::Arc;

mod history;

/// How many schedules a test tries of its share.
fn schedules(share: usize) -> usize {
    let all = match std::env::var("SCHEDULES") {
        Err(_) => 20_000,
        Ok(text) => text.parse().unwrap_or_else(|_| {
            panic!("SCHEDULES is a number of schedules, not {text:?}")
        }),
    };
    assert!(all > 0, "SCHEDULES is at least 1, not 0");
    (all / share).max(1)
}

/// Runs `program` under `count` schedules, half of them by each scheduler.
fn try_all(count: usize, program: impl Fn() + Send + Sync + 'static) {
    let program = Arc::new(program);
    let run = |program: &Arc<_>| {
        let program: Arc<dyn Fn() + Send + Sync> = Arc::clone(program) as _;
        move || program()
    };
    let half = count.div_ceil(2);
    let random = RandomScheduler::new(half);
    Runner::new(random, Config::new()).run(run(&program));
    let pct = PctScheduler::new(3, half);
    Runner::new(pct, Config::new()).run(run(&program));
}

fn observe(start: &Channel, programs: &[Vec<Op>]) -> Vec<Vec<Event>> {
    let (parties, last) = parties(start, programs);
    let running: Vec<thread::JoinHandle<Party>> = parties
        .into_iter()
        .zip(programs.to_vec())
        .map(|(mut party, program)| {
            thread::spawn(move || {
                party.run(program);
                party
            })
        })
        .collect();
    let joined = running.into_iter().map(|thread| thread.join().unwrap());
    histories(joined.collect(), last)
}

/// Runs programs at random, each under some schedules, and asks of all that
/// happened whether a plain channel could have done it. One runner tries all:
/// each one more would keep the stacks of its threads.
fn explain_all(
    count: usize,
    seed: u64,
    program: impl Fn(&mut Dice) -> (Channel, Vec<Vec<Op>>) + Send + Sync + 'static,
) {
    const OF_EACH: usize = 25;
    let tried = std::sync::atomic::AtomicUsize::new(0);
    let drawn = std::sync::Mutex::new((Dice::new(seed), None));
    try_all(count, move || {
        let number = tried.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let (start, programs) = {
            let (dice, current) = &mut *drawn.lock().unwrap();
            if number % OF_EACH == 0 {
                *current = Some(program(dice));
            }
            current.clone().expect("the first of each draws")
        };
        assert_explained(&start, &observe(&start, &programs));
    });
}

/// Sends, receives, tries, deadlines, futures that are dropped, permits,
/// batches, closes, drops of the ends: what happened must be what a plain
/// channel could have done.
#[test]
fn programs_at_random_are_explained_by_a_plain_channel() {
    explain_all(schedules(2), 1, |dice| random::programs(dice, 3, 3));
}

/// The same with four threads, and with five, which do less each.
#[test]
fn programs_of_four_and_five_are_explained_by_a_plain_channel() {
    for (seed, (threads, calls)) in (2..).zip([(4, 2), (5, 2), (4, 3)]) {
        explain_all(schedules(24), seed, move |dice| {
            random::programs(dice, threads, calls)
        });
    }
}

/// Two senders, two receivers and one who gives up on either side: what was
/// sent arrives, once, and in the order of its sender.
#[test]
fn crowds_lose_nothing() {
    for capacity in [None, Some(0), Some(1), Some(2)] {
        try_all(schedules(32), move || {
            let (tx, rx) = channel::with_capacity(capacity);
            let senders = [10, 20].map(|first| {
                let tx = tx.clone();
                thread::spawn(move || {
                    tx.send(first).unwrap();
                    tx.send(first + 1).unwrap();
                })
            });
            let hasty = thread::spawn(move || {
                let moment = std::time::Duration::from_secs(1);
                match tx.send_timeout(30, moment) {
                    Ok(()) => true,
                    Err(late) => late.into_inner() != 30,
                }
            });
            let other = rx.clone();
            let receiver = thread::spawn(move || {
                let moment = std::time::Duration::from_secs(1);
                let mut all = Vec::new();
                loop {
                    match other.recv_timeout(moment) {
                        Ok(message) => all.push(message),
                        Err(channel::RecvTimeoutError::Timeout) => {}
                        Err(channel::RecvTimeoutError::Closed) => return all,
                    }
                }
            });
            let mine: Vec<u8> = rx.iter().collect();
            let theirs = receiver.join().unwrap();
            senders.into_iter().for_each(|one| one.join().unwrap());
            let mut expected = vec![10, 11, 20, 21];
            expected.extend(hasty.join().unwrap().then_some(30));
            for seen in [&mine, &theirs] {
                for first in [10, 20] {
                    let of = seen.iter().filter(|m| **m / 10 == first / 10);
                    assert!(of.is_sorted(), "{seen:?}");
                }
            }
            let mut all = [mine, theirs].concat();
            all.sort();
            assert_eq!(all, expected);
        });
    }
}

/// Two parties offer both directions on two channels, in opposite orders.
#[test]
fn two_choices_meet_exactly_once() {
    try_all(schedules(8), || {
        let (a, b) = (new_channel(), new_channel());
        let party = |one: event::Channel<u8>, two: event::Channel<u8>, me| {
            choose([
                send(one.clone(), me).wrap(|()| None),
                receive(two.clone()).wrap(Some),
                send(two, me).wrap(|()| None),
                receive(one).wrap(Some),
            ])
            .sync()
        };
        let (one, two) = (a.clone(), b.clone());
        let left = thread::spawn(move || party(one, two, 1));
        let right = party(b, a, 2);
        let met = (left.join().unwrap(), right);
        assert!(matches!(met, (None, Some(1)) | (Some(2), None)), "{met:?}");
    });
}

/// Several messages are on offer, and one choice takes one of them.
#[test]
fn a_choice_takes_one_message_and_leaves_the_others() {
    for capacity in [None, Some(0), Some(1), Some(2)] {
        try_all(schedules(16), move || {
            let (tx, rx) = channel::with_capacity(capacity);
            let (other_tx, other) = channel::with_capacity(capacity);
            let senders = [(tx, 1), (other_tx, 2)]
                .map(|(tx, message)| thread::spawn(move || tx.send(message)));
            let first = choose([receive(&rx), receive(&other)]).sync();
            let left = match first {
                Ok(1) => other.recv(),
                _ => rx.recv(),
            };
            let mut both = [first.unwrap(), left.unwrap()];
            both.sort();
            assert_eq!(both, [1, 2]);
            for sender in senders {
                sender.join().unwrap().unwrap();
            }
        });
    }
}

/// A choice that gives up, at any moment, takes nothing with it.
#[test]
fn a_choice_that_gives_up_loses_nothing() {
    for capacity in [None, Some(0), Some(1), Some(2)] {
        try_all(schedules(16), move || {
            let (tx, rx) = channel::with_capacity(capacity);
            let (_quiet, silent) = channel::with_capacity(capacity);
            let sender = thread::spawn(move || tx.send(1));
            let timeout = std::time::Duration::from_secs(1);
            let mut event = choose([receive(&silent), receive(&rx)]);
            let received = match event.sync_timeout(timeout) {
                Some(received) => received,
                None => rx.recv(),
            };
            assert_eq!(received, Ok(1));
            assert_eq!(sender.join().unwrap(), Ok(()));
        });
    }
}

/// Of a choice's parts, those that were not chosen learn it, and no other.
#[test]
fn nacks_fire_for_the_losers_alone() {
    try_all(schedules(8), || {
        let (tx, rx) = channel::rendezvous();
        let (other_tx, other) = channel::rendezvous();
        let senders =
            [tx, other_tx].map(|tx| thread::spawn(move || tx.send(()).is_ok()));
        let fired = Arc::new(AtomicUsize::new(0));
        let mut watchers = Vec::new();
        let mut part = |rx: channel::Receiver<()>, place: usize| {
            let (nack_tx, nacks) = channel::unbounded::<Choice<'static, ()>>();
            let fired = Arc::clone(&fired);
            watchers.push(thread::spawn(move || {
                let mut nack = nacks.recv().unwrap();
                if nacks.recv().is_err() && nack.poll().is_some() {
                    fired.fetch_add(1 << place, Ordering::SeqCst);
                }
            }));
            event::with_nack(move |nack| {
                nack_tx.send(nack).ok().unwrap();
                receive(rx.clone()).wrap(move |_| place)
            })
        };
        let parts = [part(rx.clone(), 0), part(other.clone(), 1)];
        let chosen = choose(parts).sync();
        watchers
            .into_iter()
            .for_each(|watcher| watcher.join().unwrap());
        assert_eq!(fired.load(Ordering::SeqCst), 1 << (1 - chosen));
        drop((rx, other));
        let sent = senders.map(|sender| sender.join().unwrap());
        assert!(sent[chosen], "the one that was chosen was sent");
    });
}

/// A close, at any moment, ends whoever waits.
#[test]
fn a_close_ends_a_choice() {
    for capacity in [None, Some(0), Some(1), Some(2)] {
        try_all(schedules(16), move || {
            let (tx, rx) = channel::with_capacity::<u8>(capacity);
            let closer = thread::spawn(move || tx.close());
            let ended = choose([
                never(),
                receive(&rx).wrap(|received| received.is_err()),
            ])
            .sync();
            assert!(ended && closer.join().unwrap());
        });
    }
}
