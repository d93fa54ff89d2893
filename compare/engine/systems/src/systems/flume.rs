//! flume, for threads and for tasks.

use super::{
    NO_CANCELLED_SEND, NO_CLOSE, NO_FUTURES, NO_HAND_OFF, NO_PERMITS,
    NO_SEND_ARMS, NO_TURNS, QUEUES_ONLY,
};
use crate::about::{About, Driver, Not, Widened};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use crate::polling::{polled, tried};
use compare_engine::litmus::{Channel, Kind};
use flume::{
    Receiver, RecvTimeoutError, Selector, SendTimeoutError, Sender,
    TryRecvError, TrySendError, bounded, unbounded,
};
use serde_json::json;
use std::time::Duration;

/// flume, for tasks or for threads.
#[derive(Debug)]
pub(super) struct Flume<const TASKS: bool>;

impl<const TASKS: bool> Flume<TASKS> {
    fn selector<'a>(arms: &[Arm<'a, Self>]) -> Selector<'a, Chosen> {
        let arms = arms.iter().enumerate();
        arms.fold(Selector::new(), |selector, (place, arm)| match *arm {
            Arm::Send(tx, value) => selector
                .send(tx, value, move |sent| (place, Answer::sent(sent))),
            Arm::Recv(rx) => selector
                .recv(rx, move |received| (place, Answer::received(received))),
        })
    }
}

impl<const TASKS: bool> Library for Flume<TASKS> {
    type Sender = Sender<i64>;
    type Receiver = Receiver<i64>;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        let mut not = vec![QUEUES_ONLY, NO_CLOSE, NO_PERMITS];
        let (name, driver) = if TASKS {
            not.extend([NO_CANCELLED_SEND, NO_SEND_ARMS]);
            ("rust/flume/tasks", Driver::Tasks)
        } else {
            not.push(NO_FUTURES);
            not.push(Not {
                kinds: &[],
                ops: &["select_default", "select_biased"],
                why: "its selector waits at least until a deadline, and looks \
                      at its arms in a random order",
            });
            ("rust/flume", Driver::Threads)
        };
        About {
            name,
            package: "flume",
            driver,
            dialect: match TASKS {
                true => json!({"fifo": "never", "hand_off": "never"}),
                false => json!({}),
            },
            widened: match TASKS {
                true => vec![
                    Widened {
                        program: "await_in_line",
                        ..NO_TURNS
                    },
                    NO_HAND_OFF,
                ],
                false => Vec::new(),
            },
            not,
        }
    }

    fn open(channel: &Channel) -> Opened<Self> {
        let (tx, rx) = match channel.kind {
            Kind::Unbounded => unbounded(),
            _ => bounded(channel.capacity.unwrap_or(0).into()),
        };
        (tx, rx, ())
    }

    fn clone_sender(tx: &Sender<i64>) -> Sender<i64> {
        tx.clone()
    }

    fn clone_receiver(rx: &Receiver<i64>) -> Receiver<i64> {
        rx.clone()
    }

    async fn send(tx: &Sender<i64>, value: i64) -> Answer {
        Answer::sent(match TASKS {
            true => tx.send_async(value).await,
            false => tx.send(value),
        })
    }

    async fn recv(rx: &Receiver<i64>) -> Answer {
        Answer::received(match TASKS {
            true => rx.recv_async().await,
            false => rx.recv(),
        })
    }

    fn try_send(tx: &Sender<i64>, value: i64) -> Answer {
        match tx.try_send(value) {
            Ok(()) => Answer::Sent,
            Err(TrySendError::Full(_)) => Answer::Full,
            Err(TrySendError::Disconnected(_)) => Answer::Closed,
        }
    }

    fn try_recv(rx: &Receiver<i64>) -> Answer {
        match rx.try_recv() {
            Ok(value) => Answer::Value(value),
            Err(TryRecvError::Empty) => Answer::Empty,
            Err(TryRecvError::Disconnected) => Answer::Closed,
        }
    }

    fn send_within(tx: &Sender<i64>, value: i64, time: Duration) -> Answer {
        match tx.send_timeout(value, time) {
            Ok(()) => Answer::Sent,
            Err(SendTimeoutError::Timeout(_)) => Answer::Timeout,
            Err(SendTimeoutError::Disconnected(_)) => Answer::Closed,
        }
    }

    fn recv_within(rx: &Receiver<i64>, time: Duration) -> Answer {
        match rx.recv_timeout(time) {
            Ok(value) => Answer::Value(value),
            Err(RecvTimeoutError::Timeout) => Answer::Timeout,
            Err(RecvTimeoutError::Disconnected) => Answer::Closed,
        }
    }

    async fn select(arms: &[Arm<'_, Self>], choice: Choice) -> Chosen {
        match TASKS {
            true => polled(arms, choice).await,
            false => Self::selector(arms).wait(),
        }
    }

    fn select_now(arms: &[Arm<'_, Self>], choice: Choice) -> Option<Chosen> {
        tried(arms, choice)
    }

    fn select_within(
        arms: &[Arm<'_, Self>],
        _: Choice,
        time: Duration,
    ) -> Option<Chosen> {
        Self::selector(arms).wait_timeout(time).ok()
    }
}
