//! What errors say, and that they give the message back.

use chanpatterns::channel::{
    self, RecvError, RecvTimeoutError, SendError, SendTimeoutError,
    TryRecvError, TrySendError,
};
use chanpatterns::patterns::ZeroWorkers;
use std::error::Error;

#[test]
fn errors_read_as_sentences() {
    let closed = "the channel is closed";
    let drained = "the channel is closed and drained";
    let late_send = "the channel had no room before the deadline";
    let late_recv = "nothing arrived before the deadline";
    let none = "there must be at least one worker, not 0";
    let told: [(Box<dyn Error>, &str); 11] = [
        (Box::new(SendError(())), closed),
        (Box::new(TrySendError::Full(())), "the channel is full"),
        (Box::new(TrySendError::Closed(())), closed),
        (Box::new(SendTimeoutError::Timeout(())), late_send),
        (Box::new(SendTimeoutError::Closed(())), closed),
        (Box::new(RecvError), drained),
        (Box::new(TryRecvError::Empty), "the channel is empty"),
        (Box::new(TryRecvError::Closed), drained),
        (Box::new(RecvTimeoutError::Timeout), late_recv),
        (Box::new(RecvTimeoutError::Closed), drained),
        (Box::new(ZeroWorkers), none),
    ];
    for (error, sentence) in told {
        assert_eq!(error.to_string(), sentence);
    }
}

/// A message that can neither be printed nor copied.
struct Mute(u8);

#[test]
fn errors_own_a_message_that_need_not_be_printable() {
    let (tx, rx) = channel::bounded(1);
    tx.send(Mute(0)).ok().unwrap();
    let full = tx.try_send(Mute(1)).unwrap_err();
    assert!(full.is_full() && !full.is_closed());
    assert_eq!(format!("{full:?}"), "Full(..)");
    assert_eq!(full.into_inner().0, 1);
    let soon = std::time::Duration::ZERO;
    let late = tx.send_timeout(Mute(2), soon).unwrap_err();
    assert!(late.is_timeout() && !late.is_closed());
    assert_eq!(format!("{late:?}"), "Timeout(..)");
    assert_eq!(late.into_inner().0, 2);
    drop(rx);
    let closed = tx.send(Mute(3)).unwrap_err();
    assert_eq!(format!("{closed:?}"), "SendError(..)");
    assert_eq!(closed.into_inner().0, 3);
    let closed = tx.try_send(Mute(4)).unwrap_err();
    assert!(closed.is_closed() && !closed.is_full());
    assert_eq!(format!("{closed:?}"), "Closed(..)");
    assert_eq!(closed.into_inner().0, 4);
    let closed = tx.send_timeout(Mute(5), soon).unwrap_err();
    assert!(closed.is_closed() && !closed.is_timeout());
    assert_eq!(format!("{closed:?}"), "Closed(..)");
    assert_eq!(closed.into_inner().0, 5);
}

#[test]
fn the_plain_errors_are_cases_of_the_others() {
    assert_eq!(TrySendError::from(SendError(1)), TrySendError::Closed(1));
    let closed = SendTimeoutError::Closed(1);
    assert_eq!(SendTimeoutError::from(SendError(1)), closed);
    assert_eq!(TryRecvError::from(RecvError), TryRecvError::Closed);
    assert_eq!(RecvTimeoutError::from(RecvError), RecvTimeoutError::Closed);
}
