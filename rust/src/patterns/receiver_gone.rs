//! Receiver gone: a send after the last receiver left gives the value back.
//!
//! Channels  one channel, unbounded or of a capacity; one sender, one receiver.
//! Closing   the receiver may leave at any time, by dropping its end. The send
//!           that waits is woken and fails, and so does every later one; each
//!           has its value back. What is queued then is dropped: it was sent,
//!           and nobody will ask for it.
//! Agree     exact: what was taken, what was accepted, what came back.
//! Differs:  a sender cannot see in OCaml that the receiver is gone. There the
//!           receiver closes its end by hand, and senders look at that.
//! Sides     ocaml/patterns/receiver_gone.ml
//!           compare/patterns/receiver_gone.json · in Python `channel(n)`,
//!           whose errors carry the object
//! Source    the Rust standard library, `std::sync::mpsc::SendError`.

use crate::channel::{self, Receiver, SendError};
use crate::sync::thread;
use std::panic::resume_unwind;

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered<T, R> {
    /// What the receiver returned.
    pub received: R,
    /// How many of the items were sent, taken or not. They were the first.
    pub accepted: usize,
    /// The others, which came back, in their order.
    pub returned: Vec<T>,
}

/// Offers items to a receiver that may leave, and collects what comes back.
///
/// The items are sent from a thread of their own. `receive` runs on the
/// caller's; it takes what it likes, and leaves by dropping its end, at the
/// latest when it returns. Nothing is sent to nobody without notice: the items
/// that found no receiver are in the result. There must be an end to them.
///
/// # Panics
///
/// If `receive` or making an item panics, when both have ended.
///
/// ```
/// use chanpatterns::patterns::receiver_gone::offer;
///
/// let offered = offer(1..=5, Some(0), |rx| [rx.recv(), rx.recv()]);
/// assert_eq!(offered.received, [Ok(1), Ok(2)]);
/// assert_eq!(offered.accepted, 2);
/// assert_eq!(offered.returned, [3, 4, 5]);
/// ```
pub fn offer<T: Send, R>(
    items: impl IntoIterator<Item = T> + Send,
    capacity: Option<usize>,
    receive: impl FnOnce(Receiver<T>) -> R,
) -> Offered<T, R> {
    let (tx, rx) = channel::with_capacity(capacity);
    thread::scope(|scope| {
        let sender = scope.spawn(move || {
            let mut accepted = 0;
            let mut returned = Vec::new();
            for item in items {
                match tx.send(item) {
                    Ok(()) => accepted += 1,
                    Err(SendError(item)) => returned.push(item),
                }
            }
            (accepted, returned)
        });
        let received = receive(rx);
        let (accepted, returned) =
            sender.join().unwrap_or_else(|panic| resume_unwind(panic));
        Offered {
            received,
            accepted,
            returned,
        }
    })
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::channel::{Sender, unbounded};
    use crate::entry::{BadInput, read};
    use serde::Deserialize;
    use serde_json::{Value, json};
    use std::iter;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Script {
        capacity: Option<usize>,
        before: Vec<i64>,
        take: usize,
        after: Vec<i64>,
        blocked: bool,
    }

    /// A script that ends: there is room for what is sent before the receiver
    /// leaves, and if the sender is to block then, no more than that.
    #[derive(Deserialize)]
    #[serde(try_from = "Script")]
    struct Input(Script);

    impl TryFrom<Script> for Input {
        type Error = String;

        fn try_from(script: Script) -> Result<Self, String> {
            let (take, before) = (script.take, script.before.len());
            let room = script.capacity.map(|n| take.saturating_add(n));
            let fits = room.is_none_or(|room| before <= room);
            let blocks = !script.blocked || room == Some(before);
            if take <= before && fits && blocks {
                return Ok(Input(script));
            }
            Err(format!(
                "before: expected at least `take` items, at most `take` + \
                 `capacity`, and just so many if `blocked`; found {before}"
            ))
        }
    }

    /// What makes the items of a case.
    pub type Items = Box<dyn Iterator<Item = i64> + Send>;
    /// The receiver of a case.
    pub type Receive = Box<dyn FnOnce(Receiver<i64>) -> Vec<i64>>;
    /// What the pattern is to a case.
    pub type Pattern =
        fn(Items, Option<usize>, Receive) -> Offered<i64, Vec<i64>>;

    /// Runs `offer` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, offer)
    }

    /// Runs a function that should be like `offer` on a case.
    pub fn observe(input: &Value, offer: Pattern) -> Result<Value, BadInput> {
        let Input(script) = read(input)?;
        let Script {
            capacity,
            before,
            take,
            after,
            blocked,
        } = script;
        let all: Vec<i64> = before.iter().chain(&after).copied().collect();
        // Each end of a phase is a channel that closes.
        let (sending, all_sent) = unbounded::<()>();
        let (staying, left) = unbounded::<()>();
        // Who asks for the first item after `before` has sent all of it.
        let pause =
            iter::once(sending).filter_map(move |sending: Sender<()>| {
                drop(sending);
                if !blocked {
                    left.recv().ok();
                }
                None
            });
        let receive = move |rx: Receiver<i64>| {
            let items = rx.iter().take(take).collect();
            all_sent.recv().ok();
            drop(rx);
            drop(staying);
            items
        };
        let items = before.into_iter().chain(pause).chain(after);
        let Offered {
            received,
            accepted,
            returned,
        } = offer(Box::new(items), capacity, Box::new(receive));
        Ok(json!({
            "items": received,
            "accepted": all.get(..accepted),
            "returned": returned,
        }))
    }
}
