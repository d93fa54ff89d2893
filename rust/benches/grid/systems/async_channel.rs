//! async-channel: for tasks, with a blocking form; no rendezvous.

use super::{Ends, Rx, System, TaskRx, TaskTx, Tasks, Threads, Tx, cloned};
use crate::kind::Kind;
use crate::message::Message;
use async_channel::{Receiver, Sender, bounded, unbounded};

pub(crate) struct AsyncChannel;

fn ends<M>(kind: Kind, receivers: u64) -> Ends<Sender<M>, Receiver<M>> {
    match kind.capacity() {
        Some(0) => None,
        Some(capacity) => Some(cloned(bounded(capacity), receivers)),
        None => Some(cloned(unbounded(), receivers)),
    }
}

impl Threads for AsyncChannel {
    const SYSTEM: System = System::AsyncChannel;
    type Tx<M: Message> = Sender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Sender<M>, Receiver<M>> {
        ends(kind, receivers)
    }
}

impl<M: Message> Tx<M> for Sender<M> {
    fn send(&self, message: M) -> bool {
        self.send_blocking(message).is_ok()
    }
}

impl<M: Message> Rx<M> for Receiver<M> {
    fn recv(&mut self) -> Option<M> {
        self.recv_blocking().ok()
    }
}

impl Tasks for AsyncChannel {
    const SYSTEM: System = System::AsyncChannel;
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx> {
        ends(kind, receivers)
    }
}

impl TaskTx for Sender<u64> {
    async fn send(&self, message: u64) -> bool {
        Sender::send(self, message).await.is_ok()
    }
}

impl TaskRx for Receiver<u64> {
    async fn recv(&mut self) -> Option<u64> {
        Receiver::recv(self).await.ok()
    }
}
