use chanpatterns::channel::{self, Receiver};
use chanpatterns::patterns::unbounded::entry::Source;
use chanpatterns::patterns::unbounded::spool;
use std::thread;

pub(super) fn holds_four(sources: Vec<Source>) -> Receiver<(usize, i64)> {
    let backlog = spool(sources);
    let (tx, rx) = channel::unbounded();
    for item in backlog.iter().take(4) {
        tx.send(item).expect("its receiver is here");
    }
    rx
}

pub(super) fn hands_out_early(sources: Vec<Source>) -> Receiver<(usize, i64)> {
    let (tx, rx) = channel::rendezvous();
    for (number, source) in sources.into_iter().enumerate() {
        let tx = tx.clone();
        let mut items = source.map(move |item| (number, item));
        thread::spawn(move || items.try_for_each(|item| tx.send(item)));
    }
    rx
}
