//! What threads see is what a plain channel does: recorded histories are
//! explained, or they are wrong. And wrong ones are not explained.

// Under a model checker, tests/loom.rs and tests/shuttle.rs do this.
#![cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]

use history::party::{histories, parties, start};
use history::plain::Channel;
use history::random::{self, Dice};
use history::{Event, Manner, Op, Outcome, assert_explained, explains};
use std::sync::{Arc, Barrier};
use std::thread;

mod history;

/// How many programs, and how often each runs.
const PROGRAMS: u64 = 150;
const RUNS: usize = 20;

/// Runs the programs side by side, then receives what is left.
fn run(start: &Channel, programs: &[Vec<Op>]) -> Vec<Vec<Event>> {
    let (parties, last) = parties(start, programs);
    let barrier = Arc::new(Barrier::new(parties.len()));
    let running: Vec<_> = parties
        .into_iter()
        .zip(programs.to_vec())
        .map(|(mut party, program)| {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                barrier.wait();
                party.run(program);
                party
            })
        })
        .collect();
    let joined = running.into_iter().map(|thread| thread.join().unwrap());
    histories(joined.collect(), last)
}

#[test]
fn what_threads_see_is_explained() {
    for seed in 0..PROGRAMS {
        let (start, programs) = random::programs(&mut Dice::new(seed), 3, 3);
        for _ in 0..RUNS {
            assert_explained(&start, &run(&start, &programs));
        }
    }
}

/// Calls of one thread: what, what came back, from when until when.
type Calls<'a> = &'a [(Op, Outcome, usize, usize)];

fn is_explained(
    capacity: Option<usize>,
    queue: &[u8],
    threads: &[Calls<'_>],
) -> bool {
    let event = |call: &(Op, Outcome, usize, usize)| Event {
        op: call.0.clone(),
        outcome: call.1.clone(),
        began: call.2,
        ended: call.3,
    };
    let histories: Vec<Vec<Event>> = threads
        .iter()
        .map(|calls| calls.iter().map(event).collect())
        .collect();
    let programs: Vec<Vec<Op>> = threads
        .iter()
        .map(|calls| calls.iter().map(|call| call.0.clone()).collect())
        .collect();
    let start = start(capacity, queue.iter().copied(), &programs);
    explains(&start, &histories)
}

const TRY_RECV: Op = Op::Recv(Manner::Try);
const RECV: Op = Op::Recv(Manner::Wait);

fn try_send(message: u8) -> Op {
    Op::Send(Manner::Try, message)
}

fn send(message: u8) -> Op {
    Op::Send(Manner::Wait, message)
}

#[test]
fn a_message_that_is_lost_is_noticed() {
    use Outcome::{Done, Got, NotNow};
    for capacity in [Some(1), Some(2), None] {
        let calls = |outcome| {
            let sent = (send(1), Done, 0, 1);
            is_explained(capacity, &[], &[&[sent, (TRY_RECV, outcome, 2, 3)]])
        };
        assert!(calls(Got(1)));
        assert!(!calls(NotNow));
    }
    // It may not have been sent yet.
    let (sent, received) = ((send(1), Done, 0, 3), (TRY_RECV, NotNow, 1, 2));
    assert!(is_explained(None, &[], &[&[sent], &[received]]));
}

#[test]
fn a_message_that_comes_twice_is_noticed() {
    use Outcome::{Got, NotNow};
    for capacity in [Some(1), Some(2), None] {
        let calls = |outcome| {
            let first = (TRY_RECV, Got(1), 0, 1);
            is_explained(capacity, &[1], &[&[first], &[(RECV, outcome, 0, 1)]])
        };
        assert!(!calls(Got(1)));
        assert!(!calls(NotNow), "one that waits does not give up");
    }
}

#[test]
fn an_order_that_is_broken_is_noticed() {
    use Outcome::{Got, GotMany};
    for capacity in [Some(2), None] {
        let calls = |first, second| {
            let calls = [(RECV, Got(first), 0, 1), (RECV, Got(second), 2, 3)];
            is_explained(capacity, &[1, 2], &[&calls])
        };
        assert!(calls(1, 2));
        assert!(!calls(2, 1));
        let drain = |messages| {
            let call = (Op::Drain, GotMany(messages), 0, 1);
            is_explained(capacity, &[1, 2], &[&[call]])
        };
        assert!(drain(vec![1, 2]));
        assert!(!drain(vec![2, 1]) && !drain(vec![1]));
    }
}

#[test]
fn more_than_the_capacity_is_noticed() {
    use Outcome::{Count, Done, NotNow};
    for capacity in 0..3 {
        let queue: Vec<u8> = (0..capacity).collect();
        let calls = |outcome| {
            let call = (try_send(9), outcome, 0, 1);
            is_explained(Some(capacity.into()), &queue, &[&[call]])
        };
        assert!(calls(NotNow));
        assert!(!calls(Done));
        let more = (Op::Len, Count(queue.len() + 1), 0, 1);
        assert!(!is_explained(Some(capacity.into()), &queue, &[&[more]]));
    }
    // A permit takes a place.
    let kept = (Op::ReserveSend(Manner::Wait, 1), Done, 0, 1);
    let (second, third) =
        ((try_send(2), Done, 2, 3), (try_send(3), Done, 4, 5));
    let calls = [kept, second, third];
    assert!(!is_explained(Some(2), &[], &[&calls]));
    assert!(is_explained(Some(3), &[], &[&calls]));
}

#[test]
fn a_rendezvous_that_nobody_came_to_is_noticed() {
    use Outcome::{Done, Got};
    let meet = |sending, receiving, received| {
        let sent = (sending, Done, 0, 2);
        let received = (receiving, Got(1), received, 9);
        is_explained(Some(0), &[], &[&[sent], &[received]])
    };
    assert!(meet(send(1), RECV, 1));
    assert!(meet(try_send(1), RECV, 1));
    assert!(meet(send(1), TRY_RECV, 1));
    assert!(
        !meet(send(1), RECV, 3),
        "the send returned before it was taken"
    );
    assert!(!meet(try_send(1), TRY_RECV, 1), "neither waits");
}

#[test]
fn a_message_that_is_given_back_and_received_is_noticed() {
    use Outcome::{Got, NotNow};
    for capacity in [Some(0), Some(1), Some(2)] {
        let queue: Vec<u8> = (2..2 + capacity.unwrap() as u8).collect();
        let meet = |manner| {
            let sent = (Op::Send(manner, 1), NotNow, 0, 9);
            let first = queue.iter().map(|&m| (RECV, Got(m), 0, 9));
            let calls: Vec<_> = first.chain([(RECV, Got(1), 0, 9)]).collect();
            is_explained(capacity, &queue, &[&[sent], &calls])
        };
        assert!(!meet(Manner::Try) && !meet(Manner::Until));
        // A future that is dropped may have been sent, where its message was
        // handed over.
        assert_eq!(meet(Manner::Dropped), capacity < Some(2));
    }
}

#[test]
fn a_message_that_is_cancelled_away_is_noticed() {
    use Outcome::{Done, Got, NotNow};
    for capacity in [Some(0), Some(1), Some(2), None] {
        let calls = |left| {
            let cancelled = (Op::Recv(Manner::Dropped), NotNow, 0, 5);
            let sent = (try_send(1), Done, 1, 2);
            let left = (TRY_RECV, left, 6, 7);
            is_explained(capacity, &[], &[&[cancelled], &[sent, left]])
        };
        assert!(calls(Got(1)));
        assert!(!calls(NotNow));
    }
}

/// Where messages are handed over, two may be given back after one another.
#[test]
fn cancelled_receives_that_swap_the_order_are_noticed() {
    use Outcome::{Done, Got, NotNow};
    for capacity in [Some(0), Some(1)] {
        let calls = |first, second| {
            let cancelled = [(Op::Recv(Manner::Dropped), NotNow, 0, 9)];
            let rest = [
                (try_send(1), Done, 1, 2),
                (try_send(2), Done, 3, 4),
                (TRY_RECV, Got(first), 10, 11),
                (TRY_RECV, Got(second), 12, 13),
            ];
            let threads: [Calls<'_>; 3] = [&cancelled, &cancelled, &rest];
            is_explained(capacity, &[], &threads)
        };
        assert!(calls(1, 2));
        assert!(!calls(2, 1));
    }
}

#[test]
fn a_close_that_is_not_one_is_noticed() {
    use Outcome::{Closed, Done, First, Got};
    for capacity in [Some(1), Some(2), None] {
        let after = |calls: Calls<'_>| {
            let mut all = vec![(Op::Close, First(true), 0, 1)];
            all.extend(calls.iter().cloned());
            is_explained(capacity, &[7], &[&all])
        };
        assert!(after(&[(send(1), Closed, 2, 3), (RECV, Got(7), 4, 5)]));
        assert!(after(&[(RECV, Got(7), 4, 5), (RECV, Closed, 6, 7)]));
        assert!(!after(&[(RECV, Closed, 2, 3)]), "it was not drained");
        assert!(!after(&[(RECV, Got(7), 2, 3), (send(1), Done, 4, 5)]));
        assert!(!after(&[(Op::Close, First(true), 2, 3)]), "it was closed");
        assert!(after(&[(Op::Close, First(false), 2, 3)]));
    }
    // The last sender's drop is a close, and no other.
    let drops = |outcome, other: Calls<'_>| {
        let sender = (Op::DropSender, Done, 0, 1);
        let receiver = (RECV, outcome, 2, 3);
        is_explained(None, &[], &[&[sender], &[receiver], other])
    };
    assert!(drops(Closed, &[]));
    assert!(!drops(Closed, &[(Op::DropSender, Done, 4, 5)]));
}

#[test]
fn a_batch_that_ends_too_early_is_noticed() {
    use Outcome::{Closed, Done, GotMany, Unsent};
    let batch = |limit, messages| {
        let call = (Op::RecvMany(limit), GotMany(messages), 0, 1);
        is_explained(None, &[1, 2, 3], &[&[call]])
    };
    assert!(batch(2, vec![1, 2]) && batch(4, vec![1, 2, 3]));
    assert!(!batch(3, vec![1, 2]) && !batch(2, vec![1, 2, 3]));
    let unsent = |count, second| {
        let messages = Op::SendMany(vec![1, 2]);
        let sent = (messages, Unsent(count), 0, 9);
        let close = (Op::Close, Outcome::First(true), 0, 9);
        let other = (send(3), second, 10, 11);
        is_explained(None, &[], &[&[sent, other], &[close]])
    };
    assert!(unsent(0, Closed) && unsent(1, Closed) && unsent(2, Closed));
    assert!(!unsent(1, Done), "it came back, and the channel is open");
}
