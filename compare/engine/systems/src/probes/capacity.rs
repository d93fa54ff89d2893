//! What a capacity means.

use super::poll_once;
use serde_json::{Value, json};
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;

/// A rendezvous of the standard library, tried while nobody waits.
pub(super) fn std_rendezvous() -> Value {
    let (tx, _rx) = mpsc::sync_channel(0);
    let full = tx.try_send(1) == Err(mpsc::TrySendError::Full(1));
    json!({"full": full})
}

fn panics(make: impl FnOnce() + std::panic::UnwindSafe) -> Value {
    json!({"panics": catch_unwind(make).is_err()})
}

/// A queue of tokio of capacity 0.
pub(super) fn tokio_0() -> Value {
    panics(|| drop(tokio::sync::mpsc::channel::<i64>(0)))
}

/// A broadcast of tokio of capacity 0.
pub(super) fn tokio_broadcast_0() -> Value {
    panics(|| drop(tokio::sync::broadcast::channel::<i64>(0)))
}

/// An async-channel of capacity 0.
pub(super) fn async_channel_0() -> Value {
    panics(|| drop(async_channel::bounded::<i64>(0)))
}

/// A rendezvous of flume while a task waits to receive: whether what is sent
/// then lies queued.
pub(super) fn flume_0() -> Value {
    let (tx, rx) = flume::bounded(0);
    let mut recv = pin!(rx.recv_async());
    let waits = poll_once(recv.as_mut()).is_pending();
    let sent = tx.try_send(1).is_ok();
    json!({"waits": waits, "sent": sent, "queued": rx.len()})
}

/// A broadcast of tokio of capacity 3, five messages later.
pub(super) fn tokio_broadcast_3() -> Value {
    let (tx, mut rx) = tokio::sync::broadcast::channel(3);
    let sent = (1..=5).filter(|n| tx.send(*n).is_ok()).count();
    let mut log = Vec::new();
    while let Poll::Ready(received) = poll_once(pin!(rx.recv())) {
        log.push(match received {
            Ok(n) => n.to_string(),
            Err(error) => error.to_string(),
        });
    }
    json!({"sent": sent, "received": log})
}
