//! The priority queue: highest first, ties by arrival.

use chanpatterns::channel::{TryRecvError, TrySendError, priority};
use std::cmp::Ordering;
use std::thread;

mod common;
use common::poll::Task;
use common::waiting_send;

/// Compared by its rank alone; `cmp` panics if a rank is 13.
#[derive(Debug)]
struct Note(u32, &'static str);

impl Ord for Note {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(self.0 != 13 && other.0 != 13, "thirteen");
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Note {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Note {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Note {}

fn texts(rx: &priority::Receiver<Note>) -> Vec<&'static str> {
    rx.try_iter().map(|note| note.1).collect()
}

#[test]
fn the_highest_is_the_next_one_and_ties_keep_their_order() {
    for (tx, rx) in [priority::unbounded(), priority::bounded(8)] {
        tx.send_many([Note(1, "d"), Note(5, "a"), Note(1, "e")])
            .unwrap();
        tx.send_many([Note(5, "b"), Note(0, "g"), Note(1, "f")])
            .unwrap();
        tx.send(Note(3, "c")).unwrap();
        let mut seen = Vec::new();
        rx.observer().for_each_queued(|note| seen.push(note.1));
        assert_eq!(seen, ["a", "b", "c", "d", "e", "f", "g"]);
        assert_eq!(texts(&rx), seen);
    }
}

#[test]
fn a_full_queue_admits_its_senders_in_the_order_in_which_they_came() {
    let (tx, rx) = priority::bounded(2);
    tx.send_many([Note(5, "a"), Note(4, "b")]).unwrap();
    thread::scope(|scope| {
        let low = waiting_send(scope, &tx, Note(1, "low"));
        let high = Task::waiting(tx.send_async(Note(9, "high")));
        assert_eq!(rx.recv().unwrap().1, "a");
        low.join().unwrap().unwrap();
        assert_eq!(high.woken(), 0, "it waits for its turn");
        assert_eq!(rx.recv().unwrap().1, "b");
        assert_eq!(high.woken(), 1);
        assert_eq!(texts(&rx), ["high", "low"]);
    });
}

#[test]
fn what_is_put_back_keeps_its_place() {
    let (tx, rx) = priority::bounded(3);
    tx.send_many([Note(5, "first"), Note(5, "second"), Note(2, "last")])
        .unwrap();
    let first = rx.recv().unwrap();
    tx.send(Note(9, "highest")).unwrap();
    rx.put_back(first);
    assert_eq!(rx.len(), 4);
    assert!(tx.try_send(Note(9, "more")).unwrap_err().is_full());
    assert_eq!(texts(&rx), ["highest", "first", "second", "last"]);
}

#[test]
fn what_a_receive_that_is_dropped_had_keeps_its_place() {
    let (tx, rx) = priority::unbounded();
    let receive = Task::waiting(rx.recv_async());
    tx.send(Note(5, "first")).unwrap();
    tx.send_many([Note(5, "second"), Note(9, "highest")])
        .unwrap();
    drop(receive);
    assert_eq!(texts(&rx), ["highest", "first", "second"]);
}

#[test]
fn a_receiver_that_waits_gets_what_comes_first() {
    let (tx, rx) = priority::unbounded();
    let receive = Task::waiting(rx.recv_async());
    tx.send_many([1, 9]).unwrap();
    assert_eq!(receive.ready(), Ok(1));
    assert_eq!(rx.recv(), Ok(9));
}

#[test]
fn a_permit_is_for_any_rank() {
    let (tx, rx) = priority::bounded(2);
    let permit = tx.reserve().unwrap();
    tx.send(5).unwrap();
    assert_eq!(tx.try_send(6), Err(TrySendError::Full(6)));
    let waiting = Task::waiting(tx.reserve_async());
    permit.send(7).unwrap();
    assert_eq!(rx.recv(), Ok(7));
    waiting.ready().unwrap().send(1).unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [5, 1]);
}

#[test]
fn a_comparison_that_panics_unwinds_nobody_and_loses_nothing() {
    let (tx, rx) = priority::bounded(2);
    tx.send_many([Note(13, "a"), Note(7, "b")]).unwrap();
    // The receiver that makes room compares for the sender that waits.
    let waiting = Task::waiting(tx.send_async(Note(13, "c")));
    let mut received = vec![rx.recv().unwrap().1];
    assert_eq!(waiting.woken(), 1);
    waiting.ready().unwrap();
    received.extend(texts(&rx));
    received.sort();
    assert_eq!(received, ["a", "b", "c"]);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    tx.send_many([Note(1, "low"), Note(2, "high")]).unwrap();
    assert_eq!(texts(&rx), ["high", "low"], "nothing is poisoned");
}
