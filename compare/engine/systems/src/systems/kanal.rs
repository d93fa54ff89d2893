//! kanal, for threads and for tasks.

use super::{
    NO_CANCELLED_SEND, NO_FUTURES, NO_PERMITS, NO_SELECT, NO_SEND_ARMS,
    QUEUES_ONLY,
};
use crate::about::{About, Driver};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use crate::plan::Plan;
use crate::polling::{polled, tried};
use compare_engine::litmus::{Channel, Kind};
use kanal::{
    ReceiveErrorTimeout, Receiver, SendErrorTimeout, Sender, bounded, unbounded,
};
use std::time::Duration;

/// kanal, for tasks or for threads.
#[derive(Debug)]
pub(super) struct Kanal<const TASKS: bool>;

impl<const TASKS: bool> Library for Kanal<TASKS> {
    type Sender = Sender<i64>;
    type Receiver = Receiver<i64>;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        let mut not = vec![QUEUES_ONLY, NO_PERMITS];
        let (name, driver) = if TASKS {
            not.extend([NO_CANCELLED_SEND, NO_SEND_ARMS]);
            ("rust/kanal/tasks", Driver::Tasks)
        } else {
            not.extend([NO_FUTURES, NO_SELECT]);
            ("rust/kanal", Driver::Threads)
        };
        About {
            name,
            package: "kanal",
            driver,
            dialect: serde_json::json!({}),
            widened: Vec::new(),
            not,
        }
    }

    fn refuses(plan: &Plan) -> Option<String> {
        plan.closed_by_others("who has a handle", |_, owns| {
            owns.sender || owns.receiver
        })
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
            true => tx.as_async().send(value).await,
            false => tx.send(value),
        })
    }

    async fn recv(rx: &Receiver<i64>) -> Answer {
        Answer::received(match TASKS {
            true => rx.as_async().recv().await,
            false => rx.recv(),
        })
    }

    fn try_send(tx: &Sender<i64>, value: i64) -> Answer {
        match tx.try_send(value) {
            Ok(true) => Answer::Sent,
            Ok(false) => Answer::Full,
            Err(_) => Answer::Closed,
        }
    }

    fn try_recv(rx: &Receiver<i64>) -> Answer {
        match rx.try_recv() {
            Ok(Some(value)) => Answer::Value(value),
            Ok(None) => Answer::Empty,
            Err(_) => Answer::Closed,
        }
    }

    fn send_within(tx: &Sender<i64>, value: i64, time: Duration) -> Answer {
        match tx.send_timeout(value, time) {
            Ok(()) => Answer::Sent,
            Err(SendErrorTimeout::Timeout) => Answer::Timeout,
            Err(_) => Answer::Closed,
        }
    }

    fn recv_within(rx: &Receiver<i64>, time: Duration) -> Answer {
        match rx.recv_timeout(time) {
            Ok(value) => Answer::Value(value),
            Err(ReceiveErrorTimeout::Timeout) => Answer::Timeout,
            Err(_) => Answer::Closed,
        }
    }

    async fn select(arms: &[Arm<'_, Self>], choice: Choice) -> Chosen {
        polled(arms, choice).await
    }

    fn select_now(arms: &[Arm<'_, Self>], choice: Choice) -> Option<Chosen> {
        tried(arms, choice)
    }

    fn close(
        _: &(),
        tx: Option<&Sender<i64>>,
        rx: Option<&Receiver<i64>>,
    ) -> bool {
        let closed = match (tx, rx) {
            (Some(tx), _) => tx.close(),
            (None, Some(rx)) => rx.close(),
            (None, None) => return false,
        };
        closed.is_ok()
    }
}
