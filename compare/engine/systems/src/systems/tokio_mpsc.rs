//! `tokio::sync::mpsc`.

use super::{
    DROP_CLOSES, NO_CANCELLED_SEND, NO_HAND_OFF, ONE_RECEIVER, ONLY_POLLED,
    QUEUES_ONLY,
};
use crate::about::{About, Driver, Not, Widened};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened};
use crate::plan::Plan;
use crate::polling::{polled, tried};
use compare_engine::litmus::{Channel, Kind};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::mpsc::{
    OwnedPermit, Receiver, Sender, UnboundedReceiver, UnboundedSender, channel,
    unbounded_channel,
};

/// The queues of tokio.
#[derive(Debug)]
pub(super) struct Tokio;

/// A sender of either kind.
#[derive(Debug)]
pub(super) enum Tx {
    Bounded(Sender<i64>),
    Unbounded(UnboundedSender<i64>),
}

/// A receiver of either kind.
#[derive(Debug)]
pub(super) enum Queue {
    Bounded(Receiver<i64>),
    Unbounded(UnboundedReceiver<i64>),
}

/// The receiver, which receives by an exclusive reference; only its process
/// ever locks it, and never across a wait.
type Rx = Mutex<Queue>;

fn own(rx: &Rx) -> MutexGuard<'_, Queue> {
    rx.lock().expect("no holder of it panics")
}

impl Library for Tokio {
    type Sender = Tx;
    type Receiver = Rx;
    type Permit = OwnedPermit<i64>;
    type Closer = ();

    fn about() -> About {
        About {
            name: "rust/tokio/tasks",
            package: "tokio",
            driver: Driver::Tasks,
            dialect: serde_json::json!({
                "fifo": "always", "hand_off": "never", "drop_closes": true,
                "permit_outlives_close": true,
            }),
            widened: vec![
                Widened {
                    program: "select_biased_hand_off",
                    ..NO_HAND_OFF
                },
                DROP_CLOSES,
                Widened {
                    field: "permit_outlives_close",
                    why: "a permit that was there before the close still \
                          sends, and a receive waits for it",
                    program: "permit_filled_after_close",
                },
            ],
            not: vec![
                QUEUES_ONLY,
                Not {
                    kinds: &["rendezvous"],
                    ops: &[],
                    why: "a capacity of 0 panics",
                },
                ONE_RECEIVER,
                Not {
                    kinds: &["unbounded"],
                    ops: &["reserve", "fulfil", "release"],
                    why: "only a bounded one has permits",
                },
                NO_CANCELLED_SEND,
                ONLY_POLLED,
            ],
        }
    }

    fn refuses(plan: &Plan) -> Option<String> {
        plan.closed_by_others("its receiver", |_, owns| owns.receiver)
    }

    fn open(made: &Channel) -> Opened<Self> {
        let (tx, rx) = match made.kind {
            Kind::Unbounded => {
                let (tx, rx) = unbounded_channel();
                (Tx::Unbounded(tx), Queue::Unbounded(rx))
            }
            _ => {
                let (tx, rx) = channel(made.capacity.unwrap_or(0).into());
                (Tx::Bounded(tx), Queue::Bounded(rx))
            }
        };
        (tx, Mutex::new(rx), ())
    }

    fn clone_sender(tx: &Tx) -> Tx {
        match tx {
            Tx::Bounded(tx) => Tx::Bounded(tx.clone()),
            Tx::Unbounded(tx) => Tx::Unbounded(tx.clone()),
        }
    }

    fn clone_receiver(_: &Rx) -> Rx {
        unreachable!("a rule says that it has not")
    }

    async fn send(tx: &Tx, value: i64) -> Answer {
        match tx {
            Tx::Bounded(tx) => Answer::sent(tx.send(value).await),
            Tx::Unbounded(tx) => Answer::sent(tx.send(value)),
        }
    }

    async fn recv(rx: &Rx) -> Answer {
        let received = poll_fn(|context| match &mut *own(rx) {
            Queue::Bounded(rx) => rx.poll_recv(context),
            Queue::Unbounded(rx) => rx.poll_recv(context),
        });
        received.await.map_or(Answer::Closed, Answer::Value)
    }

    fn try_send(tx: &Tx, value: i64) -> Answer {
        match tx {
            Tx::Bounded(tx) => match tx.try_send(value) {
                Ok(()) => Answer::Sent,
                Err(TrySendError::Full(_)) => Answer::Full,
                Err(TrySendError::Closed(_)) => Answer::Closed,
            },
            Tx::Unbounded(tx) => Answer::sent(tx.send(value)),
        }
    }

    fn try_recv(rx: &Rx) -> Answer {
        let received = match &mut *own(rx) {
            Queue::Bounded(rx) => rx.try_recv(),
            Queue::Unbounded(rx) => rx.try_recv(),
        };
        match received {
            Ok(value) => Answer::Value(value),
            Err(TryRecvError::Empty) => Answer::Empty,
            Err(TryRecvError::Disconnected) => Answer::Closed,
        }
    }

    async fn select(arms: &[Arm<'_, Self>], choice: Choice) -> Chosen {
        polled(arms, choice).await
    }

    fn select_now(arms: &[Arm<'_, Self>], choice: Choice) -> Option<Chosen> {
        tried(arms, choice)
    }

    fn close(_: &(), _: Option<&Tx>, rx: Option<&Rx>) -> bool {
        let mut rx = own(rx.expect("only who has the receiver is let close"));
        let was_closed = match &*rx {
            Queue::Bounded(rx) => rx.is_closed(),
            Queue::Unbounded(rx) => rx.is_closed(),
        };
        match &mut *rx {
            Queue::Bounded(rx) => rx.close(),
            Queue::Unbounded(rx) => rx.close(),
        }
        !was_closed
    }

    async fn reserve(tx: &Arc<Tx>) -> Option<OwnedPermit<i64>> {
        match &**tx {
            Tx::Bounded(tx) => tx.clone().reserve_owned().await.ok(),
            Tx::Unbounded(_) => unreachable!("a rule says that it has not"),
        }
    }

    fn fulfil(permit: OwnedPermit<i64>, value: i64) -> Answer {
        permit.send(value);
        Answer::Sent
    }
}
