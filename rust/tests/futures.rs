//! Futures that own their end, give up, and show what they hold.

use chanpatterns::channel::{self, RecvFuture, SendFuture, TryRecvError};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn held_by_send(send: &SendFuture<'_, i32>) -> Vec<i32> {
    let mut held = Vec::new();
    send.for_each_held(|&message| held.push(message));
    held
}

fn held_by_recv(receive: &RecvFuture<'_, i32>) -> Vec<i32> {
    let mut held = Vec::new();
    receive.for_each_held(|&message| held.push(message));
    held
}

#[test]
fn a_future_that_owns_its_end_keeps_it_open() {
    for capacity in [Some(0), Some(1), Some(3)] {
        let (tx, rx) = channel::with_capacity(capacity);
        tx.send_many(0..capacity.unwrap_or(0) as i32).unwrap();
        let mut send = tx.into_send_async(9);
        assert!(poll(&mut send).is_pending());
        assert!(!rx.is_closed());
        drop(send);
        assert!(rx.is_closed());
        assert!(rx.iter().eq(0..capacity.unwrap_or(0) as i32));

        let (tx, rx) = channel::with_capacity::<i32>(capacity);
        let mut receive = rx.into_recv_async();
        assert!(poll(&mut receive).is_pending());
        assert!(!tx.is_closed());
        drop(receive);
        assert!(tx.is_closed());
    }
}

#[test]
fn a_send_that_is_cancelled_gives_its_message_back() {
    for capacity in [0, 1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        assert_eq!(tx.send_async(8).cancel(), Some(8));
        tx.send_many(0..capacity as i32).unwrap();
        let mut send = tx.send_async(9);
        assert!(poll(&mut send).is_pending());
        assert_eq!(send.cancel(), Some(9));
        assert!(rx.drain().eq(0..capacity as i32));
    }
}

#[test]
fn a_send_that_is_cancelled_on_a_closed_channel_has_its_message() {
    for capacity in [0, 1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send_many(0..capacity as i32).unwrap();
        let mut send = tx.send_async(9);
        assert!(poll(&mut send).is_pending());
        drop(rx);
        assert_eq!(send.cancel(), Some(9));
    }
}

#[test]
fn a_send_that_is_cancelled_too_late_has_sent() {
    for capacity in [0, 1] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send_many(0..capacity as i32).unwrap();
        let mut send = tx.send_async(9);
        assert!(poll(&mut send).is_pending());
        let first = rx.try_recv();
        assert_eq!(send.cancel(), None);
        assert!(first.into_iter().chain(rx.drain()).any(|m| m == 9));
    }
}

#[test]
fn a_send_that_was_told_of_room_and_is_cancelled_passes_it_on() {
    let (tx, rx) = channel::bounded(2);
    tx.send_many([1, 2]).unwrap();
    let mut one = tx.send_async(8);
    let mut two = tx.send_async(9);
    assert!(poll(&mut one).is_pending() && poll(&mut two).is_pending());
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(one.cancel(), Some(8));
    assert_eq!(poll(&mut two), Poll::Ready(Ok(())));
    assert!(rx.drain().eq([2, 9]));
}

#[test]
fn a_future_that_was_ready_has_nothing_to_give_back() {
    let (tx, rx) = channel::unbounded();
    let mut send = tx.send_async(1);
    assert!(poll(&mut send).is_ready());
    assert_eq!(send.cancel(), None);
    rx.close();
    let mut send = tx.send_async(2);
    assert!(poll(&mut send).is_ready());
    assert_eq!(send.cancel(), None);
}

#[test]
fn each_message_is_shown_once() {
    for capacity in [0, 1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send_many(0..capacity as i32).unwrap();
        let mut send = tx.send_async(9);
        for _ in 0..2 {
            let mut seen = held_by_send(&send);
            tx.observer().for_each_queued(|&message| seen.push(message));
            seen.sort();
            assert!(seen.into_iter().eq((0..capacity as i32).chain([9])));
            assert!(poll(&mut send).is_pending());
        }
        drop(send);
        assert_eq!(rx.drain().count(), capacity);
        let mut receive = rx.recv_async();
        assert!(poll(&mut receive).is_pending());
        assert!(held_by_recv(&receive).is_empty());
        tx.try_send(7).unwrap();
        let mut seen = held_by_recv(&receive);
        tx.observer().for_each_queued(|&message| seen.push(message));
        assert_eq!(seen, [7]);
        drop(receive);
        assert_eq!(rx.try_recv(), Ok(7));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}
