//! Fan-in: many sources, one collector.
//!
//! Channels  one bounded channel, a sender for each source.
//! Closing   a source drops its sender when it ends; the last drop ends the
//!           collector. Nobody closes by hand. A collector that leaves ends
//!           the sources: their next send fails.
//! Tasks     the same with a task for each source; a collector that leaves
//!           aborts them where they wait.
//! Agree     per_producer: order within a source, any order between sources.
//! Sides     ocaml/patterns/fan_in.ml · python/chanpatterns/patterns/fan_in.py
//!           compare/patterns/fan_in.json
//! Source    R. Pike, *Go Concurrency Patterns* (2012), "multiplexing".

use crate::Panicked;
use crate::channel::{self, SendError};
use crate::patterns::{Numbered, Output};
use crate::sync::thread;

/// How many items may wait for the collector.
const CAPACITY: usize = 64;

/// Runs each source on a thread of its own and merges what they yield.
///
/// Items come with the number of their source, counted from 0. The output ends
/// after the last source. A source that panics is reported by its panic, after
/// everything that it yielded; the others go on.
///
/// ```
/// use chanpatterns::patterns::fan_in::fan_in;
///
/// let mut sums = [0, 0];
/// for (source, item) in fan_in([1..=4, 10..=11]) {
///     sums[source] += item.unwrap();
/// }
/// assert_eq!(sums, [10, 21]);
/// ```
pub fn fan_in<S>(
    sources: impl IntoIterator<Item = S>,
) -> Output<Numbered<S::Item>>
where
    S: IntoIterator<Item: Send + 'static> + Send + 'static,
{
    let (tx, rx) = channel::bounded(CAPACITY);
    let threads: Vec<_> = (0..)
        .zip(sources)
        .map(|(number, source)| {
            let tx = tx.clone();
            thread::spawn(move || {
                let run = || {
                    let mut items = source.into_iter();
                    items.try_for_each(|item| tx.send((number, Ok(item))))
                };
                // A send that fails means that the collector has left; then
                // the source ends, and nobody is there to be told more.
                let _: Result<(), SendError<_>> = match Panicked::catch(run) {
                    Ok(ended) => ended,
                    Err(panicked) => tx.send((number, Err(panicked))),
                };
            })
        })
        .collect();
    // `tx` is dropped here, or the collector would wait for ever.
    Output::new(rx, threads)
}

#[cfg(feature = "tokio")]
pub use tasks::fan_in_async;

/// The same for tasks.
#[cfg(feature = "tokio")]
mod tasks {
    use super::*;
    use crate::patterns::TaskOutput;
    use futures_util::stream::{Stream, StreamExt as _};
    use std::pin::pin;
    use tokio::task::JoinSet;

    /// Runs each source, which is a stream, on a task of its own and merges
    /// what they yield.
    ///
    /// Items come with the number of their source, counted from 0. The output
    /// ends after the last source. A source that panics is reported by its
    /// panic, after everything that it yielded; the others go on.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```
    /// use chanpatterns::patterns::fan_in::fan_in_async;
    /// use futures_util::stream;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let sources = [1..=4, 10..=11].map(stream::iter);
    /// let mut sums = [0, 0];
    /// let mut items = fan_in_async(sources);
    /// while let Ok((source, item)) = items.recv_async().await {
    ///     sums[source] += item.unwrap();
    /// }
    /// assert_eq!(sums, [10, 21]);
    /// # }
    /// ```
    pub fn fan_in_async<S>(
        sources: impl IntoIterator<Item = S>,
    ) -> TaskOutput<Numbered<S::Item>>
    where
        S: Stream<Item: Send + 'static> + Send + 'static,
    {
        let (tx, rx) = channel::bounded(CAPACITY);
        let mut tasks = JoinSet::new();
        for (number, source) in (0..).zip(sources) {
            let tx = tx.clone();
            tasks.spawn(async move {
                let run = async {
                    let mut items = pin!(source);
                    while let Some(item) = items.next().await {
                        tx.send_async((number, Ok(item))).await?;
                    }
                    Ok(())
                };
                let ran = Panicked::catch_async(run).await;
                let _: Result<(), SendError<_>> = match ran {
                    Ok(ended) => ended,
                    Err(panicked) => {
                        tx.send_async((number, Err(panicked))).await
                    }
                };
            });
        }
        // `tx` is dropped here, or the collector would wait for ever.
        TaskOutput::new(rx, tasks)
    }
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, in_turn, item, read, run_tasks};
    use crate::patterns::TaskOutput;
    use futures_util::stream::{BoxStream, StreamExt as _};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        sources: Vec<Script>,
        #[serde(default)]
        tasks: bool,
    }

    /// A source that yields its items, and then fails if it says so.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Script {
        items: Vec<i64>,
        fails: Option<String>,
    }

    /// What a source of a case is to the pattern.
    pub type Source = Box<dyn Iterator<Item = i64> + Send>;
    /// What the pattern is to a case.
    pub type Pattern = fn(Vec<Source>) -> Output<Numbered<i64>>;
    /// What a source of a case is to the pattern for tasks.
    pub type TaskSource = BoxStream<'static, i64>;
    /// What the pattern for tasks is to a case.
    pub type TaskPattern = fn(Vec<TaskSource>) -> TaskOutput<Numbered<i64>>;

    impl Script {
        fn into_source(self) -> Source {
            let failure = self.fails.into_iter();
            let fail = failure.map(|message| panic!("{message}"));
            Box::new(self.items.into_iter().chain(fail))
        }
    }

    /// Runs `fan_in`, or `fan_in_async`, on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        run(input, fan_in, fan_in_async)
    }

    /// Runs a function that should be like `fan_in` on a case.
    pub fn observe(input: &Value, fan_in: Pattern) -> Result<Value, BadInput> {
        run(input, fan_in, fan_in_async)
    }

    /// Runs a function that should be like `fan_in_async` on a case.
    pub fn observe_tasks(
        input: &Value,
        fan_in_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        run(input, fan_in, fan_in_async)
    }

    fn run(
        input: &Value,
        fan_in: Pattern,
        fan_in_async: TaskPattern,
    ) -> Result<Value, BadInput> {
        let Input { sources, tasks } = read(input)?;
        let sources = sources.into_iter().map(Script::into_source);
        let items: Vec<_> = if tasks {
            run_tasks(async {
                fan_in_async(sources.map(in_turn).collect()).collect().await
            })
        } else {
            fan_in(sources.collect()).collect()
        };
        let items: Vec<Value> = items
            .into_iter()
            .map(|(source, result)| json!([source, item(result)]))
            .collect();
        Ok(json!({ "items": items }))
    }
}
