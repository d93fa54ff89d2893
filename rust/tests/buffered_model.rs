//! Every sequence of operations on a buffer of two places and more, those that
//! wait included, does what a plain queue does.
//!
//! What waits is a future that is polled by hand, and may be dropped at any
//! time. There nothing is handed over: who waits is told to look again, and may
//! find that somebody was faster. So the model does not say who is told. It
//! says that a future that was not woken has nothing to say, that one that was
//! woken finds what a newcomer would find, and that where there is something to
//! have, somebody of those who wait for it has been woken.
//! (tests/kinds_model.rs has the channels that hand over.)

use chanpatterns::channel::{
    self, Permit, Receiver, SendError, Sender, TryRecvError, TrySendError,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::VecDeque;
use std::task::Poll;

mod common;
use common::poll::Task;

#[derive(Clone, Debug)]
enum Op {
    TrySend,
    TryRecv,
    TryReserve,
    RecvMany(usize),
    /// At most so many as there is room for.
    SendMany(usize),
    Drain,
    PutBack,
    Close,
    /// Futures that are new; of one, or of a batch.
    Send(usize),
    Recv(usize),
    Reserve,
    Poll(Index),
    Drop(Index),
    UsePermit(Index),
    DropPermit(Index),
}

fn op() -> impl Strategy<Value = Op> {
    let index = any::<Index>;
    prop_oneof![
        6 => Just(Op::TrySend),
        6 => Just(Op::TryRecv),
        2 => Just(Op::TryReserve),
        2 => (0..5_usize).prop_map(Op::RecvMany),
        2 => (0..5_usize).prop_map(Op::SendMany),
        1 => Just(Op::Drain),
        2 => Just(Op::PutBack),
        1 => Just(Op::Close),
        4 => Just(Op::Send(1)),
        2 => (2..5_usize).prop_map(Op::Send),
        4 => Just(Op::Recv(1)),
        2 => (2..5_usize).prop_map(Op::Recv),
        3 => Just(Op::Reserve),
        12 => index().prop_map(Op::Poll),
        6 => index().prop_map(Op::Drop),
        3 => index().prop_map(Op::UsePermit),
        2 => index().prop_map(Op::DropPermit),
    ]
}

/// What a channel is, said as plainly as can be.
struct Model {
    capacity: Option<usize>,
    queue: VecDeque<u32>,
    reserved: usize,
    closed: bool,
}

impl Model {
    /// How many more can be sent, at most `most`.
    fn room(&self, most: usize) -> usize {
        let taken = self.queue.len() + self.reserved;
        let room = |capacity: usize| capacity.saturating_sub(taken).min(most);
        self.capacity.map_or(most, room)
    }

    /// Sends from the front what finds room. The result, if there is one now.
    fn send(&mut self, rest: &mut VecDeque<u32>) -> Option<Sent> {
        if rest.is_empty() {
            return Some(Ok(()));
        }
        if self.closed {
            return Some(Err(rest.drain(..).collect()));
        }
        let room = self.room(rest.len());
        self.queue.extend(rest.drain(..room));
        rest.is_empty().then_some(Ok(()))
    }

    fn receive(&mut self, limit: usize) -> Option<Received> {
        if self.queue.is_empty() {
            return self.closed.then_some(None);
        }
        let count = limit.min(self.queue.len());
        Some(Some(self.queue.drain(..count).collect()))
    }

    fn reserve(&mut self) -> Option<bool> {
        if self.closed {
            return Some(false);
        }
        let reserved = self.room(1) > 0;
        self.reserved += usize::from(reserved);
        reserved.then_some(true)
    }
}

/// What came back unsent, if the channel is closed.
type Sent = Result<(), Vec<u32>>;

/// `None` is a channel that is closed.
type Received = Option<Vec<u32>>;

/// A future, and what the model has to know of it.
enum Waiting<'a> {
    Send(Task<'a, Sent>, VecDeque<u32>),
    Recv(Task<'a, Received>, usize),
    Reserve(Task<'a, Result<Permit<u32>, SendError<()>>>),
}

struct Future<'a> {
    waiting: Waiting<'a>,
    /// How often it had been woken when it was polled last.
    woken: usize,
}

impl Waiting<'_> {
    fn woken(&self) -> usize {
        match self {
            Waiting::Send(task, _) => task.woken(),
            Waiting::Recv(task, _) => task.woken(),
            Waiting::Reserve(task) => task.woken(),
        }
    }
}

impl<'a> Future<'a> {
    fn is_woken(&self) -> bool {
        self.waiting.woken() > self.woken
    }

    fn receives(&self) -> bool {
        matches!(self.waiting, Waiting::Recv(..))
    }

    /// Polls it and the model; the future itself, if it waits on.
    fn poll(
        mut self,
        model: &mut Model,
        permits: &mut Vec<Permit<u32>>,
        received: &mut Vec<u32>,
        is_new: bool,
    ) -> Result<Option<Self>, TestCaseError> {
        let looks = is_new || self.is_woken();
        self.woken = self.waiting.woken();
        let waits = match &mut self.waiting {
            Waiting::Send(task, rest) => {
                let expected = looks.then(|| model.send(rest)).flatten();
                let there = ready(task.poll());
                prop_assert_eq!(&there, &expected);
                there.is_none()
            }
            Waiting::Recv(task, limit) => {
                let expected = looks.then(|| model.receive(*limit)).flatten();
                let there = ready(task.poll());
                prop_assert_eq!(&there, &expected);
                received.extend(there.iter().flatten().flatten());
                there.is_none()
            }
            Waiting::Reserve(task) => {
                let expected = looks.then(|| model.reserve()).flatten();
                let there = ready(task.poll());
                let kept = there.as_ref().map(Result::is_ok);
                prop_assert_eq!(kept, expected);
                permits.extend(there.and_then(Result::ok));
                kept.is_none()
            }
        };
        Ok(waits.then_some(self))
    }
}

fn ready<R>(poll: Poll<R>) -> Option<R> {
    match poll {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

async fn send(tx: &Sender<u32>, mut messages: Vec<u32>) -> Sent {
    match (messages.len(), messages.pop()) {
        (1, Some(message)) => {
            let sent = tx.send_async(message).await;
            sent.map_err(|SendError(back)| vec![back])
        }
        (_, last) => {
            messages.extend(last);
            let sent = tx.send_many_async(messages).await;
            sent.map_err(|unsent| unsent.into_inner())
        }
    }
}

async fn receive(rx: &Receiver<u32>, limit: usize) -> Received {
    if limit == 1 {
        return rx.recv_async().await.ok().map(|message| vec![message]);
    }
    let mut messages = Vec::new();
    let count = rx.recv_many_async(&mut messages, limit).await.ok()?;
    assert_eq!(count, messages.len());
    Some(messages)
}

fn pick<T>(from: &mut Vec<T>, index: Index) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(index.index(from.len())))
}

proptest! {
    #[test]
    fn a_queue_that_tells(
        capacity in prop_oneof![
            1 => Just(None),
            3 => (2..5_usize).prop_map(Some)
        ],
        ops in vec(op(), 0..100),
    ) {
        let mut model = Model {
            capacity,
            queue: VecDeque::new(),
            reserved: 0,
            closed: false,
        };
        let (tx, rx) = channel::with_capacity(capacity);
        let observer = tx.observer();
        let mut futures: Vec<Future<'_>> = Vec::new();
        let mut permits: Vec<Permit<u32>> = Vec::new();
        let mut received: Vec<u32> = Vec::new();
        let mut count = 0;
        let mut new = |many: usize| {
            count += many as u32;
            (count - many as u32..count).collect::<Vec<_>>()
        };
        for op in ops {
            match op {
                Op::TrySend => {
                    let message = new(1)[0];
                    let sent = tx.try_send(message);
                    let expected = match model.send(&mut [message].into()) {
                        Some(Ok(())) => Ok(()),
                        Some(Err(_)) => Err(TrySendError::Closed(message)),
                        None => Err(TrySendError::Full(message)),
                    };
                    prop_assert_eq!(sent, expected);
                }
                Op::TryRecv => {
                    let there = rx.try_recv();
                    received.extend(there.ok());
                    let expected = match model.receive(1) {
                        Some(Some(messages)) => Ok(messages[0]),
                        Some(None) => Err(TryRecvError::Closed),
                        None => Err(TryRecvError::Empty),
                    };
                    prop_assert_eq!(there, expected);
                }
                Op::TryReserve => {
                    let expected = match model.reserve() {
                        Some(true) => Ok(()),
                        Some(false) => Err(TrySendError::Closed(())),
                        None => Err(TrySendError::Full(())),
                    };
                    let kept = tx.try_reserve();
                    let there = kept.map(|permit| permits.push(permit));
                    prop_assert_eq!(there, expected);
                }
                Op::RecvMany(limit) => {
                    let waits = model.queue.is_empty() && !model.closed;
                    if limit > 0 && waits {
                        continue;
                    }
                    let mut batch = Vec::new();
                    let there = rx.recv_many(&mut batch, limit);
                    prop_assert_eq!(there.unwrap_or(0), batch.len());
                    received.extend(&batch);
                    let expected = match limit {
                        0 => Vec::new(),
                        _ => model.receive(limit).flatten().unwrap_or_default(),
                    };
                    prop_assert_eq!(batch, expected);
                }
                Op::SendMany(most) => {
                    let many = match model.closed {
                        true => most,
                        false => model.room(most),
                    };
                    let messages = new(many);
                    let expected = model.send(&mut messages.clone().into());
                    let sent = tx.send_many(messages);
                    let sent = sent.map_err(|unsent| unsent.into_inner());
                    prop_assert_eq!(Some(sent), expected);
                }
                Op::Drain => {
                    let expected: Vec<u32> = model.queue.drain(..).collect();
                    prop_assert_eq!(rx.drain().collect::<Vec<_>>(), expected);
                }
                Op::PutBack => {
                    let Some(message) = received.pop() else { continue };
                    model.queue.push_front(message);
                    rx.put_back(message);
                }
                Op::Close => {
                    prop_assert_eq!(tx.close(), !model.closed);
                    model.closed = true;
                }
                Op::Send(_) | Op::Recv(_) | Op::Reserve => {
                    let waiting = match op {
                        Op::Send(many) => {
                            let messages = new(many);
                            let task = Task::new(send(&tx, messages.clone()));
                            Waiting::Send(task, messages.into())
                        }
                        Op::Recv(limit) => {
                            Waiting::Recv(Task::new(receive(&rx, limit)), limit)
                        }
                        _ => Waiting::Reserve(Task::new(tx.reserve_async())),
                    };
                    let future = Future { waiting, woken: 0 };
                    futures.extend(future.poll(
                        &mut model,
                        &mut permits,
                        &mut received,
                        true,
                    )?);
                }
                Op::Poll(index) => {
                    let Some(future) = pick(&mut futures, index) else {
                        continue;
                    };
                    futures.extend(future.poll(
                        &mut model,
                        &mut permits,
                        &mut received,
                        false,
                    )?);
                }
                Op::Drop(index) => drop(pick(&mut futures, index)),
                Op::UsePermit(index) => {
                    let Some(permit) = pick(&mut permits, index) else {
                        continue;
                    };
                    let message = new(1)[0];
                    let sent = permit.send(message);
                    model.reserved -= 1;
                    if model.closed {
                        prop_assert_eq!(sent, Err(SendError(message)));
                    } else {
                        prop_assert_eq!(sent, Ok(()));
                        model.queue.push_back(message);
                    }
                }
                Op::DropPermit(index) => {
                    let Some(permit) = pick(&mut permits, index) else {
                        continue;
                    };
                    drop(permit);
                    model.reserved -= 1;
                }
            }
            prop_assert_eq!(observer.len(), model.queue.len());
            let mut seen = Vec::new();
            observer.for_each_queued(|message| seen.push(*message));
            prop_assert_eq!(seen, Vec::from_iter(model.queue.iter().copied()));
            for (receives, something) in [
                (true, !model.queue.is_empty()),
                (false, model.room(1) > 0),
            ] {
                let mut those = futures.iter();
                let mut woken = futures.iter().filter(|one| one.is_woken());
                let waits = those.any(|one| one.receives() == receives);
                let told = woken.any(|one| one.receives() == receives);
                prop_assert!(
                    told || !waits || !something,
                    "nobody was woken; receives: {receives}"
                );
            }
            let all = futures.iter().all(Future::is_woken);
            prop_assert!(all || !model.closed, "a close wakes everyone");
        }
        drop((futures, permits));
    }
}
