//! `tokio::sync::broadcast`.

use super::{NO_CLOSE, NO_PERMITS, ONLY_POLLED};
use crate::about::{About, Driver, Not};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use crate::plan::Plan;
use crate::polling::{polled, tried};
use compare_engine::litmus::{Channel, Kind};
use tokio::sync::Mutex;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{Receiver, Sender, channel};

/// The broadcast of tokio.
#[derive(Debug)]
pub(super) struct TokioBroadcast;

impl Library for TokioBroadcast {
    type Sender = Sender<i64>;
    /// Only the process that owns it ever locks it.
    type Receiver = Mutex<Receiver<i64>>;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        About {
            name: "rust/tokio-broadcast/tasks",
            package: "tokio",
            driver: Driver::Tasks,
            dialect: serde_json::json!({}),
            widened: Vec::new(),
            not: vec![
                Not {
                    kinds: &[
                        "rendezvous",
                        "bounded",
                        "unbounded",
                        "oneshot",
                        "mvar",
                        "watch",
                    ],
                    ops: &[],
                    why: "it is a broadcast",
                },
                ONLY_POLLED,
                NO_CLOSE,
                NO_PERMITS,
            ],
        }
    }

    fn refuses(plan: &Plan) -> Option<String> {
        let mut channels = plan.program.channels.iter();
        channels.find_map(|channel| {
            let capacity = usize::from(channel.capacity.unwrap_or(1));
            let rounded = capacity.next_power_of_two();
            let rounds = channel.kind == Kind::Broadcast && capacity != rounded;
            rounds.then(|| {
                format!(
                    "{} would keep {rounded} messages instead of {capacity}: \
                     a capacity is rounded up to a power of two",
                    channel.name
                )
            })
        })
    }

    fn open(made: &Channel) -> Opened<Self> {
        let (tx, rx) = channel(made.capacity.unwrap_or(1).into());
        (tx, Mutex::new(rx), ())
    }

    fn clone_sender(tx: &Sender<i64>) -> Sender<i64> {
        tx.clone()
    }

    fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver {
        let rx = rx.try_lock().expect("its process does nothing else");
        Mutex::new(rx.resubscribe())
    }

    async fn send(tx: &Sender<i64>, value: i64) -> Answer {
        Answer::sent(tx.send(value).map(drop))
    }

    async fn recv(rx: &Self::Receiver) -> Answer {
        match rx.lock().await.recv().await {
            Ok(value) => Answer::Value(value),
            Err(RecvError::Lagged(missed)) => Answer::Lagged(missed),
            Err(RecvError::Closed) => Answer::Closed,
        }
    }

    fn try_send(tx: &Sender<i64>, value: i64) -> Answer {
        // A send never waits.
        Answer::sent(tx.send(value).map(drop))
    }

    fn try_recv(rx: &Self::Receiver) -> Answer {
        let mut rx = rx.try_lock().expect("its process does nothing else");
        match rx.try_recv() {
            Ok(value) => Answer::Value(value),
            Err(TryRecvError::Lagged(missed)) => Answer::Lagged(missed),
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
}
