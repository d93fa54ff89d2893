//! A send and a receive that meet.

use super::{NextWith, Rules};
use crate::litmus::code::result;
use crate::litmus::mutant::mutant;
use crate::litmus::state::{State, pop, push};

impl Rules<'_> {
    /// A send at a rendezvous.
    pub(super) fn meet_receiver<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        if self.is_shut(state, channel) {
            return self.send_shut(state, next);
        }
        if arrives {
            let met = self.hand(state, slot, channel, value, &mut |state| {
                next(state, result::SENT);
            });
            let buffer = self.layout.pipes[channel as usize].buffer;
            if mutant!("rendezvous_buffers_one") && !met && state[buffer] == 0 {
                push(state, buffer, value);
                next(state, result::SENT);
            }
        }
    }

    /// A receive at a rendezvous; the buffer has only what was given back.
    pub(super) fn meet_sender<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        let buffer = self.layout.pipes[channel as usize].buffer;
        if state[buffer] > 0 {
            if !self.would_overtake(state, slot, channel, false, arrives) {
                let value = pop(state, buffer);
                next(state, value);
            }
            return;
        }
        if self.is_over(state, channel) {
            return next(state, result::CLOSED);
        }
        // Where nobody is marked as waiting, the sender finds the receiver.
        let unmarked = self.reduced.unmarked[channel as usize];
        if arrives && !unmarked && !self.is_shut(state, channel) {
            self.waiters(state, slot, channel, true, &mut |waiter| {
                let value = self.offered(state, waiter);
                let state = &mut { *state };
                self.completed(state, waiter, result::SENT);
                next(state, value);
            });
        }
    }
}
