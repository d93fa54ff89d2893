//! What holds for every channel, whatever its capacity.

use chanpatterns::channel::{
    self, IntoIter, Iter, Observer, Receiver, RecvError, RecvTimeoutError,
    SendError, SendTimeoutError, Sender, TryIter, TryRecvError, TrySendError,
};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::{waiting_recv, waiting_send};

const CAPACITIES: [Option<usize>; 4] = [None, Some(0), Some(1), Some(3)];

fn each_kind<T>(test: impl Fn(Sender<T>, Receiver<T>)) {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity(capacity);
        assert_eq!((tx.capacity(), rx.capacity()), (capacity, capacity));
        test(tx, rx);
    }
}

#[test]
fn the_first_close_closes_and_every_later_one_does_nothing() {
    type Close = fn(&Sender<u8>, &Receiver<u8>, &Observer<u8>) -> bool;
    let closes: [Close; 3] = [
        |tx, _, _| tx.close(),
        |_, rx, _| rx.close(),
        |_, _, observer| observer.close(),
    ];
    for first in closes {
        each_kind(|tx, rx| {
            let observer = tx.observer();
            assert!(!tx.is_closed() && !rx.is_closed());
            assert!(!observer.is_closed());
            assert!(first(&tx, &rx, &observer), "it was open");
            for later in closes {
                assert!(!later(&tx, &rx, &observer), "it was closed");
            }
            assert!(tx.is_closed() && rx.is_closed());
            assert!(observer.is_closed());
        });
    }
}

#[test]
fn after_a_close_every_send_gives_its_message_back() {
    each_kind(|tx, rx| {
        rx.close();
        assert_eq!(tx.send(1), Err(SendError(1)));
        assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
        let closed = |n| Err(SendTimeoutError::Closed(n));
        assert_eq!(tx.send_timeout(3, Duration::MAX), closed(3));
        assert_eq!(tx.send_deadline(4, Instant::now()), closed(4));
        let watched = tx.send_watched(5, None, Duration::ZERO, || true);
        assert_eq!(watched, closed(5));
    });
}

#[test]
fn after_a_close_every_receive_drains_and_then_says_so() {
    each_kind(|tx, rx| {
        let queued: Vec<_> =
            (1..=5).take_while(|n| tx.try_send(*n).is_ok()).collect();
        tx.close();
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), queued);
        for _ in 0..2 {
            assert_eq!(rx.recv(), Err(RecvError));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            let closed = Err(RecvTimeoutError::Closed);
            assert_eq!(rx.recv_timeout(Duration::MAX), closed);
            assert_eq!(rx.recv_deadline(Instant::now()), closed);
            assert_eq!(rx.recv_watched(None, Duration::ZERO, || true), closed);
        }
    });
}

#[test]
fn the_last_sender_closes() {
    each_kind::<u8>(|tx, rx| {
        let others = [tx.clone(), tx.clone()];
        let observer = tx.observer();
        drop(tx);
        let [one, two] = others;
        drop(one);
        assert!(!rx.is_closed());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        drop(two);
        assert!(rx.is_closed(), "an observer keeps no end open");
        assert!(observer.is_closed());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn the_last_receiver_closes() {
    each_kind(|tx, rx| {
        let (other, observer) = (rx.clone(), rx.observer());
        drop(rx);
        assert!(!tx.is_closed());
        drop(other);
        assert!(tx.is_closed(), "an observer keeps no end open");
        assert_eq!(tx.send(7), Err(SendError(7)));
        assert_eq!(observer.len(), 0);
    });
}

#[test]
fn a_receive_that_waits_is_told_the_end() {
    each_kind::<u8>(|tx, rx| {
        thread::scope(|scope| {
            let receivers = [(); 2].map(|()| waiting_recv(scope, &rx));
            drop(tx);
            for receiver in receivers {
                let told = receiver.join().unwrap();
                assert_eq!(told, Err(RecvTimeoutError::Closed));
            }
        });
    });
}

#[test]
fn a_plain_receive_that_waits_is_told_the_end() {
    each_kind::<u8>(|tx, rx| {
        thread::scope(|scope| {
            let receiver = scope.spawn(|| rx.recv());
            // If it does not wait yet, it is told all the same.
            tx.close();
            assert_eq!(receiver.join().unwrap(), Err(RecvError));
        });
    });
}

#[test]
fn a_receive_that_gives_up_loses_nothing() {
    each_kind(|tx, rx| {
        let timeout = Err(RecvTimeoutError::Timeout);
        assert_eq!(rx.recv_timeout(Duration::from_millis(1)), timeout);
        assert_eq!(rx.recv_timeout(Duration::ZERO), timeout);
        assert_eq!(rx.recv_deadline(Instant::now()), timeout);
        let mut asked = 0;
        let go_on = || {
            asked += 1;
            asked < 3
        };
        assert_eq!(rx.recv_watched(None, Duration::ZERO, go_on), timeout);
        assert_eq!(asked, 3);
        // Nobody waits any more, to whom the message could go.
        thread::scope(|scope| {
            scope.spawn(|| tx.send(1).unwrap());
            assert_eq!(rx.recv(), Ok(1));
        });
    });
}

#[test]
fn a_timeout_without_end_is_no_timeout() {
    each_kind(|tx, rx| {
        thread::scope(|scope| {
            let rx = &rx;
            let receiver = scope.spawn(|| rx.recv_timeout(Duration::MAX));
            tx.send_timeout(1, Duration::MAX).unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(1));
        });
    });
}

#[test]
fn a_watch_keeps_the_deadline() {
    each_kind::<u8>(|_tx, rx| {
        let soon = Instant::now() + Duration::from_millis(1);
        let watched = rx.recv_watched(Some(soon), Duration::MAX, || true);
        assert_eq!(watched, Err(RecvTimeoutError::Timeout));
        assert!(Instant::now() >= soon);
    });
}

#[test]
fn ends_know_their_channel() {
    let (tx, rx) = channel::unbounded::<u8>();
    let (other_tx, other_rx) = channel::unbounded::<u8>();
    assert!(tx.same_channel(&tx.clone()) && rx.same_channel(&rx.clone()));
    assert!(!tx.same_channel(&other_tx) && !rx.same_channel(&other_rx));
}

#[test]
fn iterators_end_with_the_channel() {
    let (tx, rx) = channel::unbounded();
    (1..=4).for_each(|n| tx.send(n).unwrap());
    let mut iter = rx.iter();
    assert_eq!(iter.next(), Some(1));
    let mut looped = Vec::new();
    for n in &rx {
        looped.push(n);
        if n == 3 {
            break;
        }
    }
    assert_eq!(looped, [2, 3]);
    drop(tx);
    assert_eq!(iter.next(), Some(4), "iterators share the channel");
    assert_eq!([iter.next(), iter.next()], [None, None], "and are fused");
    let mut iter = rx.into_iter();
    assert_eq!([iter.next(), iter.next()], [None, None]);
}

#[test]
fn iterators_wait_for_messages() {
    for owning in [false, true] {
        let (tx, rx) = channel::rendezvous();
        thread::scope(|scope| {
            let receiver = scope.spawn(move || -> Vec<u8> {
                match owning {
                    true => rx.into_iter().collect(),
                    false => rx.iter().collect(),
                }
            });
            for n in [1, 2] {
                // Succeeds only when the iterator waits.
                while let Err(refused) = tx.try_send(n) {
                    assert!(refused.is_full(), "the iterator ended");
                    thread::yield_now();
                }
            }
            drop(tx);
            assert_eq!(receiver.join().unwrap(), [1, 2]);
        });
    }
}

#[test]
fn an_owning_iterator_is_the_receiver() {
    let (tx, rx) = channel::unbounded();
    tx.send(1).unwrap();
    let mut iter = rx.into_iter();
    assert_eq!(iter.next(), Some(1));
    assert!(!tx.is_closed());
    drop(iter);
    assert_eq!(tx.send(2), Err(SendError(2)));
}

#[test]
fn try_iter_ends_when_nothing_is_there_and_may_go_on() {
    let (tx, rx) = channel::unbounded();
    tx.send(1).unwrap();
    let mut iter = rx.try_iter();
    assert_eq!([iter.next(), iter.next()], [Some(1), None]);
    tx.send(2).unwrap();
    assert_eq!([iter.next(), iter.next()], [Some(2), None]);
    tx.close();
    assert_eq!(iter.next(), None);
}

/// A message whose drop uses its own channel, which a lock would not allow.
struct Meddler(Sender<Meddler>);

impl Drop for Meddler {
    fn drop(&mut self) {
        assert!(self.0.is_closed());
        assert_eq!(self.0.len(), 0);
        self.0.observer().for_each_queued(|_| panic!("it is empty"));
    }
}

#[test]
fn messages_are_dropped_outside_the_lock() {
    for capacity in [None, Some(3)] {
        let (tx, rx) = channel::with_capacity(capacity);
        for _ in 0..3 {
            tx.send(Meddler(tx.clone())).ok().unwrap();
        }
        drop(rx); // drops all three
        assert!(tx.is_closed());
    }
}

#[test]
fn a_panic_in_a_visit_leaves_the_channel_whole() {
    let (tx, rx) = channel::bounded(1);
    tx.send(1).unwrap();
    let observer = tx.observer();
    thread::scope(|scope| {
        let sender = waiting_send(scope, &tx, 2);
        for bad in [1, 2] {
            // The first panics under the channel's lock alone, the second
            // under a waiter's as well.
            let visit = |n: &i32| assert_ne!(*n, bad);
            let visited = AssertUnwindSafe(|| observer.for_each_queued(visit));
            assert!(catch_unwind(visited).is_err());
        }
        assert_eq!(tx.len(), 1);
        assert_eq!((rx.recv(), rx.recv()), (Ok(1), Ok(2)));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
    assert!(tx.close());
}

#[test]
fn a_panic_in_go_on_ends_the_wait() {
    each_kind(|tx, rx| {
        let panics = || panic!("enough");
        let wait = || rx.recv_watched(None, Duration::ZERO, panics);
        let panic = catch_unwind(AssertUnwindSafe(wait)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"enough"));
        // The receive is withdrawn: it takes nothing.
        assert!(tx.try_send(1).is_ok() || tx.capacity() == Some(0));
        assert_eq!(rx.try_recv().ok(), (tx.capacity() != Some(0)).then_some(1));
        // Fill it, so that a send waits.
        while tx.capacity().is_some() && tx.try_send(2).is_ok() {}
        if tx.capacity().is_some() {
            let queued = tx.len();
            let wait = || tx.send_watched(3, None, Duration::ZERO, panics);
            assert!(catch_unwind(AssertUnwindSafe(wait)).is_err());
            let left: Vec<_> = tx.observer().drain().collect();
            assert_eq!(left, vec![2; queued], "the send is withdrawn");
        }
    });
}

#[test]
fn handles_can_be_printed_whatever_the_message() {
    struct Mute;
    let (tx, rx) = channel::bounded::<Mute>(2);
    tx.send(Mute).ok().unwrap();
    assert_eq!(format!("{tx:?}"), "Sender { .. }");
    assert_eq!(format!("{rx:?}"), "Receiver { .. }");
    let told = "Observer { len: 1, capacity: Some(2), closed: false }";
    assert_eq!(format!("{:?}", tx.observer()), told);
}

/// Compiles if `T` is both; a message need only be `Send`.
fn is_send_and_sync<T: Send + Sync>() {}

/// `T` is not `Send` if this compiles: then only one of the two implementations
/// of the trait holds, and the type is not ambiguous.
macro_rules! is_not_send {
    ($t:ty) => {{
        trait Ambiguous<A> {
            fn check() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct IsSend;
        impl<T: ?Sized + Send> Ambiguous<IsSend> for T {}
        <$t as Ambiguous<_>>::check();
    }};
}

#[test]
fn handles_cross_threads_exactly_if_messages_do() {
    is_send_and_sync::<Sender<Cell<u8>>>();
    is_send_and_sync::<Receiver<Cell<u8>>>();
    is_send_and_sync::<Observer<Cell<u8>>>();
    is_send_and_sync::<Iter<'_, Cell<u8>>>();
    is_send_and_sync::<TryIter<'_, Cell<u8>>>();
    is_send_and_sync::<IntoIter<Cell<u8>>>();
    is_not_send!(Sender<Rc<u8>>);
    is_not_send!(Receiver<Rc<u8>>);
    is_not_send!(Observer<Rc<u8>>);
    is_not_send!(IntoIter<Rc<u8>>);
}

#[test]
fn a_message_that_cannot_cross_threads_can_still_be_queued() {
    let (tx, rx) = channel::unbounded();
    let message = Rc::new(7);
    tx.send(Rc::clone(&message)).unwrap();
    assert_eq!(rx.recv(), Ok(message));
}

#[test]
fn what_is_drained_belongs_to_the_drain() {
    let (tx, rx) = channel::unbounded();
    let token = Arc::new(());
    for _ in 0..3 {
        tx.send(Arc::clone(&token)).unwrap();
    }
    let mut drained = tx.observer().drain();
    drop((tx, rx)); // the iterator holds no end and needs none
    assert!(drained.next().is_some());
    assert_eq!(Arc::strong_count(&token), 3);
    drop(drained);
    assert_eq!(Arc::strong_count(&token), 1);
}
