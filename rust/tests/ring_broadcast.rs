//! A send never waits, and who is too slow is told how much it missed.

use chanpatterns::channel::ring_broadcast::{self, Lagged, Receiver, Sender};
use chanpatterns::channel::{
    RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError,
    ZeroCapacity,
};
use chanpatterns::{channel, event};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::{Task, run_all, waiting};

fn ring<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    ring_broadcast::channel(capacity).unwrap()
}

#[test]
fn the_last_messages_are_kept_and_the_others_are_counted() {
    // Three among them, which tokio rounds up to four.
    for capacity in [1, 2, 3, 5, 8] {
        let (tx, rx) = ring(capacity);
        assert_eq!(tx.capacity(), Some(capacity));
        for n in 0..capacity {
            assert!(!tx.is_full());
            tx.send(n).unwrap();
        }
        let in_time = rx.clone();
        assert!(in_time.try_iter().eq((0..capacity).map(Ok)));
        assert!(tx.is_full());
        for n in capacity..capacity + 3 {
            tx.send(n).unwrap();
        }
        assert_eq!((tx.len(), rx.len()), (capacity, capacity));
        let lagged = rx.clone();
        for rx in [rx, lagged] {
            assert_eq!(rx.recv(), Ok(Err(Lagged(3))));
            assert!(rx.try_iter().eq((3..capacity + 3).map(Ok)));
        }
    }
}

#[test]
fn who_lags_again_is_told_again() {
    let (tx, rx) = ring(2);
    (0..5).for_each(|n| tx.send(n).unwrap());
    assert_eq!(rx.recv(), Ok(Err(Lagged(3))));
    tx.send(5).unwrap();
    assert_eq!(rx.recv(), Ok(Err(Lagged(1))));
    assert_eq!(rx.recv(), Ok(Ok(4)));
    (6..8).for_each(|n| tx.send(n).unwrap());
    assert!(rx.try_iter().eq([Err(Lagged(1)), Ok(6), Ok(7)]));
}

#[test]
fn a_receiver_that_keeps_up_misses_nothing_because_of_another() {
    let (tx, slow) = ring(2);
    let fast = tx.subscribe();
    for n in 0..10 {
        tx.send(n).unwrap();
        assert_eq!(fast.try_recv(), Ok(Ok(n)));
    }
    assert_eq!(slow.recv(), Ok(Err(Lagged(8))));
    drop(slow);
    assert!(tx.is_empty(), "only the slow one needed anything");
    let late = tx.subscribe();
    tx.send(10).unwrap();
    assert_eq!((fast.recv(), late.recv()), (Ok(Ok(10)), Ok(Ok(10))));
}

#[test]
fn lag_reads_as_a_sentence() {
    let one = "1 message was overwritten before the receiver came";
    assert_eq!(Lagged(1).to_string(), one);
    let more = "3 messages were overwritten before the receiver came";
    assert_eq!(Lagged(3).to_string(), more);
    assert_eq!(ring_broadcast::channel::<u8>(0).unwrap_err(), ZeroCapacity);
    let (tx, rx) = ring(usize::MAX);
    tx.send([0_u8; 1024]).unwrap();
    assert_eq!(rx.len(), 1);
}

#[test]
fn a_send_to_nobody_gives_its_message_back() {
    let (tx, rx) = ring(2);
    tx.send(1).unwrap();
    drop(rx);
    assert!(tx.is_closed() && tx.is_empty());
    assert_eq!(tx.send(2), Err(SendError(2)));
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
    let rx = tx.subscribe();
    tx.send(3).unwrap();
    assert!(rx.try_iter().eq([Ok(3)]));
}

#[test]
fn after_a_close_each_receiver_drains_and_then_ends() {
    for by_drop in [true, false] {
        let (tx, one) = ring(2);
        let two = tx.subscribe();
        (0..2).for_each(|n| tx.send(n).unwrap());
        assert_eq!(one.recv(), Ok(Ok(0)));
        tx.send(2).unwrap();
        match by_drop {
            true => drop(tx),
            false => {
                assert!(one.close() && !tx.close());
                assert_eq!(tx.send(3), Err(SendError(3)));
            }
        }
        assert_eq!((one.recv(), one.recv()), (Ok(Ok(1)), Ok(Ok(2))));
        assert_eq!(one.recv(), Err(RecvError));
        assert_eq!(one.try_recv(), Err(TryRecvError::Closed));
        assert!(two.into_iter().eq([Err(Lagged(1)), Ok(1), Ok(2)]));
    }
}

#[test]
fn a_send_and_a_close_wake_all_who_wait() {
    let (tx, _rx) = ring(1);
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
                    Ok(Ok(7))
                }
            };
            for receiver in receivers {
                assert_eq!(receiver.join().unwrap(), expected);
            }
        });
    }
}

#[test]
fn who_gives_up_leaves_no_trace() {
    let (tx, rx) = ring(1);
    let (soon, past) = (Duration::from_millis(1), Instant::now());
    assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
    assert_eq!(rx.recv_deadline(past), Err(RecvTimeoutError::Timeout));
    let mut asked = 0;
    let stopped = rx.recv_watched(None, Duration::ZERO, || {
        asked += 1;
        asked < 3
    });
    assert_eq!((stopped, asked), (Err(RecvTimeoutError::Timeout), 3));
    // A send never waits, whatever its form.
    tx.send_deadline(1, past).unwrap();
    tx.send_timeout(2, Duration::ZERO).unwrap();
    pollster::block_on(tx.send_async(3)).unwrap();
    assert_eq!(rx.recv_deadline(past), Ok(Err(Lagged(2))));
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(Ok(3)));
}

#[test]
fn a_receive_that_is_dropped_has_taken_nothing_and_told_nothing() {
    let (tx, rx) = ring(1);
    let rx = Arc::new(rx);
    let waits = || {
        let rx = Arc::clone(&rx);
        Task::that_waits(async move { rx.recv_async().await })
    };
    let (before, after) = (waits(), waits());
    drop(before);
    (0..3).for_each(|n| tx.send(n).unwrap());
    assert!(after.is_woken());
    drop(after);
    assert_eq!(rx.recv(), Ok(Err(Lagged(2))));
    assert_eq!((rx.recv(), rx.is_empty()), (Ok(Ok(2)), true));
}

#[test]
fn a_task_that_was_woken_and_is_late_is_told() {
    let (tx, rx) = ring(2);
    let mut tasks = vec![Task::that_waits(async move {
        let first = rx.recv_async().await;
        (first, rx.recv_async().await)
    })];
    (0..5).for_each(|n| tx.send(n).unwrap());
    let mut done = 0;
    run_all(&mut tasks, |received| {
        assert_eq!(received, (Ok(Err(Lagged(3))), Ok(Ok(3))));
        done += 1;
    });
    assert_eq!(done, 1);
}

#[test]
fn weak_ends_keep_nothing_open() {
    let (tx, rx) = ring(1);
    let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
    tx.send(1).unwrap();
    let late = weak_rx.upgrade().unwrap();
    assert!(late.is_empty() && late.same_channel(&rx));
    assert_eq!((rx.sender_count(), tx.receiver_count()), (1, 2));
    drop(tx);
    assert!(weak_tx.upgrade().is_none());
    assert_eq!((late.recv(), rx.recv()), (Err(RecvError), Ok(Ok(1))));
}

/// Uses the channel whenever it is cloned or dropped.
struct Meddler(Sender<Meddler>, Arc<AtomicUsize>);

impl Clone for Meddler {
    fn clone(&self) -> Self {
        assert!(self.0.len() < 10);
        Meddler(self.0.clone(), Arc::clone(&self.1))
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        assert!(self.0.len() < 10);
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn messages_may_use_the_channel_when_they_are_overwritten() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = ring(1);
    let other = tx.subscribe();
    for overwritten in 0..3 {
        let meddler = Meddler(tx.clone(), Arc::clone(&dropped));
        tx.send(meddler).ok().unwrap();
        assert_eq!(dropped.load(Ordering::SeqCst), overwritten);
    }
    assert!(matches!(rx.recv(), Ok(Err(Lagged(2)))));
    drop(rx.recv());
    assert_eq!(dropped.load(Ordering::SeqCst), 3, "a clone");
    drop(other);
    assert_eq!(dropped.load(Ordering::SeqCst), 4, "what was kept for it");
}

// As events.

#[test]
fn a_receive_stands_in_a_choice_with_a_channel() {
    let (tx, rx) = ring(2);
    let (plain_tx, plain) = channel::unbounded();
    let mut either = event::choose([
        event::receive(&rx).wrap(|tapped| ("tapped", tapped)),
        event::receive(&plain).wrap(|plain| ("plain", plain.map(Ok))),
    ]);
    assert_eq!(either.poll(), None);
    plain_tx.send(0).unwrap();
    assert_eq!(either.sync(), ("plain", Ok(Ok(0))));
    (1..=3).for_each(|n| event::send(&tx, n).sync().unwrap());
    assert_eq!(either.sync(), ("tapped", Ok(Err(Lagged(1)))));
    assert_eq!(either.sync(), ("tapped", Ok(Ok(2))));
    tx.close();
    assert_eq!(either.sync(), ("tapped", Ok(Ok(3))));
    assert_eq!(either.sync(), ("tapped", Err(RecvError)));
}

#[test]
fn a_choice_that_has_lost_has_missed_nothing() {
    let (tx, rx) = ring(1);
    let (plain_tx, plain) = channel::unbounded::<u8>();
    let rx = Arc::new(rx);
    let shared = Arc::clone(&rx);
    let mut choosing = Task::that_waits(async move {
        let tapped = event::receive(&*shared).wrap(|_tapped| "tapped");
        let plain = event::receive(plain).wrap(|_plain| "plain");
        event::choose([tapped, plain]).await
    });
    plain_tx.send(0).unwrap();
    (0..3).for_each(|n| tx.send(n).unwrap());
    assert_eq!(choosing.run(), Some("plain"));
    assert_eq!(rx.recv(), Ok(Err(Lagged(2))));
    assert_eq!(rx.recv(), Ok(Ok(2)));
}

// Against a model.

#[derive(Clone, Debug)]
enum Op {
    Send(u8),
    TryRecv(usize),
    RecvLate(usize),
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
        9 => any::<u8>().prop_map(Op::Send),
        6 => any::<usize>().prop_map(Op::TryRecv),
        2 => any::<usize>().prop_map(Op::RecvLate),
        1 => Just(Op::Subscribe),
        1 => any::<usize>().prop_map(Op::CloneReceiver),
        2 => any::<usize>().prop_map(Op::DropReceiver),
        1 => Just(Op::Close),
        2 => any::<usize>().prop_map(Op::BeginRecv),
        1 => any::<usize>().prop_map(Op::CancelRecv),
        2 => Just(Op::RunTasks),
    ]
}

/// What a ring is, said as plainly as can be: all that was ever sent, and how
/// much of it each receiver has, or has missed.
struct Model {
    capacity: usize,
    all: Vec<u8>,
    /// By the receivers' numbers; `None` once it was dropped.
    cursors: Vec<Option<usize>>,
    closed: bool,
}

impl Model {
    fn oldest(&self) -> usize {
        self.all.len().saturating_sub(self.capacity)
    }

    fn ahead(&self, tap: usize) -> usize {
        let cursor = self.cursors[tap].unwrap();
        self.all.len() - cursor.max(self.oldest())
    }

    fn refuses(&self) -> bool {
        self.closed || self.cursors.iter().all(Option::is_none)
    }

    fn send(&mut self, message: u8) -> Result<(), SendError<u8>> {
        if self.refuses() {
            return Err(SendError(message));
        }
        self.all.push(message);
        Ok(())
    }

    fn try_recv(&mut self, tap: usize) -> Result<Item, TryRecvError> {
        let oldest = self.oldest();
        let cursor = self.cursors[tap].as_mut().unwrap();
        if *cursor < oldest {
            let missed = oldest - *cursor;
            *cursor = oldest;
            return Ok(Err(Lagged(missed)));
        }
        match self.all.get(*cursor) {
            Some(&message) => {
                *cursor += 1;
                Ok(Ok(message))
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

type Item = Result<u8, Lagged>;
/// A receiver, and its number in the model.
type Tap = (usize, Receiver<u8>);
type Received = (Tap, Result<Item, RecvError>);

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
            let waits = self.model.ahead(*number) == 0 && !self.model.closed;
            assert!(waits, "a receive waits in vain");
        }
        self.receives = still;
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Send(message) => {
                assert_eq!(self.tx.send(message), self.model.send(message));
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
                let received = rx.recv_deadline(Instant::now());
                let received = received.map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Closed => TryRecvError::Closed,
                });
                let number = *number;
                assert_eq!(received, self.model.try_recv(number));
            }
            Op::Subscribe => {
                let rx = self.tx.subscribe();
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
                    self.model.cursors[number] = None;
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
                let (rx, cursor) = (rx.clone(), self.model.cursors[*number]);
                let number = self.model.join(cursor);
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
                    let (number, task) =
                        self.receives.remove(which % (count + 1));
                    drop(task);
                    self.model.cursors[number] = None;
                }
            }
            Op::RunTasks => self.run_tasks(),
        }
    }

    fn check(&self) {
        for (number, rx) in &self.taps {
            assert_eq!(rx.len(), self.model.ahead(*number));
        }
        let numbers = 0..self.model.cursors.len();
        let there = numbers.filter(|&tap| self.model.cursors[tap].is_some());
        let kept = there.map(|tap| self.model.ahead(tap)).max();
        assert_eq!(self.tx.len(), kept.unwrap_or(0));
        assert_eq!(self.tx.is_closed(), self.model.refuses());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_ring_is_a_list_and_a_cursor_for_each_receiver(
        capacity in 1..5_usize,
        ops in proptest::collection::vec(op(), 0..80),
    ) {
        let (tx, rx) = ring(capacity);
        let mut pair = Pair {
            model: Model {
                capacity,
                all: Vec::new(),
                cursors: vec![Some(0)],
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
const TAPS: usize = 3;

/// Four senders are faster than some of the receivers: what each receiver got,
/// in order, and what it was told that it missed are all that was sent.
fn stress(
    capacity: usize,
    messages: usize,
    receive: impl Fn(
        &Receiver<(usize, usize)>,
    ) -> Option<Result<(usize, usize), Lagged>>
    + Copy
    + Send
    + Sync,
) {
    let (tx, rx) = ring(capacity);
    thread::scope(|scope| {
        let taps = [(); TAPS].map(|()| {
            let rx = rx.clone();
            scope.spawn(move || {
                let (mut count, mut missed) = (0, 0);
                let mut next = [0; SENDERS];
                while let Some(item) = receive(&rx) {
                    match item {
                        Ok((sender, number)) => {
                            assert!(number >= next[sender], "out of order");
                            next[sender] = number + 1;
                            count += 1;
                        }
                        Err(Lagged(more)) => {
                            assert!(more > 0);
                            missed += more;
                        }
                    }
                }
                assert!(count >= capacity.min(SENDERS * messages));
                count + missed
            })
        });
        drop(rx);
        for sender in 0..SENDERS {
            let tx = tx.clone();
            scope.spawn(move || {
                for number in 0..messages {
                    tx.send((sender, number)).unwrap();
                }
            });
        }
        drop(tx);
        for tap in taps {
            assert_eq!(tap.join().unwrap(), SENDERS * messages);
        }
    });
}

#[test]
fn what_is_received_and_what_is_missed_are_all_that_was_sent() {
    for capacity in [1, 3, 64, 100_000] {
        stress(capacity, 5_000, |rx| rx.recv().ok());
        stress(capacity, 5_000, |rx| {
            pollster::block_on(rx.recv_async()).ok()
        });
    }
}

#[test]
fn receivers_give_up_all_the_time() {
    let moment = Duration::from_nanos(1);
    for capacity in [1, 3, 64] {
        stress(capacity, 2_000, move |rx| {
            loop {
                match rx.recv_timeout(moment) {
                    Ok(item) => return Some(item),
                    Err(RecvTimeoutError::Closed) => return None,
                    Err(RecvTimeoutError::Timeout) => thread::yield_now(),
                }
            }
        });
    }
}
