use chanpatterns::Panicked;
use chanpatterns::patterns::pipeline::entry::{Aggregate, Generate, Transform};
use chanpatterns::patterns::pipeline::pipeline;
use serde_json::Value;

pub(super) fn generates_ahead(
    mut generate: Generate,
    transform: Transform,
    capacity: usize,
    aggregate: Aggregate,
) -> Vec<Value> {
    let ahead: Vec<i64> = generate.by_ref().take(64).collect();
    let generate = ahead.into_iter().chain(generate);
    pipeline(generate, transform, capacity, aggregate)
}

pub(super) fn hides_failures(
    generate: Generate,
    transform: Transform,
    capacity: usize,
    aggregate: Aggregate,
) -> Vec<Value> {
    let transform =
        move |value| Panicked::catch(|| transform(value)).unwrap_or(0);
    pipeline(generate, transform, capacity, aggregate)
}
