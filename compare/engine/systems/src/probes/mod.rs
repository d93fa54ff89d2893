//! Small fixed programs for what channel programs cannot say.

#![cfg_attr(chanpatterns_shuttle, allow(dead_code))]

#[cfg(not(chanpatterns_shuttle))]
mod biased;
#[cfg(not(chanpatterns_shuttle))]
mod cancelled;
#[cfg(not(chanpatterns_shuttle))]
mod capacity;
#[cfg(not(chanpatterns_shuttle))]
mod deadline;
#[cfg(not(chanpatterns_shuttle))]
mod freed;
#[cfg(not(chanpatterns_shuttle))]
mod pool;

use serde_json::Value;

/// A probe: it gives its facts.
pub type Probe = fn() -> Value;

/// They run on real threads, and not under shuttle.
#[cfg(chanpatterns_shuttle)]
const ALL: &[(&str, Probe)] = &[];

#[cfg(not(chanpatterns_shuttle))]
const ALL: &[(&str, Probe)] = &[
    ("rust/std_try_send_on_rendezvous", capacity::std_rendezvous),
    ("rust/tokio_capacity_0", capacity::tokio_0),
    (
        "rust/tokio_broadcast_capacity_0",
        capacity::tokio_broadcast_0,
    ),
    ("rust/async_channel_capacity_0", capacity::async_channel_0),
    ("rust/flume_capacity_0_in_tasks", capacity::flume_0),
    (
        "rust/tokio_broadcast_capacity_3",
        capacity::tokio_broadcast_3,
    ),
    ("rust/crossbeam_biased", biased::crossbeam),
    ("rust/chanpatterns_biased", biased::chanpatterns),
    ("rust/expired_deadline", deadline::expired),
    ("rust/kanal_dropped_recv", cancelled::kanal),
    ("rust/chanpatterns_dropped_recv", cancelled::chanpatterns),
    ("rust/last_receiver_dropped", freed::last_receiver),
    ("rust/pool_that_holds_the_lock", pool::holds),
    ("rust/pool_that_lets_go", pool::lets_go),
];

/// The names of the probes.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|(name, _)| *name).collect()
}

/// The probe of this name.
pub fn find(name: &str) -> Option<Probe> {
    let mut all = ALL.iter();
    all.find(|(one, _)| *one == name).map(|(_, probe)| *probe)
}

/// Polls a future once, for a task that nobody wakes.
fn poll_once<T>(
    future: std::pin::Pin<&mut impl Future<Output = T>>,
) -> std::task::Poll<T> {
    let waker = std::task::Waker::noop();
    future.poll(&mut std::task::Context::from_waker(waker))
}
