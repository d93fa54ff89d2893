//! Negative acknowledgement: the news that one was not chosen.

use super::Event;
use crate::sync::Arc;
use crate::wait::{FiresOnDrop, Latch, Passing};

/// An event, and what fires it.
pub(super) fn new() -> (Event<'static, ()>, FiresOnDrop) {
    let latch = Arc::new(Latch::new());
    let event = Event::of(Passing::new(Arc::clone(&latch)), |_| ());
    (event, FiresOnDrop::new(latch))
}
