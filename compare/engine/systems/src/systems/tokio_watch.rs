//! `tokio::sync::watch`.

use super::{NO_CLOSE, NO_PERMITS, ONLY_POLLED};
use crate::about::{About, Driver, Not};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use crate::polling::polled;
use compare_engine::litmus::Channel;
use tokio::sync::Mutex;
use tokio::sync::watch::{Receiver, Sender, channel};

/// The watch of tokio.
#[derive(Debug)]
pub(super) struct TokioWatch;

impl Library for TokioWatch {
    type Sender = Sender<i64>;
    /// Only the process that owns it ever locks it.
    type Receiver = Mutex<Receiver<i64>>;
    type Permit = ();
    type Closer = ();

    fn about() -> About {
        About {
            name: "rust/tokio-watch/tasks",
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
                        "broadcast",
                    ],
                    ops: &[],
                    why: "it is a watch",
                },
                ONLY_POLLED,
                Not {
                    kinds: &[],
                    ops: &["try_recv", "select_default"],
                    why: "it tells without waiting whether there is a change \
                          only while a sender lives",
                },
                NO_CLOSE,
                NO_PERMITS,
            ],
        }
    }

    fn open(_: &Channel) -> Opened<Self> {
        let (tx, rx) = channel(0);
        (tx, Mutex::new(rx), ())
    }

    fn clone_sender(tx: &Sender<i64>) -> Sender<i64> {
        tx.clone()
    }

    fn clone_receiver(rx: &Self::Receiver) -> Self::Receiver {
        let rx = rx.try_lock().expect("its process does nothing else");
        Mutex::new(rx.clone())
    }

    async fn send(tx: &Sender<i64>, value: i64) -> Answer {
        Answer::sent(tx.send(value))
    }

    async fn recv(rx: &Self::Receiver) -> Answer {
        let mut rx = rx.lock().await;
        match rx.changed().await {
            Ok(()) => Answer::Value(*rx.borrow_and_update()),
            Err(_) => Answer::Closed,
        }
    }

    fn try_send(tx: &Sender<i64>, value: i64) -> Answer {
        // A send never waits.
        Answer::sent(tx.send(value))
    }

    fn try_recv(_: &Self::Receiver) -> Answer {
        unreachable!("a rule says that it has not")
    }

    async fn select(arms: &[Arm<'_, Self>], choice: Choice) -> Chosen {
        polled(arms, choice).await
    }
}
