//! loom tries the interleavings of small programs, and every history must be
//! one of a plain channel's (tests/history): `make models`.
//!
//! Whoever is not woken is a deadlock, which loom finds. A program that may
//! hang on a plain channel closes it at the end; any other does not, since a
//! close would wake whoever was forgotten.
//!
//! # Bounds
//!
//! A thread is preempted at most so often as is said below, where it could go
//! on; where it waits, the others run in every order. loom's reduction is not
//! exact under such a bound, so some interleavings within it are left out, too:
//! tests/shuttle.rs tries longer programs, without a bound, at random. Deadlines
//! have always passed (src/sync.rs), so one that gives up has looked once.
#![cfg(chanpatterns_loom)]

use history::party::{Party, histories, parties, start};
use history::plain::Channel;
use history::{Event, Manner, Message, Op, assert_explained, may_hang};
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

mod history;

/// How often a thread is preempted: in the pairs, in the programs of three.
const PAIRS: usize = 3;
const TRIPLES: usize = 2;

/// Runs the programs, the last of them on loom's first thread, in every way;
/// how many those were.
fn check(preemptions: usize, start: &Channel, programs: &[Vec<Op>]) -> usize {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let (start, programs) = (start.clone(), programs.to_vec());
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        assert_explained(&start, &run(&start, &programs));
    });
    count.load(Ordering::Relaxed)
}

fn run(start: &Channel, programs: &[Vec<Op>]) -> Vec<Vec<Event>> {
    let (mut parties, last) = parties(start, programs);
    let mut mine = parties.pop().expect("there is a program");
    let (my_program, programs) = programs.split_last().expect("the same");
    let running: Vec<_> = parties
        .into_iter()
        .zip(programs.to_vec())
        .map(|(mut party, program)| {
            thread::spawn(move || {
                party.run(program);
                party
            })
        })
        .collect();
    mine.run(my_program.clone());
    let joined = running.into_iter().map(|thread| thread.join().unwrap());
    let parties: Vec<Party> = joined.chain([mine]).collect();
    let mut histories = histories(parties, last);
    if start.capacity.is_none_or(|capacity| capacity > 1) {
        forget_time(&mut histories);
    }
    histories
}

/// Keeps only that the last thread ran after the others.
///
/// Two locks guard a channel of two places and more, and each side reads the
/// other's count without the other's lock. It sees whatever happened before in
/// the sense of the memory model; loom also shows it a count that is older than
/// a call which has returned elsewhere, with nothing in between that would
/// order the two. That is allowed, and no program can tell.
fn forget_time(histories: &mut [Vec<Event>]) {
    let last = histories.len() - 1;
    for (thread, events) in histories.iter_mut().enumerate() {
        let phase = usize::from(thread == last);
        for event in events {
            (event.began, event.ended) = (phase, phase);
        }
    }
}

/// Every operation there is; `message` is the first of its own.
fn every_operation(message: Message) -> Vec<Op> {
    use Manner::{Await, Dropped, Try, Until, Wait};
    let manners = [Try, Wait, Await, Until, Dropped];
    let sends = manners.map(|manner| Op::Send(manner, message));
    let receives = manners.map(Op::Recv);
    let mut all = Vec::new();
    all.extend(sends);
    all.extend(receives);
    all.extend([Try, Wait, Dropped].map(|m| Op::ReserveSend(m, message)));
    all.push(Op::ReserveDrop(Wait));
    all.extend([Op::SendMany(vec![message, message + 1]), Op::RecvMany(2)]);
    all.extend([Op::Drain, Op::PutBack(message), Op::Len, Op::Close]);
    all.extend([Op::DropSender, Op::DropReceiver]);
    all
}

/// The programs, with what they need to end. Where they may hang, all close at
/// the end; where they still may, since all wait for the same, one more closes.
fn ending(
    capacity: Option<usize>,
    queued: Message,
    mut programs: Vec<Vec<Op>>,
) -> (Channel, Vec<Vec<Op>>) {
    for closes in 0.. {
        let start = start(capacity, 0..queued, &programs);
        if !may_hang(&start, &programs) {
            return (start, programs);
        }
        match closes {
            0 => programs.iter_mut().for_each(|p| p.push(Op::Close)),
            _ => programs.push(vec![Op::Close]),
        }
    }
    unreachable!("a close ends every wait")
}

fn every_pair(capacity: Option<usize>, queued: Message) {
    let (ones, twos) = (every_operation(10), every_operation(20));
    let mut count = 0;
    for (place, one) in ones.iter().enumerate() {
        for two in &twos[place..] {
            let pair = vec![vec![one.clone()], vec![two.clone()]];
            let (start, programs) = ending(capacity, queued, pair);
            let bound = if programs.len() > 2 { TRIPLES } else { PAIRS };
            count += check(bound, &start, &programs);
        }
    }
    println!("capacity {capacity:?}, {queued} queued: {count} executions");
}

#[test]
fn every_pair_at_capacity_0() {
    every_pair(Some(0), 0);
}

#[test]
fn every_pair_at_capacity_1() {
    every_pair(Some(1), 0);
    every_pair(Some(1), 1);
}

#[test]
fn every_pair_at_capacity_2() {
    every_pair(Some(2), 0);
    every_pair(Some(2), 2);
}

#[test]
fn every_pair_without_a_bound() {
    every_pair(None, 0);
    every_pair(None, 1);
}

fn three(capacity: Option<usize>, queued: Message, programs: [Vec<Op>; 3]) {
    let (start, programs) = ending(capacity, queued, programs.to_vec());
    check(TRIPLES, &start, &programs);
}

/// Every capacity, with no messages and with as many as it has room for.
const STATES: [(Option<usize>, Message); 6] = [
    (Some(0), 0),
    (Some(1), 0),
    (Some(1), 1),
    (Some(2), 0),
    (Some(2), 2),
    (None, 0),
];

fn send(message: Message) -> Op {
    Op::Send(Manner::Wait, message)
}

fn recv() -> Op {
    Op::Recv(Manner::Wait)
}

/// Three threads with one operation each: whatever three of these.
fn every_triple(capacity: Option<usize>, queued: Message) {
    use Manner::{Dropped, Wait};
    let operations = |message| {
        [
            Op::Send(Wait, message),
            Op::Send(Dropped, message),
            Op::Recv(Wait),
            Op::Recv(Dropped),
            Op::ReserveSend(Wait, message),
            Op::ReserveSend(Dropped, message),
            Op::PutBack(message),
            Op::Drain,
            Op::Close,
        ]
    };
    let all = [10, 20, 30].map(operations);
    for (first, one) in all[0].iter().enumerate() {
        for (second, two) in all[1].iter().enumerate().skip(first) {
            for other in &all[2][second..] {
                let programs = [one, two, other].map(|op| vec![op.clone()]);
                three(capacity, queued, programs);
            }
        }
    }
}

#[test]
fn every_triple_at_capacity_0() {
    every_triple(Some(0), 0);
}

#[test]
fn every_triple_at_capacity_1() {
    every_triple(Some(1), 0);
    every_triple(Some(1), 1);
}

#[test]
fn every_triple_at_capacity_2() {
    every_triple(Some(2), 0);
    every_triple(Some(2), 2);
}

#[test]
fn three_with_a_receiver_that_leaves() {
    use Manner::{Await, Dropped, Try, Until};
    for (capacity, queued) in STATES {
        for leaves in [Dropped, Until, Try, Await] {
            let leaves = vec![Op::Recv(leaves)];
            let sends = vec![send(10), send(11)];
            three(capacity, queued, [vec![recv()], leaves, sends]);
        }
    }
}

#[test]
fn three_with_a_sender_that_leaves() {
    use Manner::{Await, Dropped, Until};
    for (capacity, queued) in STATES {
        for leaves in [Dropped, Until, Await] {
            let leaves = vec![Op::Send(leaves, 20)];
            let receives = vec![recv(), recv()];
            three(capacity, queued, [vec![send(10)], leaves, receives]);
        }
    }
}

#[test]
fn three_with_a_permit() {
    use Manner::{Dropped, Wait};
    for (capacity, queued) in STATES {
        for permit in [
            Op::ReserveSend(Wait, 20),
            Op::ReserveSend(Dropped, 20),
            Op::ReserveDrop(Wait),
        ] {
            for other in [send(10), Op::Recv(Dropped)] {
                let programs =
                    [vec![permit.clone()], vec![other], vec![recv()]];
                three(capacity, queued, programs);
            }
        }
    }
}

#[test]
fn three_with_a_batch_a_put_back_or_a_close() {
    for (capacity, queued) in STATES {
        let batch = vec![Op::SendMany(vec![10, 11])];
        three(capacity, queued, [vec![recv()], vec![recv()], batch]);
        let batch = vec![Op::RecvMany(2)];
        let sends = vec![send(10), send(11)];
        three(capacity, queued, [vec![recv()], batch, sends]);
        let cancelled = vec![Op::Recv(Manner::Dropped)];
        let back = vec![Op::PutBack(10)];
        three(capacity, queued, [vec![recv()], cancelled, back]);
        let close = vec![Op::Close];
        three(capacity, queued, [vec![recv()], vec![send(10)], close]);
        let last = vec![send(10), Op::DropSender];
        three(capacity, queued, [vec![recv()], vec![recv()], last]);
        let last = vec![recv(), Op::DropReceiver];
        three(capacity, queued, [vec![send(10)], vec![send(20)], last]);
    }
}

#[test]
fn three_with_two_senders_and_a_close() {
    use Manner::{Await, Wait};
    for (capacity, queued) in STATES {
        for manner in [Wait, Await] {
            let one = vec![Op::Send(manner, 10)];
            let two = vec![Op::Send(manner, 20)];
            three(capacity, queued, [one, two, vec![Op::Close]]);
        }
        let drained = vec![Op::Drain, Op::Close];
        three(capacity, queued, [vec![send(10)], vec![send(20)], drained]);
        let gone = vec![Op::DropReceiver];
        three(capacity, queued, [vec![send(10)], vec![send(20)], gone]);
    }
}

#[test]
fn three_where_both_sides_leave() {
    use Manner::{Dropped, Until};
    for (capacity, queued) in STATES {
        for leaves in [Dropped, Until] {
            let sends = vec![Op::Send(leaves, 20)];
            let receives = vec![Op::Recv(leaves)];
            let both = vec![send(10), recv()];
            three(capacity, queued, [sends.clone(), receives.clone(), both]);
            let one = [sends, vec![send(10)], vec![recv()]];
            three(capacity, queued, one);
            let other = [receives, vec![send(10)], vec![recv()]];
            three(capacity, queued, other);
        }
    }
}

/// Two receives that were handed a message each, and are dropped.
#[test]
fn three_with_two_receivers_that_leave() {
    for (capacity, queued) in STATES {
        let leaves = || vec![Op::Recv(Manner::Dropped)];
        let tries = [10, 11].map(|m| Op::Send(Manner::Try, m)).to_vec();
        three(capacity, queued, [leaves(), leaves(), tries]);
    }
}
