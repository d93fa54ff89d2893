//! This crate's channel.

use super::{
    Batches, Choice, Ends, Receive, Rx, System, TaskRx, TaskTx, Tasks, Threads,
    Tx, cloned,
};
use crate::kind::Kind;
use crate::message::Message;
use chanpatterns::channel::{Receiver, Sender, with_capacity};
use chanpatterns::event::{choose, receive};

pub(crate) struct Ours;

impl Threads for Ours {
    const SYSTEM: System = System::Ours;
    type Tx<M: Message> = Sender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Sender<M>, Receiver<M>> {
        Some(cloned(with_capacity(kind.capacity()), receivers))
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

impl Tasks for Ours {
    const SYSTEM: System = System::Ours;
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx> {
        Some(cloned(with_capacity(kind.capacity()), receivers))
    }
}

impl TaskTx for Sender<u64> {
    async fn send(&self, message: u64) -> bool {
        self.send_async(message).await.is_ok()
    }
}

impl TaskRx for Receiver<u64> {
    async fn recv(&mut self) -> Option<u64> {
        self.recv_async().await.ok()
    }
}

impl Batches for Ours {
    type Channels = Ours;

    fn recv_many(
        receiver: &mut Receiver<u64>,
        buffer: &mut Vec<u64>,
        most: usize,
    ) -> bool {
        receiver.recv_many(buffer, most).is_ok()
    }
}

/// One event, synchronised again and again.
pub(crate) struct Reused;

impl Choice for Reused {
    const WAY: &'static str = "";
    type Channels = Ours;

    fn choosing(
        receivers: &[Receiver<u64>],
        body: &mut dyn FnMut(&mut Receive<'_>),
    ) {
        let mut event = choose(receivers.iter().map(receive));
        body(&mut || event.sync().ok());
    }
}
