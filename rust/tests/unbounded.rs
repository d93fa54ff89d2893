//! A channel without a bound.

use chanpatterns::channel::{self, RecvError, TryRecvError};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

mod common;
use common::waiting_recv;

#[test]
fn a_send_never_waits() {
    let (tx, rx) = channel::unbounded();
    assert_eq!((tx.capacity(), rx.capacity()), (None, None));
    for n in 0..10_000 {
        tx.send(n).unwrap();
        assert!(!tx.is_full() && !rx.is_full());
    }
    assert_eq!((tx.len(), rx.len()), (10_000, 10_000));
    assert!(!tx.is_empty() && !rx.is_empty());
    assert!((0..10_000).all(|n| rx.try_recv() == Ok(n)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(tx.is_empty() && rx.is_empty());
}

#[test]
fn try_send_and_send_with_a_timeout_are_in_the_same_order() {
    let (tx, rx) = channel::unbounded();
    tx.try_send(1).unwrap();
    tx.send_timeout(2, Duration::ZERO).unwrap();
    tx.clone().send(3).unwrap();
    tx.send_watched(4, None, Duration::ZERO, || false).unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn each_message_ends_one_receive_that_waits() {
    let (tx, rx) = channel::unbounded();
    thread::scope(|scope| {
        let receivers = [(); 3].map(|()| waiting_recv(scope, &rx));
        tx.send_many(0..3).unwrap();
        let mut got = receivers.map(|receiver| receiver.join().unwrap());
        got.sort_by_key(|received| received.ok());
        assert_eq!(got, [Ok(0), Ok(1), Ok(2)]);
        assert!(tx.is_empty());
    });
}

#[test]
fn what_is_queued_is_dropped_with_the_last_receiver() {
    let (tx, rx) = channel::unbounded();
    let token = Arc::new(());
    for _ in 0..5 {
        tx.send(Arc::clone(&token)).unwrap();
    }
    let other = rx.clone();
    drop(rx);
    assert_eq!(Arc::strong_count(&token), 6, "a receiver is left");
    drop(other);
    assert_eq!(Arc::strong_count(&token), 1, "the sender alone keeps them");
    assert!(tx.send(Arc::clone(&token)).is_err());
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn what_is_queued_outlives_the_last_sender() {
    let (tx, rx) = channel::unbounded();
    let token = Arc::new(());
    tx.send(Arc::clone(&token)).unwrap();
    drop(tx);
    assert_eq!(Arc::strong_count(&token), 2);
    assert!(rx.recv().is_ok());
    assert_eq!(rx.recv(), Err(RecvError));
}

/// A message that holds a sender of the channel it is queued on.
struct Knot {
    _token: Arc<()>,
    _tx: channel::Sender<Knot>,
}

#[test]
fn a_channel_that_is_queued_on_itself_is_freed() {
    let token = Arc::new(());
    let (tx, rx) = channel::unbounded();
    let knot = Knot {
        _token: Arc::clone(&token),
        _tx: tx.clone(),
    };
    tx.send(knot).ok().unwrap();
    drop(tx);
    assert_eq!(Arc::strong_count(&token), 2);
    drop(rx);
    assert_eq!(Arc::strong_count(&token), 1);
}
