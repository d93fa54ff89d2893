//! What a library of channels has to offer to take part.

use crate::about::About;
use crate::answer::Answer;
use crate::plan::Plan;
use compare_engine::litmus::Channel;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// One arm of a select.
#[allow(missing_debug_implementations)]
pub enum Arm<'a, L: Library> {
    /// Sends this.
    Send(&'a L::Sender, i64),
    /// Receives.
    Recv(&'a L::Receiver),
}

/// How a select chooses.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Whether the first arm wins that can complete.
    pub biased: bool,
    /// What the choices of one that is not biased may follow from.
    pub seed: u64,
}

/// The arm that was taken, counted from 0, and what it came to.
pub type Chosen = (usize, Answer);

/// A channel, fresh: an end for each side, and what closes it.
pub type Opened<L> = (
    <L as Library>::Sender,
    <L as Library>::Receiver,
    <L as Library>::Closer,
);

/// A library of channels, for threads or for tasks.
///
/// For threads an operation that waits blocks, and its future is ready when it
/// is first polled; for tasks it is pending. What a library has not, its
/// [`About`] says; those functions are not called, and have no body.
pub trait Library: Sized + 'static {
    /// A handle of the side of those who send.
    type Sender: Send + Sync + 'static;
    /// A handle of the side of those who receive.
    type Receiver: Send + Sync + 'static;
    /// A place that was taken.
    type Permit: Send + 'static;
    /// What closes a channel, and keeps neither side of it alive.
    type Closer: Clone + Send + Sync + 'static;

    /// Whether it has a close, which then also frees who still waits when a run
    /// is over.
    const CLOSES: bool = false;

    /// What it is, has and promises.
    fn about() -> About;

    /// Why it cannot run this program, though it has all its operations.
    fn refuses(plan: &Plan) -> Option<String> {
        let _ = plan;
        None
    }

    /// A channel.
    fn open(channel: &Channel) -> Opened<Self>;

    /// One more sender.
    fn clone_sender(sender: &Self::Sender) -> Self::Sender;

    /// One more receiver.
    fn clone_receiver(receiver: &Self::Receiver) -> Self::Receiver;

    /// Sends.
    fn send(
        sender: &Self::Sender,
        value: i64,
    ) -> impl Future<Output = Answer> + Send;

    /// Receives.
    fn recv(receiver: &Self::Receiver) -> impl Future<Output = Answer> + Send;

    /// Sends if that needs no waiting.
    fn try_send(sender: &Self::Sender, value: i64) -> Answer;

    /// Receives if that needs no waiting.
    fn try_recv(receiver: &Self::Receiver) -> Answer;

    /// Sends, in a thread, with a deadline.
    fn send_within(
        _sender: &Self::Sender,
        _value: i64,
        _time: Duration,
    ) -> Answer {
        lacks("a send with a deadline")
    }

    /// Receives, in a thread, with a deadline.
    fn recv_within(_receiver: &Self::Receiver, _time: Duration) -> Answer {
        lacks("a receive with a deadline")
    }

    /// One of several.
    fn select(
        _arms: &[Arm<'_, Self>],
        _choice: Choice,
    ) -> impl Future<Output = Chosen> {
        async { lacks("a select") }
    }

    /// One of several, if that needs no waiting.
    fn select_now(_arms: &[Arm<'_, Self>], _choice: Choice) -> Option<Chosen> {
        lacks("a select with a default")
    }

    /// One of several, in a thread, with a deadline.
    fn select_within(
        _arms: &[Arm<'_, Self>],
        _choice: Choice,
        _time: Duration,
    ) -> Option<Chosen> {
        lacks("a select with a deadline")
    }

    /// Closes; whether this did it. Who closes has perhaps a handle.
    fn close(
        _closer: &Self::Closer,
        _sender: Option<&Self::Sender>,
        _receiver: Option<&Self::Receiver>,
    ) -> bool {
        lacks("a close")
    }

    /// Takes a place; none if the channel is shut.
    fn reserve(
        _sender: &Arc<Self::Sender>,
    ) -> impl Future<Output = Option<Self::Permit>> {
        async { lacks("a reservation") }
    }

    /// Fills a place.
    fn fulfil(_permit: Self::Permit, _value: i64) -> Answer {
        lacks("a permit")
    }

    /// Begins a send of a task.
    fn start_send(sender: Arc<Self::Sender>, value: i64) -> Box<dyn Started> {
        dropped(async move { Self::send(&sender, value).await })
    }

    /// Begins a receive of a task.
    fn start_recv(receiver: Arc<Self::Receiver>) -> Box<dyn Started> {
        dropped(async move { Self::recv(&receiver).await })
    }
}

/// What a library has not, and is never asked for: its rules say so, and who
/// runs a program looks at them first.
fn lacks(what: &str) -> ! {
    panic!("the library has not {what}")
}

/// A send or a receive that was begun.
pub trait Started: Send {
    /// Goes on with it.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Answer>;

    /// Withdraws it while it is pending.
    fn cancel(self: Box<Self>) -> Answer;
}

/// A future that is withdrawn by dropping it, which tells nothing.
struct Dropped<F>(Pin<Box<F>>);

/// A future that is withdrawn by dropping it.
pub fn dropped(
    future: impl Future<Output = Answer> + Send + 'static,
) -> Box<dyn Started> {
    Box::new(Dropped(Box::pin(future)))
}

impl<F: Future<Output = Answer> + Send> Started for Dropped<F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Answer> {
        self.0.as_mut().poll(context)
    }

    fn cancel(self: Box<Self>) -> Answer {
        Answer::Cancelled
    }
}
