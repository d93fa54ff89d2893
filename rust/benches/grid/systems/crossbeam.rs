//! crossbeam-channel: for threads; a selector, kept or built for each receive.

use super::{Choice, Ends, Receive, Rx, System, Threads, Tx, cloned};
use crate::kind::Kind;
use crate::message::Message;
use crossbeam_channel::{Receiver, Select, Sender, bounded, unbounded};

pub(crate) struct Crossbeam;

impl Threads for Crossbeam {
    const SYSTEM: System = System::Crossbeam;
    type Tx<M: Message> = Sender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Sender<M>, Receiver<M>> {
        let ends = kind.capacity().map_or_else(unbounded, bounded);
        Some(cloned(ends, receivers))
    }
}

impl<M: Message> Tx<M> for Sender<M> {
    fn send(&self, message: M) -> bool {
        Sender::send(self, message).is_ok()
    }
}

impl<M: Message> Rx<M> for Receiver<M> {
    fn recv(&mut self) -> Option<M> {
        Receiver::recv(self).ok()
    }
}

/// One selector for all receives.
pub(crate) struct Reused;

impl Choice for Reused {
    const WAY: &'static str = "reused";
    type Channels = Crossbeam;

    fn choosing(
        receivers: &[Receiver<u64>],
        body: &mut dyn FnMut(&mut Receive<'_>),
    ) {
        let mut select = selector(receivers);
        body(&mut || receive(&mut select, receivers));
    }
}

/// A selector for each receive.
pub(crate) struct Rebuilt;

impl Choice for Rebuilt {
    const WAY: &'static str = "rebuilt";
    type Channels = Crossbeam;

    fn choosing(
        receivers: &[Receiver<u64>],
        body: &mut dyn FnMut(&mut Receive<'_>),
    ) {
        body(&mut || receive(&mut selector(receivers), receivers));
    }
}

fn selector(receivers: &[Receiver<u64>]) -> Select<'_> {
    let mut select = Select::new();
    for receiver in receivers {
        select.recv(receiver);
    }
    select
}

fn receive<'a>(
    select: &mut Select<'a>,
    receivers: &'a [Receiver<u64>],
) -> Option<u64> {
    let selected = select.select();
    let receiver = &receivers[selected.index()];
    selected.recv(receiver).ok()
}
