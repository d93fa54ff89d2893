//! Unbounded: a queue that never blocks the sender.
//!
//! Channels  one unbounded channel, a sender for each source.
//! Closing   a source drops its sender when it ends. All have ended when the
//!           receiver is handed out: it drains what waits, then gets the end.
//! Agree     per_producer: order within a source, any order between sources.
//! Sides     ocaml/patterns/unbounded.ml · compare/patterns/unbounded.json
//!           in Python `chanpatterns.channel()`
//! Source    G. Kahn, *The Semantics of a Simple Language for Parallel
//!           Programming* (1974): a process never waits to write.

use crate::channel::{self, Receiver};
use crate::sync::thread;

/// Runs every source to its end, and leaves what they yield in a channel.
///
/// This is a spooler: nobody needs to receive while the sources run, each on a
/// thread of its own, and `len` of the receiver tells how much has piled up.
/// That is bounded only by memory: sources without an end need a bounded
/// channel. Items come with the number of their source, counted from 0.
///
/// # Panics
///
/// If a source panics, when all have ended.
///
/// ```
/// use chanpatterns::patterns::unbounded::spool;
///
/// let backlog = spool([1..=4, 10..=11]);
/// assert_eq!(backlog.len(), 6);
/// assert_eq!(backlog.iter().map(|(_, item)| item).sum::<i32>(), 31);
/// ```
pub fn spool<S>(
    sources: impl IntoIterator<Item = S>,
) -> Receiver<(usize, S::Item)>
where
    S: IntoIterator<Item: Send> + Send,
{
    let (tx, rx) = channel::unbounded();
    thread::scope(|scope| {
        for (number, source) in sources.into_iter().enumerate() {
            let tx = tx.clone();
            scope.spawn(move || {
                for item in source {
                    // No receiver waits, and yet this returns at once.
                    tx.send((number, item)).expect("the receiver is here");
                }
            });
        }
    });
    // `tx` is dropped here, or the receiver would wait for ever at the end.
    rx
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, Peak, read};
    use crate::sync::Arc;
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        sources: Vec<Vec<i64>>,
    }

    /// What a source of a case is to the pattern.
    pub type Source = Box<dyn Iterator<Item = i64> + Send>;

    /// Runs `spool` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, spool)
    }

    /// Runs a function that should be like `spool` on a case.
    pub fn observe(
        input: &Value,
        spool: fn(Vec<Source>) -> Receiver<(usize, i64)>,
    ) -> Result<Value, BadInput> {
        let Input { sources } = read(input)?;
        let peak = Arc::new(Peak::default());
        let sources = sources
            .into_iter()
            .map(|items| Box::new(peak.sent(items)) as Source)
            .collect();
        let receiver = spool(sources);
        let backlog = peak.returned();
        let items: Vec<_> = receiver.into_iter().collect();
        Ok(json!({ "backlog": backlog, "items": items }))
    }
}
