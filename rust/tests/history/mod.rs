//! Histories: what several threads called, what came back, and whether a plain
//! channel explains it.
//!
//! The same programs run under loom, under shuttle and on real threads; each
//! call is recorded with its result and with the moments at which it began and
//! ended ([`party`]). The [`plain`] channel is a queue, a flag and two counts,
//! and takes one step at a time. A history is right if the plain channel can
//! take such steps, each between the begin and the end of its call, that every
//! call gives what it gave.
//!
//! The search is that of Wing and Gong (Testing and verifying concurrent
//! objects, 1993), with a memo of the states that were seen (Lowe, Testing for
//! linearizability, 2017).

// Each test file is a program of its own, and uses what it needs.
#![allow(dead_code)]

pub(crate) mod party;
pub(crate) mod plain;
pub(crate) mod random;

use plain::{Channel, State};
use std::collections::HashSet;
use std::fmt::Write;

pub(crate) type Message = u8;

/// How long a call is ready to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Manner {
    /// Not at all.
    Try,
    /// For ever, as a thread.
    Wait,
    /// For ever, as a task.
    Await,
    /// Until a deadline; then it knows that it has met nobody.
    Until,
    /// As a future that is polled and then dropped; it never knows.
    Dropped,
}

impl Manner {
    /// Whether it stands in the queue meanwhile.
    pub(crate) fn stands(self) -> bool {
        self != Manner::Try
    }
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Send(Manner, Message),
    Recv(Manner),
    /// A reservation, and the send on its permit.
    ReserveSend(Manner, Message),
    /// A reservation, and a permit that is dropped.
    ReserveDrop(Manner),
    SendMany(Vec<Message>),
    /// At most so many.
    RecvMany(usize),
    Drain,
    PutBack(Message),
    Len,
    Close,
    DropSender,
    DropReceiver,
}

impl Op {
    pub(crate) fn needs_sender(&self) -> bool {
        match self {
            Op::Send(..) | Op::ReserveSend(..) | Op::ReserveDrop(_) => true,
            Op::SendMany(_) | Op::DropSender => true,
            Op::Recv(_) | Op::RecvMany(_) | Op::Drain => false,
            Op::PutBack(_) | Op::DropReceiver => false,
            Op::Len | Op::Close => false,
        }
    }

    pub(crate) fn needs_receiver(&self) -> bool {
        matches!(
            self,
            Op::Recv(_)
                | Op::RecvMany(_)
                | Op::Drain
                | Op::PutBack(_)
                | Op::DropReceiver
        )
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Done,
    NotNow,
    Closed,
    Got(Message),
    /// What a batch has received; nothing if the channel was closed.
    GotMany(Vec<Message>),
    /// How many of a batch came back.
    Unsent(usize),
    Count(usize),
    /// Whether the close was the first.
    First(bool),
}

/// A call that has returned.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) op: Op,
    pub(crate) outcome: Outcome,
    pub(crate) began: usize,
    pub(crate) ended: usize,
}

/// Whether some order of steps explains what every thread saw.
pub(crate) fn explains(channel: &Channel, threads: &[Vec<Event>]) -> bool {
    let call = |event: &Event| plain::Call {
        op: event.op.clone(),
        outcome: Some(event.outcome.clone()),
        began: event.began,
        ended: event.ended,
    };
    let threads = nested(threads, call);
    search(channel, &threads, |state, _| state.is_over(&threads)).is_some()
}

/// Whether the plain channel can leave these programs waiting for ever.
pub(crate) fn may_hang(channel: &Channel, programs: &[Vec<Op>]) -> bool {
    let call = |op: &Op| plain::Call {
        op: op.clone(),
        outcome: None,
        began: 0,
        ended: 0,
    };
    let threads = nested(programs, call);
    search(channel, &threads, |state, steps| {
        steps == 0 && !state.is_over(&threads)
    })
    .is_some()
}

fn nested<A, B>(lists: &[Vec<A>], map: impl Fn(&A) -> B) -> Vec<Vec<B>> {
    let list = |list: &Vec<A>| list.iter().map(&map).collect();
    lists.iter().map(list).collect()
}

/// The first state for which `found` holds; it is told how many steps lead on.
fn search(
    channel: &Channel,
    threads: &[Vec<plain::Call>],
    found: impl Fn(&State, usize) -> bool,
) -> Option<State> {
    let mut open = vec![State::new(channel, threads.len())];
    let mut seen = HashSet::new();
    while let Some(state) = open.pop() {
        if !seen.insert(state.clone()) {
            continue;
        }
        let steps = state.steps(threads);
        if found(&state, steps.len()) {
            return Some(state);
        }
        open.extend(steps);
    }
    None
}

/// Panics, with the whole history, unless the plain channel explains it.
#[track_caller]
pub(crate) fn assert_explained(channel: &Channel, threads: &[Vec<Event>]) {
    if explains(channel, threads) {
        return;
    }
    let mut text = format!("no plain channel does this: {channel:?}\n");
    for (thread, events) in threads.iter().enumerate() {
        for event in events {
            let Event { op, outcome, .. } = event;
            let (began, ended) = (event.began, event.ended);
            let _ = writeln!(
                text,
                "  thread {thread}, {began:>3} to {ended:>3}: \
                 {op:?} gave {outcome:?}"
            );
        }
    }
    panic!("{text}");
}
