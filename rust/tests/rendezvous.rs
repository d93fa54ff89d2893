//! A channel of capacity 0.

use chanpatterns::channel::{
    self, RecvError, RecvTimeoutError, SendError, SendTimeoutError,
    TryRecvError, TrySendError,
};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::{waiting_recv, waiting_send};

#[test]
fn nothing_is_ever_queued() {
    let (tx, rx) = channel::rendezvous();
    assert_eq!(tx.capacity(), Some(0));
    assert!(tx.is_empty() && tx.is_full() && rx.is_empty() && rx.is_full());
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, 2);
        assert_eq!((tx.len(), rx.len()), (0, 0));
        assert!(tx.is_empty() && tx.is_full());
        assert_eq!(rx.recv(), Ok(2));
        sender.join().unwrap().unwrap();
    });
}

#[test]
fn a_send_returns_when_its_message_is_taken() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, 'm');
        assert!(!sender.is_finished(), "nobody has come");
        assert_eq!(rx.recv(), Ok('m'));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_try_meets_whoever_waits() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let receiver = waiting_recv(scope, &rx);
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
        assert_eq!(receiver.join().unwrap(), Ok(1));
        let sender = waiting_send(scope, &tx, 3);
        assert_eq!(rx.try_recv(), Ok(3));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_try_meets_a_plain_receive() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let receiver = scope.spawn(|| rx.recv());
        while tx.try_send(1).is_err() {
            thread::yield_now();
        }
        assert_eq!(receiver.join().unwrap(), Ok(1));
    });
}

#[test]
fn a_deadline_that_has_passed_meets_whoever_waits() {
    let (tx, rx) = channel::rendezvous();
    let past = Instant::now();
    thread::scope(|scope| {
        let receiver = waiting_recv(scope, &rx);
        assert_eq!(tx.send_deadline(1, past), Ok(()));
        assert_eq!(receiver.join().unwrap(), Ok(1));
        let sender = waiting_send(scope, &tx, 2);
        assert_eq!(rx.recv_deadline(past), Ok(2));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
    let late = tx.send_deadline(3, past);
    assert_eq!(late, Err(SendTimeoutError::Timeout(3)));
    assert_eq!(rx.recv_deadline(past), Err(RecvTimeoutError::Timeout));
}

#[test]
fn senders_are_met_in_their_order() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let senders = [1, 2, 3].map(|n| waiting_send(scope, &tx, n));
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn receivers_are_met_in_their_order() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let receivers = [(); 3].map(|()| waiting_recv(scope, &rx));
        for n in [1, 2, 3] {
            tx.send(n).unwrap();
        }
        let got = receivers.map(|receiver| receiver.join().unwrap());
        assert_eq!(got, [Ok(1), Ok(2), Ok(3)]);
    });
}

#[test]
fn who_gave_up_is_not_met() {
    let (tx, rx) = channel::rendezvous();
    let soon = Duration::from_millis(1);
    let gave_up = tx.send_timeout(1, soon);
    assert_eq!(gave_up, Err(SendTimeoutError::Timeout(1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    thread::scope(|scope| {
        let first = waiting_recv(scope, &rx);
        let gave_up = rx.recv_timeout(soon);
        assert_eq!(gave_up, Err(RecvTimeoutError::Timeout));
        let second = waiting_recv(scope, &rx);
        tx.send(3).unwrap();
        tx.send(4).unwrap();
        assert_eq!(first.join().unwrap(), Ok(3));
        assert_eq!(second.join().unwrap(), Ok(4));
    });
}

#[test]
fn a_close_ends_every_wait() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let senders = [1, 2].map(|n| waiting_send(scope, &tx, n));
        assert!(tx.close());
        let [one, two] = senders.map(|sender| sender.join().unwrap());
        assert_eq!(one, Err(SendTimeoutError::Closed(1)));
        assert_eq!(two, Err(SendTimeoutError::Closed(2)));
    });
    assert_eq!(tx.send(3), Err(SendError(3)));
    assert_eq!(rx.recv(), Err(RecvError));
    let (tx, rx) = channel::rendezvous::<()>();
    thread::scope(|scope| {
        let receivers = [(); 2].map(|()| waiting_recv(scope, &rx));
        drop(tx);
        for receiver in receivers {
            let told = receiver.join().unwrap();
            assert_eq!(told, Err(RecvTimeoutError::Closed));
        }
    });
}

#[test]
fn a_receiver_that_leaves_gives_the_message_back() {
    let (tx, rx) = channel::rendezvous();
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, 'm');
        drop(rx);
        let told = sender.join().unwrap();
        assert_eq!(told, Err(SendTimeoutError::Closed('m')));
    });
}

#[test]
fn a_drain_takes_what_senders_wait_with() {
    let (tx, rx) = channel::rendezvous();
    let observer = rx.observer();
    thread::scope(|scope| {
        let senders = [1, 2].map(|n| waiting_send(scope, &tx, n));
        assert_eq!(observer.len(), 0);
        let mut seen = Vec::new();
        observer.for_each_queued(|message| seen.push(*message));
        assert_eq!(seen, [1, 2]);
        assert_eq!(observer.drain().collect::<Vec<_>>(), [1, 2]);
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
}
