//! Every sequence of operations that do not wait does what a plain queue does:
//! with any number of ends, weak ones and permits among them.
//!
//! tests/buffered_model.rs and tests/kinds_model.rs have those that wait.

use chanpatterns::channel::{
    self, Permit, RecvError, RecvTimeoutError, SendError, SendTimeoutError,
    TryRecvError, TrySendError,
};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::time::Instant;

#[derive(Clone, Debug)]
enum Op {
    TrySend(u8),
    /// Stands in the queue for a moment, and withdraws.
    SendLate(u8),
    TryRecv,
    RecvLate,
    /// Of as many as there is room for, at most.
    SendMany(Vec<u8>),
    RecvMany(usize),
    PutBack(u8),
    TryReserve,
    UsePermit(u8),
    DropPermit,
    Drain,
    Close,
    CloneSender,
    UpgradeSender,
    DropSender,
    CloneReceiver,
    UpgradeReceiver,
    DropReceiver,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => any::<u8>().prop_map(Op::TrySend),
        2 => any::<u8>().prop_map(Op::SendLate),
        6 => Just(Op::TryRecv),
        2 => Just(Op::RecvLate),
        2 => proptest::collection::vec(any::<u8>(), 0..4)
            .prop_map(Op::SendMany),
        2 => (0..4_usize).prop_map(Op::RecvMany),
        1 => any::<u8>().prop_map(Op::PutBack),
        5 => Just(Op::TryReserve),
        2 => any::<u8>().prop_map(Op::UsePermit),
        3 => Just(Op::DropPermit),
        1 => Just(Op::Drain),
        1 => Just(Op::Close),
        // More are made than go, so that the channel lives for a while.
        3 => Just(Op::CloneSender),
        1 => Just(Op::UpgradeSender),
        1 => Just(Op::DropSender),
        3 => Just(Op::CloneReceiver),
        1 => Just(Op::UpgradeReceiver),
        1 => Just(Op::DropReceiver),
    ]
}

/// What a channel is, said as plainly as can be.
struct Model {
    capacity: Option<usize>,
    queue: VecDeque<u8>,
    reserved: usize,
    closed: bool,
}

impl Model {
    fn is_full(&self) -> bool {
        let taken = self.queue.len() + self.reserved;
        self.capacity.is_some_and(|room| taken >= room)
    }

    /// At capacity 0 a place is a receiver that waits, and nobody does.
    fn try_reserve(&mut self) -> Result<(), TrySendError<()>> {
        if self.closed {
            return Err(TrySendError::Closed(()));
        }
        if self.is_full() {
            return Err(TrySendError::Full(()));
        }
        self.reserved += 1;
        Ok(())
    }

    fn try_send(&mut self, message: u8) -> Result<(), TrySendError<u8>> {
        if self.closed {
            return Err(TrySendError::Closed(message));
        }
        if self.is_full() {
            return Err(TrySendError::Full(message));
        }
        self.queue.push_back(message);
        Ok(())
    }

    fn try_recv(&mut self) -> Result<u8, TryRecvError> {
        let nothing = match self.closed {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        };
        self.queue.pop_front().ok_or(nothing)
    }
}

fn late_send(error: SendTimeoutError<u8>) -> TrySendError<u8> {
    match error {
        SendTimeoutError::Timeout(message) => TrySendError::Full(message),
        SendTimeoutError::Closed(message) => TrySendError::Closed(message),
    }
}

fn late_recv(error: RecvTimeoutError) -> TryRecvError {
    match error {
        RecvTimeoutError::Timeout => TryRecvError::Empty,
        RecvTimeoutError::Closed => TryRecvError::Closed,
    }
}

proptest! {
    #[test]
    fn a_channel_is_a_queue(
        capacity in prop_oneof![Just(None), (0..4_usize).prop_map(Some)],
        ops in proptest::collection::vec(op(), 0..60),
    ) {
        let mut model = Model {
            capacity,
            queue: VecDeque::new(),
            reserved: 0,
            closed: false,
        };
        let (tx, rx) = channel::with_capacity(capacity);
        let observer = tx.observer();
        let (weak_sender, weak_receiver) = (tx.downgrade(), rx.downgrade());
        let (mut senders, mut receivers) = (vec![tx], vec![rx]);
        let mut permits: Vec<Permit<u8>> = Vec::new();
        let past = Instant::now();
        for op in ops {
            match op {
                Op::TrySend(message) => {
                    let Some(tx) = senders.last() else { continue };
                    prop_assert_eq!(
                        tx.try_send(message),
                        model.try_send(message)
                    );
                }
                Op::SendLate(message) => {
                    let Some(tx) = senders.last() else { continue };
                    let sent = tx.send_deadline(message, past);
                    prop_assert_eq!(
                        sent.map_err(late_send),
                        model.try_send(message)
                    );
                }
                Op::TryRecv => {
                    let Some(rx) = receivers.last() else { continue };
                    prop_assert_eq!(rx.try_recv(), model.try_recv());
                }
                Op::RecvLate => {
                    let Some(rx) = receivers.last() else { continue };
                    let received = rx.recv_deadline(past);
                    prop_assert_eq!(
                        received.map_err(late_recv),
                        model.try_recv()
                    );
                }
                Op::Drain => {
                    let drained: Vec<u8> = observer.drain().collect();
                    let all: Vec<u8> = model.queue.drain(..).collect();
                    prop_assert_eq!(drained, all);
                }
                Op::Close => {
                    prop_assert_eq!(observer.close(), !model.closed);
                    model.closed = true;
                }
                Op::SendMany(mut messages) => {
                    let Some(tx) = senders.last() else { continue };
                    let mut unsent = Vec::new();
                    if model.closed {
                        unsent = messages.clone();
                    } else if let Some(room) = model.capacity {
                        // No more than find room, for else it would wait.
                        let taken = model.queue.len() + model.reserved;
                        messages.truncate(room.saturating_sub(taken));
                    }
                    if !model.closed {
                        model.queue.extend(&messages);
                    }
                    let sent = tx.send_many(messages);
                    let back = sent.map_or_else(|e| e.into_inner(), |()| vec![]);
                    prop_assert_eq!(back, unsent);
                }
                Op::RecvMany(limit) => {
                    let Some(rx) = receivers.last() else { continue };
                    let nothing = model.queue.is_empty() && limit > 0;
                    if nothing && !model.closed {
                        continue; // it would wait
                    }
                    let count = limit.min(model.queue.len());
                    let expected: Vec<u8> = model.queue.drain(..count).collect();
                    let mut messages = Vec::new();
                    let received = rx.recv_many(&mut messages, limit);
                    prop_assert_eq!(&messages, &expected);
                    let result = if nothing { Err(RecvError) } else { Ok(count) };
                    prop_assert_eq!(received, result);
                }
                Op::PutBack(message) => {
                    let Some(rx) = receivers.last() else { continue };
                    rx.put_back(message);
                    model.queue.push_front(message);
                }
                Op::TryReserve => {
                    let Some(tx) = senders.last() else { continue };
                    let reserved = tx.try_reserve();
                    let reserved = reserved.map(|permit| permits.push(permit));
                    prop_assert_eq!(reserved, model.try_reserve());
                }
                Op::UsePermit(message) => {
                    let Some(permit) = permits.pop() else { continue };
                    model.reserved -= 1;
                    let sent = permit.send(message);
                    if model.closed {
                        prop_assert_eq!(sent, Err(SendError(message)));
                    } else {
                        prop_assert_eq!(sent, Ok(()));
                        model.queue.push_back(message);
                    }
                }
                Op::DropPermit => {
                    let Some(permit) = permits.pop() else { continue };
                    model.reserved -= 1;
                    drop(permit);
                }
                Op::CloneSender => senders.extend(senders.last().cloned()),
                Op::UpgradeSender => {
                    let upgraded = weak_sender.upgrade();
                    let one_is_left = !(senders.is_empty() && permits.is_empty());
                    prop_assert_eq!(upgraded.is_some(), one_is_left);
                    senders.extend(upgraded);
                }
                Op::DropSender => drop(senders.pop()),
                Op::UpgradeReceiver => {
                    let upgraded = weak_receiver.upgrade();
                    prop_assert_eq!(upgraded.is_some(), !receivers.is_empty());
                    receivers.extend(upgraded);
                }
                Op::CloneReceiver => {
                    receivers.extend(receivers.last().cloned());
                }
                Op::DropReceiver => {
                    receivers.pop();
                    if receivers.is_empty() {
                        model.closed = true;
                        model.queue.clear();
                    }
                }
            }
            // A permit counts as a sender.
            model.closed |= senders.is_empty() && permits.is_empty();
            prop_assert_eq!(observer.len(), model.queue.len());
            prop_assert_eq!(observer.is_closed(), model.closed);
            let mut seen = Vec::new();
            observer.for_each_queued(|message| seen.push(*message));
            prop_assert_eq!(seen, Vec::from_iter(model.queue.iter().copied()));
        }
    }
}
