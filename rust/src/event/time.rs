//! Events of time.

use super::{Event, never};
use crate::sync::has_passed;
use crate::wait::{Operation, Outcome, Token};
use std::time::{Duration, Instant};

/// Ready from a moment on.
struct At(Instant);

impl Operation for At {
    fn attempt(&mut self) -> bool {
        has_passed(self.0)
    }

    fn enter(&mut self, _token: Token, _first: bool) -> bool {
        true
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {}

    fn pass_on(&mut self, _outcome: Outcome) {}

    fn deadline(&self) -> Option<Instant> {
        Some(self.0)
    }
}

/// The event that is ready from `moment` on.
///
/// A thread that synchronises on it sleeps until then; for tasks, one thread
/// keeps the time for all of them.
///
/// ```
/// use chanpatterns::event;
/// use std::time::Instant;
///
/// event::at(Instant::now()).sync(); // at once
/// ```
pub fn at(moment: Instant) -> Event<'static, ()> {
    Event::of(At(moment), |_| ())
}

/// The event that is ready `delay` after its synchronisation begins.
///
/// Each synchronisation counts from its own beginning; for one deadline over
/// several, take [`at`]. A delay too long for the clock to tell never ends.
///
/// ```
/// use chanpatterns::{channel, event};
/// use std::time::Duration;
///
/// let (tx, rx) = channel::unbounded::<u8>();
/// let received = event::select([
///     event::receive(&rx).wrap(Some),
///     event::after(Duration::from_millis(2)).wrap(|()| None),
/// ]);
/// assert_eq!(received, None);
/// # drop(tx);
/// ```
pub fn after(delay: Duration) -> Event<'static, ()> {
    super::guard(move || {
        Instant::now().checked_add(delay).map_or_else(never, at)
    })
}
