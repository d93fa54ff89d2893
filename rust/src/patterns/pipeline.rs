//! Pipeline: generator, transformer, aggregator.
//!
//! Channels  generator -> bounded -> transformer -> bounded -> aggregator.
//! Closing   the generator ends and drops its sender; the transformer drains,
//!           ends and drops its own; the aggregator drains. The other way
//!           round, an aggregator that leaves drops its receiver: the
//!           transformer's send fails, it ends, and so does the generator.
//! Tasks     the same with a task for each stage; an aggregator that leaves
//!           also aborts those before it where they wait.
//! Agree     exact, and the generator is not asked for more than the stages
//!           and channels hold beyond what was taken.
//! Sides     ocaml/patterns/pipeline.ml
//!           python/chanpatterns/patterns/pipeline.py
//!           compare/patterns/pipeline.json
//! Source    S. Ajmani, *Go Concurrency Patterns: Pipelines and cancellation*
//!           (2014).

use crate::Panicked;
use crate::channel::{self, SendError};
use crate::patterns::Output;
use crate::sync::thread;

/// Runs three stages at once, and returns what the aggregator makes of it.
///
/// The generator and the transformer have a thread each; the aggregator runs on
/// the caller's. It may leave early, simply by returning: that stops an endless
/// generator too. When this returns, all three stages have ended.
///
/// An item on which `transform` panics arrives as that panic, at its place. A
/// generator that panics is reported after what it yielded.
///
/// ```
/// use chanpatterns::patterns::pipeline::pipeline;
///
/// let square = |n: u64| n * n;
/// let sum: u64 = pipeline(1.., square, 2, |squares| {
///     squares.take(4).map(|item| item.unwrap()).sum()
/// });
/// assert_eq!(sum, 1 + 4 + 9 + 16);
/// ```
pub fn pipeline<A, B, C>(
    generate: impl IntoIterator<Item = A> + Send + 'static,
    transform: impl Fn(A) -> B + Send + 'static,
    capacity: usize,
    aggregate: impl FnOnce(&mut Output<Result<B, Panicked>>) -> C,
) -> C
where
    A: Send + 'static,
    B: Send + 'static,
{
    // Dropped at the end, also if the aggregator panics: its receiver first,
    // which stops the stages, and then their threads are waited for.
    let mut output = stages(generate, transform, capacity);
    aggregate(&mut output)
}

/// The first two stages of a [`pipeline`], whose aggregator is whoever takes
/// from the output.
///
/// ```
/// use chanpatterns::patterns::pipeline::stages;
///
/// let mut squares = stages(1.., |n: u64| n * n, 2);
/// assert_eq!(squares.nth(3).map(|item| item.unwrap()), Some(16));
/// ```
pub fn stages<A, B>(
    generate: impl IntoIterator<Item = A> + Send + 'static,
    transform: impl Fn(A) -> B + Send + 'static,
    capacity: usize,
) -> Output<Result<B, Panicked>>
where
    A: Send + 'static,
    B: Send + 'static,
{
    let (generated_tx, generated) = channel::bounded(capacity);
    let (transformed_tx, transformed) = channel::bounded(capacity);

    let generator = thread::spawn(move || {
        let run = || {
            let mut items = generate.into_iter();
            items.try_for_each(|item| generated_tx.send(Ok(item)))
        };
        // A send that fails means that the transformer has left.
        let _: Result<(), SendError<_>> = match Panicked::catch(run) {
            Ok(ended) => ended,
            Err(panicked) => generated_tx.send(Err(panicked)),
        };
    });
    let transformer = thread::spawn(move || {
        for item in generated {
            let item =
                item.and_then(|item| Panicked::catch(|| transform(item)));
            if transformed_tx.send(item).is_err() {
                break; // the aggregator has left
            }
        }
    });
    Output::new(transformed, [generator, transformer])
}

#[cfg(feature = "tokio")]
pub use tasks::{pipeline_async, stages_async};

/// The same for tasks.
#[cfg(feature = "tokio")]
mod tasks {
    use super::*;
    use crate::patterns::TaskOutput;
    use futures_util::stream::{Stream, StreamExt as _};
    use std::pin::pin;
    use tokio::task::JoinSet;

    /// Runs three stages at once, and returns what the aggregator makes of it.
    ///
    /// The generator, which is a stream, and the transformer have a task each;
    /// the aggregator runs on the caller's. It may leave early, simply by
    /// returning: that stops an endless generator too. When this returns, or
    /// goes on with a panic of the aggregator, all three stages have ended.
    ///
    /// An item on which `transform` panics arrives as that panic, at its place.
    /// A generator that panics is reported after what it yielded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future aborts the stages, and does not wait for them.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```
    /// use chanpatterns::patterns::pipeline::pipeline_async;
    /// use futures_util::stream;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let square = async |n: u64| n * n;
    /// let numbers = stream::iter(1..);
    /// let sum: u64 = pipeline_async(numbers, square, 2, async |squares| {
    ///     let mut sum = 0;
    ///     for _ in 0..4 {
    ///         sum += squares.recv_async().await.unwrap().unwrap();
    ///     }
    ///     sum
    /// })
    /// .await;
    /// assert_eq!(sum, 1 + 4 + 9 + 16);
    /// # }
    /// ```
    pub async fn pipeline_async<A, B, C, T>(
        generate: impl Stream<Item = A> + Send + 'static,
        transform: impl FnMut(A) -> T + Send + 'static,
        capacity: usize,
        aggregate: impl AsyncFnOnce(&mut TaskOutput<Result<B, Panicked>>) -> C,
    ) -> C
    where
        A: Send + 'static,
        B: Send + 'static,
        T: Future<Output = B> + Send,
    {
        let mut output = stages_async(generate, transform, capacity);
        let result = Panicked::catch_async(aggregate(&mut output)).await;
        output.shutdown().await;
        result.unwrap_or_else(|panicked| panicked.resume())
    }

    /// The first two stages of a [`pipeline_async`], whose aggregator is
    /// whoever takes from the output.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```
    /// use chanpatterns::patterns::pipeline::stages_async;
    /// use futures_util::stream;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let square = async |n: u64| n * n;
    /// let mut squares = stages_async(stream::iter(3..), square, 2);
    /// assert_eq!(squares.recv_async().await.unwrap().unwrap(), 9);
    /// squares.shutdown().await;
    /// # }
    /// ```
    pub fn stages_async<A, B, T>(
        generate: impl Stream<Item = A> + Send + 'static,
        mut transform: impl FnMut(A) -> T + Send + 'static,
        capacity: usize,
    ) -> TaskOutput<Result<B, Panicked>>
    where
        A: Send + 'static,
        B: Send + 'static,
        T: Future<Output = B> + Send,
    {
        let (generated_tx, generated) = channel::bounded(capacity);
        let (transformed_tx, transformed) = channel::bounded(capacity);
        let mut tasks = JoinSet::new();

        tasks.spawn(async move {
            let run = async {
                let mut items = pin!(generate);
                while let Some(item) = items.next().await {
                    generated_tx.send_async(Ok(item)).await?;
                }
                Ok(())
            };
            // A send that fails means that the transformer has left.
            let ran = Panicked::catch_async(run).await;
            let _: Result<(), SendError<_>> = match ran {
                Ok(ended) => ended,
                Err(panicked) => generated_tx.send_async(Err(panicked)).await,
            };
        });
        tasks.spawn(async move {
            while let Ok(item) = generated.recv_async().await {
                let item = match item {
                    Ok(item) => {
                        let transformed = async { transform(item).await };
                        Panicked::catch_async(transformed).await
                    }
                    Err(panicked) => Err(panicked),
                };
                if transformed_tx.send_async(item).await.is_err() {
                    break; // the aggregator has left
                }
            }
        });
        TaskOutput::new(transformed, tasks)
    }
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, in_turn, item, read, run_tasks, square};
    use crate::patterns::TaskOutput;
    use crate::sync::Arc;
    use futures_util::future::{BoxFuture, FutureExt as _, LocalBoxFuture};
    use futures_util::stream::{BoxStream, StreamExt as _};
    use serde::Deserialize;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicU64, Ordering};
    use tokio::task::yield_now;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        from: i64,
        to: Option<i64>,
        capacity: usize,
        take: Option<usize>,
        fails_on: Vec<i64>,
        #[serde(default)]
        tasks: bool,
    }

    /// The generator of a case.
    pub type Generate = Box<dyn Iterator<Item = i64> + Send>;
    /// The transformer of a case.
    pub type Transform<B = i64> = Box<dyn Fn(i64) -> B + Send>;
    /// The aggregator of a case.
    pub type Aggregate =
        Box<dyn FnOnce(&mut Output<Result<i64, Panicked>>) -> Vec<Value>>;
    /// What the pattern is to a case.
    pub type Pattern = fn(Generate, Transform, usize, Aggregate) -> Vec<Value>;

    /// The generator of a case, for tasks.
    pub type TaskGenerate = BoxStream<'static, i64>;
    /// The transformer of a case, for tasks.
    pub type TaskTransform = Transform<BoxFuture<'static, i64>>;
    /// The aggregator of a case, for tasks.
    pub type TaskAggregate = Box<
        dyn for<'a> FnOnce(
            &'a mut TaskOutput<Result<i64, Panicked>>,
        ) -> LocalBoxFuture<'a, Vec<Value>>,
    >;
    /// What the pattern for tasks is to a case.
    pub type TaskPattern = fn(
        TaskGenerate,
        TaskTransform,
        usize,
        TaskAggregate,
    ) -> LocalBoxFuture<'static, Vec<Value>>;

    /// Runs `pipeline`, or `pipeline_async`, on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        run(input, pipeline, true_tasks)
    }

    /// Runs a function that should be like `pipeline` on a case.
    pub fn observe(
        input: &Value,
        pipeline: Pattern,
    ) -> Result<Value, BadInput> {
        run(input, pipeline, true_tasks)
    }

    /// Runs a function that should be like `pipeline_async` on a case.
    pub fn observe_tasks(
        input: &Value,
        pipeline_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        run(input, pipeline, pipeline_async)
    }

    /// `pipeline_async` as a case calls it.
    pub fn true_tasks(
        generate: TaskGenerate,
        transform: TaskTransform,
        capacity: usize,
        aggregate: TaskAggregate,
    ) -> LocalBoxFuture<'static, Vec<Value>> {
        let aggregate = async move |output: &mut _| aggregate(output).await;
        pipeline_async(generate, transform, capacity, aggregate).boxed_local()
    }

    fn run(
        input: &Value,
        pipeline: Pattern,
        pipeline_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        let input: Input = read(input)?;
        let generated = Arc::new(AtomicU64::new(0));
        let generate = {
            let generated = Arc::clone(&generated);
            let last = input.to.unwrap_or(i64::MAX);
            (input.from..=last).inspect(move |_| {
                generated.fetch_add(1, Ordering::SeqCst);
            })
        };
        let (capacity, fails_on) = (input.capacity, input.fails_on);
        let take = input.take.unwrap_or(usize::MAX);
        let items = if input.tasks {
            let fails_on = Arc::new(fails_on);
            let transform = move |value| {
                let fails_on = Arc::clone(&fails_on);
                let transform = async move {
                    yield_now().await;
                    square(value, &fails_on, "transform")
                };
                transform.boxed()
            };
            run_tasks(pipeline_async(
                in_turn(generate),
                Box::new(transform),
                capacity,
                Box::new(move |output| {
                    output.take(take).map(item).collect().boxed_local()
                }),
            ))
        } else {
            pipeline(
                Box::new(generate),
                Box::new(move |value| square(value, &fails_on, "transform")),
                capacity,
                Box::new(move |output| output.take(take).map(item).collect()),
            )
        };
        let sum: i64 = items.iter().filter_map(Value::as_i64).sum();
        Ok(json!({
            "items": items,
            "sum": sum,
            "measured": {"generated": generated.load(Ordering::SeqCst)},
        }))
    }
}
