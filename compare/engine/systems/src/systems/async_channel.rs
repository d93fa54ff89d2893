//! async-channel.

use super::{
    DROP_CLOSES, NO_CANCELLED_SEND, NO_HAND_OFF, NO_PERMITS, NO_TURNS,
    QUEUES_ONLY,
};
use crate::about::{About, Driver, Not, Widened};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use crate::polling::{polled, tried};
use async_channel::{
    Receiver, Sender, TryRecvError, TrySendError, WeakReceiver, WeakSender,
    bounded, unbounded,
};
use compare_engine::litmus::{Channel, Kind};

/// async-channel.
#[derive(Debug)]
pub(super) struct AsyncChannel;

impl Library for AsyncChannel {
    type Sender = Sender<i64>;
    type Receiver = Receiver<i64>;
    type Permit = ();
    type Closer = (WeakSender<i64>, WeakReceiver<i64>);

    const CLOSES: bool = true;

    fn about() -> About {
        About {
            name: "rust/async-channel/tasks",
            package: "async-channel",
            driver: Driver::Tasks,
            dialect: serde_json::json!({
                "fifo": "never", "hand_off": "never", "drop_closes": true,
            }),
            widened: vec![
                Widened {
                    program: "try_no_overtaking",
                    ..NO_TURNS
                },
                NO_HAND_OFF,
                DROP_CLOSES,
            ],
            not: vec![
                QUEUES_ONLY,
                Not {
                    kinds: &["rendezvous"],
                    ops: &[],
                    why: "a capacity of 0 panics",
                },
                NO_PERMITS,
                NO_CANCELLED_SEND,
            ],
        }
    }

    fn open(channel: &Channel) -> Opened<Self> {
        let (tx, rx) = match channel.kind {
            Kind::Unbounded => unbounded(),
            _ => bounded(channel.capacity.unwrap_or(0).into()),
        };
        let closer = (tx.downgrade(), rx.downgrade());
        (tx, rx, closer)
    }

    fn clone_sender(tx: &Sender<i64>) -> Sender<i64> {
        tx.clone()
    }

    fn clone_receiver(rx: &Receiver<i64>) -> Receiver<i64> {
        rx.clone()
    }

    async fn send(tx: &Sender<i64>, value: i64) -> Answer {
        Answer::sent(tx.send(value).await)
    }

    async fn recv(rx: &Receiver<i64>) -> Answer {
        Answer::received(rx.recv().await)
    }

    fn try_send(tx: &Sender<i64>, value: i64) -> Answer {
        match tx.try_send(value) {
            Ok(()) => Answer::Sent,
            Err(TrySendError::Full(_)) => Answer::Full,
            Err(TrySendError::Closed(_)) => Answer::Closed,
        }
    }

    fn try_recv(rx: &Receiver<i64>) -> Answer {
        match rx.try_recv() {
            Ok(value) => Answer::Value(value),
            Err(TryRecvError::Empty) => Answer::Empty,
            Err(TryRecvError::Closed) => Answer::Closed,
        }
    }

    async fn select(arms: &[Arm<'_, Self>], choice: Choice) -> Chosen {
        polled(arms, choice).await
    }

    fn select_now(arms: &[Arm<'_, Self>], choice: Choice) -> Option<Chosen> {
        tried(arms, choice)
    }

    fn close(
        (tx, rx): &Self::Closer,
        _: Option<&Sender<i64>>,
        _: Option<&Receiver<i64>>,
    ) -> bool {
        match (tx.upgrade(), rx.upgrade()) {
            (Some(tx), _) => tx.close(),
            (None, Some(rx)) => rx.close(),
            (None, None) => false,
        }
    }
}
