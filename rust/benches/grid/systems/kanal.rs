//! kanal: for threads and tasks; shown, not counted.

use super::{Ends, Rx, System, TaskRx, TaskTx, Tasks, Threads, Tx, cloned};
use crate::kind::Kind;
use crate::message::Message;
use kanal::{
    AsyncReceiver, AsyncSender, Receiver, Sender, bounded, bounded_async,
    unbounded, unbounded_async,
};

pub(crate) struct Kanal;

impl Threads for Kanal {
    const SYSTEM: System = System::Kanal;
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

impl Tasks for Kanal {
    const SYSTEM: System = System::Kanal;
    type Tx = AsyncSender<u64>;
    type Rx = AsyncReceiver<u64>;

    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx> {
        let ends = kind.capacity().map_or_else(unbounded_async, bounded_async);
        Some(cloned(ends, receivers))
    }
}

impl TaskTx for AsyncSender<u64> {
    async fn send(&self, message: u64) -> bool {
        AsyncSender::send(self, message).await.is_ok()
    }
}

impl TaskRx for AsyncReceiver<u64> {
    async fn recv(&mut self) -> Option<u64> {
        AsyncReceiver::recv(self).await.ok()
    }
}
