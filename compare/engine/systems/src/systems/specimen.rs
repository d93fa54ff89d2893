//! A channel that says it is bounded, and is not.
//!
//! A specimen of a mistake: a constructor that takes a capacity, over a channel
//! that has none. Its senders never wait, which is what a bound is for.

use super::std_mpsc::{Rx, own};
use super::{NO_CLOSE, NO_FUTURES, NO_PERMITS, NO_SELECT, ONE_RECEIVER};
use crate::about::{About, Driver, Not};
use crate::answer::Answer;
use crate::library::{Library, Opened};
use compare_engine::litmus::Channel;
use std::sync::Mutex;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SendError, Sender, TryRecvError, channel,
};
use std::time::Duration;

/// The system whose bounded channels are not.
#[derive(Debug)]
pub(super) struct UnboundedBounded;

/// A channel of this capacity, or so it says.
fn bounded<T>(_capacity: u8) -> (Sender<T>, Receiver<T>) {
    channel()
}

impl Library for UnboundedBounded {
    type Sender = Sender<i64>;
    type Receiver = Rx;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        About {
            name: "rust/specimen/unbounded-bounded",
            package: "std",
            driver: Driver::Threads,
            // Who waits may as well have come later: where real time passes no run
            // shows that turns are not kept, so nothing is widened.
            dialect: serde_json::json!({}),
            widened: Vec::new(),
            not: vec![
                Not {
                    kinds: &[
                        "rendezvous",
                        "unbounded",
                        "oneshot",
                        "mvar",
                        "watch",
                        "broadcast",
                    ],
                    ops: &[],
                    why: "it is the specimen of a bounded channel",
                },
                ONE_RECEIVER,
                NO_SELECT,
                NO_CLOSE,
                NO_PERMITS,
                NO_FUTURES,
            ],
        }
    }

    fn open(channel: &Channel) -> Opened<Self> {
        let (tx, rx) = bounded(channel.capacity.unwrap_or(1));
        (tx, Mutex::new(rx), ())
    }

    fn clone_sender(tx: &Sender<i64>) -> Sender<i64> {
        tx.clone()
    }

    fn clone_receiver(_: &Rx) -> Rx {
        unreachable!("a rule says that it has not")
    }

    async fn send(tx: &Sender<i64>, value: i64) -> Answer {
        Answer::sent(tx.send(value))
    }

    async fn recv(rx: &Rx) -> Answer {
        Answer::received(own(rx).recv())
    }

    fn try_send(tx: &Sender<i64>, value: i64) -> Answer {
        Answer::sent::<SendError<i64>>(tx.send(value))
    }

    fn try_recv(rx: &Rx) -> Answer {
        match own(rx).try_recv() {
            Ok(value) => Answer::Value(value),
            Err(TryRecvError::Empty) => Answer::Empty,
            Err(TryRecvError::Disconnected) => Answer::Closed,
        }
    }

    fn send_within(tx: &Sender<i64>, value: i64, _: Duration) -> Answer {
        Answer::sent(tx.send(value))
    }

    fn recv_within(rx: &Rx, time: Duration) -> Answer {
        match own(rx).recv_timeout(time) {
            Ok(value) => Answer::Value(value),
            Err(RecvTimeoutError::Timeout) => Answer::Timeout,
            Err(RecvTimeoutError::Disconnected) => Answer::Closed,
        }
    }
}
