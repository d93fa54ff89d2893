//! loom tries every interleaving of small programs on the channels whose every
//! receiver sees every message.
//!
//! Whoever is not woken is a deadlock, which loom finds. Under loom every
//! deadline has passed: whoever has one stands in the queue for a moment.
#![cfg(chanpatterns_loom)]

use chanpatterns::channel::{
    RecvError, SendTimeoutError, broadcast, ring_broadcast, watch,
};
use loom::thread;
use std::time::Instant;

/// Runs `program` in every way, but for those in which threads are stopped more
/// than so often where they could go on.
fn check(preemptions: usize, program: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check(program);
}

fn bounded(
    capacity: usize,
) -> (broadcast::Sender<u8>, broadcast::Receiver<u8>) {
    broadcast::bounded(capacity).unwrap()
}

#[test]
fn a_receive_is_woken_by_a_send_and_by_the_close() {
    check(4, || {
        let (tx, rx) = bounded(1);
        let sender = thread::spawn(move || tx.send(1).unwrap());
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(rx.recv(), Err(RecvError));
        sender.join().unwrap();
    });
}

#[test]
fn every_receiver_is_woken_and_frees_the_sender() {
    check(2, || {
        let (tx, one) = bounded(1);
        let two = one.clone();
        let tap = thread::spawn(move || assert!(two.iter().eq([1, 2])));
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        assert!(one.iter().eq([1, 2]));
        tap.join().unwrap();
        sender.join().unwrap();
    });
}

#[test]
fn a_receiver_that_leaves_frees_the_sender() {
    check(3, || {
        let (tx, slow) = bounded(1);
        let fast = slow.clone();
        tx.send(1).unwrap();
        let leaves = thread::spawn(move || drop(slow));
        let sender = thread::spawn(move || tx.send(2).unwrap());
        assert_eq!(fast.recv(), Ok(1));
        assert_eq!(fast.recv(), Ok(2));
        leaves.join().unwrap();
        sender.join().unwrap();
    });
}

#[test]
fn the_last_receiver_that_leaves_ends_every_wait() {
    check(3, || {
        let (tx, rx) = bounded(1);
        tx.send(1).unwrap();
        let other = tx.clone();
        let sender = thread::spawn(move || other.send(2).is_err());
        let leaves = thread::spawn(move || drop(rx));
        tx.closed().wait();
        assert!(sender.join().unwrap());
        leaves.join().unwrap();
    });
}

#[test]
fn a_close_ends_every_wait() {
    check(3, || {
        let (tx, full) = bounded(1);
        tx.send(1).unwrap();
        let empty = tx.subscribe();
        let (sends, closes) = (tx.clone(), tx);
        let sender = thread::spawn(move || sends.send(2).is_err());
        let receiver = thread::spawn(move || empty.recv());
        closes.close();
        assert!(sender.join().unwrap());
        assert_eq!(receiver.join().unwrap(), Err(RecvError));
        assert!(full.try_iter().eq([1]));
    });
}

#[test]
fn a_send_that_gives_up_passes_its_room_on() {
    check(2, || {
        let (tx, rx) = bounded(1);
        tx.send(0).unwrap();
        let patient = tx.clone();
        let patient = thread::spawn(move || patient.send(1).unwrap());
        let hasty =
            thread::spawn(move || match tx.send_deadline(2, Instant::now()) {
                Ok(()) => true,
                Err(SendTimeoutError::Timeout(2)) => false,
                Err(error) => panic!("{error:?}"),
            });
        assert_eq!(rx.recv(), Ok(0));
        let mut rest: Vec<u8> = rx.iter().collect();
        patient.join().unwrap();
        rest.sort();
        match hasty.join().unwrap() {
            true => assert_eq!(rest, [1, 2]),
            false => assert_eq!(rest, [1]),
        }
    });
}

#[test]
fn two_senders_wait_for_one_receiver() {
    check(2, || {
        let (tx, rx) = bounded(1);
        tx.send(0).unwrap();
        let senders = [1, 2].map(|n| {
            let tx = tx.clone();
            thread::spawn(move || tx.send(n).unwrap())
        });
        drop(tx);
        let mut all: Vec<u8> = rx.iter().collect();
        all.sort();
        assert_eq!(all, [0, 1, 2]);
        let _ = senders.map(|sender| sender.join().unwrap());
    });
}

#[test]
fn what_a_ring_gives_and_what_it_tells_are_all_that_was_sent() {
    check(2, || {
        let (tx, rx) = ring_broadcast::channel(1).unwrap();
        let sender = thread::spawn(move || {
            (0..3).for_each(|n| tx.send(n).unwrap());
        });
        let mut next = 0;
        for item in rx {
            match item {
                Ok(message) => {
                    assert_eq!(message, next);
                    next += 1;
                }
                Err(ring_broadcast::Lagged(missed)) => next += missed,
            }
        }
        assert_eq!(next, 3);
        sender.join().unwrap();
    });
}

#[test]
fn a_watch_gives_its_last_value() {
    check(3, || {
        let (tx, rx) = watch::channel(0);
        let other = tx.clone();
        let senders = [tx, other].map(|tx| {
            thread::spawn(move || tx.send_modify(|n| *n += 1).unwrap())
        });
        let seen: Vec<u8> = rx.iter().collect();
        assert!(seen == [1, 2] || seen == [2], "{seen:?}");
        let _ = senders.map(|sender| sender.join().unwrap());
    });
}
