//! A receive that was handed a message, and is dropped before it is polled.

use super::poll_once;
use serde_json::{Value, json};
use std::pin::Pin;

/// How often each is tried.
const TIMES: usize = 300;

fn lost(loses: impl Fn() -> bool) -> Value {
    let lost = (0..TIMES).filter(|_| loses()).count();
    json!({"lost": lost, "of": TIMES})
}

/// A receive of kanal.
pub(super) fn kanal() -> Value {
    lost(|| {
        let (tx, rx) = kanal::bounded_async::<i64>(1);
        let mut recv = Box::pin(rx.recv());
        let waits = poll_once(Pin::new(&mut recv)).is_pending();
        let sent = tx.try_send(1) == Ok(true);
        drop(recv);
        waits && sent && rx.try_recv() == Ok(None)
    })
}

/// A receive of this repository's channels.
pub(super) fn chanpatterns() -> Value {
    lost(|| {
        let (tx, rx) = chanpatterns::channel::bounded::<i64>(1);
        let mut recv = Box::pin(rx.recv_async());
        let waits = poll_once(Pin::new(&mut recv)).is_pending();
        let sent = tx.try_send(1).is_ok();
        drop(recv);
        !(waits && sent && rx.try_recv() == Ok(1))
    })
}
