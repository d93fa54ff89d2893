//! How long an operation is ready to wait.

use crate::sync::has_passed;
use std::time::{Duration, Instant};

/// For ever or until a deadline; and who is asked meanwhile.
pub(crate) struct Patience<'a> {
    deadline: Option<Instant>,
    watch: Option<Watch<'a>>,
}

struct Watch<'a> {
    every: Duration,
    /// `None` if that is later than the clock can tell.
    next: Option<Instant>,
    go_on: &'a mut dyn FnMut() -> bool,
}

impl<'a> Patience<'a> {
    pub(crate) fn forever() -> Self {
        Self::until(None)
    }

    /// Until `deadline`; `None` is no deadline.
    pub(crate) fn until(deadline: Option<Instant>) -> Self {
        Patience {
            deadline,
            watch: None,
        }
    }

    /// For `timeout`; one that is too long for the clock is no deadline.
    pub(crate) fn lasting(timeout: Duration) -> Self {
        Self::until(Instant::now().checked_add(timeout))
    }

    /// The same, and asks `go_on` every so often whether to go on.
    pub(crate) fn watched(
        self,
        every: Duration,
        go_on: &'a mut dyn FnMut() -> bool,
    ) -> Self {
        let next = Instant::now().checked_add(every);
        Patience {
            watch: Some(Watch { every, next, go_on }),
            ..self
        }
    }

    /// When the one who waits has something to do; `None` is never.
    pub(crate) fn next_wake(&self) -> Option<Instant> {
        let question = self.watch.as_ref().and_then(|watch| watch.next);
        self.deadline.into_iter().chain(question).min()
    }

    /// Whether patience has run out. May run the caller's code.
    pub(crate) fn is_over(&mut self) -> bool {
        if self.deadline.is_some_and(has_passed) {
            return true;
        }
        match &mut self.watch {
            Some(watch) if watch.next.is_some_and(has_passed) => {
                watch.next = Instant::now().checked_add(watch.every);
                !(watch.go_on)()
            }
            _ => false,
        }
    }
}
