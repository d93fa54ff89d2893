//! Every sequence of operations that do not wait does what a plain queue does.

use chanpatterns::channel::{
    self, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError,
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
    Drain,
    Close,
    CloneSender,
    DropSender,
    CloneReceiver,
    DropReceiver,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => any::<u8>().prop_map(Op::TrySend),
        2 => any::<u8>().prop_map(Op::SendLate),
        6 => Just(Op::TryRecv),
        2 => Just(Op::RecvLate),
        1 => Just(Op::Drain),
        1 => Just(Op::Close),
        2 => Just(Op::CloneSender),
        2 => Just(Op::DropSender),
        2 => Just(Op::CloneReceiver),
        2 => Just(Op::DropReceiver),
    ]
}

/// What a channel is, said as plainly as can be.
struct Model {
    capacity: Option<usize>,
    queue: VecDeque<u8>,
    closed: bool,
}

impl Model {
    fn try_send(&mut self, message: u8) -> Result<(), TrySendError<u8>> {
        if self.closed {
            return Err(TrySendError::Closed(message));
        }
        if self.capacity.is_some_and(|room| self.queue.len() >= room) {
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
            closed: false,
        };
        let (tx, rx) = channel::with_capacity(capacity);
        let observer = tx.observer();
        let (mut senders, mut receivers) = (vec![tx], vec![rx]);
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
                Op::CloneSender => senders.extend(senders.last().cloned()),
                Op::DropSender => {
                    senders.pop();
                    model.closed |= senders.is_empty();
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
            prop_assert_eq!(observer.len(), model.queue.len());
            prop_assert_eq!(observer.is_closed(), model.closed);
            let mut seen = Vec::new();
            observer.for_each_queued(|message| seen.push(*message));
            prop_assert_eq!(seen, Vec::from_iter(model.queue.iter().copied()));
        }
    }
}
