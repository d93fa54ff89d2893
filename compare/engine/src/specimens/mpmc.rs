use chanpatterns::patterns::mpmc::entry::{Item, Receive};
use chanpatterns::patterns::mpmc::share_out;

pub(super) fn gives_twice(
    mut sources: Vec<Vec<Item>>,
    receivers: usize,
    capacity: Option<usize>,
    receive: Receive,
) -> Vec<Vec<Item>> {
    for items in &mut sources {
        items.extend_from_within(..1.min(items.len()));
    }
    share_out(sources, receivers, capacity, receive)
}

pub(super) fn last_first(
    sources: Vec<Vec<Item>>,
    receivers: usize,
    capacity: Option<usize>,
    receive: Receive,
) -> Vec<Vec<Item>> {
    let sources = sources.into_iter().map(|items| items.into_iter().rev());
    share_out(sources, receivers, capacity, receive)
}
