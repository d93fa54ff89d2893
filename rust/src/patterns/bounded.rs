//! Bounded: a queue of capacity n; the sender blocks when it is full.
//!
//! Channels  one bounded channel, one sender.
//! Closing   the sender is dropped when the items end. A receiver that leaves
//!           ends the sender: its next send fails.
//! Agree     exact, and never more than n items under way.
//! Sides     ocaml/patterns/bounded.ml · compare/patterns/bounded.json
//!           in Python `chanpatterns.channel(n)`
//! Source    E. W. Dijkstra, *Cooperating Sequential Processes* (1965),
//!           "the bounded buffer".

use crate::Panicked;
use crate::channel::{self, SendError, TrySendError};
use crate::patterns::Output;
use crate::sync::thread;

/// Makes items ahead of whoever receives them, by at most `capacity`.
///
/// The items are made on a thread of their own, which waits while `capacity`
/// items are queued; before it waits, it calls `full` with the item for which
/// there was no room. If making an item panics, the output ends with the panic.
///
/// ```
/// use chanpatterns::patterns::bounded::read_ahead;
///
/// let full = |_: &u32| eprintln!("the reader is behind");
/// let pages = read_ahead(1..=100, 4, full);
/// assert_eq!(pages.map(|page| page.unwrap()).sum::<u32>(), 5050);
/// ```
pub fn read_ahead<I>(
    items: I,
    capacity: usize,
    mut full: impl FnMut(&I::Item) + Send + 'static,
) -> Output<Result<I::Item, Panicked>>
where
    I: IntoIterator<Item: Send + 'static> + Send + 'static,
{
    let (tx, rx) = channel::bounded(capacity);
    let sender = thread::spawn(move || {
        let run = || {
            items.into_iter().try_for_each(|item| {
                tx.try_send(Ok(item)).or_else(|refused| {
                    if let TrySendError::Full(Ok(item)) = &refused {
                        full(item);
                    }
                    // The item came back; this send waits until there is room.
                    tx.send(refused.into_inner())
                })
            })
        };
        // A send that fails means that the receiver has left.
        let _: Result<(), SendError<_>> = match Panicked::catch(run) {
            Ok(ended) => ended,
            Err(panicked) => tx.send(Err(panicked)),
        };
    });
    Output::new(rx, [sender])
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, Items, Refused, fill_then_drain, read};
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        capacity: usize,
        items: Vec<i64>,
    }

    /// What the pattern is to a case.
    pub type Pattern =
        fn(Items, usize, Refused) -> Output<Result<i64, Panicked>>;

    /// Runs `read_ahead` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, read_ahead)
    }

    /// Runs a function that should be like `read_ahead` on a case.
    pub fn observe(
        input: &Value,
        read_ahead: Pattern,
    ) -> Result<Value, BadInput> {
        let Input { capacity, items } = read(input)?;
        Ok(fill_then_drain(items, |items, full| {
            read_ahead(items, capacity, full)
        }))
    }
}
