//! Rendezvous: a send completes when it is received.
//!
//! Channels  one rendezvous channel (capacity 0), one sender.
//! Closing   the sender is dropped when the items end. A receiver that leaves
//!           ends the sender: the send that waits for it fails.
//! Agree     exact, and never an item under way: it is with the sender until it
//!           is with the receiver.
//! Sides     ocaml/patterns/rendezvous.ml · compare/patterns/rendezvous.json
//!           in Python `chanpatterns.channel(0)`
//! Source    C. A. R. Hoare, *Communicating Sequential Processes* (1978).

use crate::Panicked;
use crate::channel::{self, SendError, TrySendError};
use crate::patterns::Output;
use crate::sync::thread;

/// Makes items in step with whoever receives them.
///
/// The items are made on a thread of their own. It goes on to the next when
/// the one before has been taken: so when item n is made, the receiver has
/// come for item n - 1. An item for which no receiver waits yet is shown to
/// `early` before its maker waits. If making an item panics, the output ends
/// with the panic.
///
/// ```
/// use chanpatterns::patterns::rendezvous::lockstep;
/// use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
///
/// static MADE: AtomicU32 = AtomicU32::new(0);
/// let ticks = (1..=3).inspect(|tick| MADE.store(*tick, SeqCst));
/// for tick in lockstep(ticks, |_early| {}) {
///     // At most the next one is made, never the one after it.
///     assert!(MADE.load(SeqCst) <= tick.unwrap() + 1);
/// }
/// ```
pub fn lockstep<I>(
    items: I,
    mut early: impl FnMut(&I::Item) + Send + 'static,
) -> Output<Result<I::Item, Panicked>>
where
    I: IntoIterator<Item: Send + 'static> + Send + 'static,
{
    let (tx, rx) = channel::rendezvous();
    let sender = thread::spawn(move || {
        let run = || {
            items.into_iter().try_for_each(|item| {
                tx.try_send(Ok(item)).or_else(|refused| {
                    if let TrySendError::Full(Ok(item)) = &refused {
                        early(item);
                    }
                    // The item came back; this send waits until it is met.
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
        items: Vec<i64>,
    }

    /// What the pattern is to a case.
    pub type Pattern = fn(Items, Refused) -> Output<Result<i64, Panicked>>;

    /// Runs `lockstep` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, lockstep)
    }

    /// Runs a function that should be like `lockstep` on a case.
    pub fn observe(
        input: &Value,
        lockstep: Pattern,
    ) -> Result<Value, BadInput> {
        let Input { items } = read(input)?;
        Ok(fill_then_drain(items, |items, early| {
            lockstep(items, early)
        }))
    }
}
