//! What a receiver puts back is the next message, whoever asks for it.

use chanpatterns::channel::{
    self, Kind, MVar, Receiver, Sender, TryRecvError, dropping, priority,
    sliding,
};
use std::thread;

mod common;
use common::poll::Task;
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

const ORDERS_OF_THREE: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

/// All are equal: in a priority queue the one that was sent first goes first.
#[derive(Clone, Copy, Debug)]
struct Peer(u8);

impl Ord for Peer {
    fn cmp(&self, _other: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl PartialOrd for Peer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Peer {}

fn left<K: Kind<Peer>>(rx: &Receiver<Peer, K>) -> Vec<u8> {
    rx.try_iter().map(|peer| peer.0).collect()
}

/// Three receives that wait are handed a message each, and are dropped.
fn cancelled_in_every_order<K: Kind<Peer>>(
    make: impl Fn() -> (Sender<Peer, K>, Receiver<Peer, K>),
) {
    for order in ORDERS_OF_THREE {
        let (tx, rx) = make();
        let mut receives =
            [(); 3].map(|()| Some(Task::waiting(rx.recv_async())));
        for n in 1..=3 {
            tx.try_send(Peer(n)).unwrap();
        }
        for place in order {
            receives[place] = None;
        }
        assert_eq!(left(&rx), [1, 2, 3], "dropped in the order {order:?}");
    }
}

#[test]
fn receives_that_are_cancelled_leave_the_order_as_it_was() {
    for capacity in [None, Some(0), Some(1), Some(3)] {
        cancelled_in_every_order(|| channel::with_capacity(capacity));
    }
    cancelled_in_every_order(|| sliding::bounded(0));
    cancelled_in_every_order(|| sliding::bounded(3));
    cancelled_in_every_order(|| dropping::bounded(0));
    cancelled_in_every_order(|| dropping::bounded(3));
    cancelled_in_every_order(|| priority::bounded(0));
    cancelled_in_every_order(priority::unbounded);
}

/// A message that was handed to one after the other keeps its place.
#[test]
fn receives_that_are_cancelled_one_after_the_other_do_so_too() {
    for capacity in [None, Some(0), Some(1), Some(3)] {
        for third_first in [false, true] {
            let (tx, rx) = channel::with_capacity(capacity);
            let one = Task::waiting(rx.recv_async());
            let two = Task::waiting(rx.recv_async());
            let three = Task::waiting(rx.recv_async());
            tx.try_send(Peer(1)).unwrap();
            tx.try_send(Peer(2)).unwrap();
            drop(one); // the third has it now
            match third_first {
                true => drop((three, two)),
                false => drop((two, three)),
            }
            assert_eq!(left(&rx), [1, 2]);
        }
    }
}

#[test]
fn what_a_user_puts_back_stands_before_what_cancelled_receives_had() {
    for capacity in [Some(0), Some(1)] {
        let (tx, rx) = channel::with_capacity(capacity);
        let one = Task::waiting(rx.recv_async());
        let two = Task::waiting(rx.recv_async());
        tx.try_send(Peer(2)).unwrap();
        tx.try_send(Peer(3)).unwrap();
        rx.put_back(Peer(1));
        drop(one);
        rx.put_back(Peer(0));
        drop(two);
        assert_eq!(left(&rx), [0, 1, 2, 3]);
    }
}

#[test]
fn takes_of_an_mvar_that_are_cancelled_leave_the_order_as_it_was() {
    for order in ORDERS_OF_THREE {
        let mvar = MVar::empty();
        let mut takes =
            [(); 3].map(|()| Some(Task::waiting(mvar.take_async())));
        (1..=3).for_each(|n| mvar.try_put(n).unwrap());
        for place in order {
            takes[place] = None;
        }
        let left = [(); 3].map(|()| mvar.try_take());
        assert_eq!(left, [Ok(1), Ok(2), Ok(3)], "dropped in {order:?}");
    }
}

#[test]
fn a_loan_that_ends_stands_behind_what_was_taken_before_it() {
    let mvar = MVar::empty();
    let take = Task::waiting(mvar.take_async());
    mvar.try_put(1).unwrap();
    mvar.try_put(2).unwrap();
    let lent = mvar.try_modify(|value| {
        drop(take);
        *value
    });
    assert_eq!(lent, Ok(2));
    assert_eq!([mvar.try_take(), mvar.try_take()], [Ok(1), Ok(2)]);
}
