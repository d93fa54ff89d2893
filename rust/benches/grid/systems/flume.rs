//! flume: for threads and tasks; its selector serves once.

use super::{
    Choice, Ends, Receive, Rx, System, TaskRx, TaskTx, Tasks, Threads, Tx,
    cloned,
};
use crate::kind::Kind;
use crate::message::Message;
use flume::{Receiver, Selector, Sender, bounded, unbounded};

pub(crate) struct Flume;

fn ends<M>(kind: Kind, receivers: u64) -> (Sender<M>, Vec<Receiver<M>>) {
    cloned(kind.capacity().map_or_else(unbounded, bounded), receivers)
}

impl Threads for Flume {
    const SYSTEM: System = System::Flume;
    type Tx<M: Message> = Sender<M>;
    type Rx<M: Message> = Receiver<M>;

    fn open<M: Message>(
        kind: Kind,
        receivers: u64,
    ) -> Ends<Sender<M>, Receiver<M>> {
        Some(ends(kind, receivers))
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

impl Tasks for Flume {
    const SYSTEM: System = System::Flume;
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn open(kind: Kind, receivers: u64) -> Ends<Self::Tx, Self::Rx> {
        Some(ends(kind, receivers))
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

/// A selector for each receive.
pub(crate) struct Rebuilt;

impl Choice for Rebuilt {
    const WAY: &'static str = "rebuilt";
    const MOST: usize = 64;
    type Channels = Flume;

    fn choosing(
        receivers: &[Receiver<u64>],
        body: &mut dyn FnMut(&mut Receive<'_>),
    ) {
        body(&mut || {
            receivers
                .iter()
                .fold(Selector::new(), |selector, receiver| {
                    selector.recv(receiver, |received| received.ok())
                })
                .wait()
        });
    }
}
