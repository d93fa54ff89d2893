//! MPMC: many senders, many receivers, each item once.
//!
//! Channels  one channel, unbounded or of a capacity, with a sender for each
//!           source and a receiver for each of those that take.
//! Closing   the last source to end drops the last sender: every receiver
//!           drains what it can get and is told the end. If all receivers leave
//!           early, the sources' next sends fail and they end too.
//! Agree     multiset: which receiver gets an item is free. Each receiver sees
//!           the items of one source in their order.
//! Sides     ocaml/patterns/mpmc.ml · compare/patterns/mpmc.json
//!           in Python `chanpatterns.channel(n)`, both ends cloned
//! Source    C. A. R. Hoare, *Monitors: An Operating System Structuring
//!           Concept* (1974): one buffer that all its users share.

use crate::channel::{self, Receiver};
use crate::sync::thread;
use std::panic::resume_unwind;

/// Shares the items of all sources out to `receivers`, and returns what each
/// receiver makes of its share.
///
/// Every source and every receiver runs on a thread of its own, and all have
/// ended when this returns. `receive` gets a receiving end, takes from it until
/// the end or as long as it likes, and its results come in the order of the
/// receivers. Without receivers the sources end at their first send.
///
/// # Panics
///
/// If a source or `receive` panics, when all have ended.
///
/// ```
/// use chanpatterns::patterns::mpmc::share_out;
///
/// let sources = [1..=50, 51..=100];
/// let sums = share_out(sources, 3, Some(8), |rx| rx.iter().sum::<u32>());
/// assert_eq!(sums.len(), 3);
/// assert_eq!(sums.iter().sum::<u32>(), 5050);
/// ```
pub fn share_out<S, R>(
    sources: impl IntoIterator<Item = S>,
    receivers: usize,
    capacity: Option<usize>,
    receive: impl Fn(Receiver<S::Item>) -> R + Sync,
) -> Vec<R>
where
    S: IntoIterator<Item: Send> + Send,
    R: Send,
{
    let (tx, rx) = channel::with_capacity(capacity);
    thread::scope(|scope| {
        for source in sources {
            let tx = tx.clone();
            scope.spawn(move || {
                for item in source {
                    if tx.send(item).is_err() {
                        break; // every receiver has left
                    }
                }
            });
        }
        // Those who run keep their ends alone: a spare sender would keep the
        // receivers waiting, a spare receiver the sources.
        drop(tx);
        let receive = &receive;
        let receivers: Vec<_> = (0..receivers)
            .map(|_| {
                let rx = rx.clone();
                scope.spawn(move || receive(rx))
            })
            .collect();
        drop(rx);
        let results = receivers.into_iter().map(|receiver| {
            receiver.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        results.collect()
    })
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, read};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        sources: Vec<Vec<i64>>,
        receivers: usize,
        capacity: Option<usize>,
    }

    /// An item of a case: the number of its source, and its value.
    pub type Item = (usize, i64);
    /// What takes the items of a case.
    pub type Receive = fn(Receiver<Item>) -> Vec<Item>;
    /// What the pattern is to a case.
    pub type Pattern =
        fn(Vec<Vec<Item>>, usize, Option<usize>, Receive) -> Vec<Vec<Item>>;

    /// Runs `share_out` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, share_out)
    }

    /// Runs a function that should be like `share_out` on a case.
    pub fn observe(
        input: &Value,
        share_out: Pattern,
    ) -> Result<Value, BadInput> {
        let Input {
            sources,
            receivers,
            capacity,
        } = read(input)?;
        let label = |(source, items): (usize, Vec<i64>)| {
            items.into_iter().map(|item| (source, item)).collect()
        };
        let sources = sources.into_iter().enumerate().map(label).collect();
        let receive = |rx: Receiver<Item>| rx.into_iter().collect();
        let shares = share_out(sources, receivers, capacity, receive);
        let (receivers, items): (Vec<usize>, Vec<Item>) = (0..)
            .zip(shares)
            .flat_map(|(receiver, share)| {
                share.into_iter().map(move |item| (receiver, item))
            })
            .unzip();
        Ok(json!({"items": items, "measured": {"receivers": receivers}}))
    }
}
