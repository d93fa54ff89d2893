use chanpatterns::Panicked;
use chanpatterns::patterns::pipeline::entry::{
    Aggregate, Generate, TaskAggregate, TaskGenerate, TaskTransform, Transform,
    true_tasks,
};
use chanpatterns::patterns::pipeline::pipeline;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use futures_util::stream::{self, StreamExt as _};
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

pub(super) fn tasks_generate_ahead(
    mut generate: TaskGenerate,
    transform: TaskTransform,
    capacity: usize,
    aggregate: TaskAggregate,
) -> LocalBoxFuture<'static, Vec<Value>> {
    let pipeline = async move {
        let ahead: Vec<i64> = generate.by_ref().take(64).collect().await;
        let generate = stream::iter(ahead).chain(generate).boxed();
        true_tasks(generate, transform, capacity, aggregate).await
    };
    pipeline.boxed_local()
}

pub(super) fn tasks_hide_failures(
    generate: TaskGenerate,
    transform: TaskTransform,
    capacity: usize,
    aggregate: TaskAggregate,
) -> LocalBoxFuture<'static, Vec<Value>> {
    let transform = move |value| {
        let transformed = Panicked::catch_async(transform(value));
        transformed.map(|result| result.unwrap_or(0)).boxed()
    };
    true_tasks(generate, Box::new(transform), capacity, aggregate)
}
