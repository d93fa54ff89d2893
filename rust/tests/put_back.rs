//! What a receiver puts back is the next message, whoever asks for it.

use chanpatterns::channel::{self, TryRecvError};
use std::thread;

mod common;
use common::{waiting_recv, waiting_send};

#[test]
fn it_is_received_before_all_that_is_queued() {
    for capacity in [None, Some(2)] {
        let (tx, rx) = channel::with_capacity(capacity);
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        let first = rx.recv().unwrap();
        rx.put_back(first);
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    }
}

#[test]
fn it_wakes_a_receiver_that_waits() {
    let (_tx, rx) = channel::unbounded();
    thread::scope(|scope| {
        let waiting = waiting_recv(scope, &rx);
        rx.put_back(7);
        assert_eq!(waiting.join().unwrap(), Ok(7));
    });
}

#[test]
fn it_survives_the_close() {
    let (tx, rx) = channel::rendezvous();
    let message = thread::scope(|scope| {
        scope.spawn(|| tx.send(1).unwrap());
        rx.recv().unwrap()
    });
    drop(tx);
    rx.put_back(message);
    assert_eq!(rx.iter().collect::<Vec<_>>(), [1]);
}

/// A message that was put back stands beside the buffer's places: the sender
/// that waits is admitted when one of those is free.
#[test]
fn it_admits_no_sender_that_waits() {
    for capacity in [1, 2] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send(0).unwrap();
        let message = rx.recv().unwrap();
        (1..=capacity).for_each(|n| tx.send(n).unwrap());
        thread::scope(|scope| {
            let sending = waiting_send(scope, &tx, capacity + 1);
            rx.put_back(message);
            assert_eq!(rx.len(), capacity + 1);
            assert_eq!(rx.try_recv(), Ok(0));
            assert_eq!(rx.len(), capacity, "a sender came in too early");
            let rest = rx.iter().take(capacity + 1);
            assert!(rest.eq(1..=capacity + 1));
            assert_eq!(sending.join().unwrap(), Ok(()));
        });
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn at_capacity_zero_it_comes_before_the_sender_that_waits() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        scope.spawn(|| tx.send(1).unwrap());
        let message = rx.recv().unwrap();
        let sending = waiting_send(scope, &tx, 2);
        rx.put_back(message);
        assert_eq!((rx.try_recv(), rx.len()), (Ok(1), 0));
        assert_eq!(rx.try_recv(), Ok(2));
        assert_eq!(sending.join().unwrap(), Ok(()));
    });
}
