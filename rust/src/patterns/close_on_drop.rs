//! Close on drop: the last sender dropped; then drain, then the end.
//!
//! Channels  one unbounded channel, a sender for each role that sends.
//! Closing   this is the pattern: nobody calls `close`. A role owns its sender
//!           and drops it by ending, however it ends; the last drop closes.
//!           What is queued can still be received, then comes the end.
//! Agree     exact: only the last drop closes, nothing is lost, and the end
//!           stays the end.
//! Differs:  OCaml drops nothing at a known time. There each role closes its
//!           end by hand, and a count of open ends does what the drop does.
//! Sides     ocaml/patterns/close_on_drop.ml
//!           compare/patterns/close_on_drop.json · in Python `with tx:`
//! Source    the Rust standard library, `std::sync::mpsc`, "Disconnection".

use crate::channel::{self, Receiver, Sender};
use std::iter;

/// A channel with exactly `count` senders.
///
/// Give one to each role. The channel closes when the last of them is dropped;
/// with no sender it is closed from the start. There is no spare: a sender that
/// somebody keeps and forgets is the usual reason why a receiver waits for
/// ever.
///
/// ```
/// use chanpatterns::patterns::close_on_drop::senders;
/// use std::thread;
///
/// let (senders, rx) = senders(3);
/// for (number, tx) in (1..).zip(senders) {
///     thread::spawn(move || tx.send(number).unwrap());
/// }
/// // The loop ends because three threads have ended, even if one panicked.
/// let mut total = 0;
/// for number in rx {
///     total += number;
/// }
/// assert_eq!(total, 6);
/// ```
pub fn senders<T>(count: usize) -> (Vec<Sender<T>>, Receiver<T>) {
    let (tx, rx) = channel::unbounded();
    // The last of the copies is `tx` itself.
    (iter::repeat_n(tx, count).collect(), rx)
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::channel::RecvError;
    use crate::entry::{BadInput, read};
    use crate::sync::thread;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use std::panic::resume_unwind;
    use std::sync::Barrier;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        batches: Vec<Vec<i64>>,
        receiver: Turn,
    }

    /// When the receiver starts.
    #[derive(Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Turn {
        /// Before anything is sent.
        First,
        /// When every sender is gone.
        Last,
    }

    /// What the pattern is to a case.
    pub type Pattern = fn(usize) -> (Vec<Sender<i64>>, Receiver<i64>);

    /// Runs `senders` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, senders)
    }

    /// Runs a function that should be like `senders` on a case.
    pub fn observe(input: &Value, senders: Pattern) -> Result<Value, BadInput> {
        let Input { batches, receiver } = read(input)?;
        let (senders, rx) = senders(batches.len());
        let observer = rx.observer();
        let send_and_drop = move || -> Vec<bool> {
            let roles = senders.into_iter().zip(batches);
            let send = |(tx, batch): (Sender<i64>, Vec<i64>)| {
                for item in batch {
                    tx.send(item).ok(); // seen as an item that is missing
                }
                drop(tx);
                observer.is_closed()
            };
            roles.map(send).collect()
        };
        let receive = move || {
            let items: Vec<i64> = rx.iter().collect();
            let end = [rx.recv(), rx.recv()].map(|received| match received {
                Ok(item) => json!(item),
                Err(RecvError) => json!("closed"),
            });
            (items, end)
        };
        let started = Barrier::new(2);
        let (closed, (items, end)) = match receiver {
            Turn::Last => (send_and_drop(), receive()),
            Turn::First => thread::scope(|scope| {
                let receiver = scope.spawn(|| {
                    started.wait();
                    receive()
                });
                started.wait();
                let closed = send_and_drop();
                let received = receiver.join();
                (
                    closed,
                    received.unwrap_or_else(|panic| resume_unwind(panic)),
                )
            }),
        };
        Ok(json!({"closed": closed, "items": items, "end": end}))
    }
}
