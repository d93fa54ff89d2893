use chanpatterns::Panicked;
use chanpatterns::clock::VirtualClock;
use chanpatterns::patterns::Output;
use chanpatterns::patterns::producers::entry::{Item, Make};
use chanpatterns::patterns::producers::{Producer, producers};
use std::time::Duration;

type Collected = Output<(String, Result<Item, Panicked>)>;

pub(super) fn counts_from_zero(
    clock: &VirtualClock,
    staff: Vec<Producer>,
    capacity: Option<usize>,
    make: Make,
) -> Collected {
    let make = move |label: &str, number| make(label, number - 1);
    producers(clock, staff, capacity, make)
}

pub(super) fn forgets_last(
    clock: &VirtualClock,
    mut staff: Vec<Producer>,
    capacity: Option<usize>,
    make: Make,
) -> Collected {
    for producer in &mut staff {
        producer.items = producer.items.saturating_sub(1);
    }
    producers(clock, staff, capacity, make)
}

pub(super) fn never_sleeps(
    clock: &VirtualClock,
    mut staff: Vec<Producer>,
    capacity: Option<usize>,
    make: Make,
) -> Collected {
    for producer in &mut staff {
        producer.delay = Duration::ZERO;
    }
    producers(clock, staff, capacity, make)
}
