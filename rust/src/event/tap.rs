//! The channels whose every receiver sees every message, as events.

use super::Event;
use super::source::{COMPLETE, Sink, Source};
use crate::channel::broadcast::Broadcast;
use crate::channel::ring_broadcast::RingBroadcast;
use crate::channel::tap::{Kind, Receiver, Receiving, Sender, Sending};
use crate::channel::watch::{self, Watch};
use crate::channel::{RecvError, SendError};
use crate::wait::Operation;

/// The event of a change that the receiver of a watch has not seen: what
/// [`changed`](watch::Receiver::changed) waits for, for a value that cannot be
/// cloned. [`receive`](super::receive) gives the value.
///
/// ```
/// use chanpatterns::channel::watch;
/// use chanpatterns::event;
///
/// let (tx, rx) = watch::channel(1);
/// let mut changed = event::changed(&rx);
/// assert_eq!(changed.poll(), None);
/// tx.send(2).unwrap();
/// assert_eq!((changed.poll(), rx.get()), (Some(Ok(())), 2));
/// ```
pub fn changed<'a, T: Send + Sync + 'a>(
    receiver: &'a watch::Receiver<T>,
) -> Event<'a, Result<(), RecvError>> {
    Event::of(Receiving::new(receiver), |receiving| {
        receiving.take().expect(COMPLETE).map(drop)
    })
}

fn receiving<'a, T, K, H>(handle: H) -> Event<'a, Result<K::Item, RecvError>>
where
    T: Clone + 'a,
    K: Kind<T> + 'a,
    Receiving<T, K, H>: Operation + Send + 'a,
{
    Event::of(Receiving::new(handle), |receiving| {
        receiving.take_result().expect(COMPLETE)
    })
}

fn sending<'a, T, K, H>(
    handle: H,
    message: T,
) -> Event<'a, Result<(), SendError<T>>>
where
    T: 'a,
    K: Kind<T> + 'a,
    Sending<T, K, H>: Operation + Send + 'a,
{
    Event::of(Sending::new(handle, message), |sending| {
        sending.take_result().expect(COMPLETE)
    })
}

macro_rules! ends {
    ($($kind:ty)*) => {$(
        ends!(&'a Receiver<T, $kind>, &'a Sender<T, $kind>: $kind);
        ends!(Receiver<T, $kind>, Sender<T, $kind>: $kind);
    )*};
    ($receiver:ty, $sender:ty: $kind:ty) => {
        impl<'a, T: Clone + Send + Sync + 'a> Source<'a> for $receiver {
            type Item = Result<<$kind as Kind<T>>::Item, RecvError>;

            fn receive_event(self) -> Event<'a, Self::Item> {
                receiving(self)
            }
        }

        impl<'a, T: Send + Sync + 'a> Sink<'a, T> for $sender {
            type Sent = Result<(), SendError<T>>;

            fn send_event(self, message: T) -> Event<'a, Self::Sent> {
                sending(self, message)
            }
        }
    };
}

ends! { Broadcast RingBroadcast Watch }
