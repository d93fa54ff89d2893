//! Pipeline: generator, transformer, aggregator.
//!
//! Channels  generator -> bounded -> transformer -> bounded -> aggregator.
//! Closing   the generator ends and drops its sender; the transformer drains,
//!           ends and drops its own; the aggregator drains. The other way
//!           round, an aggregator that leaves drops its receiver: the
//!           transformer's send fails, it ends, and so does the generator.
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

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, item, read, square};
    use crate::sync::Arc;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        from: i64,
        to: Option<i64>,
        capacity: usize,
        take: Option<usize>,
        fails_on: Vec<i64>,
    }

    /// The generator of a case.
    pub type Generate = Box<dyn Iterator<Item = i64> + Send>;
    /// The transformer of a case.
    pub type Transform = Box<dyn Fn(i64) -> i64 + Send>;
    /// The aggregator of a case.
    pub type Aggregate =
        Box<dyn FnOnce(&mut Output<Result<i64, Panicked>>) -> Vec<Value>>;
    /// What the pattern is to a case.
    pub type Pattern =
        fn(Generate, Transform, usize, Aggregate) -> Vec<Value>;

    /// Runs `pipeline` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, pipeline)
    }

    /// Runs a function that should be like `pipeline` on a case.
    pub fn observe(
        input: &Value,
        pipeline: Pattern,
    ) -> Result<Value, BadInput> {
        let Input { from, to, capacity, take, fails_on } = read(input)?;
        let generated = Arc::new(AtomicU64::new(0));
        let generate = {
            let generated = Arc::clone(&generated);
            (from..=to.unwrap_or(i64::MAX)).inspect(move |_| {
                generated.fetch_add(1, Ordering::SeqCst);
            })
        };
        let items = pipeline(
            Box::new(generate),
            Box::new(move |value| square(value, &fails_on, "transform")),
            capacity,
            Box::new(move |output| {
                output.take(take.unwrap_or(usize::MAX)).map(item).collect()
            }),
        );
        let sum: i64 = items.iter().filter_map(Value::as_i64).sum();
        Ok(json!({
            "items": items,
            "sum": sum,
            "measured": {"generated": generated.load(Ordering::SeqCst)},
        }))
    }
}
