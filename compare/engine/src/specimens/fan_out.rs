use chanpatterns::Panicked;
use chanpatterns::patterns::fan_out::entry::Consume;
use chanpatterns::patterns::fan_out::fan_out;
use chanpatterns::patterns::{Output, ZeroWorkers};

type Failures = Result<Output<(usize, Panicked)>, ZeroWorkers>;

pub(super) fn skips_failures(
    items: Vec<i64>,
    consumers: usize,
    consume: Consume,
) -> Failures {
    fan_out(items, consumers, move |consumer, item| {
        Panicked::catch(|| consume(consumer, item)).ok();
    })
}

pub(super) fn consumes_twice(
    items: Vec<i64>,
    consumers: usize,
    consume: Consume,
) -> Failures {
    let first = items.first().copied();
    fan_out(first.into_iter().chain(items), consumers, consume)
}
