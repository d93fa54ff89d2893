//! Backpressure: a fast producer is held by bounded channels.
//!
//! Channels  source -> channel -> stage -> channel -> ... -> sink, every one of
//!           the same capacity.
//! Closing   the source drops its sender; each stage drains its channel, ends
//!           and so closes the next. A sink that leaves ends the stages, and
//!           the source's next send fails.
//! Agree     exact. With the sink not receiving, exactly what the channels and
//!           the stages hold is accepted, and never more is under way.
//! Sides     ocaml/patterns/backpressure.ml
//!           compare/patterns/backpressure.json
//! Source    C. A. R. Hoare, *Communicating Sequential Processes* (1978), 4:
//!           a chain of coroutines; bounded buffers in 5.1.

use crate::channel::{self, Receiver, Sender};
use crate::patterns::Output;
use crate::sync::thread::{self, JoinHandle};

/// A chain of stages between bounded channels: its two ends.
///
/// Each stage runs on a thread of its own, takes an item, applies its function
/// and passes the result on. What is under way never exceeds
/// `(stages + 1) * capacity` queued items and one in the hands of each stage:
/// from there on a send waits until the sink receives.
///
/// # Panics
///
/// A stage whose function panics ends, and with it the chain: the source's
/// sends fail, the sink gets what came before, and the panic goes on when the
/// output is dropped.
///
/// ```
/// use chanpatterns::channel::TrySendError;
/// use chanpatterns::patterns::backpressure::{Stage, chain};
///
/// let double: Stage<i32> = Box::new(|n| n * 2);
/// let (tx, mut sink) = chain(1, [double]);
/// for n in 1..=3 {
///     tx.send(n).unwrap(); // one in each channel, one with the stage
/// }
/// assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)));
/// assert_eq!(sink.next(), Some(2));
/// drop(tx);
/// assert_eq!(sink.collect::<Vec<_>>(), [4, 6]);
/// ```
pub fn chain<T: Send + 'static>(
    capacity: usize,
    stages: impl IntoIterator<Item = Stage<T>>,
) -> (Sender<T>, Output<T>) {
    let (source, mut rx) = channel::bounded(capacity);
    let mut threads = Vec::new();
    for stage in stages {
        let (tx, next) = channel::bounded(capacity);
        threads.push(run(stage, rx, tx));
        rx = next;
    }
    (source, Output::new(rx, threads))
}

/// What a stage does to an item.
pub type Stage<T> = Box<dyn FnMut(T) -> T + Send>;

fn run<T: Send + 'static>(
    mut stage: Stage<T>,
    rx: Receiver<T>,
    tx: Sender<T>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        for item in rx {
            // Held here: the stage takes no other item before this one is
            // out of its hands.
            if tx.send(stage(item)).is_err() {
                break; // the next one has left; so does this one
            }
        }
    })
}

#[cfg(feature = "entry")]
pub use entry::entry;

/// The entry for the laboratory.
#[cfg(feature = "entry")]
pub mod entry {
    use super::*;
    use crate::entry::{BadInput, Peak, read};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        capacity: usize,
        stages: usize,
        items: Vec<i64>,
    }

    /// What the pattern is to a case.
    pub type Pattern = fn(usize, Vec<Stage<i64>>) -> (Sender<i64>, Output<i64>);

    /// Runs `chain` on a case.
    pub fn entry(input: &Value) -> Result<Value, BadInput> {
        observe(input, chain)
    }

    /// Runs a function that should be like `chain` on a case.
    pub fn observe(input: &Value, chain: Pattern) -> Result<Value, BadInput> {
        let Input {
            capacity,
            stages,
            items,
        } = read(input)?;
        let holds = (stages + 1) * capacity + stages;
        let stages = (0..stages).map(|_| Box::new(|n: i64| n + 1) as Stage<_>);
        let (tx, sink) = chain(capacity, stages.collect());
        let peak = Peak::new();

        // The sink does not receive: the chain is filled to the brim.
        let mut items = items.into_iter();
        let mut accepted = 0;
        for item in items.by_ref().take(holds) {
            if tx.send(item).is_ok() {
                peak.send_returned();
                accepted += 1;
            }
        }
        let mut refused = None;
        for item in items.by_ref() {
            if let Err(error) = tx.try_send(item) {
                refused = Some(error.into_inner());
                break;
            }
            peak.send_returned();
            accepted += 1;
        }

        // The sink receives: the rest follows.
        let received = thread::scope(|scope| {
            scope.spawn(|| {
                let tx = tx; // dropped when all is sent
                for item in refused.into_iter().chain(items) {
                    if tx.send(item).is_err() {
                        break; // seen as items that are missing
                    }
                    peak.send_returned();
                }
            });
            peak.receive_all(sink)
        });
        Ok(json!({
            "accepted": accepted,
            "refused": refused,
            "items": received,
            "measured": {"peak": peak.most()},
        }))
    }
}
