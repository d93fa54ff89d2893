//! The channels of this repository, for threads and for tasks.

use super::{DROP_CLOSES, NO_FUTURES};
use crate::about::{About, Driver, Not};
use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library, Opened, Started, dropped};
use crate::plan::Plan;
use chanpatterns::channel::mvar::{MVar, PutFuture};
use chanpatterns::channel::ring_broadcast::{self, RingBroadcast};
use chanpatterns::channel::watch::{self, Watch};
use chanpatterns::channel::{
    self, Observer, Permit, Receiver, RecvError, RecvTimeoutError, SendError,
    SendFuture, SendTimeoutError, Sender, TryRecvError, TrySendError, oneshot,
    tap,
};
use chanpatterns::event::{self, Event};
use compare_engine::litmus::{Channel, Kind, Side};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

/// The crate, for tasks or for threads.
#[derive(Debug)]
pub(super) struct Chanpatterns<const TASKS: bool>;

/// A handle of the sending side.
#[allow(missing_docs)]
#[derive(Debug)]
pub(super) enum Tx {
    Core(Sender<i64>),
    /// Sending it uses it up.
    Oneshot(Mutex<Option<oneshot::Sender<i64>>>),
    Mvar(MVar<i64>),
    Watch(tap::Sender<i64, Watch>),
    Ring(tap::Sender<i64, RingBroadcast>),
}

/// A handle of the receiving side.
#[allow(missing_docs)]
#[derive(Debug)]
pub(super) enum Rx {
    Core(Receiver<i64>),
    Oneshot(oneshot::Receiver<i64>),
    Mvar(MVar<i64>),
    Watch(tap::Receiver<i64, Watch>),
    Ring(tap::Receiver<i64, RingBroadcast>),
}

/// What closes a channel.
#[allow(missing_docs)]
#[derive(Clone, Debug)]
pub(super) enum Closer {
    Core(Observer<i64>),
    /// Only its receiver closes it.
    Oneshot,
    Mvar(MVar<i64>),
    Watch(tap::WeakSender<i64, Watch>, tap::WeakReceiver<i64, Watch>),
    Ring(
        tap::WeakSender<i64, RingBroadcast>,
        tap::WeakReceiver<i64, RingBroadcast>,
    ),
}

fn ringed<E>(result: Result<Result<i64, ring_broadcast::Lagged>, E>) -> Answer {
    match result {
        Ok(Ok(value)) => Answer::Value(value),
        Ok(Err(lagged)) => Answer::Lagged(lagged.0 as u64),
        Err(_) => Answer::Closed,
    }
}

fn tried_send<T>(result: Result<(), TrySendError<T>>) -> Answer {
    match result {
        Ok(()) => Answer::Sent,
        Err(TrySendError::Full(_)) => Answer::Full,
        Err(TrySendError::Closed(_)) => Answer::Closed,
    }
}

fn timed_send<T>(result: Result<(), SendTimeoutError<T>>) -> Answer {
    match result {
        Ok(()) => Answer::Sent,
        Err(SendTimeoutError::Timeout(_)) => Answer::Timeout,
        Err(SendTimeoutError::Closed(_)) => Answer::Closed,
    }
}

fn not_tried(error: TryRecvError) -> Answer {
    match error {
        TryRecvError::Empty => Answer::Empty,
        TryRecvError::Closed => Answer::Closed,
    }
}

fn not_in_time(error: RecvTimeoutError) -> Answer {
    match error {
        RecvTimeoutError::Timeout => Answer::Timeout,
        RecvTimeoutError::Closed => Answer::Closed,
    }
}

fn item(item: Result<i64, ring_broadcast::Lagged>) -> Answer {
    ringed::<()>(Ok(item))
}

impl<const TASKS: bool> Chanpatterns<TASKS> {
    fn event<'a>(arms: &[Arm<'a, Self>], choice: Choice) -> Event<'a, Chosen> {
        let arms = arms.iter().enumerate().map(|(place, arm)| {
            Self::arm(arm).wrap(move |answer| (place, answer))
        });
        let event = event::choose(arms);
        match choice.biased {
            true => event.biased(),
            false => event.seeded(choice.seed),
        }
    }

    fn arm<'a>(arm: &Arm<'a, Self>) -> Event<'a, Answer> {
        match *arm {
            Arm::Send(tx, value) => match tx {
                Tx::Core(tx) => event::send(tx, value).wrap(Answer::sent),
                Tx::Mvar(mvar) => event::send(mvar, value).wrap(Answer::sent),
                Tx::Watch(tx) => event::send(tx, value).wrap(Answer::sent),
                Tx::Ring(tx) => event::send(tx, value).wrap(Answer::sent),
                Tx::Oneshot(_) => unreachable!("a rule says that it has not"),
            },
            Arm::Recv(rx) => match rx {
                Rx::Core(rx) => event::receive(rx).wrap(Answer::received),
                Rx::Oneshot(rx) => event::receive(rx).wrap(Answer::received),
                Rx::Mvar(mvar) => event::receive(mvar).wrap(Answer::received),
                Rx::Watch(rx) => event::receive(rx).wrap(Answer::received),
                Rx::Ring(rx) => event::receive(rx).wrap(ringed::<RecvError>),
            },
        }
    }

    fn blocking_send(tx: &Tx, value: i64) -> Answer {
        match tx {
            Tx::Core(tx) => Answer::sent(tx.send(value)),
            Tx::Oneshot(tx) => send_once(tx, value),
            Tx::Mvar(mvar) => Answer::sent(mvar.put(value)),
            Tx::Watch(tx) => Answer::sent(tx.send(value)),
            Tx::Ring(tx) => Answer::sent(tx.send(value)),
        }
    }

    fn blocking_recv(rx: &Rx) -> Answer {
        match rx {
            Rx::Core(rx) => Answer::received(rx.recv()),
            // `recv` would use the receiver up, which the program keeps.
            Rx::Oneshot(rx) => Answer::received(event::receive(rx).sync()),
            Rx::Mvar(mvar) => Answer::received(mvar.take()),
            Rx::Watch(rx) => Answer::received(rx.recv()),
            Rx::Ring(rx) => ringed(rx.recv()),
        }
    }
}

fn send_once(
    sender: &Mutex<Option<oneshot::Sender<i64>>>,
    value: i64,
) -> Answer {
    let sender = sender.lock().expect("no holder of it panics").take();
    let sender = sender.expect("the text sends on it once");
    Answer::sent(sender.send(value))
}

impl<const TASKS: bool> Library for Chanpatterns<TASKS> {
    type Sender = Tx;
    type Receiver = Rx;
    type Permit = Permit<i64>;
    type Closer = Closer;

    const CLOSES: bool = true;

    fn about() -> About {
        let (name, driver) = match TASKS {
            true => ("rust/chanpatterns/tasks", Driver::Tasks),
            false => ("rust/chanpatterns", Driver::Threads),
        };
        let mut not = match TASKS {
            true => Vec::new(),
            false => vec![NO_FUTURES],
        };
        not.extend([
            Not {
                kinds: &["oneshot"],
                ops: &[
                    "many_senders",
                    "many_receivers",
                    "clone_sender",
                    "clone_receiver",
                ],
                why: "a oneshot has one end on each side, which are not cloned",
            },
            Not {
                kinds: &["oneshot"],
                ops: &["select_send"],
                why: "a choice uses the sender of a oneshot up, also where it \
                      takes another arm",
            },
            Not {
                kinds: &["mvar"],
                ops: &["drop_sender", "drop_receiver"],
                why: "an mvar has handles, and no sides: who could put or take \
                      is not counted",
            },
            Not {
                kinds: &["mvar"],
                ops: &["reserve", "fulfil", "release"],
                why: "an mvar has no permits",
            },
            Not {
                kinds: &["watch", "broadcast"],
                ops: &["drop_receiver"],
                why: "a send that nobody receives succeeds, for whoever \
                      subscribes later",
            },
        ]);
        About {
            name,
            package: "chanpatterns",
            driver,
            dialect: serde_json::json!({"drop_closes": true}),
            widened: vec![DROP_CLOSES],
            not,
        }
    }

    fn refuses(plan: &Plan) -> Option<String> {
        let told = [Kind::Mvar, Kind::Watch, Kind::Broadcast];
        plan.closed_by_others("its receiver", |kind, owns| {
            kind != Kind::Oneshot || owns.receiver
        })
        .or_else(|| plan.needs_a_count(&[Kind::Mvar], Side::Sender))
        .or_else(|| plan.needs_a_count(&told, Side::Receiver))
    }

    fn open(channel: &Channel) -> Opened<Self> {
        let capacity = usize::from(channel.capacity.unwrap_or(0));
        match channel.kind {
            Kind::Rendezvous => core(channel::rendezvous()),
            Kind::Bounded => core(channel::bounded(capacity)),
            Kind::Unbounded => core(channel::unbounded()),
            Kind::Oneshot => {
                let (tx, rx) = oneshot::channel();
                let tx = Tx::Oneshot(Mutex::new(Some(tx)));
                (tx, Rx::Oneshot(rx), Closer::Oneshot)
            }
            Kind::Mvar => {
                let mvar = MVar::empty();
                let (tx, rx) = (mvar.clone(), mvar.clone());
                (Tx::Mvar(tx), Rx::Mvar(rx), Closer::Mvar(mvar))
            }
            Kind::Watch => {
                let (tx, rx) = watch::channel(0);
                let closer = Closer::Watch(tx.downgrade(), rx.downgrade());
                (Tx::Watch(tx), Rx::Watch(rx), closer)
            }
            Kind::Broadcast => {
                let ends = ring_broadcast::channel(capacity);
                let (tx, rx) = ends.expect("a program has capacities from 1");
                let closer = Closer::Ring(tx.downgrade(), rx.downgrade());
                (Tx::Ring(tx), Rx::Ring(rx), closer)
            }
        }
    }

    fn clone_sender(tx: &Tx) -> Tx {
        match tx {
            Tx::Core(tx) => Tx::Core(tx.clone()),
            Tx::Mvar(mvar) => Tx::Mvar(mvar.clone()),
            Tx::Watch(tx) => Tx::Watch(tx.clone()),
            Tx::Ring(tx) => Tx::Ring(tx.clone()),
            Tx::Oneshot(_) => unreachable!("a rule says that it has not"),
        }
    }

    fn clone_receiver(rx: &Rx) -> Rx {
        match rx {
            Rx::Core(rx) => Rx::Core(rx.clone()),
            Rx::Mvar(mvar) => Rx::Mvar(mvar.clone()),
            Rx::Watch(rx) => Rx::Watch(rx.clone()),
            Rx::Ring(rx) => Rx::Ring(rx.clone()),
            Rx::Oneshot(_) => unreachable!("a rule says that it has not"),
        }
    }

    async fn send(tx: &Tx, value: i64) -> Answer {
        if !TASKS {
            return Self::blocking_send(tx, value);
        }
        match tx {
            Tx::Core(tx) => Answer::sent(tx.send_async(value).await),
            Tx::Oneshot(tx) => send_once(tx, value),
            Tx::Mvar(mvar) => Answer::sent(mvar.put_async(value).await),
            Tx::Watch(tx) => Answer::sent(tx.send_async(value).await),
            Tx::Ring(tx) => Answer::sent(tx.send_async(value).await),
        }
    }

    async fn recv(rx: &Rx) -> Answer {
        if !TASKS {
            return Self::blocking_recv(rx);
        }
        match rx {
            Rx::Core(rx) => Answer::received(rx.recv_async().await),
            Rx::Oneshot(rx) => Answer::received(rx.recv_async().await),
            Rx::Mvar(mvar) => Answer::received(mvar.take_async().await),
            Rx::Watch(rx) => Answer::received(rx.recv_async().await),
            Rx::Ring(rx) => ringed(rx.recv_async().await),
        }
    }

    fn try_send(tx: &Tx, value: i64) -> Answer {
        match tx {
            Tx::Core(tx) => tried_send(tx.try_send(value)),
            Tx::Oneshot(tx) => send_once(tx, value),
            Tx::Mvar(mvar) => tried_send(mvar.try_put(value)),
            Tx::Watch(tx) => tried_send(tx.try_send(value)),
            Tx::Ring(tx) => tried_send(tx.try_send(value)),
        }
    }

    fn try_recv(rx: &Rx) -> Answer {
        let received = match rx {
            Rx::Core(rx) => rx.try_recv(),
            Rx::Oneshot(rx) => rx.try_recv(),
            Rx::Mvar(mvar) => mvar.try_take(),
            Rx::Watch(rx) => rx.try_recv(),
            Rx::Ring(rx) => {
                return rx.try_recv().map_or_else(not_tried, item);
            }
        };
        received.map_or_else(not_tried, Answer::Value)
    }

    fn send_within(tx: &Tx, value: i64, time: Duration) -> Answer {
        match tx {
            Tx::Core(tx) => timed_send(tx.send_timeout(value, time)),
            Tx::Oneshot(tx) => send_once(tx, value),
            Tx::Mvar(mvar) => timed_send(mvar.put_timeout(value, time)),
            Tx::Watch(tx) => timed_send(tx.send_timeout(value, time)),
            Tx::Ring(tx) => timed_send(tx.send_timeout(value, time)),
        }
    }

    fn recv_within(rx: &Rx, time: Duration) -> Answer {
        let received = match rx {
            Rx::Core(rx) => rx.recv_timeout(time),
            Rx::Oneshot(rx) => rx.recv_timeout(time),
            Rx::Mvar(mvar) => mvar.take_timeout(time),
            Rx::Watch(rx) => rx.recv_timeout(time),
            Rx::Ring(rx) => {
                return rx.recv_timeout(time).map_or_else(not_in_time, item);
            }
        };
        received.map_or_else(not_in_time, Answer::Value)
    }

    async fn select(arms: &[Arm<'_, Self>], choice: Choice) -> Chosen {
        let event = Self::event(arms, choice);
        match TASKS {
            true => event.await,
            false => {
                let mut event = event;
                event.sync()
            }
        }
    }

    fn select_now(arms: &[Arm<'_, Self>], choice: Choice) -> Option<Chosen> {
        Self::event(arms, choice).poll()
    }

    fn select_within(
        arms: &[Arm<'_, Self>],
        choice: Choice,
        time: Duration,
    ) -> Option<Chosen> {
        Self::event(arms, choice).sync_timeout(time)
    }

    fn close(closer: &Closer, _: Option<&Tx>, receiver: Option<&Rx>) -> bool {
        match closer {
            Closer::Core(observer) => observer.close(),
            Closer::Mvar(mvar) => mvar.close(),
            Closer::Oneshot => match receiver {
                Some(Rx::Oneshot(rx)) => rx.close(),
                _ => false,
            },
            Closer::Watch(tx, rx) => match (tx.upgrade(), rx.upgrade()) {
                (Some(tx), _) => tx.close(),
                (None, Some(rx)) => rx.close(),
                (None, None) => false,
            },
            Closer::Ring(tx, rx) => match (tx.upgrade(), rx.upgrade()) {
                (Some(tx), _) => tx.close(),
                (None, Some(rx)) => rx.close(),
                (None, None) => false,
            },
        }
    }

    async fn reserve(tx: &Arc<Tx>) -> Option<Permit<i64>> {
        match &**tx {
            Tx::Core(tx) => match TASKS {
                true => tx.reserve_async().await.ok(),
                false => tx.reserve().ok(),
            },
            _ => unreachable!("a rule says that it has not"),
        }
    }

    fn fulfil(permit: Permit<i64>, value: i64) -> Answer {
        Answer::sent(permit.send(value))
    }

    fn start_send(tx: Arc<Tx>, value: i64) -> Box<dyn Started> {
        match &*tx {
            Tx::Core(tx) => {
                let send = tx.clone().into_send_async(value);
                Box::new(Telling(send, SendFuture::cancel))
            }
            Tx::Mvar(mvar) => {
                let put = mvar.clone().into_put_async(value);
                Box::new(Telling(put, PutFuture::cancel))
            }
            // Those never wait.
            _ => dropped(async move { Self::send(&tx, value).await }),
        }
    }
}

#[cfg(chanpatterns_shuttle)]
impl<const TASKS: bool> crate::modelled::OnShuttle for Chanpatterns<TASKS> {
    const BLOCKS: bool = !TASKS;
}

fn core((tx, rx): (Sender<i64>, Receiver<i64>)) -> (Tx, Rx, Closer) {
    let observer = tx.observer();
    (Tx::Core(tx), Rx::Core(rx), Closer::Core(observer))
}

/// A send that can tell, when it is withdrawn, whether it had sent: it gives the
/// value back, or not.
struct Telling<F>(F, fn(F) -> Option<i64>);

impl<F> Started for Telling<F>
where
    F: Future<Output = Result<(), SendError<i64>>> + Send + Unpin,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Answer> {
        Pin::new(&mut self.0).poll(context).map(Answer::sent)
    }

    fn cancel(self: Box<Self>) -> Answer {
        let Telling(future, cancel) = *self;
        match cancel(future) {
            Some(_) => Answer::Cancelled,
            None => Answer::Sent,
        }
    }
}
