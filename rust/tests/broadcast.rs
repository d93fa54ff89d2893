//! Every receiver sees every message, and the slowest sets the pace.

use chanpatterns::channel::broadcast::{self, Receiver, Sender};
use chanpatterns::channel::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySendError, ZeroCapacity,
};
use chanpatterns::{channel, event};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::{Task, run_all, waiting};

fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    broadcast::bounded(capacity).unwrap()
}

#[test]
fn every_receiver_sees_what_is_sent_while_it_is_there() {
    let (tx, first) = broadcast::unbounded();
    tx.send(1).unwrap();
    let second = tx.subscribe();
    tx.send(2).unwrap();
    let third = tx.clone().subscribe();
    tx.send(3).unwrap();
    assert!(third.try_iter().eq([3]));
    assert!(first.try_iter().eq([1, 2, 3]));
    assert!(second.try_iter().eq([2, 3]));
    assert!(tx.is_empty(), "everyone has everything");
}

#[test]
fn a_clone_stands_where_its_original_stands() {
    for capacity in [None, Some(3)] {
        let (tx, rx) = broadcast::with_capacity(capacity).unwrap();
        (1..=3).for_each(|n| tx.send(n).unwrap());
        assert_eq!(rx.recv(), Ok(1));
        let replay = rx.clone();
        assert!(rx.try_iter().eq([2, 3]));
        assert_eq!(replay.len(), 2);
        let end = rx.clone();
        tx.send(4).unwrap();
        assert!(replay.try_iter().eq([2, 3, 4]));
        assert!(rx.try_iter().eq([4]));
        assert!(end.try_iter().eq([4]));
    }
}

#[test]
fn the_slowest_receiver_sets_the_pace() {
    for capacity in [1, 2, 3, 100] {
        let (tx, slow) = bounded(capacity);
        let fast = tx.subscribe();
        assert_eq!(tx.capacity(), Some(capacity));
        for n in 0..capacity {
            assert!(!tx.is_full());
            tx.try_send(n).unwrap();
            assert_eq!(fast.recv(), Ok(n));
        }
        assert!(tx.is_full() && fast.is_empty());
        assert_eq!(slow.len(), capacity);
        let refused = tx.try_send(capacity);
        assert_eq!(refused, Err(TrySendError::Full(capacity)));
        assert_eq!(slow.recv(), Ok(0));
        assert_eq!(tx.len(), capacity - 1);
        tx.try_send(capacity).unwrap();
        assert!(slow.try_iter().eq(1..=capacity));
        assert!(fast.try_iter().eq([capacity]));
    }
}

#[test]
fn a_capacity_of_nothing_is_refused_and_a_large_one_costs_nothing() {
    assert_eq!(broadcast::bounded::<u8>(0).unwrap_err(), ZeroCapacity);
    let none = "the capacity must be at least 1, not 0";
    assert_eq!(ZeroCapacity.to_string(), none);
    let (tx, rx) = bounded(usize::MAX);
    tx.send([0_u8; 1024]).unwrap();
    assert_eq!(rx.len(), 1);
}

#[test]
fn a_send_waits_for_the_slowest() {
    let (tx, slow) = bounded(1);
    let fast = tx.subscribe();
    tx.send('a').unwrap();
    thread::scope(|scope| {
        let sender = waiting(scope, |tick, go_on| {
            tx.send_watched('b', None, tick, go_on)
        });
        assert_eq!(fast.recv(), Ok('a'));
        assert_eq!(fast.try_recv(), Err(TryRecvError::Empty));
        assert!(!sender.is_finished());
        assert_eq!(slow.recv(), Ok('a'));
        assert_eq!(sender.join().unwrap(), Ok(()));
        assert_eq!((fast.recv(), slow.recv()), (Ok('b'), Ok('b')));
    });
}

#[test]
fn a_receiver_that_is_dropped_frees_what_it_held_back() {
    let (tx, slow) = bounded(3);
    let fast = tx.subscribe();
    (0..3).for_each(|n| tx.send(n).unwrap());
    assert_eq!((fast.recv(), fast.recv()), (Ok(0), Ok(1)));
    thread::scope(|scope| {
        let tx = &tx;
        // The fourth has to wait for the fast one as well.
        let senders = [3, 4].map(|n| {
            waiting(scope, move |tick, go_on| {
                tx.send_watched(n, None, tick, go_on)
            })
        });
        drop(slow);
        for sender in senders {
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(tx.len(), 3);
    assert_eq!(tx.try_send(5), Err(TrySendError::Full(5)));
    assert_eq!(fast.recv(), Ok(2));
    let mut rest: Vec<_> = fast.try_iter().collect();
    rest.sort();
    assert_eq!(rest, [3, 4]);
}

#[test]
fn a_send_to_nobody_gives_its_message_back() {
    for capacity in [None, Some(2)] {
        let (tx, rx) = broadcast::with_capacity(capacity).unwrap();
        let later = rx.downgrade();
        tx.send(1).unwrap();
        drop(rx);
        assert!(tx.is_closed() && tx.is_empty());
        assert_eq!(tx.send(2), Err(SendError(2)));
        assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
        assert!(later.upgrade().is_none());
        let rx = tx.subscribe();
        assert!(!tx.is_closed() && !rx.is_closed());
        assert_eq!(tx.send(3), Ok(()));
        assert!(rx.try_iter().eq([3]));
    }
}

#[test]
fn a_send_that_waits_when_the_last_receiver_leaves_has_its_message_back() {
    let (tx, rx) = bounded(1);
    tx.send(1).unwrap();
    thread::scope(|scope| {
        let sender =
            waiting(scope, |tick, go_on| tx.send_watched(2, None, tick, go_on));
        drop(rx);
        let closed = Err(SendTimeoutError::Closed(2));
        assert_eq!(sender.join().unwrap(), closed);
    });
}

#[test]
fn after_a_close_each_receiver_drains_and_then_ends() {
    for by_drop in [true, false] {
        let (tx, one) = bounded(2);
        let two = tx.subscribe();
        let weak = tx.downgrade();
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        assert_eq!(one.recv(), Ok(1));
        if by_drop {
            drop(tx);
            assert!(weak.upgrade().is_none());
        } else {
            assert!(two.close());
            assert!(!tx.close(), "it was closed");
            assert_eq!(tx.send(3), Err(SendError(3)));
            let late = tx.subscribe();
            assert_eq!(late.recv(), Err(RecvError));
        }
        assert!(one.is_closed() && two.is_closed());
        assert_eq!((one.recv(), one.recv()), (Ok(2), Err(RecvError)));
        assert_eq!(one.try_recv(), Err(TryRecvError::Closed));
        assert!(two.into_iter().eq([1, 2]));
    }
}

#[test]
fn a_close_ends_every_wait() {
    let (tx, full) = bounded(1);
    let empty = tx.subscribe();
    tx.send(1).unwrap();
    empty.recv().unwrap();
    thread::scope(|scope| {
        let senders = [2, 3].map(|n| {
            let tx = tx.clone();
            waiting(scope, move |tick, go_on| {
                tx.send_watched(n, None, tick, go_on)
            })
        });
        let receivers = [(); 2].map(|()| {
            let rx = empty.clone();
            waiting(scope, move |tick, go_on| {
                rx.recv_watched(None, tick, go_on)
            })
        });
        let closed = scope.spawn(|| tx.closed().wait());
        tx.close();
        let [two, three] = senders.map(|sender| sender.join().unwrap());
        assert_eq!(two, Err(SendTimeoutError::Closed(2)));
        assert_eq!(three, Err(SendTimeoutError::Closed(3)));
        for receiver in receivers {
            let end = Err(RecvTimeoutError::Closed);
            assert_eq!(receiver.join().unwrap(), end);
        }
        closed.join().unwrap();
    });
    assert!(full.iter().eq([1]));
}

#[test]
fn a_message_reaches_every_receiver_that_waits() {
    let (tx, rx) = bounded(1);
    thread::scope(|scope| {
        let receivers = [(); 4].map(|()| {
            let rx = tx.subscribe();
            waiting(scope, move |tick, go_on| {
                rx.recv_watched(None, tick, go_on)
            })
        });
        tx.send(7).unwrap();
        for receiver in receivers {
            assert_eq!(receiver.join().unwrap(), Ok(7));
        }
    });
    assert_eq!(rx.recv(), Ok(7));
}

#[test]
fn who_gives_up_leaves_no_trace() {
    let (tx, rx) = bounded(1);
    let (soon, past) = (Duration::from_millis(1), Instant::now());
    assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
    assert_eq!(rx.recv_deadline(past), Err(RecvTimeoutError::Timeout));
    // What is there is received, and sent if there is room.
    tx.send_deadline(1, past).unwrap();
    assert_eq!(rx.recv_deadline(past), Ok(1));
    tx.send_timeout(2, Duration::ZERO).unwrap();
    let late = Err(SendTimeoutError::Timeout(3));
    assert_eq!(tx.send_timeout(3, soon), late);
    assert_eq!(tx.send_deadline(3, past), late);
    let mut asked = 0;
    let stopped = tx.send_watched(3, None, Duration::ZERO, || {
        asked += 1;
        asked < 3
    });
    assert_eq!((stopped, asked), (late, 3));
    assert!(rx.try_iter().eq([2]));
}

#[test]
fn a_send_wakes_every_task_once() {
    let (tx, rx) = broadcast::unbounded();
    let mut tasks: Vec<_> = (0..3)
        .map(|_| {
            let rx = rx.clone();
            Task::that_waits(async move { (rx.recv_async().await, rx) })
        })
        .collect();
    tx.send(1).unwrap();
    assert!(tasks.iter().all(Task::is_woken));
    let mut results = Vec::new();
    run_all(&mut tasks, |(received, rx)| {
        assert_eq!(received, Ok(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        results.push(rx);
    });
    assert_eq!(results.len(), 3);
}

#[test]
fn a_receive_that_is_dropped_has_taken_nothing() {
    let (tx, rx) = broadcast::unbounded();
    let rx = Arc::new(rx);
    let waits = |rx: &Arc<Receiver<u8>>| {
        let rx = Arc::clone(rx);
        Task::that_waits(async move { rx.recv_async().await })
    };
    let (before, after) = (waits(&rx), waits(&rx));
    drop(before);
    tx.send(1).unwrap();
    assert!(after.is_woken());
    drop(after);
    assert_eq!((rx.recv(), rx.is_empty()), (Ok(1), true));
}

#[test]
fn a_send_that_is_dropped_passes_its_room_on() {
    let (tx, rx) = bounded(2);
    (0..2).for_each(|n| tx.send(n).unwrap());
    let mut sends: VecDeque<_> = (2..6)
        .map(|n| {
            let tx = tx.clone();
            Task::that_waits(async move { tx.send_async(n).await })
        })
        .collect();
    drop(sends.pop_front());
    assert_eq!(rx.recv(), Ok(0));
    assert!(sends[0].is_woken() && !sends[1].is_woken());
    drop(sends.pop_front());
    assert!(sends[0].is_woken() && !sends[1].is_woken());
    assert_eq!(sends[0].run(), Some(Ok(())));
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(sends[1].run(), Some(Ok(())));
    assert!(rx.try_iter().eq([4, 5]));
}

#[test]
fn a_send_that_has_found_room_taken_enters_in_front() {
    let (tx, rx) = bounded(1);
    tx.send(0).unwrap();
    let mut sends = [1, 2].map(|n| {
        let tx = tx.clone();
        Task::that_waits(async move { tx.send_async(n).await })
    });
    assert_eq!(rx.recv(), Ok(0));
    tx.try_send(9).unwrap();
    assert_eq!(sends[0].run(), None);
    assert_eq!(rx.recv(), Ok(9));
    assert!(sends[0].is_woken() && !sends[1].is_woken());
    assert_eq!(sends[0].run(), Some(Ok(())));
}

#[test]
#[should_panic(expected = "polled after its completion")]
fn a_future_that_is_polled_after_its_completion_says_so() {
    let (tx, rx) = broadcast::unbounded();
    tx.send(1).unwrap();
    let mut receive = rx.recv_async();
    assert_eq!(pollster::block_on(&mut receive), Ok(1));
    let _ = pollster::block_on(receive);
}

#[test]
fn the_last_receiver_leaving_is_awaited() {
    let (tx, rx) = broadcast::unbounded::<u8>();
    let watched = tx.clone();
    let mut closed = Task::that_waits(async move { watched.closed().await });
    let second = tx.subscribe();
    drop(rx);
    assert!(!closed.is_woken());
    drop(second);
    assert_eq!(closed.run(), Some(()));
    let _third = tx.subscribe();
    let watched = tx.clone();
    let mut closed = Task::that_waits(async move { watched.closed().await });
    tx.close();
    assert_eq!(closed.run(), Some(()));
}

#[test]
fn weak_ends_keep_nothing_open_and_hold_nothing_back() {
    let (tx, rx) = bounded(1);
    let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
    tx.send(1).unwrap();
    assert_eq!(rx.recv(), Ok(1));
    assert!(!tx.is_full(), "a weak receiver needs nothing");
    let second = weak_rx.upgrade().unwrap();
    assert_eq!((tx.sender_count(), rx.receiver_count()), (1, 2));
    let tx2 = weak_tx.upgrade().unwrap();
    assert!(tx2.same_channel(&tx) && second.same_channel(&rx));
    let (other, other_rx) = bounded(1);
    other.send(1).unwrap();
    assert!(!other.same_channel(&tx) && !other_rx.same_channel(&rx));
    drop(tx);
    tx2.send(2).unwrap();
    assert_eq!((rx.recv(), second.recv()), (Ok(2), Ok(2)));
    drop(tx2);
    assert!(rx.is_closed() && weak_tx.upgrade().is_none());
    drop((rx, second));
    assert!(weak_rx.upgrade().is_none());
}

#[test]
fn threads_that_share_a_receiver_share_its_messages() {
    const COUNT: usize = 1000;
    let (tx, shared) = bounded(4);
    let own = tx.subscribe();
    thread::scope(|scope| {
        let sharing = [(); 2]
            .map(|()| scope.spawn(|| shared.iter().collect::<Vec<usize>>()));
        let alone = scope.spawn(move || own.iter().eq(0..COUNT));
        (0..COUNT).for_each(|n| tx.send(n).unwrap());
        tx.close();
        let mut all: Vec<_> = sharing
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        all.sort();
        assert!(all.into_iter().eq(0..COUNT));
        assert!(alone.join().unwrap());
    });
}

/// Counts its clones and its drops.
struct Counted {
    clones: Arc<AtomicUsize>,
    alive: Arc<AtomicUsize>,
}

impl Counted {
    fn new(clones: &Arc<AtomicUsize>, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Counted {
            clones: Arc::clone(clones),
            alive: Arc::clone(alive),
        }
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::SeqCst);
        Counted::new(&self.clones, &self.alive)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_message_is_kept_until_the_last_receiver_has_it_and_given_to_that_one() {
    let clones = Arc::new(AtomicUsize::new(0));
    let alive = Arc::new(AtomicUsize::new(0));
    let counts = || {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&clones), count(&alive))
    };
    let (tx, one) = broadcast::unbounded();
    let two = tx.subscribe();
    let send = || tx.send(Counted::new(&clones, &alive)).ok().unwrap();
    send();
    drop(one.recv());
    assert_eq!(counts(), (1, 1));
    drop(two.recv());
    assert_eq!(counts(), (1, 0), "the last one has it without a clone");
    (0..5).for_each(|_| send());
    drop(two.recv());
    assert_eq!(counts(), (2, 5));
    drop(one);
    assert_eq!(counts(), (2, 4), "what was kept for it alone is gone");
    drop(two);
    assert_eq!(counts(), (2, 0));
}

/// Uses the channel whenever it is cloned or dropped, or woken.
struct Meddler(Sender<Meddler>);

impl Clone for Meddler {
    fn clone(&self) -> Self {
        assert!(self.0.len() < 10);
        Meddler(self.0.clone())
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        assert!(self.0.len() < 10);
    }
}

#[test]
fn messages_may_use_the_channel() {
    let (tx, one) = bounded(1);
    let two = tx.subscribe();
    let send = || tx.send(Meddler(tx.clone())).ok().unwrap();
    send();
    assert!(one.recv().is_ok());
    assert!(two.recv().is_ok());
    send();
    assert!(one.recv().is_ok());
    drop(two);
    send();
    drop(one);
    assert!(tx.send(Meddler(tx.clone())).is_err());
}

/// A waker that uses the channel.
struct Looks(Sender<u8>, AtomicUsize);

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        assert!(self.0.len() < 10);
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn wakers_may_use_the_channel() {
    let (tx, rx) = bounded(1);
    let looks = Arc::new(Looks(tx.clone(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&looks));
    let mut context = Context::from_waker(&waker);
    let woken = || looks.1.swap(0, Ordering::SeqCst);
    // A send wakes a receive.
    let mut receive = pin!(rx.recv_async());
    assert!(receive.as_mut().poll(&mut context).is_pending());
    tx.send(1).unwrap();
    assert_eq!(woken(), 1);
    assert!(receive.as_mut().poll(&mut context).is_ready());
    // A receive wakes a send, which passes that on when it is dropped.
    tx.send(2).unwrap();
    let mut first = Box::pin(tx.send_async(3));
    let mut second = pin!(tx.send_async(4));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    assert_eq!(rx.recv(), Ok(2));
    assert_eq!(woken(), 1);
    drop(first);
    assert_eq!(woken(), 1);
    assert!(second.as_mut().poll(&mut context).is_ready());
    // A receiver that leaves wakes a send, and the last one everybody.
    let slow = rx.clone();
    assert_eq!(rx.recv(), Ok(4));
    let mut send = pin!(tx.send_async(5));
    assert!(send.as_mut().poll(&mut context).is_pending());
    drop(slow);
    assert_eq!(woken(), 1);
    let mut closed = pin!(tx.closed());
    assert!(closed.as_mut().poll(&mut context).is_pending());
    assert!(send.as_mut().poll(&mut context).is_ready());
    let receive = rx.clone();
    assert_eq!(receive.recv(), Ok(5));
    let mut receive = pin!(receive.recv_async());
    assert!(receive.as_mut().poll(&mut context).is_pending());
    tx.close();
    assert_eq!(woken(), 2);
}

#[test]
fn who_gives_up_is_forgotten() {
    let (tx, rx) = bounded(1);
    let looks = Arc::new(Looks(tx.clone(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&looks));
    let mut context = Context::from_waker(&waker);
    let held = || Arc::strong_count(&looks);
    let before = held();
    // Each with another one behind it, so that its queue does not empty.
    let mut receives = [(); 2].map(|()| Box::pin(rx.recv_async()));
    let mut closed = [(); 2].map(|()| Box::pin(tx.closed()));
    for (receive, closed) in receives.iter_mut().zip(&mut closed) {
        assert!(receive.as_mut().poll(&mut context).is_pending());
        assert!(closed.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(held(), before + 4);
    let [receive, behind] = receives;
    drop(receive);
    assert_eq!(held(), before + 3);
    drop(behind);
    let [closed, behind] = closed;
    drop(closed);
    assert_eq!(held(), before + 1);
    drop(behind);
    tx.send(0).unwrap();
    let mut sends = [1, 2].map(|n| Box::pin(tx.send_async(n)));
    for send in &mut sends {
        assert!(send.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(held(), before + 2);
    let [send, behind] = sends;
    drop(send);
    assert_eq!(held(), before + 1);
    drop(behind);
    assert_eq!(held(), before);
}

/// Panics when it is cloned, if told so.
#[derive(Debug, PartialEq)]
struct Fragile(bool);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!self.0, "fragile");
        Fragile(false)
    }
}

#[test]
fn a_clone_that_panics_costs_one_receiver_one_message() {
    let (tx, one) = bounded(2);
    let two = tx.subscribe();
    tx.send(Fragile(true)).unwrap();
    tx.send(Fragile(false)).unwrap();
    let broken = catch_unwind(AssertUnwindSafe(|| one.recv()));
    assert!(broken.is_err());
    assert_eq!(one.recv(), Ok(Fragile(false)));
    assert_eq!(two.recv(), Ok(Fragile(true)));
    assert_eq!(two.recv(), Ok(Fragile(false)));
    tx.send(Fragile(false)).unwrap();
    assert_eq!(one.recv(), Ok(Fragile(false)));
}

// As events.

#[test]
fn a_receive_stands_in_a_choice_with_a_channel() {
    let (tx, rx) = broadcast::unbounded();
    let (plain_tx, plain) = channel::unbounded();
    let other = tx.subscribe();
    let mut either = event::choose([
        event::receive(&rx).wrap(|tapped| ("tapped", tapped)),
        event::receive(&plain).wrap(|plain| ("plain", plain)),
    ]);
    assert_eq!(either.poll(), None);
    tx.send(1).unwrap();
    assert_eq!(either.sync(), ("tapped", Ok(1)));
    plain_tx.send(2).unwrap();
    assert_eq!(either.sync(), ("plain", Ok(2)));
    // Both are ready: one is chosen, and the other one is still there.
    tx.send(3).unwrap();
    plain_tx.send(4).unwrap();
    let mut both = [either.sync(), either.sync()];
    both.sort_by_key(|(from, _)| *from);
    assert_eq!(both, [("plain", Ok(4)), ("tapped", Ok(3))]);
    assert_eq!(either.poll(), None);
    tx.close();
    assert_eq!(either.sync(), ("tapped", Err(RecvError)));
    assert!(other.iter().eq([1, 3]), "another tap sees all the same");
}

#[test]
fn a_choice_that_waits_is_told_of_a_message_and_leaves_no_trace() {
    let (tx, rx) = bounded(1);
    let (plain_tx, plain) = channel::rendezvous::<u8>();
    thread::scope(|scope| {
        for round in 0..100 {
            let chooser = scope.spawn(|| {
                event::select([
                    event::receive(&rx).wrap(|tapped| tapped.unwrap()),
                    event::receive(&plain).wrap(|plain| plain.unwrap()),
                ])
            });
            match round % 2 {
                0 => tx.send(round).unwrap(),
                _ => plain_tx.send(round).unwrap(),
            }
            assert_eq!(chooser.join().unwrap(), round);
        }
    });
    assert!(rx.is_empty() && !tx.is_full());
}

#[test]
fn a_send_stands_in_a_choice_with_a_channel() {
    let (tx, rx) = bounded(1);
    let (plain_tx, plain) = channel::unbounded();
    tx.send(0).unwrap();
    let mut either = event::choose([
        event::send(&tx, 1).wrap(|sent| ("sent", sent.is_ok())),
        event::receive(&plain).wrap(|plain| ("plain", plain.is_ok())),
    ]);
    assert_eq!(either.poll(), None);
    plain_tx.send(7).unwrap();
    assert_eq!(either.sync(), ("plain", true));
    assert_eq!(rx.recv(), Ok(0));
    assert_eq!(either.sync(), ("sent", true));
    assert_eq!(rx.recv(), Ok(1));
    // It has nothing to send any more, and leaves the choice to the other.
    assert_eq!(either.poll(), None);
    plain_tx.send(8).unwrap();
    assert_eq!(either.sync(), ("plain", true));
    drop(either);
    let mut refused = event::send(&tx, 2);
    drop(rx);
    assert_eq!(refused.sync(), Err(SendError(2)));
}

/// A task that sends `message`, or receives from a channel.
fn send_or_receive(
    tx: &Sender<u8>,
    message: u8,
    plain: &channel::Receiver<u8>,
) -> Task<&'static str> {
    let sent = event::send(tx.clone(), message).wrap(|_sent| "sent");
    let plain = event::receive(plain.clone()).wrap(|_plain| "plain");
    Task::that_waits(event::choose([sent, plain]).into_future())
}

#[test]
fn a_choice_that_is_given_up_passes_its_room_on() {
    let (tx, rx) = bounded(1);
    let (plain_tx, plain) = channel::unbounded();
    tx.send(0).unwrap();
    let choosing = send_or_receive(&tx, 1, &plain);
    let lost = send_or_receive(&tx, 2, &plain);
    let sender = tx.clone();
    let mut next = Task::that_waits(async move { sender.send_async(3).await });
    assert_eq!(rx.recv(), Ok(0));
    assert!(choosing.is_woken() && !lost.is_woken() && !next.is_woken());
    drop(choosing);
    assert!(lost.is_woken() && !next.is_woken());
    // It is claimed for its room already, and takes that.
    plain_tx.send(0).unwrap();
    let mut lost = lost;
    assert_eq!(lost.run(), Some("sent"));
    assert_eq!(rx.recv(), Ok(2));
    assert_eq!(next.run(), Some(Ok(())));
    assert_eq!((rx.recv(), plain.recv()), (Ok(3), Ok(0)));
}

#[test]
fn a_choice_that_has_lost_stands_in_no_queue() {
    let (tx, rx) = bounded(1);
    let (plain_tx, plain) = channel::unbounded();
    tx.send(0).unwrap();
    let mut choosing = send_or_receive(&tx, 1, &plain);
    let sender = tx.clone();
    let mut next = Task::that_waits(async move { sender.send_async(2).await });
    plain_tx.send(0).unwrap();
    assert!(choosing.is_woken() && !next.is_woken());
    // Claimed by the channel, so the room is for the next one.
    assert_eq!(rx.recv(), Ok(0));
    assert!(next.is_woken());
    assert_eq!(choosing.run(), Some("plain"));
    assert_eq!(next.run(), Some(Ok(())));
    assert!(rx.try_iter().eq([2]));
}

#[test]
fn a_send_that_has_sent_takes_no_room_from_the_next() {
    let (tx, rx) = bounded(1);
    let (_plain_tx, plain) = channel::unbounded::<u8>();
    let sent = event::send(tx.clone(), 1).wrap(|_sent| "sent");
    let plain = event::receive(plain).wrap(|_plain| "plain");
    let mut either = event::choose([sent, plain]);
    assert_eq!(either.sync(), "sent");
    let again = Task::that_waits(either.into_future());
    let sender = tx.clone();
    let mut next = Task::that_waits(async move { sender.send_async(2).await });
    assert_eq!(rx.recv(), Ok(1));
    assert!(next.is_woken() && !again.is_woken());
    assert_eq!(next.run(), Some(Ok(())));
}

/// Taps that choose between the broadcast and a channel, senders that choose
/// between the broadcast and a moment that has passed: nothing is lost.
#[test]
fn choices_lose_nothing() {
    const MESSAGES: usize = 300;
    for capacity in [Some(1), Some(3), None] {
        let (tx, rx) = broadcast::with_capacity(capacity).unwrap();
        let (plain_tx, plain) = channel::bounded(1);
        thread::scope(|scope| {
            let taps = [(); 3].map(|()| {
                let (rx, plain) = (rx.clone(), plain.clone());
                scope.spawn(move || {
                    let mut either = event::choose([
                        event::receive(rx).wrap(|tapped| (true, tapped)),
                        event::receive(plain).wrap(|plain| (false, plain)),
                    ]);
                    let (mut seen, mut shared) = (Seen::default(), 0);
                    loop {
                        match either.sync() {
                            (true, Ok(message)) => seen.see(message),
                            (true, Err(RecvError)) => return (seen, shared),
                            (false, plain) => shared += plain.is_ok() as usize,
                        }
                    }
                })
            });
            drop(rx);
            let senders = [0, 1].map(|sender| {
                let tx = tx.clone();
                scope.spawn(move || {
                    for number in 0..MESSAGES {
                        let mut send = event::send(&tx, (sender, number));
                        while send.sync_timeout(Duration::ZERO).is_none() {
                            thread::yield_now();
                        }
                    }
                })
            });
            (0..MESSAGES).for_each(|n| plain_tx.send((0, n)).unwrap());
            while !plain.is_empty() {
                thread::yield_now();
            }
            for sender in senders {
                sender.join().unwrap();
            }
            drop(tx);
            let seen = taps.map(|tap| tap.join().unwrap());
            let shared: usize = seen.iter().map(|(_, shared)| shared).sum();
            assert_eq!(shared, MESSAGES);
            let seen = seen.map(|(seen, _)| seen);
            assert_eq!(seen[0].next[..2], [MESSAGES; 2]);
            assert_eq!(seen, [seen[0]; 3]);
        });
    }
}

// Against a model.

#[derive(Clone, Debug)]
enum Op {
    TrySend(u8),
    /// Stands in the queue for a moment, and withdraws.
    SendLate(u8),
    TryRecv(usize),
    RecvLate(usize),
    Subscribe,
    CloneReceiver(usize),
    DropReceiver(usize),
    CloneSender,
    DropSender,
    Close,
    /// A task that sends, with a sender of its own.
    BeginSend(u8),
    /// A task that receives, with a clone of a receiver.
    BeginRecv(usize),
    /// Tasks are dropped, woken or not.
    CancelSend(usize),
    CancelRecv(usize),
    /// Every task that was woken goes on.
    RunTasks,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => any::<u8>().prop_map(Op::TrySend),
        2 => any::<u8>().prop_map(Op::SendLate),
        9 => any::<usize>().prop_map(Op::TryRecv),
        2 => any::<usize>().prop_map(Op::RecvLate),
        1 => Just(Op::Subscribe),
        1 => any::<usize>().prop_map(Op::CloneReceiver),
        2 => any::<usize>().prop_map(Op::DropReceiver),
        1 => Just(Op::CloneSender),
        1 => Just(Op::DropSender),
        1 => Just(Op::Close),
        3 => any::<u8>().prop_map(Op::BeginSend),
        2 => any::<usize>().prop_map(Op::BeginRecv),
        1 => any::<usize>().prop_map(Op::CancelSend),
        1 => any::<usize>().prop_map(Op::CancelRecv),
        3 => Just(Op::RunTasks),
    ]
}

/// What a broadcast is, said as plainly as can be: all that was ever sent, and
/// how much of it each receiver has.
struct Model {
    capacity: Option<usize>,
    all: Vec<u8>,
    /// By the receivers' numbers; `None` once it was dropped.
    cursors: Vec<Option<usize>>,
    closed: bool,
}

impl Model {
    fn kept(&self) -> usize {
        let slowest = self.cursors.iter().flatten().min();
        slowest.map_or(0, |slowest| self.all.len() - slowest)
    }

    fn refuses(&self) -> bool {
        self.closed || self.cursors.iter().all(Option::is_none)
    }

    fn is_full(&self) -> bool {
        self.capacity
            .is_some_and(|capacity| self.kept() >= capacity)
    }

    fn try_send(&mut self, message: u8) -> Result<(), TrySendError<u8>> {
        if self.refuses() {
            return Err(TrySendError::Closed(message));
        }
        if self.is_full() {
            return Err(TrySendError::Full(message));
        }
        self.all.push(message);
        Ok(())
    }

    fn try_recv(&mut self, tap: usize) -> Result<u8, TryRecvError> {
        let cursor = self.cursors[tap].as_mut().unwrap();
        match self.all.get(*cursor) {
            Some(&message) => {
                *cursor += 1;
                Ok(message)
            }
            None if self.closed => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    fn join(&mut self, cursor: Option<usize>) -> usize {
        self.cursors.push(cursor.or(Some(self.all.len())));
        self.cursors.len() - 1
    }
}

fn late_send(error: SendTimeoutError<u8>) -> TrySendError<u8> {
    match error {
        SendTimeoutError::Timeout(message) => TrySendError::Full(message),
        SendTimeoutError::Closed(message) => TrySendError::Closed(message),
    }
}

fn late_recv(error: RecvTimeoutError) -> TryRecvError {
    match error {
        RecvTimeoutError::Timeout => TryRecvError::Empty,
        RecvTimeoutError::Closed => TryRecvError::Closed,
    }
}

/// A receiver, and its number in the model.
type Tap = (usize, Receiver<u8>);
type Sent = (u8, Result<(), SendError<u8>>);
type Received = (Tap, Result<u8, RecvError>);

/// The model and the channel, side by side.
struct Pair {
    model: Model,
    senders: Vec<Sender<u8>>,
    taps: Vec<Tap>,
    sends: Vec<Task<Sent>>,
    /// With the number of the receiver.
    receives: Vec<(usize, Task<Received>)>,
}

impl Pair {
    fn tap(&self, choice: usize) -> Option<&Tap> {
        let count = self.taps.len();
        (count > 0).then(|| &self.taps[choice % count])
    }

    /// A sender that a task holds counts as well.
    fn close_without_senders(&mut self) {
        self.model.closed |= self.senders.is_empty() && self.sends.is_empty();
    }

    fn drop_tap(&mut self, number: usize) {
        self.model.cursors[number] = None;
    }

    /// Lets every task go on that was woken; then nobody waits in vain.
    fn run_tasks(&mut self) {
        loop {
            let sends: Vec<_> = self.sends.iter().map(Task::is_woken).collect();
            let receives = self.receives.iter().map(|(_, task)| task);
            let woken = receives.map(Task::is_woken).chain(sends);
            if !woken.into_iter().any(|woken| woken) {
                break;
            }
            let model = &mut self.model;
            self.sends.retain_mut(|task| match task.run() {
                None => true,
                Some((message, sent)) => {
                    let sent = sent.map_err(TrySendError::from);
                    assert_eq!(sent, model.try_send(message));
                    false
                }
            });
            self.close_without_senders();
            let mut still = Vec::new();
            for (number, mut task) in self.receives.drain(..) {
                let Some((tap, received)) = task.run() else {
                    still.push((number, task));
                    continue;
                };
                let received = received.map_err(TryRecvError::from);
                assert_eq!(received, self.model.try_recv(number));
                self.taps.push(tap);
            }
            self.receives = still;
        }
        let waits = !self.model.refuses() && self.model.is_full();
        assert!(waits || self.sends.is_empty(), "a send waits in vain");
        for (number, _) in &self.receives {
            let all = self.model.all.len();
            let waits =
                !self.model.closed && self.model.cursors[*number] == Some(all);
            assert!(waits, "a receive waits in vain");
        }
    }

    fn apply(&mut self, op: Op) {
        let past = Instant::now();
        match op {
            Op::TrySend(message) => {
                let Some(tx) = self.senders.last() else {
                    return;
                };
                let sent = tx.try_send(message);
                assert_eq!(sent, self.model.try_send(message));
            }
            Op::SendLate(message) => {
                let Some(tx) = self.senders.last() else {
                    return;
                };
                let sent = tx.send_deadline(message, past);
                let sent = sent.map_err(late_send);
                assert_eq!(sent, self.model.try_send(message));
            }
            Op::TryRecv(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let (received, number) = (rx.try_recv(), *number);
                assert_eq!(received, self.model.try_recv(number));
            }
            Op::RecvLate(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let received = rx.recv_deadline(past).map_err(late_recv);
                let number = *number;
                assert_eq!(received, self.model.try_recv(number));
            }
            Op::Subscribe => {
                let Some(tx) = self.senders.last() else {
                    return;
                };
                let rx = tx.subscribe();
                self.taps.push((self.model.join(None), rx));
            }
            Op::CloneReceiver(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let (rx, cursor) = (rx.clone(), self.model.cursors[*number]);
                self.taps.push((self.model.join(cursor), rx));
            }
            Op::DropReceiver(tap) => {
                if let Some(count) = self.taps.len().checked_sub(1) {
                    let (number, rx) = self.taps.remove(tap % (count + 1));
                    drop(rx);
                    self.drop_tap(number);
                }
            }
            Op::CloneSender => {
                self.senders.extend(self.senders.last().cloned());
            }
            Op::DropSender => {
                self.senders.pop();
                self.close_without_senders();
            }
            Op::Close => {
                let Some(tx) = self.senders.last() else {
                    return;
                };
                assert_eq!(tx.close(), !self.model.closed);
                self.model.closed = true;
            }
            Op::BeginSend(message) => {
                let Some(tx) = self.senders.last().cloned() else {
                    return;
                };
                let mut task = Task::new(async move {
                    (message, tx.send_async(message).await)
                });
                match task.run() {
                    None => {
                        assert!(self.model.is_full() && !self.model.refuses());
                        self.sends.push(task);
                    }
                    Some((message, sent)) => {
                        let sent = sent.map_err(TrySendError::from);
                        assert_eq!(sent, self.model.try_send(message));
                    }
                }
            }
            Op::BeginRecv(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let (rx, cursor) = (rx.clone(), self.model.cursors[*number]);
                let number = self.model.join(cursor);
                let mut task = Task::new(async move {
                    let received = rx.recv_async().await;
                    ((number, rx), received)
                });
                match task.run() {
                    None => self.receives.push((number, task)),
                    Some((tap, received)) => {
                        let received = received.map_err(TryRecvError::from);
                        assert_eq!(received, self.model.try_recv(number));
                        self.taps.push(tap);
                    }
                }
            }
            Op::CancelSend(which) => {
                if let Some(count) = self.sends.len().checked_sub(1) {
                    self.sends.remove(which % (count + 1));
                    self.close_without_senders();
                }
            }
            Op::CancelRecv(which) => {
                if let Some(count) = self.receives.len().checked_sub(1) {
                    let (number, task) =
                        self.receives.remove(which % (count + 1));
                    drop(task);
                    self.drop_tap(number);
                }
            }
            Op::RunTasks => self.run_tasks(),
        }
    }

    fn check(&self) {
        for (number, rx) in &self.taps {
            let cursor = self.model.cursors[*number].unwrap();
            assert_eq!(rx.len(), self.model.all.len() - cursor);
            assert_eq!(rx.is_closed(), self.model.closed);
        }
        if let Some(tx) = self.senders.last() {
            assert_eq!(tx.len(), self.model.kept());
            assert_eq!(tx.is_closed(), self.model.refuses());
            let taps = self.model.cursors.iter().flatten().count();
            assert_eq!(tx.receiver_count(), taps);
            let senders = self.senders.len() + self.sends.len();
            assert_eq!(tx.sender_count(), senders);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_broadcast_is_a_list_and_a_cursor_for_each_receiver(
        capacity in prop_oneof![Just(None), (1..4_usize).prop_map(Some)],
        ops in proptest::collection::vec(op(), 0..80),
    ) {
        let (tx, rx) = broadcast::with_capacity(capacity).unwrap();
        let mut pair = Pair {
            model: Model {
                capacity,
                all: Vec::new(),
                cursors: vec![Some(0)],
                closed: false,
            },
            senders: vec![tx],
            taps: vec![(0, rx)],
            sends: Vec::new(),
            receives: Vec::new(),
        };
        for op in ops {
            pair.apply(op);
            pair.check();
        }
        pair.run_tasks();
        pair.check();
    }
}

// Many at once.

const SENDERS: usize = 4;
const TAPS: usize = 3;

type Message = (usize, usize);

/// What a receiver saw, to be compared with what others saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    next: [usize; SENDERS],
    /// Depends on the order.
    hash: u64,
}

impl Seen {
    fn see(&mut self, (sender, number): Message) {
        assert_eq!(number, self.next[sender], "lost, twice or out of order");
        self.next[sender] = number + 1;
        let word = (sender << 32 | number) as u64;
        self.hash = self.hash.wrapping_mul(31).wrapping_add(word);
    }
}

/// Sends numbered messages from every sender, and checks that every receiver
/// sees all of them, and all in the same order.
fn stress(
    capacity: Option<usize>,
    messages: usize,
    send: impl Fn(&Sender<Message>, Message) + Copy + Send + Sync,
    receive: impl Fn(&Receiver<Message>) -> Option<Message> + Copy + Send + Sync,
) {
    let (tx, rx) = broadcast::with_capacity(capacity).unwrap();
    let seen = thread::scope(|scope| {
        let taps = [(); TAPS].map(|()| {
            let rx = rx.clone();
            scope.spawn(move || {
                let mut seen = Seen::default();
                while let Some(message) = receive(&rx) {
                    seen.see(message);
                }
                seen
            })
        });
        drop(rx);
        for sender in 0..SENDERS {
            let tx = tx.clone();
            scope.spawn(move || {
                for number in 0..messages {
                    send(&tx, (sender, number));
                }
            });
        }
        drop(tx);
        taps.map(|tap| tap.join().unwrap())
    });
    assert_eq!(seen[0].next, [messages; SENDERS]);
    assert_eq!(seen, [seen[0]; TAPS]);
}

#[test]
fn four_senders_three_receivers() {
    for capacity in [Some(1), Some(2), Some(64), None] {
        stress(
            capacity,
            2_000,
            |tx, message| tx.send(message).unwrap(),
            |rx| rx.recv().ok(),
        );
    }
}

#[test]
fn threads_and_tasks_together() {
    for capacity in [Some(1), Some(3), None] {
        stress(
            capacity,
            2_000,
            |tx, message| match message.0 % 2 {
                0 => tx.send(message).unwrap(),
                _ => pollster::block_on(tx.send_async(message)).unwrap(),
            },
            |rx| pollster::block_on(rx.recv_async()).ok(),
        );
    }
}

#[test]
fn everyone_gives_up_all_the_time() {
    let moment = Duration::from_nanos(1);
    for capacity in [Some(1), Some(3), None] {
        stress(
            capacity,
            1_000,
            move |tx, mut message| {
                while let Err(back) = tx.send_timeout(message, moment) {
                    assert!(matches!(back, SendTimeoutError::Timeout(_)));
                    message = back.into_inner();
                    thread::yield_now();
                }
            },
            move |rx| loop {
                match rx.recv_timeout(moment) {
                    Ok(message) => return Some(message),
                    Err(RecvTimeoutError::Closed) => return None,
                    Err(RecvTimeoutError::Timeout) => thread::yield_now(),
                }
            },
        );
    }
}

#[test]
fn receivers_come_and_go_while_others_send() {
    const MESSAGES: usize = 200;
    let (tx, rx) = bounded(2);
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                while !tx.is_closed() {
                    let (one, two) = (tx.subscribe(), rx.clone());
                    for tap in [one, two] {
                        let some: Vec<usize> = tap.try_iter().take(3).collect();
                        assert!(some.is_sorted_by(|a, b| a + 1 == *b));
                    }
                }
            });
        }
        let all = scope.spawn(|| {
            let rx = rx.clone();
            start.wait();
            rx.iter().eq(0..MESSAGES)
        });
        scope.spawn(|| {
            start.wait();
            for n in 0..MESSAGES {
                tx.send(n).unwrap();
                // The one that the clones are made of holds nobody back.
                if n % 2 == 0 {
                    assert_eq!(rx.recv(), Ok(n));
                } else {
                    assert_eq!(rx.try_recv(), Ok(n));
                }
            }
            tx.close();
        });
        assert!(all.join().unwrap());
    });
}
