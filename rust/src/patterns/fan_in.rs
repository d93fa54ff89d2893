//! Fan-in: many sources, one collector.
//!
//! Channels  one bounded channel, a sender for each source.
//! Closing   a source drops its sender when it ends; the last drop ends the
//!           collector. Nobody closes by hand. A collector that leaves ends
//!           the sources: their next send fails.
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

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, item, read};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        sources: Vec<Script>,
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

    impl Script {
        fn into_source(self) -> Source {
            let failure = self.fails.into_iter();
            let fail = failure.map(|message| panic!("{message}"));
            Box::new(self.items.into_iter().chain(fail))
        }
    }

    /// Runs `fan_in` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, fan_in)
    }

    /// Runs a function that should be like `fan_in` on a case.
    pub fn observe(
        input: &Value,
        fan_in: fn(Vec<Source>) -> Output<Numbered<i64>>,
    ) -> Result<Value, BadInput> {
        let Input { sources } = read(input)?;
        let sources = sources.into_iter().map(Script::into_source).collect();
        let items: Vec<Value> = fan_in(sources)
            .map(|(source, result)| json!([source, item(result)]))
            .collect();
        Ok(json!({ "items": items }))
    }
}
