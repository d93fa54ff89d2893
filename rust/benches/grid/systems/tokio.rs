//! tokio's mpsc: for tasks, with a blocking form; two types, one receiver each,
//! no rendezvous.

use super::{
    Batches, Ends, Rx, System, TaskRx, TaskTx, Tasks, Threads, Tx, single,
};
use crate::kind::Kind;
use crate::message::Message;
use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel,
    unbounded_channel,
};

pub(crate) struct Unbounded;

pub(crate) struct Bounded;

fn unbounded<M>(
    kind: Kind,
    receivers: u64,
) -> Ends<UnboundedSender<M>, UnboundedReceiver<M>> {
    match kind {
        Kind::Unbounded => single(unbounded_channel(), receivers),
        Kind::Bounded(_) => None,
    }
}

fn bounded<M>(kind: Kind, receivers: u64) -> Ends<Sender<M>, Receiver<M>> {
    match kind.capacity()? {
        0 => None,
        capacity => single(channel(capacity), receivers),
    }
}

impl Threads for Unbounded {
    const SYSTEM: System = System::Tokio;
    type Tx<M: Message> = UnboundedSender<M>;
    type Rx<M: Message> = UnboundedReceiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<UnboundedSender<M>, UnboundedReceiver<M>> {
        unbounded(kind, receivers)
    }
}

impl Threads for Bounded {
    const SYSTEM: System = System::Tokio;
    type Tx<M: Message> = Sender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Sender<M>, Receiver<M>> {
        bounded(kind, receivers)
    }
}

impl<M: Message> Tx<M> for UnboundedSender<M> {
    fn send(&self, message: M) -> bool {
        UnboundedSender::send(self, message).is_ok()
    }
}

impl<M: Message> Tx<M> for Sender<M> {
    fn send(&self, message: M) -> bool {
        self.blocking_send(message).is_ok()
    }
}

impl<M: Message> Rx<M> for UnboundedReceiver<M> {
    fn recv(&mut self) -> Option<M> {
        self.blocking_recv()
    }
}

impl<M: Message> Rx<M> for Receiver<M> {
    fn recv(&mut self) -> Option<M> {
        self.blocking_recv()
    }
}

impl Tasks for Unbounded {
    const SYSTEM: System = System::Tokio;
    type Tx = UnboundedSender<u64>;
    type Rx = UnboundedReceiver<u64>;

    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx> {
        unbounded(kind, receivers)
    }
}

impl Tasks for Bounded {
    const SYSTEM: System = System::Tokio;
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx> {
        bounded(kind, receivers)
    }
}

impl TaskTx for UnboundedSender<u64> {
    async fn send(&self, message: u64) -> bool {
        UnboundedSender::send(self, message).is_ok()
    }
}

impl TaskTx for Sender<u64> {
    async fn send(&self, message: u64) -> bool {
        Sender::send(self, message).await.is_ok()
    }
}

impl TaskRx for UnboundedReceiver<u64> {
    async fn recv(&mut self) -> Option<u64> {
        UnboundedReceiver::recv(self).await
    }
}

impl TaskRx for Receiver<u64> {
    async fn recv(&mut self) -> Option<u64> {
        Receiver::recv(self).await
    }
}

impl Batches for Unbounded {
    type Channels = Unbounded;

    fn recv_many(
        receiver: &mut UnboundedReceiver<u64>,
        buffer: &mut Vec<u64>,
        most: usize,
    ) -> bool {
        receiver.blocking_recv_many(buffer, most) > 0
    }
}
