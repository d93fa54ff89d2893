//! What can be received from and sent to, as events.

use super::Event;
use crate::channel::operation::{Receiving, Sending};
use crate::channel::{Kind, Receiver, RecvError, SendError, Sender};
use crate::wait::Operation;

/// Something that an event can receive from: a reference to a receiving end,
/// or a receiving end that the event then owns.
pub trait Source<'a> {
    /// What a receive gives.
    type Item;

    /// The event of one receive; [`receive`] is its usual name.
    fn receive_event(self) -> Event<'a, Self::Item>;
}

/// Something that an event can send a message to: a reference to a sending end,
/// or a sending end that the event then owns.
pub trait Sink<'a, M> {
    /// What a send gives.
    type Sent;

    /// The event of one send; [`send`] is its usual name.
    fn send_event(self, message: M) -> Event<'a, Self::Sent>;
}

/// The event of receiving from `source`.
///
/// From a channel of [`crate::channel`] its result is that of
/// [`recv`](Receiver::recv): a channel that is closed and drained is ready, with
/// an error.
///
/// ```
/// use chanpatterns::{channel, event};
///
/// let (tx, rx) = channel::unbounded();
/// tx.send(1).unwrap();
/// assert_eq!(event::receive(&rx).sync(), Ok(1));
/// ```
pub fn receive<'a, S: Source<'a>>(source: S) -> Event<'a, S::Item> {
    source.receive_event()
}

/// The event of sending `message` to `sink`; once.
///
/// To a channel of [`crate::channel`] its result is that of
/// [`send`](Sender::send): a channel that is closed is ready, with an error that
/// has the message. A message that was not sent, because something else was
/// chosen, stays in the event for the next synchronisation.
///
/// ```
/// use chanpatterns::{channel, event};
///
/// let (tx, rx) = channel::bounded(1);
/// let mut sent = event::send(&tx, 1);
/// assert_eq!(sent.sync(), Ok(()));
/// assert_eq!(sent.poll(), None); // it has nothing to send any more
/// assert_eq!(rx.recv(), Ok(1));
/// ```
pub fn send<'a, M, S: Sink<'a, M>>(sink: S, message: M) -> Event<'a, S::Sent> {
    sink.send_event(message)
}

pub(super) const COMPLETE: &str = "a leaf that was chosen is complete";

fn receiving<'a, T, H>(handle: H) -> Event<'a, Result<T, RecvError>>
where
    T: Send + 'a,
    Receiving<T, H>: Operation + Send + 'a,
{
    Event::of(Receiving::new(handle), |receiving| {
        receiving.take_result().expect(COMPLETE)
    })
}

fn sending<'a, T, H>(
    handle: H,
    message: T,
) -> Event<'a, Result<(), SendError<T>>>
where
    T: Send + 'a,
    Sending<T, H>: Operation + Send + 'a,
{
    Event::of(Sending::new(handle, message), |sending| {
        sending.take_result().expect(COMPLETE)
    })
}

impl<'a, T, K> Source<'a> for &'a Receiver<T, K>
where
    T: Send + 'a,
    K: Kind<T>,
    Receiver<T, K>: Sync,
{
    type Item = Result<T, RecvError>;

    fn receive_event(self) -> Event<'a, Self::Item> {
        receiving(self)
    }
}

impl<'a, T, K> Source<'a> for Receiver<T, K>
where
    T: Send + 'a,
    K: Kind<T> + 'a,
    Receiver<T, K>: Send,
{
    type Item = Result<T, RecvError>;

    fn receive_event(self) -> Event<'a, Self::Item> {
        receiving(self)
    }
}

impl<'a, T, K> Sink<'a, T> for &'a Sender<T, K>
where
    T: Send + 'a,
    K: Kind<T>,
    Sender<T, K>: Sync,
{
    type Sent = Result<(), SendError<T>>;

    fn send_event(self, message: T) -> Event<'a, Self::Sent> {
        sending(self, message)
    }
}

impl<'a, T, K> Sink<'a, T> for Sender<T, K>
where
    T: Send + 'a,
    K: Kind<T> + 'a,
    Sender<T, K>: Send,
{
    type Sent = Result<(), SendError<T>>;

    fn send_event(self, message: T) -> Event<'a, Self::Sent> {
        sending(self, message)
    }
}
