//! An operation that a task waits for.

use super::{Operation, Outcome, Stocked, Token};
use crate::sync::Arc;
use std::task::{Context, Poll};

/// Drives an operation from a task; the body of every future of this crate.
///
/// Dropping it gives up: nothing that was on its way is lost.
pub(crate) struct Pending<O: Operation> {
    operation: O,
    /// There while the operation stands in a queue.
    signal: Option<Stocked>,
    /// Complete, and not to be polled any more.
    over: bool,
}

impl<O: Operation> Pending<O> {
    pub(crate) fn new(operation: O) -> Self {
        Pending {
            operation,
            signal: None,
            over: false,
        }
    }

    pub(crate) fn operation(&mut self) -> &mut O {
        &mut self.operation
    }

    pub(crate) fn look(&self) -> &O {
        &self.operation
    }

    /// Whether it was ready before.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Ready once the operation is complete.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let poll = self.drive(context);
        self.over = poll.is_ready();
        poll
    }

    fn drive(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut first = false;
        if let Some(signal) = &self.signal {
            let claim = signal.claimed().or_else(|| {
                // A claim from then on wakes the waker.
                signal.set_waker(context.waker());
                signal.claimed()
            });
            let Some(claim) = claim else {
                return Poll::Pending;
            };
            // Kept until it has left the queue, for otherwise its waker would
            // be dropped there, under the lock.
            let _signal = self.signal.take();
            if claim.outcome == Outcome::Met {
                self.operation.meet();
                return Poll::Ready(());
            }
            self.operation.leave();
            first = true;
        }
        loop {
            if self.operation.attempt() {
                return Poll::Ready(());
            }
            let signal = Stocked::take();
            signal.set_waker(context.waker());
            let token = Token {
                signal: Arc::clone(&signal),
                case: 0,
            };
            if self.operation.enter(token, first) {
                self.signal = Some(signal);
                return Poll::Pending;
            }
        }
    }

    /// Gives up: leaves the queue, or passes on what a claim has brought.
    pub(crate) fn give_up(&mut self) {
        let Some(signal) = self.signal.take() else {
            return;
        };
        if signal.claim_own(0) {
            self.operation.leave();
        } else if let Some(claim) = signal.claimed() {
            self.operation.leave();
            self.operation.pass_on(claim.outcome);
        }
    }
}

impl<O: Operation> Drop for Pending<O> {
    fn drop(&mut self) {
        self.give_up();
    }
}
