//! One thread of a program: it runs the calls and records them.

use super::plain::Channel;
use super::{Event, Manner, Message, Op, Outcome};
use chanpatterns::channel::{
    self, Permit, Receiver, RecvTimeoutError, SendError, SendTimeoutError,
    Sender, TryRecvError, TrySendError,
};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

#[cfg(chanpatterns_loom)]
use loom::future::block_on;
#[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
use pollster::block_on;
#[cfg(chanpatterns_shuttle)]
use shuttle::future::block_on;

/// The moments of a history. It is the standard atomic under a model, too: a
/// model runs one thread at a time, and this is not what it is to check.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicUsize>);

impl Clock {
    fn now(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

pub(crate) struct Party {
    pub(crate) sender: Option<Sender<Message>>,
    pub(crate) receiver: Option<Receiver<Message>>,
    pub(crate) events: Vec<Event>,
    pub(crate) clock: Clock,
}

/// The threads of a program, and one more that comes after them: it receives
/// what is left, if it has a receiver.
pub(crate) fn parties(
    start: &Channel,
    programs: &[Vec<Op>],
) -> (Vec<Party>, Party) {
    let (tx, rx) = channel::with_capacity(start.capacity);
    tx.send_many(start.queue.clone()).expect("there is room");
    let clock = Clock::default();
    let party = |ends: (bool, bool)| Party {
        sender: ends.0.then(|| tx.clone()),
        receiver: ends.1.then(|| rx.clone()),
        events: Vec::new(),
        clock: clock.clone(),
    };
    let ends = ends(programs);
    let last = party(ends.last().copied().expect("there is a last one"));
    let others = &ends[..programs.len()];
    (others.iter().map(|ends| party(*ends)).collect(), last)
}

/// Whether each has a sender and a receiver: where somebody drops one, those
/// alone who use one, so that the last drop closes; else everyone.
fn ends(programs: &[Vec<Op>]) -> Vec<(bool, bool)> {
    let drops = |op| programs.iter().any(|program| program.contains(&op));
    let (tx, rx) = (drops(Op::DropSender), drops(Op::DropReceiver));
    let of = |program: &Vec<Op>| {
        let sends = program.iter().any(Op::needs_sender);
        let receives = program.iter().any(Op::needs_receiver);
        (!tx || sends, !rx || receives)
    };
    programs.iter().map(of).chain([(!tx, !rx)]).collect()
}

/// The plain channel with which the programs begin.
pub(crate) fn start(
    capacity: Option<usize>,
    queue: impl IntoIterator<Item = Message>,
    programs: &[Vec<Op>],
) -> Channel {
    let ends = ends(programs);
    Channel {
        capacity,
        queue: queue.into_iter().collect(),
        turns: Vec::new(),
        handed: 0,
        reserved: 0,
        closed: false,
        senders: ends.iter().filter(|ends| ends.0).count(),
        receivers: ends.iter().filter(|ends| ends.1).count(),
    }
}

/// What a finished program has recorded.
pub(crate) fn histories(
    parties: Vec<Party>,
    mut last: Party,
) -> Vec<Vec<Event>> {
    if last.receiver.is_some() {
        last.run_dry();
    }
    let parties = parties.into_iter().chain([last]);
    parties.map(|party| party.events).collect()
}

impl Party {
    pub(crate) fn run(&mut self, program: Vec<Op>) {
        for op in program {
            let began = self.clock.now();
            let outcome = self.call(&op);
            let ended = self.clock.now();
            self.events.push(Event {
                op,
                outcome,
                began,
                ended,
            });
        }
    }

    /// Receives what is left, and records that.
    pub(crate) fn run_dry(&mut self) {
        loop {
            self.run(vec![Op::Recv(Manner::Try)]);
            match self.events.last().map(|event| &event.outcome) {
                Some(Outcome::Got(_)) => {}
                _ => break,
            }
        }
    }

    fn tx(&self) -> &Sender<Message> {
        self.sender.as_ref().expect("it was given one")
    }

    fn rx(&self) -> &Receiver<Message> {
        self.receiver.as_ref().expect("it was given one")
    }

    fn call(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Send(manner, message) => self.send(*manner, *message),
            Op::Recv(manner) => self.receive(*manner),
            Op::ReserveSend(manner, message) => match self.reserve(*manner) {
                Err(outcome) => outcome,
                Ok(permit) => sent(permit.send(*message), *message),
            },
            Op::ReserveDrop(manner) => match self.reserve(*manner) {
                Err(outcome) => outcome,
                Ok(permit) => {
                    drop(permit);
                    Outcome::Done
                }
            },
            Op::SendMany(messages) => {
                let sent = self.tx().send_many(messages.clone());
                let unsent = sent.err().map_or(vec![], |e| e.into_inner());
                assert!(messages.ends_with(&unsent), "not what was not sent");
                Outcome::Unsent(unsent.len())
            }
            Op::RecvMany(limit) => {
                let mut messages = Vec::new();
                let received = self.rx().recv_many(&mut messages, *limit);
                assert_eq!(received.unwrap_or(0), messages.len());
                Outcome::GotMany(messages)
            }
            Op::Drain => Outcome::GotMany(self.rx().drain().collect()),
            Op::PutBack(message) => {
                self.rx().put_back(*message);
                Outcome::Done
            }
            Op::Len => Outcome::Count(match &self.sender {
                Some(sender) => sender.len(),
                None => self.rx().len(),
            }),
            Op::Close => Outcome::First(match &self.sender {
                Some(sender) => sender.close(),
                None => self.rx().close(),
            }),
            Op::DropSender => {
                self.sender.take().expect("it was given one");
                Outcome::Done
            }
            Op::DropReceiver => {
                self.receiver.take().expect("it was given one");
                Outcome::Done
            }
        }
    }

    fn send(&self, manner: Manner, message: Message) -> Outcome {
        let tx = self.tx();
        match manner {
            Manner::Try => match tx.try_send(message) {
                Ok(()) => Outcome::Done,
                Err(TrySendError::Full(back)) => {
                    came_back(message, back, Outcome::NotNow)
                }
                Err(TrySendError::Closed(back)) => {
                    came_back(message, back, Outcome::Closed)
                }
            },
            Manner::Wait => sent(tx.send(message), message),
            Manner::Await => sent(block_on(tx.send_async(message)), message),
            Manner::Until => match tx.send_deadline(message, Instant::now()) {
                Ok(()) => Outcome::Done,
                Err(SendTimeoutError::Timeout(back)) => {
                    came_back(message, back, Outcome::NotNow)
                }
                Err(SendTimeoutError::Closed(back)) => {
                    came_back(message, back, Outcome::Closed)
                }
            },
            Manner::Dropped => match poll_once(tx.send_async(message)) {
                None => Outcome::NotNow,
                Some(result) => sent(result, message),
            },
        }
    }

    fn receive(&self, manner: Manner) -> Outcome {
        let rx = self.rx();
        match manner {
            Manner::Try => match rx.try_recv() {
                Ok(message) => Outcome::Got(message),
                Err(TryRecvError::Empty) => Outcome::NotNow,
                Err(TryRecvError::Closed) => Outcome::Closed,
            },
            Manner::Wait => rx.recv().map_or(Outcome::Closed, Outcome::Got),
            Manner::Await => {
                let received = block_on(rx.recv_async());
                received.map_or(Outcome::Closed, Outcome::Got)
            }
            Manner::Until => match rx.recv_deadline(Instant::now()) {
                Ok(message) => Outcome::Got(message),
                Err(RecvTimeoutError::Timeout) => Outcome::NotNow,
                Err(RecvTimeoutError::Closed) => Outcome::Closed,
            },
            Manner::Dropped => match poll_once(rx.recv_async()) {
                None => Outcome::NotNow,
                Some(Ok(message)) => Outcome::Got(message),
                Some(Err(_)) => Outcome::Closed,
            },
        }
    }

    fn reserve(&self, manner: Manner) -> Result<Permit<Message>, Outcome> {
        let tx = self.tx();
        let closed = |SendError(())| Outcome::Closed;
        match manner {
            Manner::Wait => tx.reserve().map_err(closed),
            Manner::Await => block_on(tx.reserve_async()).map_err(closed),
            Manner::Dropped => match poll_once(tx.reserve_async()) {
                None => Err(Outcome::NotNow),
                Some(reserved) => reserved.map_err(closed),
            },
            Manner::Try => tx.try_reserve().map_err(|error| match error {
                TrySendError::Full(()) => Outcome::NotNow,
                TrySendError::Closed(()) => Outcome::Closed,
            }),
            Manner::Until => unreachable!("a reservation has no deadline"),
        }
    }
}

fn sent(result: Result<(), SendError<Message>>, message: Message) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(SendError(back)) => came_back(message, back, Outcome::Closed),
    }
}

fn came_back(message: Message, back: Message, outcome: Outcome) -> Outcome {
    assert_eq!(message, back, "not the message that was not sent");
    outcome
}

/// The future is polled once, and dropped if it is not ready.
fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
