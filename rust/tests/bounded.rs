//! A channel with room for n.

use chanpatterns::channel::{
    self, RecvError, SendTimeoutError, TryRecvError, TrySendError,
};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::{waiting_recv, waiting_send};

#[test]
fn exactly_the_capacity_is_accepted() {
    for capacity in [1, 2, 3, 100] {
        let (tx, rx) = channel::bounded(capacity);
        assert_eq!(tx.capacity(), Some(capacity));
        for n in 0..capacity {
            assert!(!tx.is_full());
            tx.try_send(n).unwrap();
        }
        assert!(tx.is_full() && rx.is_full());
        let refused = tx.try_send(capacity);
        assert_eq!(refused, Err(TrySendError::Full(capacity)));
        assert_eq!(rx.recv(), Ok(0));
        assert_eq!((tx.len(), tx.is_full()), (capacity - 1, false));
        tx.try_send(capacity).unwrap();
        assert!(rx.try_iter().eq(1..=capacity));
    }
}

#[test]
fn a_large_capacity_costs_nothing() {
    let (tx, rx) = channel::bounded(usize::MAX);
    tx.send([0_u8; 1024]).unwrap();
    assert_eq!(rx.len(), 1);
}

#[test]
fn a_receive_makes_room_for_the_sender_that_waits() {
    let (tx, rx) = channel::bounded(1);
    tx.send('a').unwrap();
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, 'b');
        assert_eq!(tx.len(), 1, "what a sender waits with is not queued");
        assert_eq!(rx.recv(), Ok('a'));
        assert_eq!(tx.len(), 1, "it is, as soon as there is room");
        assert_eq!(sender.join().unwrap(), Ok(()));
        assert_eq!(rx.recv(), Ok('b'));
    });
}

#[test]
fn a_plain_send_waits_for_room() {
    let (tx, rx) = channel::bounded(1);
    tx.send('a').unwrap();
    let observer = tx.observer();
    thread::scope(|scope| {
        let sender = scope.spawn(|| tx.send('b'));
        let there = || {
            let mut there = Vec::new();
            observer.for_each_queued(|message| there.push(*message));
            there
        };
        while there() != ['a', 'b'] {
            thread::yield_now();
        }
        assert!(!sender.is_finished());
        assert_eq!(rx.recv(), Ok('a'));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn senders_that_wait_are_served_in_their_order() {
    let (tx, rx) = channel::bounded(1);
    tx.send(0).unwrap();
    thread::scope(|scope| {
        let senders = [1, 2, 3, 4].map(|n| waiting_send(scope, &tx, n));
        assert_eq!(tx.try_send(5), Err(TrySendError::Full(5)));
        assert!((0..5).all(|n| rx.try_recv() == Ok(n)));
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn nobody_overtakes_a_sender_that_waits() {
    let (tx, rx) = channel::bounded(1);
    tx.send(1).unwrap();
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, 2);
        assert_eq!(rx.recv(), Ok(1));
        // The room that was made belongs to the one who waited.
        assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
        assert_eq!(rx.recv(), Ok(2));
        sender.join().unwrap().unwrap();
    });
}

#[test]
fn a_send_that_gives_up_has_its_message_back() {
    let (tx, rx) = channel::bounded(1);
    tx.send(1).unwrap();
    let timed_out = Err(SendTimeoutError::Timeout(2));
    assert_eq!(tx.send_timeout(2, Duration::from_millis(1)), timed_out);
    assert_eq!(tx.send_timeout(2, Duration::ZERO), timed_out);
    assert_eq!(tx.send_deadline(2, Instant::now()), timed_out);
    let mut asked = 0;
    let go_on = || {
        asked += 1;
        asked < 3
    };
    let stopped = tx.send_watched(2, None, Duration::ZERO, go_on);
    assert_eq!((stopped, asked), (timed_out, 3));
    // None of them has left anything behind.
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_watch_keeps_the_deadline() {
    let (tx, _rx) = channel::bounded(1);
    tx.send(1).unwrap();
    let soon = Instant::now() + Duration::from_millis(1);
    let late = tx.send_watched(2, Some(soon), Duration::MAX, || true);
    assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    assert!(Instant::now() >= soon);
}

#[test]
fn who_gives_up_lets_the_next_one_up() {
    let (tx, rx) = channel::bounded(1);
    tx.send(1).unwrap();
    thread::scope(|scope| {
        let first = waiting_send(scope, &tx, 2);
        let gives_up = tx.send_timeout(9, Duration::from_millis(1));
        assert_eq!(gives_up, Err(SendTimeoutError::Timeout(9)));
        let second = waiting_send(scope, &tx, 3);
        assert!((1..=3).all(|n| rx.recv() == Ok(n)));
        first.join().unwrap().unwrap();
        second.join().unwrap().unwrap();
    });
}

#[test]
fn a_deadline_that_has_passed_still_takes_what_is_there() {
    let (tx, rx) = channel::bounded(1);
    let past = Instant::now();
    tx.send_deadline(1, past).unwrap();
    assert_eq!(rx.recv_deadline(past), Ok(1));
    tx.send_timeout(2, Duration::ZERO).unwrap();
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(2));
    tx.send_watched(3, Some(past), Duration::ZERO, || false)
        .unwrap();
    let received = rx.recv_watched(Some(past), Duration::ZERO, || false);
    assert_eq!(received, Ok(3));
}

#[test]
fn a_close_gives_messages_back_and_keeps_what_is_queued() {
    let (tx, rx) = channel::bounded(2);
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    thread::scope(|scope| {
        let senders = [3, 4].map(|n| waiting_send(scope, &tx, n));
        assert!(rx.close());
        let [three, four] = senders.map(|sender| sender.join().unwrap());
        assert_eq!(three, Err(SendTimeoutError::Closed(3)));
        assert_eq!(four, Err(SendTimeoutError::Closed(4)));
    });
    assert_eq!((rx.recv(), rx.recv()), (Ok(1), Ok(2)));
    assert_eq!(rx.recv(), Err(RecvError));
}

#[test]
fn a_receiver_that_leaves_gives_messages_back() {
    let (tx, rx) = channel::bounded(1);
    tx.send(String::from("queued")).unwrap();
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, String::from("waits"));
        drop(rx);
        let returned = sender.join().unwrap().unwrap_err();
        assert!(returned.is_closed());
        assert_eq!(returned.into_inner(), "waits");
    });
    assert!(tx.is_closed());
    assert!(tx.is_empty(), "nobody will ask for what was queued");
}

/// Above capacity 1 a place that becomes free is for whoever comes first; but
/// whoever waited longest is told first.
#[test]
fn room_goes_to_whoever_comes_first() {
    let (tx, rx) = channel::bounded(2);
    tx.send_many([0, 1]).unwrap();
    thread::scope(|scope| {
        let senders = [2, 3, 4].map(|n| waiting_send(scope, &tx, n));
        assert_eq!(tx.try_send(5), Err(TrySendError::Full(5)));
        let mut received = [(); 5].map(|()| rx.recv().unwrap());
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
        assert_eq!(received[..2], [0, 1]);
        received.sort();
        assert_eq!(received, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_drain_ends_the_sends_that_wait() {
    let (tx, rx) = channel::bounded(1);
    tx.send(1).unwrap();
    let observer = rx.observer();
    thread::scope(|scope| {
        let senders = [3, 4, 5].map(|n| waiting_send(scope, &tx, n));
        let mut seen = Vec::new();
        observer.for_each_queued(|message| seen.push(*message));
        assert_eq!(seen, [1, 3, 4, 5]);
        assert_eq!(observer.drain().collect::<Vec<_>>(), seen);
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
    assert!(observer.is_empty());
    tx.try_send(6).unwrap();
    assert_eq!(rx.recv(), Ok(6));
}

#[test]
fn a_drain_makes_room_for_the_senders_that_wait() {
    let (tx, rx) = channel::bounded(2);
    tx.send_many([1, 2]).unwrap();
    thread::scope(|scope| {
        let senders = [3, 4].map(|n| waiting_send(scope, &tx, n));
        assert!(rx.drain().eq([1, 2]));
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
    let mut late: Vec<_> = rx.drain().collect();
    late.sort();
    assert_eq!(late, [3, 4]);
}

#[test]
fn a_message_goes_to_the_receiver_that_waits_and_not_into_the_buffer() {
    let (tx, rx) = channel::bounded(1);
    thread::scope(|scope| {
        let receiver = waiting_recv(scope, &rx);
        tx.try_send(1).unwrap();
        tx.try_send(2).unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(1));
    });
    assert_eq!(rx.recv(), Ok(2));
}
