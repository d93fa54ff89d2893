//! OCaml's channel: a rendezvous that nobody closes.

use super::source::{Sink, Source};
use super::{Event, receive, send};
use crate::channel::{self, Receiver, Sender};
use std::fmt;

/// A channel of OCaml's `Event`: any number of parties send and receive on it,
/// a send and a receive meet in person, and it cannot be closed.
///
/// Both directions are one value; clone it to hand it on. For channels with a
/// buffer, a close, or two ends, see [`crate::channel`]: events take both.
pub struct Channel<T> {
    sender: Sender<T>,
    receiver: Receiver<T>,
}

/// Makes a [`Channel`].
///
/// ```
/// use chanpatterns::event::{new_channel, receive, send};
/// use std::thread;
///
/// let channel = new_channel();
/// thread::scope(|scope| {
///     scope.spawn(|| send(&channel, 1).sync());
///     assert_eq!(receive(&channel).sync(), 1);
/// });
/// ```
pub fn new_channel<T>() -> Channel<T> {
    let (sender, receiver) = channel::rendezvous();
    Channel { sender, receiver }
}

const OPEN: &str = "a channel of both ends is open as long as it is there";

impl<'a, T: Send + 'a> Source<'a> for &'a Channel<T> {
    type Item = T;

    fn receive_event(self) -> Event<'a, T> {
        receive(&self.receiver).wrap(|received| received.expect(OPEN))
    }
}

impl<'a, T: Send + 'a> Source<'a> for Channel<T> {
    type Item = T;

    fn receive_event(self) -> Event<'a, T> {
        let Channel { sender, receiver } = self;
        receive(receiver).wrap(move |received| {
            let _keeps_it_open = &sender;
            received.expect(OPEN)
        })
    }
}

impl<'a, T: Send + 'a> Sink<'a, T> for &'a Channel<T> {
    type Sent = ();

    fn send_event(self, message: T) -> Event<'a, ()> {
        send(&self.sender, message).wrap(|sent| sent.expect(OPEN))
    }
}

impl<'a, T: Send + 'a> Sink<'a, T> for Channel<T> {
    type Sent = ();

    fn send_event(self, message: T) -> Event<'a, ()> {
        let Channel { sender, receiver } = self;
        send(sender, message).wrap(move |sent| {
            let _keeps_it_open = &receiver;
            sent.expect(OPEN)
        })
    }
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        Channel {
            sender: self.sender.clone(),
            receiver: self.receiver.clone(),
        }
    }
}

impl<T> PartialEq for Channel<T> {
    fn eq(&self, other: &Self) -> bool {
        self.sender.same_channel(&other.sender)
    }
}

impl<T> Eq for Channel<T> {}

impl<T> fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Channel { .. }")
    }
}
