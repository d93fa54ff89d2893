//! Parties that wait, without a sleep: whoever waits says so itself.

// Each test file is a program of its own, and uses what it needs.
#![allow(dead_code)]

pub(crate) mod poll;

use chanpatterns::channel::{
    Kind, Receiver, RecvTimeoutError, SendTimeoutError, Sender,
};
use std::sync::mpsc;
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// How often a wait is asked whether it goes on; the first time it tells.
const TICK: Duration = Duration::from_micros(100);

/// A send that waits: it stands in the queue when this returns.
pub(crate) fn waiting_send<'scope, T, K>(
    scope: &'scope Scope<'scope, '_>,
    tx: &'scope Sender<T, K>,
    message: T,
) -> ScopedJoinHandle<'scope, Result<(), SendTimeoutError<T>>>
where
    T: Send + 'scope,
    K: Kind<T>,
    Sender<T, K>: Sync,
{
    let (told, waits) = mpsc::channel();
    let handle = scope.spawn(move || {
        tx.send_watched(message, None, TICK, || {
            let _ = told.send(()); // only the first is heard
            true
        })
    });
    waits.recv().expect("the send waits");
    handle
}

/// A receive that waits: it stands in the queue when this returns.
pub(crate) fn waiting_recv<'scope, T, K>(
    scope: &'scope Scope<'scope, '_>,
    rx: &'scope Receiver<T, K>,
) -> ScopedJoinHandle<'scope, Result<T, RecvTimeoutError>>
where
    T: Send + 'scope,
    K: Kind<T>,
    Receiver<T, K>: Sync,
{
    let (told, waits) = mpsc::channel();
    let handle = scope.spawn(move || {
        rx.recv_watched(None, TICK, || {
            let _ = told.send(()); // only the first is heard
            true
        })
    });
    waits.recv().expect("the receive waits");
    handle
}
