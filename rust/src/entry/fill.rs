//! The script of the kinds that hold a sender back: fill, then drain.

use super::{Peak, item};
use crate::Panicked;
use crate::channel;
use crate::patterns::Output;
use crate::sync::Arc;
use serde_json::{Value, json};
use std::iter;

/// What makes the items of a case.
pub type Items = Box<dyn Iterator<Item = i64> + Send>;
/// Who is told of an item that was refused.
pub type Refused = Box<dyn FnMut(&i64) + Send>;

/// Lets `start` send `items` while nobody receives, until one is refused or
/// all are in; then receives everything.
pub fn fill_then_drain(
    items: Vec<i64>,
    start: impl FnOnce(Items, Refused) -> Output<Result<i64, Panicked>>,
) -> Value {
    let peak = Arc::new(Peak::new());
    // Nobody receives before the first refusal. If all are in without one, the
    // close tells.
    let (refusals, refused) = channel::unbounded();
    let all_in = refusals.clone();
    let items = peak.sent(items).chain(iter::from_fn(move || {
        all_in.close();
        None
    }));
    let tell = move |item: &i64| {
        refusals.send(*item).ok();
    };
    let output = start(Box::new(items), Box::new(tell));
    let refused = refused.recv().ok();
    let accepted = peak.returned();
    let items: Vec<Value> =
        peak.receive_all(output).into_iter().map(item).collect();
    json!({
        "accepted": accepted,
        "refused": refused,
        "items": items,
        "measured": {"peak": peak.most()},
    })
}
