//! What holds for every kind of channel that has a buffer: closing, deadlines,
//! leaving, permits, threads beside tasks.

use chanpatterns::channel::{
    self, Kind, Receiver, RecvError, RecvTimeoutError, SendError, Sender,
    TryRecvError, dropping, lifo, priority, sliding,
};
use chanpatterns::event;
use std::sync::Mutex;
use std::task::Poll;
use std::thread;
use std::time::Duration;

mod common;
use common::poll::Task;
use common::waiting_recv;

/// Runs a check that is generic in the kind on a channel of each.
macro_rules! on_every_kind {
    ($($check:ident)*) => {$(
        #[test]
        fn $check() {
            checks::$check(|| channel::bounded(3));
            checks::$check(channel::unbounded);
            checks::$check(|| lifo::bounded(3));
            checks::$check(lifo::unbounded);
            checks::$check(|| priority::bounded(3));
            checks::$check(priority::unbounded);
            checks::$check(|| sliding::bounded(3));
            checks::$check(|| dropping::bounded(3));
        }
    )*};
}

on_every_kind! {
    a_close_keeps_what_is_there_and_wakes_who_waits
    the_last_receiver_takes_the_messages_with_it
    a_deadline_ends_the_wait_and_not_the_channel
    a_receive_that_is_dropped_passes_its_message_on
    the_message_of_the_last_who_leaves_is_the_next_one
    a_permit_sends_after_the_other_senders_have_left
    a_permit_outlives_the_receivers_and_says_so
    a_choice_receives_and_sends
    weak_ends_and_observers_keep_nothing_open
    threads_and_tasks_share_a_channel_that_sends_by_permit
}

mod checks {
    use super::*;

    type Ends<K> = (Sender<u32, K>, Receiver<u32, K>);

    pub(super) fn a_close_keeps_what_is_there_and_wakes_who_waits<
        K: Kind<u32>,
    >(
        make: impl Fn() -> Ends<K>,
    ) where
        Receiver<u32, K>: Sync,
    {
        let (tx, rx) = make();
        tx.send(7).unwrap();
        assert!(tx.close() && !rx.close());
        assert_eq!(tx.send(8), Err(SendError(8)));
        assert_eq!(rx.recv(), Ok(7));
        assert_eq!(rx.recv(), Err(RecvError));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));

        let (tx, rx) = make();
        let task = Task::waiting(rx.recv_async());
        thread::scope(|scope| {
            let waiting = waiting_recv(scope, &rx);
            drop(tx);
            assert_eq!(waiting.join().unwrap(), Err(RecvTimeoutError::Closed));
        });
        assert_eq!(task.woken(), 1);
        assert_eq!(task.ready(), Err(RecvError));
    }

    pub(super) fn the_last_receiver_takes_the_messages_with_it<K: Kind<u32>>(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        tx.send_many([1, 2]).unwrap();
        let closed = Task::waiting(tx.closed());
        drop(rx.clone());
        assert_eq!(tx.len(), 2);
        drop(rx);
        assert_eq!((tx.len(), closed.woken()), (0, 1));
        closed.ready();
        let unsent = tx.send_many([3, 4]).unwrap_err();
        assert_eq!(unsent.into_inner(), [3, 4]);
    }

    pub(super) fn a_deadline_ends_the_wait_and_not_the_channel<K: Kind<u32>>(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        let soon = Duration::from_millis(2);
        assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
        tx.send_timeout(1, Duration::ZERO).unwrap();
        assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(1));
    }

    pub(super) fn a_receive_that_is_dropped_passes_its_message_on<
        K: Kind<u32>,
    >(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        let one = Task::waiting(rx.recv_async());
        let two = Task::waiting(rx.recv_async());
        tx.try_send(7).unwrap();
        assert_eq!((one.woken(), two.woken()), (1, 0));
        drop(one);
        assert_eq!(two.woken(), 1);
        assert_eq!(two.ready(), Ok(7));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }

    pub(super) fn the_message_of_the_last_who_leaves_is_the_next_one<
        K: Kind<u32>,
    >(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        let one = Task::waiting(rx.recv_async());
        tx.try_send(7).unwrap();
        tx.try_send(3).unwrap();
        tx.try_send(2).unwrap();
        drop(one);
        assert_eq!(rx.try_recv(), Ok(7));
        let mut rest: Vec<_> = rx.try_iter().collect();
        rest.sort();
        assert_eq!(rest, [2, 3]);
    }

    pub(super) fn a_permit_sends_after_the_other_senders_have_left<
        K: Kind<u32>,
    >(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        tx.send(1).unwrap();
        let permit = tx.try_reserve().unwrap();
        drop(tx);
        assert!(!rx.is_closed());
        permit.send(2).unwrap();
        let mut all: Vec<_> = rx.iter().collect();
        all.sort();
        assert_eq!(all, [1, 2]);
    }

    pub(super) fn a_permit_outlives_the_receivers_and_says_so<K: Kind<u32>>(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        let permit = tx.reserve().unwrap();
        drop((tx, rx));
        assert_eq!(permit.send(1), Err(SendError(1)));
    }

    pub(super) fn a_choice_receives_and_sends<K: Kind<u32>>(
        make: impl Fn() -> Ends<K>,
    ) where
        Sender<u32, K>: Sync,
        Receiver<u32, K>: Sync,
    {
        let (tx, rx) = make();
        let (_other, never) = channel::rendezvous::<u32>();
        let mut either = event::choose([
            event::receive(&rx).wrap(|received| received.unwrap()),
            event::receive(&never).wrap(|_| unreachable!("nobody sends")),
        ]);
        assert_eq!(either.poll(), None);
        thread::scope(|scope| {
            scope.spawn(|| event::send(&tx, 5).sync().unwrap());
            assert_eq!(either.sync(), 5);
        });
        assert!(tx.is_empty());
    }

    pub(super) fn weak_ends_and_observers_keep_nothing_open<K: Kind<u32>>(
        make: impl Fn() -> Ends<K>,
    ) {
        let (tx, rx) = make();
        let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
        let observer = tx.observer();
        weak_tx.upgrade().unwrap().send(1).unwrap();
        assert_eq!(weak_rx.upgrade().unwrap().recv(), Ok(1));
        drop(tx);
        assert!(observer.is_closed() && weak_tx.upgrade().is_none());
        drop(rx);
        assert!(weak_rx.upgrade().is_none());
    }

    /// What is sent by permit never falls out, whatever the kind.
    pub(super) fn threads_and_tasks_share_a_channel_that_sends_by_permit<
        K: Kind<u32>,
    >(
        make: impl Fn() -> Ends<K>,
    ) where
        Sender<u32, K>: Send + Sync,
        Receiver<u32, K>: Send + Sync,
    {
        const EACH: u32 = 300;
        let (tx, rx) = make();
        let received = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for producer in 0..4 {
                let tx = tx.clone();
                let numbers = producer * EACH..(producer + 1) * EACH;
                scope.spawn(move || {
                    if producer % 2 == 0 {
                        for n in numbers {
                            tx.reserve().unwrap().send(n).unwrap();
                        }
                    } else {
                        pollster::block_on(async {
                            for n in numbers {
                                let permit = tx.reserve_async().await;
                                permit.unwrap().send(n).unwrap();
                            }
                        });
                    }
                });
            }
            drop(tx);
            for consumer in 0..3 {
                let (rx, received) = (rx.clone(), &received);
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    match consumer {
                        0 => mine.extend(rx.iter()),
                        1 => while rx.recv_many(&mut mine, 2).is_ok() {},
                        _ => pollster::block_on(async {
                            loop {
                                // Leaves now and then, with what it got.
                                let mut task = Task::new(rx.recv_async());
                                if let Poll::Ready(message) = task.poll() {
                                    mine.extend(message);
                                }
                                drop(task);
                                match rx.recv_async().await {
                                    Ok(message) => mine.push(message),
                                    Err(RecvError) => break,
                                }
                            }
                        }),
                    }
                    received.lock().unwrap().extend(mine);
                });
            }
        });
        let mut received = received.into_inner().unwrap();
        received.sort();
        assert!(received.into_iter().eq(0..4 * EACH), "each once");
    }
}
