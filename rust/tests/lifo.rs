//! The stack: the newest first, whoever waits, leaves or comes back.

use chanpatterns::channel::{TryRecvError, TrySendError, lifo};
use std::thread;
use std::time::Duration;

mod common;
use common::poll::Task;
use common::waiting_send;

#[test]
fn the_newest_is_the_next_one() {
    for (tx, rx) in [lifo::unbounded(), lifo::bounded(4)] {
        tx.send_many([1, 2]).unwrap();
        assert_eq!(rx.recv(), Ok(2));
        tx.send(3).unwrap();
        let mut seen = Vec::new();
        rx.observer().for_each_queued(|message| seen.push(*message));
        assert_eq!(seen, [3, 1]);
        assert_eq!(rx.drain().collect::<Vec<_>>(), [3, 1]);
    }
}

#[test]
fn a_full_stack_holds_its_senders_and_admits_them_in_their_order() {
    let (tx, rx) = lifo::bounded(2);
    tx.send_many([1, 2]).unwrap();
    let late = tx.send_timeout(9, Duration::from_millis(1));
    assert_eq!(late.unwrap_err().into_inner(), 9);
    thread::scope(|scope| {
        let three = waiting_send(scope, &tx, 3);
        let four = Task::waiting(tx.send_async(4));
        assert_eq!(rx.recv(), Ok(2));
        three.join().unwrap().unwrap();
        assert_eq!(four.woken(), 0);
        // It came later than 3, and was admitted when 3 made room.
        assert_eq!(rx.recv(), Ok(3));
        assert_eq!(four.woken(), 1);
        four.ready().unwrap();
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [4, 1]);
    });
}

#[test]
fn a_batch_is_what_lies_there_and_then_what_waits() {
    let (tx, rx) = lifo::bounded(2);
    tx.send_many([1, 2]).unwrap();
    let three = Task::waiting(tx.send_async(3));
    assert_eq!(rx.drain().collect::<Vec<_>>(), [2, 1, 3]);
    three.ready().unwrap();

    tx.send_many([1, 2]).unwrap();
    let three = Task::waiting(tx.send_async(3));
    let mut batch = Vec::new();
    assert_eq!(rx.recv_many(&mut batch, 2), Ok(2));
    assert_eq!(batch, [2, 1]);
    three.ready().unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [3]);
}

#[test]
fn what_is_put_back_is_on_top_even_of_a_full_stack() {
    let (tx, rx) = lifo::bounded(2);
    tx.send_many([1, 2]).unwrap();
    let top = rx.recv().unwrap();
    tx.send(3).unwrap();
    rx.put_back(top);
    assert_eq!((rx.len(), rx.is_full()), (3, true));
    assert_eq!(rx.recv(), Ok(2));
    assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)));
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn a_permit_has_a_place_and_no_turn() {
    let (tx, rx) = lifo::bounded(2);
    let permit = tx.reserve().unwrap();
    tx.send(1).unwrap();
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    let waiting = Task::waiting(tx.send_async(2));
    permit.send(3).unwrap();
    assert_eq!(waiting.woken(), 0);
    assert_eq!(rx.recv(), Ok(3));
    assert_eq!(waiting.woken(), 1);
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_send_that_is_dropped_leaves_its_turn_to_the_next() {
    let (tx, rx) = lifo::bounded(1);
    tx.send(1).unwrap();
    let two = Task::waiting(tx.send_async(2));
    let three = Task::waiting(tx.send_async(3));
    drop(two);
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(three.woken(), 1);
    three.ready().unwrap();
    assert_eq!(rx.recv(), Ok(3));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn at_capacity_zero_it_is_a_rendezvous() {
    let (tx, rx) = lifo::bounded(0);
    assert_eq!(tx.try_send(0), Err(TrySendError::Full(0)));
    let one = Task::waiting(tx.send_async(1));
    let two = Task::waiting(tx.send_async(2));
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!((one.woken(), two.woken()), (1, 0));
    assert_eq!(rx.recv(), Ok(2));
    assert_eq!(two.woken(), 1);
}

#[test]
fn a_large_stack_that_was_emptied_goes_on() {
    let (tx, rx) = lifo::unbounded();
    for _ in 0..2 {
        tx.send_many(0..5_000).unwrap();
        assert!(rx.try_iter().eq((0..5_000).rev()));
    }
}

/// A message that looks at its channel when it is dropped.
struct Looks(lifo::Receiver<Looks>);

impl Drop for Looks {
    fn drop(&mut self) {
        self.0.len();
    }
}

#[test]
fn messages_are_dropped_when_nothing_is_locked() {
    let (tx, rx) = lifo::unbounded();
    tx.send(Looks(rx.clone())).ok().unwrap();
    tx.close();
    assert!(tx.send(Looks(rx.clone())).is_err());
    drop(rx.drain());
}
