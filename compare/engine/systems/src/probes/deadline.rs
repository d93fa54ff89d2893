//! A deadline that has passed already.

use serde_json::{Value, json};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Receives a message that is there with a deadline that has passed.
pub(super) fn expired() -> Value {
    let past = Instant::now();
    let (tx, rx) = mpsc::channel();
    let std = tx.send(1).is_ok() && rx.recv_timeout(Duration::ZERO) == Ok(1);
    let (tx, rx) = crossbeam_channel::unbounded();
    let crossbeam = tx.send(1).is_ok() && rx.recv_deadline(past) == Ok(1);
    let (tx, rx) = flume::unbounded();
    let flume = tx.send(1).is_ok() && rx.recv_deadline(past) == Ok(1);
    let (tx, rx) = chanpatterns::channel::unbounded();
    let chanpatterns = tx.send(1).is_ok() && rx.recv_deadline(past) == Ok(1);
    json!({
        "std": std,
        "crossbeam": crossbeam,
        "flume": flume,
        "chanpatterns": chanpatterns,
    })
}
