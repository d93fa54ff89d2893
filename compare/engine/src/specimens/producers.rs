use chanpatterns::clock::VirtualClock;
use chanpatterns::patterns::producers::entry::{Item, Labelled, Make};
use chanpatterns::patterns::producers::{Producer, producers, producers_async};
use chanpatterns::patterns::{Output, TaskOutput};
use futures_util::stream::{self, StreamExt as _};
use std::future::Ready;
use std::sync::Arc;
use std::time::Duration;

type Collected = Output<Labelled>;
type TasksCollected = TaskOutput<Labelled>;

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

pub(super) fn tasks_never_sleep(
    _clock: &VirtualClock,
    staff: Vec<Producer>,
    capacity: Option<usize>,
    make: Make<Ready<Item>>,
) -> TasksCollected {
    producers_async(&|_delay| std::future::ready(()), staff, capacity, make)
}

pub(super) fn tasks_one_by_one(
    clock: &VirtualClock,
    staff: Vec<Producer>,
    capacity: Option<usize>,
    make: Make<Ready<Item>>,
) -> TasksCollected {
    let (clock, make) = (clock.clone(), Arc::new(make));
    let items = stream::iter(staff).flat_map(move |producer| {
        let make = Arc::clone(&make);
        let make = move |label: &str, number| make(label, number);
        producers_async(&clock, [producer], capacity, make)
    });
    super::replay_tasks(items)
}
