//! One value that changes: the latest is seen, each version at most once.

use chanpatterns::channel::watch::{self, Receiver, Sender};
use chanpatterns::channel::{
    RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError,
};
use chanpatterns::{channel, event};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::{Task, waiting};

#[test]
fn a_version_is_seen_at_most_once_and_the_latest_is() {
    let (tx, rx) = watch::channel(0);
    assert!(!rx.has_changed() && rx.is_empty());
    assert_eq!((rx.get(), tx.get()), (0, 0));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    (1..=3).for_each(|n| tx.send(n).unwrap());
    assert!(rx.has_changed());
    assert_eq!((rx.get(), rx.len()), (3, 1), "a look leaves it unseen");
    assert_eq!(rx.recv(), Ok(3));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(3).unwrap();
    assert_eq!(rx.changed(), Ok(()), "the same value is a new version");
    assert!(!rx.has_changed());
}

#[test]
fn each_receiver_counts_for_itself() {
    let (tx, one) = watch::channel(0);
    tx.send(1).unwrap();
    let unseen = one.clone();
    assert_eq!(one.recv(), Ok(1));
    let seen = one.clone();
    let late = tx.subscribe();
    assert_eq!(unseen.recv(), Ok(1));
    assert!(!seen.has_changed() && !late.has_changed());
    tx.send(2).unwrap();
    for rx in [one, unseen, seen, late] {
        assert!(rx.try_iter().eq([2]));
    }
}

#[test]
fn a_send_to_nobody_is_kept_for_who_comes_later() {
    let (tx, rx) = watch::channel(0);
    let weak = rx.downgrade();
    drop(rx);
    assert!(!tx.is_closed());
    assert_eq!(tx.receiver_count(), 0);
    tx.send(1).unwrap();
    assert!(weak.upgrade().is_none());
    let rx = tx.subscribe();
    assert_eq!((rx.get(), rx.has_changed()), (1, false));
    assert!(weak.upgrade().is_some());
}

#[test]
fn after_a_close_an_unseen_value_is_given_once_and_then_the_end() {
    for by_drop in [true, false] {
        let (tx, rx) = watch::channel(0);
        let seen = rx.clone();
        tx.send(1).unwrap();
        seen.changed().unwrap();
        match by_drop {
            true => drop(tx),
            false => {
                assert!(rx.close() && !tx.close());
                assert_eq!(tx.send(2), Err(SendError(2)));
                assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
                let modified = tx.send_modify(|n| *n += 1);
                assert_eq!(modified, Err(SendError(2)));
            }
        }
        assert!(rx.is_closed() && rx.has_changed());
        assert_eq!((rx.recv(), rx.recv()), (Ok(1), Err(RecvError)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(seen.changed(), Err(RecvError));
        assert_eq!(seen.get(), 1, "the last value stays");
    }
}

#[test]
fn all_who_wait_are_told_of_a_send_and_of_the_close() {
    let (tx, _rx) = watch::channel(0);
    for closes in [false, true] {
        thread::scope(|scope| {
            let receivers = [(); 3].map(|()| {
                let rx = tx.subscribe();
                waiting(scope, move |tick, go_on| {
                    rx.recv_watched(None, tick, go_on)
                })
            });
            let expected = match closes {
                true => {
                    tx.close();
                    Err(RecvTimeoutError::Closed)
                }
                false => {
                    tx.send(7).unwrap();
                    Ok(7)
                }
            };
            for receiver in receivers {
                assert_eq!(receiver.join().unwrap(), expected);
            }
        });
    }
}

#[test]
fn who_gives_up_has_seen_nothing() {
    let (tx, rx) = watch::channel(0);
    let (soon, past) = (Duration::from_millis(1), Instant::now());
    let late = RecvTimeoutError::Timeout;
    assert_eq!(rx.recv_timeout(soon), Err(late));
    assert_eq!(rx.recv_deadline(past), Err(late));
    assert_eq!(rx.changed_timeout(soon), Err(late));
    assert_eq!(rx.changed_deadline(past), Err(late));
    // A send never waits, whatever its form.
    tx.send_deadline(1, past).unwrap();
    assert_eq!(rx.changed_deadline(past), Ok(()));
    tx.send_timeout(2, Duration::ZERO).unwrap();
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(2));
    pollster::block_on(tx.send_async(3)).unwrap();
    assert_eq!(rx.changed_timeout(Duration::ZERO), Ok(()));
    tx.close();
    let closed = RecvTimeoutError::Closed;
    assert_eq!(rx.changed_timeout(soon), Err(closed));
    assert_eq!(rx.recv_timeout(soon), Err(closed));
}

#[test]
fn a_wait_that_is_dropped_has_seen_nothing() {
    let (tx, rx) = watch::channel(0);
    let rx = Arc::new(rx);
    let waits = || {
        let rx = Arc::clone(&rx);
        Task::that_waits(async move { rx.changed_async().await })
    };
    let (before, after, mut stays) = (waits(), waits(), waits());
    drop(before);
    tx.send(1).unwrap();
    assert!(after.is_woken());
    drop(after);
    assert!(rx.has_changed());
    assert_eq!(stays.run(), Some(Ok(())));
    let mut waits = {
        let rx = Arc::clone(&rx);
        Task::that_waits(async move { rx.recv_async().await })
    };
    tx.close();
    assert_eq!(waits.run(), Some(Err(RecvError)));
}

#[test]
#[should_panic(expected = "polled after its completion")]
fn a_future_that_is_polled_after_its_completion_says_so() {
    let (tx, rx) = watch::channel(0);
    tx.send(1).unwrap();
    let mut changed = rx.changed_async();
    assert_eq!(pollster::block_on(&mut changed), Ok(()));
    let _ = pollster::block_on(changed);
}

#[test]
fn weak_ends_keep_nothing_open() {
    let (tx, rx) = watch::channel(0);
    let weak = tx.downgrade();
    let second = weak.upgrade().unwrap();
    assert!(second.same_channel(&tx));
    assert_eq!((rx.sender_count(), rx.receiver_count()), (2, 1));
    drop(tx);
    assert!(!rx.is_closed());
    drop(second);
    assert!(rx.is_closed() && weak.upgrade().is_none());
}

/// A value that cannot be cloned.
struct Single(usize);

#[test]
fn a_value_need_not_be_cloned() {
    let (tx, rx) = watch::channel(Single(1));
    tx.send(Single(2)).ok().unwrap();
    assert_eq!(rx.changed(), Ok(()));
    assert_eq!(rx.with(|single| single.0), 2);
    assert_eq!(tx.with(|single| single.0), 2);
}

#[test]
fn a_modification_runs_again_if_another_sender_was_faster() {
    let (tx, rx) = watch::channel(1);
    let mut runs = 0;
    tx.send_modify(|n| {
        runs += 1;
        if runs == 1 {
            // It runs under no lock, so it may use the channel.
            tx.send(10).unwrap();
        }
        *n += 1;
    })
    .unwrap();
    assert_eq!((runs, rx.recv()), (2, Ok(11)));
    let panics = AssertUnwindSafe(|| tx.send_modify(|_| panic!("no")));
    assert!(catch_unwind(panics).is_err());
    assert_eq!((rx.get(), rx.has_changed()), (11, false));
}

#[test]
fn a_look_holds_nobody_up() {
    let (tx, rx) = watch::channel(1);
    let seen = rx.with(|old| {
        tx.send(2).unwrap();
        (*old, rx.get())
    });
    assert_eq!(seen, (1, 2));
}

/// Uses the channel whenever it is cloned or dropped.
struct Meddler(Option<Sender<Meddler>>, Arc<AtomicUsize>);

impl Clone for Meddler {
    fn clone(&self) -> Self {
        assert!(self.0.iter().all(|tx| tx.len() == 1));
        Meddler(self.0.clone(), Arc::clone(&self.1))
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        assert!(self.0.iter().all(|tx| tx.len() == 1));
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn values_may_use_the_channel() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let meddler = |tx: Option<&Sender<Meddler>>| {
        Meddler(tx.cloned(), Arc::clone(&dropped))
    };
    let (tx, rx) = watch::channel(meddler(None));
    for sent in 1..=3 {
        tx.send(meddler(Some(&tx))).ok().unwrap();
        assert_eq!(dropped.load(Ordering::SeqCst), sent);
    }
    drop(rx.recv());
    tx.send(meddler(None)).ok().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 5);
}

// As events.

#[test]
fn a_change_stands_in_a_choice_with_a_channel() {
    let (tx, rx) = watch::channel(0);
    let changes = rx.clone();
    let (plain_tx, plain) = channel::unbounded::<u8>();
    let mut either = event::choose([
        event::receive(&rx).wrap(|value| ("value", value.ok())),
        event::receive(&plain).wrap(|plain| ("plain", plain.ok())),
    ]);
    assert_eq!(either.poll(), None);
    plain_tx.send(0).unwrap();
    assert_eq!(either.sync(), ("plain", Some(0)));
    event::send(&tx, 1).sync().unwrap();
    tx.send(2).unwrap();
    assert_eq!(either.sync(), ("value", Some(2)));
    assert_eq!(either.poll(), None);
    let mut changed = event::changed(&changes);
    assert_eq!((changed.sync(), changed.poll()), (Ok(()), None));
    tx.close();
    assert_eq!(either.sync(), ("value", None));
    assert_eq!(changed.sync(), Err(RecvError));
}

#[test]
fn a_choice_that_waits_is_told_and_one_that_has_lost_has_seen_nothing() {
    let (tx, rx) = watch::channel(Single(0));
    let (plain_tx, plain) = channel::unbounded::<u8>();
    let rx = Arc::new(rx);
    let choosing = || {
        let (rx, plain) = (Arc::clone(&rx), plain.clone());
        Task::that_waits(async move {
            let changed = event::changed(&rx).wrap(|_changed| "changed");
            let plain = event::receive(plain).wrap(|_plain| "plain");
            event::choose([changed, plain]).await
        })
    };
    let mut loses = choosing();
    plain_tx.send(0).unwrap();
    tx.send(Single(1)).ok().unwrap();
    assert_eq!(loses.run(), Some("plain"));
    assert!(rx.has_changed());
    rx.changed().unwrap();
    let mut wins = choosing();
    tx.send(Single(2)).ok().unwrap();
    plain_tx.send(0).unwrap();
    assert_eq!(wins.run(), Some("changed"));
    assert!(!rx.has_changed() && !plain.is_empty());
}

// Against a model.

#[derive(Clone, Debug)]
enum Op {
    Send(u8),
    Modify(u8),
    TryRecv(usize),
    ChangedLate(usize),
    Subscribe,
    CloneReceiver(usize),
    DropReceiver(usize),
    Close,
    /// A task that receives, with a clone of a receiver.
    BeginRecv(usize),
    /// It is dropped, woken or not.
    CancelRecv(usize),
    RunTasks,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => any::<u8>().prop_map(Op::Send),
        2 => any::<u8>().prop_map(Op::Modify),
        6 => any::<usize>().prop_map(Op::TryRecv),
        2 => any::<usize>().prop_map(Op::ChangedLate),
        1 => Just(Op::Subscribe),
        1 => any::<usize>().prop_map(Op::CloneReceiver),
        2 => any::<usize>().prop_map(Op::DropReceiver),
        1 => Just(Op::Close),
        2 => any::<usize>().prop_map(Op::BeginRecv),
        1 => any::<usize>().prop_map(Op::CancelRecv),
        2 => Just(Op::RunTasks),
    ]
}

/// What a watch is, said as plainly as can be: all values that there ever were,
/// and how many of them there were when each receiver looked.
struct Model {
    all: Vec<u8>,
    seen: Vec<usize>,
    closed: bool,
}

impl Model {
    fn send(&mut self, value: u8) -> Result<(), SendError<u8>> {
        if self.closed {
            return Err(SendError(value));
        }
        self.all.push(value);
        Ok(())
    }

    fn last(&self) -> u8 {
        *self.all.last().unwrap()
    }

    fn has_changed(&self, tap: usize) -> bool {
        self.seen[tap] < self.all.len()
    }

    fn try_recv(&mut self, tap: usize) -> Result<u8, TryRecvError> {
        if self.has_changed(tap) {
            self.seen[tap] = self.all.len();
            return Ok(self.last());
        }
        Err(match self.closed {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        })
    }

    fn join(&mut self, seen: usize) -> usize {
        self.seen.push(seen);
        self.seen.len() - 1
    }
}

/// A receiver, and its number in the model.
type Tap = (usize, Receiver<u8>);
type Received = (Tap, Result<u8, RecvError>);

/// The model and the channel, side by side.
struct Pair {
    model: Model,
    tx: Sender<u8>,
    taps: Vec<Tap>,
    /// With the number of the receiver.
    receives: Vec<(usize, Task<Received>)>,
}

impl Pair {
    fn tap(&self, choice: usize) -> Option<&Tap> {
        let count = self.taps.len();
        (count > 0).then(|| &self.taps[choice % count])
    }

    fn received(&mut self, (tap, received): Received) {
        let received = received.map_err(TryRecvError::from);
        assert_eq!(received, self.model.try_recv(tap.0));
        self.taps.push(tap);
    }

    /// Lets every task go on that was woken; then nobody waits in vain.
    fn run_tasks(&mut self) {
        let mut still = Vec::new();
        for (number, mut task) in std::mem::take(&mut self.receives) {
            match task.run() {
                Some(received) => self.received(received),
                None => still.push((number, task)),
            }
        }
        for (number, _) in &still {
            let waits = !self.model.has_changed(*number) && !self.model.closed;
            assert!(waits, "a receive waits in vain");
        }
        self.receives = still;
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Send(value) => {
                assert_eq!(self.tx.send(value), self.model.send(value));
            }
            Op::Modify(more) => {
                let modify = |value: &mut u8| *value = value.wrapping_add(more);
                let value = self.model.last().wrapping_add(more);
                let sent = self.tx.send_modify(modify);
                assert_eq!(sent, self.model.send(value));
            }
            Op::TryRecv(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let (received, number) = (rx.try_recv(), *number);
                assert_eq!(received, self.model.try_recv(number));
            }
            Op::ChangedLate(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let changed = rx.changed_deadline(Instant::now());
                let changed = changed.map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Closed => TryRecvError::Closed,
                });
                let number = *number;
                assert_eq!(changed, self.model.try_recv(number).map(drop));
            }
            Op::Subscribe => {
                let all = self.model.all.len();
                let rx = self.tx.subscribe();
                self.taps.push((self.model.join(all), rx));
            }
            Op::CloneReceiver(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let (rx, seen) = (rx.clone(), self.model.seen[*number]);
                self.taps.push((self.model.join(seen), rx));
            }
            Op::DropReceiver(tap) => {
                if let Some(count) = self.taps.len().checked_sub(1) {
                    self.taps.remove(tap % (count + 1));
                }
            }
            Op::Close => {
                assert_eq!(self.tx.close(), !self.model.closed);
                self.model.closed = true;
            }
            Op::BeginRecv(tap) => {
                let Some((number, rx)) = self.tap(tap) else {
                    return;
                };
                let (rx, seen) = (rx.clone(), self.model.seen[*number]);
                let number = self.model.join(seen);
                let mut task = Task::new(async move {
                    let received = rx.recv_async().await;
                    ((number, rx), received)
                });
                match task.run() {
                    None => self.receives.push((number, task)),
                    Some(received) => self.received(received),
                }
            }
            Op::CancelRecv(which) => {
                if let Some(count) = self.receives.len().checked_sub(1) {
                    self.receives.remove(which % (count + 1));
                }
            }
            Op::RunTasks => self.run_tasks(),
        }
    }

    fn check(&self) {
        for (number, rx) in &self.taps {
            assert_eq!(rx.has_changed(), self.model.has_changed(*number));
            assert_eq!(rx.get(), self.model.last());
        }
        assert_eq!(self.tx.get(), self.model.last());
        assert_eq!(self.tx.is_closed(), self.model.closed);
        let taps = self.taps.len() + self.receives.len();
        assert_eq!(self.tx.receiver_count(), taps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_watch_is_a_value_and_a_version(
        ops in proptest::collection::vec(op(), 0..80),
    ) {
        let (tx, rx) = watch::channel(0);
        let mut pair = Pair {
            model: Model {
                all: vec![0],
                seen: vec![1],
                closed: false,
            },
            tx,
            taps: vec![(0, rx)],
            receives: Vec::new(),
        };
        for op in ops {
            pair.apply(op);
            pair.check();
        }
        pair.run_tasks();
    }
}

// Many at once.

const SENDERS: usize = 4;

/// What every sender has counted up to, and the sum of it: values that no
/// sender made would not add up.
type Counts = ([usize; SENDERS], usize);

/// Each sender counts in its own place; every receiver sees each count only
/// grow, and the last value.
fn stress(
    each: usize,
    receive: impl Fn(&Receiver<Counts>) -> Option<Counts> + Copy + Send + Sync,
) {
    let (tx, rx) = watch::channel(([0; SENDERS], 0));
    let start = Barrier::new(SENDERS + 3);
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (tx, start) = (tx.clone(), &start);
            scope.spawn(move || {
                start.wait();
                for _ in 0..each {
                    tx.send_modify(|(counts, sum)| {
                        counts[sender] += 1;
                        *sum += 1;
                    })
                    .unwrap();
                }
            });
        }
        drop(tx);
        for _ in 0..3 {
            let (rx, start) = (rx.clone(), &start);
            scope.spawn(move || {
                start.wait();
                let mut last: Counts = Default::default();
                while let Some((counts, sum)) = receive(&rx) {
                    assert!(sum > last.1, "a version was seen twice");
                    assert!(counts.iter().zip(last.0).all(|(a, b)| *a >= b));
                    assert_eq!(counts.iter().sum::<usize>(), sum);
                    last = (counts, sum);
                }
                assert_eq!(last.0, [each; SENDERS]);
            });
        }
    });
}

#[test]
fn four_senders_count_and_three_receivers_see_it() {
    stress(2_000, |rx| rx.recv().ok());
    stress(2_000, |rx| pollster::block_on(rx.recv_async()).ok());
}

#[test]
fn receivers_give_up_all_the_time() {
    stress(2_000, |rx| {
        loop {
            match rx.recv_timeout(Duration::from_nanos(1)) {
                Ok(counts) => return Some(counts),
                Err(RecvTimeoutError::Closed) => return None,
                Err(RecvTimeoutError::Timeout) => thread::yield_now(),
            }
        }
    });
}
