//! The systems compared, one module each, and what a system must offer.
//!
//! A system implements a trait for each shape of work that it can take part
//! in; the workloads are written once, over the traits.

mod async_channel;
mod crossbeam;
mod flume;
mod kanal;
mod ours;
mod std_mpsc;
mod tokio;

use crate::kind::Kind;
use crate::message::Message;
use crate::workloads::{BatchRuns, ChoiceRuns, TaskRuns, ThreadRuns};
use clap::ValueEnum;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    Ours,
    Std,
    Crossbeam,
    Flume,
    AsyncChannel,
    Tokio,
    Kanal,
}

impl System {
    /// Whether ours is measured by it: kanal is shown, but its speed is not
    /// that of a channel which keeps its promises (kanal#63: a double free in
    /// safe code; a cancelled receive loses its message).
    pub(crate) fn is_sound_peer(self) -> bool {
        !matches!(self, System::Ours | System::Kanal)
    }

    /// The name of its package; `None` is the standard library.
    pub(crate) fn package(self) -> Option<&'static str> {
        match self {
            System::Ours => Some("chanpatterns"),
            System::Std => None,
            System::Crossbeam => Some("crossbeam-channel"),
            System::Flume => Some("flume"),
            System::AsyncChannel => Some("async-channel"),
            System::Tokio => Some("tokio"),
            System::Kanal => Some("kanal"),
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            System::Ours => "ours",
            System::Std => "std",
            System::Crossbeam => "crossbeam",
            System::Flume => "flume",
            System::AsyncChannel => "async-channel",
            System::Tokio => "tokio",
            System::Kanal => "kanal",
        })
    }
}

/// The ends of a channel: a sender to clone, and as many receivers as were
/// asked for; `None` if the system has no such channel.
type Ends<S, R> = Option<(S, Vec<R>)>;

/// A sender that blocks its thread.
pub(crate) trait Tx<M>: Clone + Send + 'static {
    /// False if the channel is closed.
    fn send(&self, message: M) -> bool;
}

/// A receiver that blocks its thread.
pub(crate) trait Rx<M>: Send + 'static {
    /// `None` if the channel is closed and drained.
    fn recv(&mut self) -> Option<M>;
}

/// A system's channel for threads.
pub(crate) trait Threads: Sync + 'static {
    const SYSTEM: System;
    type Tx<M: Message>: Tx<M>;
    type Rx<M: Message>: Rx<M>;

    /// A channel with so many receivers, at least one.
    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Self::Tx<M>, Self::Rx<M>>;
}

/// A sender that suspends its task.
pub(crate) trait TaskTx: Clone + Send + 'static {
    /// False if the channel is closed.
    fn send(&self, message: u64) -> impl Future<Output = bool> + Send;
}

/// A receiver that suspends its task.
pub(crate) trait TaskRx: Send + 'static {
    /// `None` if the channel is closed and drained.
    fn recv(&mut self) -> impl Future<Output = Option<u64>> + Send;
}

/// A system's channel for tasks.
pub(crate) trait Tasks: Sync + 'static {
    const SYSTEM: System;
    type Tx: TaskTx;
    type Rx: TaskRx;

    /// A channel with so many receivers, at least one.
    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx>;
}

/// Receives from any of several channels; `None` if that one is closed.
pub(crate) type Receive<'a> = dyn FnMut() -> Option<u64> + 'a;

/// A choice of several channels to receive from.
pub(crate) trait Choice: Sync + 'static {
    /// What tells this way from another one of the same system; may be empty.
    const WAY: &'static str;
    /// More channels than that are not sensible.
    const MOST: usize = usize::MAX;
    type Channels: Threads;

    /// Calls `body` with a function that receives from any of `receivers`.
    fn choosing(
        receivers: &[<Self::Channels as Threads>::Rx<u64>],
        body: &mut dyn FnMut(&mut Receive<'_>),
    );
}

/// A receive of many messages at once.
pub(crate) trait Batches: Sync + 'static {
    type Channels: Threads;

    /// Appends at least one and at most `most` messages to `buffer`; false if
    /// the channel is closed and drained.
    fn recv_many(
        receiver: &mut <Self::Channels as Threads>::Rx<u64>,
        buffer: &mut Vec<u64>,
        most: usize,
    ) -> bool;
}

pub(crate) const THREADS: &[&dyn ThreadRuns] = &[
    &ours::Ours,
    &std_mpsc::Unbounded,
    &std_mpsc::Bounded,
    &crossbeam::Crossbeam,
    &flume::Flume,
    &async_channel::AsyncChannel,
    &tokio::Unbounded,
    &tokio::Bounded,
    &kanal::Kanal,
];

pub(crate) const TASKS: &[&dyn TaskRuns] = &[
    &ours::Ours,
    &flume::Flume,
    &async_channel::AsyncChannel,
    &tokio::Unbounded,
    &tokio::Bounded,
    &kanal::Kanal,
];

pub(crate) const CHOICES: &[&dyn ChoiceRuns] = &[
    &ours::Reused,
    &crossbeam::Reused,
    &crossbeam::Rebuilt,
    &flume::Rebuilt,
];

pub(crate) const BATCHES: &[&dyn BatchRuns] = &[&ours::Ours, &tokio::Unbounded];

/// The ends of a channel whose receivers are clones of one another.
fn cloned<S, R: Clone>((tx, rx): (S, R), receivers: u64) -> (S, Vec<R>) {
    (tx, (0..receivers).map(|_| rx.clone()).collect())
}

/// The ends of a channel that has one receiver.
fn single<S, R>((tx, rx): (S, R), receivers: u64) -> Ends<S, R> {
    (receivers == 1).then(|| (tx, vec![rx]))
}
