//! `std::sync::mpsc`: `channel` and `sync_channel`.

use super::{
    NO_CLOSE, NO_FUTURES, NO_PERMITS, NO_SELECT, ONE_RECEIVER, QUEUES_ONLY,
};
use crate::about::{About, Driver, Not};
use crate::answer::Answer;
use crate::library::{Library, Opened};
use compare_engine::litmus::{Channel, Kind};
use std::sync::mpsc::{
    self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError,
    TrySendError,
};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// The channels of the standard library.
#[derive(Debug)]
pub(super) struct Std;

/// A sender of either kind.
#[derive(Debug)]
pub(super) enum Tx {
    Unbounded(Sender<i64>),
    Bounded(SyncSender<i64>),
}

/// The receiver; only the process that owns it ever locks it.
pub(super) type Rx = Mutex<Receiver<i64>>;

pub(super) fn own(rx: &Rx) -> MutexGuard<'_, Receiver<i64>> {
    rx.lock().expect("no holder of it panics")
}

impl Library for Std {
    type Sender = Tx;
    type Receiver = Rx;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        About {
            name: "rust/std",
            package: "std",
            driver: Driver::Threads,
            // Who waits may as well have come later: where real time passes no run
            // shows that turns are not kept, so nothing is widened.
            dialect: serde_json::json!({}),
            widened: Vec::new(),
            not: vec![
                QUEUES_ONLY,
                ONE_RECEIVER,
                NO_SELECT,
                NO_CLOSE,
                NO_PERMITS,
                NO_FUTURES,
                Not {
                    kinds: &[],
                    ops: &["send_within"],
                    why: "a send with a deadline is not stable",
                },
            ],
        }
    }

    fn open(channel: &Channel) -> Opened<Self> {
        let (tx, rx) = match (channel.kind, channel.capacity) {
            (Kind::Unbounded, _) => {
                let (tx, rx) = mpsc::channel();
                (Tx::Unbounded(tx), rx)
            }
            (_, capacity) => {
                let (tx, rx) = mpsc::sync_channel(capacity.unwrap_or(0).into());
                (Tx::Bounded(tx), rx)
            }
        };
        (tx, Mutex::new(rx), ())
    }

    fn clone_sender(tx: &Tx) -> Tx {
        match tx {
            Tx::Unbounded(tx) => Tx::Unbounded(tx.clone()),
            Tx::Bounded(tx) => Tx::Bounded(tx.clone()),
        }
    }

    fn clone_receiver(_: &Rx) -> Rx {
        unreachable!("a rule says that it has not")
    }

    async fn send(tx: &Tx, value: i64) -> Answer {
        match tx {
            Tx::Unbounded(tx) => Answer::sent(tx.send(value)),
            Tx::Bounded(tx) => Answer::sent(tx.send(value)),
        }
    }

    async fn recv(rx: &Rx) -> Answer {
        Answer::received(own(rx).recv())
    }

    fn try_send(tx: &Tx, value: i64) -> Answer {
        match tx {
            Tx::Unbounded(tx) => Answer::sent(tx.send(value)),
            Tx::Bounded(tx) => match tx.try_send(value) {
                Ok(()) => Answer::Sent,
                Err(TrySendError::Full(_)) => Answer::Full,
                Err(TrySendError::Disconnected(_)) => Answer::Closed,
            },
        }
    }

    fn try_recv(rx: &Rx) -> Answer {
        match own(rx).try_recv() {
            Ok(value) => Answer::Value(value),
            Err(TryRecvError::Empty) => Answer::Empty,
            Err(TryRecvError::Disconnected) => Answer::Closed,
        }
    }

    fn recv_within(rx: &Rx, time: Duration) -> Answer {
        match own(rx).recv_timeout(time) {
            Ok(value) => Answer::Value(value),
            Err(RecvTimeoutError::Timeout) => Answer::Timeout,
            Err(RecvTimeoutError::Disconnected) => Answer::Closed,
        }
    }
}
