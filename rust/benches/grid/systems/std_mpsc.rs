//! The standard library's channels: two types, one receiver each.

use super::{Ends, Rx, System, Threads, Tx, single};
use crate::kind::Kind;
use crate::message::Message;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

pub(crate) struct Unbounded;

impl Threads for Unbounded {
    const SYSTEM: System = System::Std;
    type Tx<M: Message> = Sender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Sender<M>, Receiver<M>> {
        match kind {
            Kind::Unbounded => single(mpsc::channel(), receivers),
            Kind::Bounded(_) => None,
        }
    }
}

pub(crate) struct Bounded;

impl Threads for Bounded {
    const SYSTEM: System = System::Std;
    type Tx<M: Message> = SyncSender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<SyncSender<M>, Receiver<M>> {
        single(mpsc::sync_channel(kind.capacity()?), receivers)
    }
}

impl<M: Message> Tx<M> for Sender<M> {
    fn send(&self, message: M) -> bool {
        Sender::send(self, message).is_ok()
    }
}

impl<M: Message> Tx<M> for SyncSender<M> {
    fn send(&self, message: M) -> bool {
        SyncSender::send(self, message).is_ok()
    }
}

impl<M: Message> Rx<M> for Receiver<M> {
    fn recv(&mut self) -> Option<M> {
        Receiver::recv(self).ok()
    }
}
