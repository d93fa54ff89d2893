use chanpatterns::Panicked;
use chanpatterns::channel;
use chanpatterns::entry::{Items, Refused};
use chanpatterns::patterns::Output;
use chanpatterns::patterns::bounded::read_ahead;
use std::thread;

pub(super) fn without_bound(
    items: Items,
    _capacity: usize,
    full: Refused,
) -> Output<Result<i64, Panicked>> {
    read_ahead(items, usize::MAX, full)
}

pub(super) fn one_too_many(
    items: Items,
    capacity: usize,
    full: Refused,
) -> Output<Result<i64, Panicked>> {
    read_ahead(items, capacity + 1, full)
}

pub(super) fn drops_when_full(
    items: Items,
    capacity: usize,
    mut full: Refused,
) -> Output<Result<i64, Panicked>> {
    let (tx, rx) = channel::bounded(capacity);
    let sender = thread::spawn(move || {
        for item in items {
            if tx.try_send(Ok(item)).is_err() {
                full(&item);
            }
        }
    });
    Output::new(rx, [sender])
}
