//! Operations that wait while their process goes on.

use super::{Next, NextWith, Rules};
use crate::litmus::code::{Move, Op, What, result};
use crate::litmus::mutant::mutant;
use crate::litmus::state::{State, future, push, push_front, status};

impl Rules<'_> {
    pub(in crate::litmus) fn future_at(
        &self,
        process: u8,
        number: u8,
    ) -> usize {
        self.layout.processes[process as usize].futures + 3 * number as usize
    }

    fn slot_of(&self, process: u8, number: u8) -> usize {
        let mut slots = self.layout.slots.iter();
        let found = slots.position(|slot| {
            slot.process == process && slot.future == Some(number)
        });
        found.expect("every future has a slot")
    }

    /// A future arrives: it completes, or waits while its process goes on.
    pub(super) fn start<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        number: u8,
        transfer: Move,
        next: Next<'_, N>,
    ) {
        if self.fails_on_closed(state, transfer) {
            return self.fail(state, process, status::SEND_ON_CLOSED, next);
        }
        let at = self.future_at(process, number);
        let value = match transfer.what {
            What::Send(source) => self.value(state, process, source),
            What::Recv(_) => 0,
        };
        let slot = self.slot_of(process, number);
        let mut any = false;
        self.transfer(
            state,
            slot,
            transfer,
            value,
            true,
            &mut |state, result| {
                any = true;
                state[at] = future::AT_START;
                state[at + 1] = result;
                self.advance(state, process);
                next(state);
            },
        );
        if !any {
            state[at] = future::WAITING;
            state[at + 1] = value;
            self.enter(state, slot);
            self.advance(state, process);
            next(state);
        }
    }

    /// Completes an await in every way there is; false if there is none, and the
    /// state is what it was.
    pub(super) fn awaited<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        next: Next<'_, N>,
    ) -> bool {
        let Op::Await(number) = self.at(state, process).op else {
            unreachable!("it awaits nothing")
        };
        let at = self.future_at(process, number);
        if state[at] != future::WAITING {
            let result = state[at + 1];
            clear(state, at);
            self.finish(state, process, None, result, next);
            return true;
        }
        let transfer = self.code(process).futures[number as usize];
        if self.fails_on_closed(state, transfer) {
            self.fail(state, process, status::SEND_ON_CLOSED, next);
            return true;
        }
        let slot = self.slot_of(process, number);
        let value = state[at + 1];
        let mut any = false;
        self.transfer(
            state,
            slot,
            transfer,
            value,
            false,
            &mut |state, result| {
                any = true;
                self.leave(state, slot);
                clear(state, at);
                self.finish(state, process, None, result, next);
            },
        );
        any
    }

    /// A future is withdrawn, by its process.
    pub(super) fn cancel<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        number: u8,
        next: Next<'_, N>,
    ) {
        self.withdraw(state, process, number, &mut |state, result| {
            self.finish(state, process, None, result, next);
        });
    }

    /// What becomes of a future that nobody wants any more.
    pub(super) fn withdraw<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        number: u8,
        next: NextWith<'_, N>,
    ) {
        let at = self.future_at(process, number);
        let (is, value) = (state[at], state[at + 1]);
        let slot = self.slot_of(process, number);
        if !mutant!("cancel_keeps_place_in_line") {
            self.leave(state, slot);
        }
        clear(state, at);
        let transfer = self.code(process).futures[number as usize];
        let received = matches!(transfer.what, What::Recv(_));
        match is {
            future::WAITING => next(state, result::CANCELLED),
            future::COMPLETED if received && self.compiled.is_value(value) => {
                if !self.dialect.keeps_cancelled
                    || mutant!("cancelled_value_lost")
                {
                    return next(state, result::CANCELLED);
                }
                self.give_back(
                    state,
                    slot,
                    transfer.channel,
                    value,
                    &mut |s| {
                        next(s, result::CANCELLED);
                    },
                );
            }
            _ => next(state, value),
        }
    }

    /// A value that was received is the next one to be received.
    fn give_back<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        next: Next<'_, N>,
    ) {
        if self.hand_off[channel as usize]
            && self.hand(state, slot, channel, value, next)
        {
            return;
        }
        let buffer = self.layout.pipes[channel as usize].buffer;
        match mutant!("cancelled_value_last") {
            true => push(state, buffer, value),
            false => push_front(state, buffer, value),
        }
        next(state);
    }
}

pub(super) fn clear<const N: usize>(state: &mut State<N>, future: usize) {
    state[future] = future::NONE;
    state[future + 1] = 0;
}
