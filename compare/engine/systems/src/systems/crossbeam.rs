//! crossbeam-channel.

use super::{NO_CLOSE, NO_FUTURES, NO_PERMITS, QUEUES_ONLY};
use crate::about::{About, Driver};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use compare_engine::litmus::{Channel, Kind};
use crossbeam_channel::{
    Receiver, RecvTimeoutError, Select, SelectedOperation, SendTimeoutError,
    Sender, TryRecvError, TrySendError, bounded, unbounded,
};
use std::time::Duration;

/// crossbeam-channel.
#[derive(Debug)]
pub(super) struct Crossbeam;

fn selecting<'a>(arms: &[Arm<'a, Crossbeam>], choice: Choice) -> Select<'a> {
    let mut select = match choice.biased {
        true => Select::new_biased(),
        false => Select::new(),
    };
    for arm in arms {
        match *arm {
            Arm::Send(tx, _) => select.send(tx),
            Arm::Recv(rx) => select.recv(rx),
        };
    }
    select
}

fn complete(
    arms: &[Arm<'_, Crossbeam>],
    operation: SelectedOperation<'_>,
) -> Chosen {
    let place = operation.index();
    let answer = match arms[place] {
        Arm::Send(tx, value) => Answer::sent(operation.send(tx, value)),
        Arm::Recv(rx) => Answer::received(operation.recv(rx)),
    };
    (place, answer)
}

impl Library for Crossbeam {
    type Sender = Sender<i64>;
    type Receiver = Receiver<i64>;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        About {
            name: "rust/crossbeam",
            package: "crossbeam-channel",
            driver: Driver::Threads,
            // Who waits may as well have come later: where real time passes no run
            // shows that turns are not kept, so nothing is widened.
            dialect: serde_json::json!({}),
            widened: Vec::new(),
            not: vec![QUEUES_ONLY, NO_CLOSE, NO_PERMITS, NO_FUTURES],
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
        Answer::sent(tx.send(value))
    }

    async fn recv(rx: &Receiver<i64>) -> Answer {
        Answer::received(rx.recv())
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
        complete(arms, selecting(arms, choice).select())
    }

    fn select_now(arms: &[Arm<'_, Self>], choice: Choice) -> Option<Chosen> {
        let mut select = selecting(arms, choice);
        let operation = select.try_select().ok()?;
        Some(complete(arms, operation))
    }

    fn select_within(
        arms: &[Arm<'_, Self>],
        choice: Choice,
        time: Duration,
    ) -> Option<Chosen> {
        let mut select = selecting(arms, choice);
        let operation = select.select_timeout(time).ok()?;
        Some(complete(arms, operation))
    }
}
