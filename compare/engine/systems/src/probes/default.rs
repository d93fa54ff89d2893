//! A channel with one place is empty or full, so of a receive and a send on it
//! one is always ready; who can do either should never be told that none is,
//! whoever else fills it.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

/// Looks, at most: where it happens, it does so within some ten thousand.
const LOOKS: usize = 5_000_000;

/// Fills the channel by `fill` whenever it is empty, and looks whether `poll`
/// ever finds that nothing is ready.
fn none_ready(
    fill: impl Fn() + Sync,
    mut poll: impl FnMut() -> Option<usize>,
) -> Value {
    let (over, mut found) = (AtomicBool::new(false), false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for look in 1_u32.. {
                if over.load(SeqCst) {
                    break;
                }
                fill();
                // Who has no core of its own lets the other run.
                if look % 1024 == 0 {
                    thread::yield_now();
                }
            }
        });
        for look in 1..=LOOKS {
            found = poll().is_none();
            if found {
                break;
            }
            if look % 1024 == 0 {
                thread::yield_now();
            }
        }
        over.store(true, SeqCst);
    });
    json!({"none_ready": found})
}

/// A select of crossbeam.
pub(super) fn crossbeam() -> Value {
    let (tx, rx) = crossbeam_channel::bounded(1);
    none_ready(
        || drop(tx.try_send(())),
        || {
            let mut select = crossbeam_channel::Select::new();
            select.recv(&rx);
            select.send(&tx);
            let chosen = select.try_select().ok()?;
            let arm = chosen.index();
            match arm {
                0 => chosen.recv(&rx).expect("its sender is there"),
                _ => chosen.send(&tx, ()).expect("its receiver is there"),
            }
            Some(arm)
        },
    )
}

/// A choice of this repository's channels.
pub(super) fn chanpatterns() -> Value {
    use chanpatterns::event::{choose, receive, send};
    let (tx, rx) = chanpatterns::channel::bounded(1);
    none_ready(
        || drop(tx.try_send(())),
        || {
            let received = receive(&rx).wrap(|_| 0);
            let sent = send(&tx, ()).wrap(|_| 1);
            choose([received, sent]).poll()
        },
    )
}
