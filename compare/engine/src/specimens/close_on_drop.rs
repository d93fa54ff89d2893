use chanpatterns::channel::{self, Receiver, Sender};
use chanpatterns::patterns::close_on_drop::senders;
use std::thread;

pub(super) fn loses_backlog(count: usize) -> (Vec<Sender<i64>>, Receiver<i64>) {
    let (queued_tx, queued) = senders(count);
    let (tx, rx) = channel::unbounded();
    thread::spawn(move || {
        queued.iter().for_each(drop);
        drop(tx);
    });
    (queued_tx, rx)
}

pub(super) fn closes_early(count: usize) -> (Vec<Sender<i64>>, Receiver<i64>) {
    // Who has a sender of its own gets a channel of its own: the receiver has
    // only the first.
    let (mut all, rx) = senders(count.min(1));
    let (others, _) = senders(count.saturating_sub(1));
    all.extend(others);
    (all, rx)
}
