//! Waiting: one mechanism for threads, tasks and choices.
//!
//! Whatever can wait is an [`Operation`]. It is tried; if it cannot complete it
//! *enters*, under the lock of what it waits for and after looking once more,
//! which is why no wake-up is lost; then its owner waits for the signal. An
//! operation is driven by a thread ([`wait`]), by a task ([`Pending`]), or with
//! others by a choice (`crate::event`).
//!
//! # Who leaves
//!
//! Whoever gives up claims its own signal. If that succeeds, nobody counts on
//! it, and it leaves the queue. If it fails, it was claimed before: it has met
//! its partner, or it was told to look again. One who does neither passes that
//! on to the next ([`Operation::pass_on`]), so nothing is lost by leaving.

mod latch;
mod patience;
mod pending;
mod queue;
mod signal;
mod stock;

pub(crate) use latch::{FiresOnDrop, Latch, Passing};
pub(crate) use patience::Patience;
pub(crate) use pending::Pending;
pub(crate) use queue::{Ticket, WaitQueue};
pub(crate) use signal::{Outcome, Signal, Token, Wake};
pub(crate) use stock::Stocked;

use crate::sync::{Arc, Spin};
use std::time::Instant;

/// Something that completes now or has to wait, and then holds its result.
pub(crate) trait Operation {
    /// Completes if that needs no waiting. It does not stand anywhere.
    fn attempt(&mut self) -> bool;

    /// Enters the queue of those who wait, in front of them if `first`; false
    /// if an attempt might succeed instead.
    ///
    /// A partner that is `token`'s own signal does not count: no one meets
    /// itself.
    fn enter(&mut self, token: Token, first: bool) -> bool;

    /// Completes after a claim that said [`Outcome::Met`].
    fn meet(&mut self);

    /// Leaves the queue, if it still stands there.
    fn leave(&mut self);

    /// Gives what a claim of the given outcome brought to the next in line.
    fn pass_on(&mut self, outcome: Outcome);

    /// A guess, cheap to make, whether an attempt would succeed. `None` if
    /// there is no use in guessing, since a partner completes an operation that
    /// has entered.
    fn guess(&self) -> Option<bool> {
        None
    }

    /// Whether an attempt might succeed: a look, which changes nothing, and takes
    /// a lock where there is no use in guessing. `None` if only an attempt tells.
    fn look(&self) -> Option<bool> {
        self.guess()
    }

    /// Takes back an attempt that completed without having done anything, since
    /// it found the channel closed; false if it did something.
    fn take_back(&mut self) -> bool {
        false
    }

    /// When it may complete without a claim.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Where it stands in the order in which a choice enters its operations:
    /// the same for two that may meet.
    fn order(&self) -> usize {
        0
    }
}

/// The error of a result, taken out of it; a success stays there.
pub(crate) fn take_error<R, E>(result: &mut Option<Result<R, E>>) -> Option<E> {
    match result.take() {
        Some(Err(error)) => Some(error),
        other => {
            *result = other;
            None
        }
    }
}

/// Completes `operation` on this thread; false if patience ran out.
pub(crate) fn wait(
    operation: &mut impl Operation,
    patience: &mut Patience<'_>,
) -> bool {
    let mut spin = Spin::new();
    while let Some(ready) = operation.guess() {
        if ready && operation.attempt() {
            return true;
        }
        if !spin.again() {
            break;
        }
    }
    let signal = Stocked::take();
    let mut first = false;
    loop {
        let token = Token {
            signal: Arc::clone(&signal),
            case: 0,
        };
        if !operation.enter(token, first) {
            if operation.attempt() {
                return true;
            }
            continue;
        }
        let claim = loop {
            match operation.guess() {
                None => signal.wait(patience.next_wake()),
                Some(_) => signal.sleep(patience.next_wake()),
            }
            if let Some(claim) = signal.claimed() {
                break claim;
            }
            if patience.is_over() && signal.claim_own(0) {
                operation.leave();
                return false;
            }
        };
        if claim.outcome == Outcome::Met {
            operation.meet();
            return true;
        }
        operation.leave();
        signal.renew();
        if operation.attempt() {
            return true;
        }
        first = true;
    }
}
