//! A place that is taken before there is a value for it.

use super::{Next, Rules};
use crate::litmus::code::result;
use crate::litmus::dialect::SendOnClosed;
use crate::litmus::mutant::mutant;
use crate::litmus::state::{State, status};

impl Rules<'_> {
    /// A place is taken without a value; false if none is free, and the state is
    /// what it was.
    pub(super) fn reserve<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        channel: u8,
        permit: u8,
        arrives: bool,
        next: Next<'_, N>,
    ) -> bool {
        if self.is_shut(state, channel) {
            match self.dialect.send_on_closed {
                SendOnClosed::Waits => return false,
                SendOnClosed::Fails => {
                    self.fail(state, process, status::SEND_ON_CLOSED, next);
                }
                SendOnClosed::Error => {
                    self.finish(state, process, None, result::CLOSED, next)
                }
            }
            return true;
        }
        let slot = process as usize;
        if !self.has_room(state, channel)
            || self.would_overtake(state, slot, channel, true, arrives)
        {
            return false;
        }
        state[self.layout.pipes[channel as usize].reserved] += 1;
        let place = &self.layout.processes[process as usize];
        state[place.permits + permit as usize] = 1;
        self.finish(state, process, None, result::RESERVED, next);
        true
    }

    /// A permit is used. One that was not got finds its channel closed.
    pub(super) fn fulfil<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        permit: u8,
        value: u8,
        next: Next<'_, N>,
    ) {
        let channel = self.code(process).permits[permit as usize];
        let pipe = &self.layout.pipes[channel as usize];
        let held =
            self.layout.processes[process as usize].permits + permit as usize;
        if state[held] == 0 {
            return self.finish(state, process, None, result::CLOSED, next);
        }
        let closed = state[pipe.closed] != 0
            && !self.dialect.permit_outlives_close
            && !mutant!("fulfil_after_close");
        if closed || state[pipe.receivers] == 0 {
            match self.dialect.send_on_closed {
                SendOnClosed::Error => {
                    state[held] = 0;
                    state[pipe.reserved] -= 1;
                    self.finish(state, process, None, result::CLOSED, next);
                }
                SendOnClosed::Fails => {
                    self.fail(state, process, status::SEND_ON_CLOSED, next);
                }
                SendOnClosed::Waits => {
                    let place = &self.layout.processes[process as usize];
                    state[place.status] = status::WAITING;
                    next(state);
                }
            }
            return;
        }
        state[held] = 0;
        state[pipe.reserved] -= 1;
        let slot = process as usize;
        self.append(state, slot, channel, value, &mut |state| {
            self.serve(state, slot, channel, &mut |state| {
                self.finish(state, process, None, result::SENT, next);
            });
        });
    }

    /// A permit is given back, if it is held.
    pub(super) fn release<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        permit: u8,
        next: Next<'_, N>,
    ) {
        let held =
            self.layout.processes[process as usize].permits + permit as usize;
        if std::mem::replace(&mut state[held], 0) == 0 {
            return next(state);
        }
        if mutant!("permit_leaks") {
            return next(state);
        }
        let channel = self.code(process).permits[permit as usize];
        state[self.layout.pipes[channel as usize].reserved] -= 1;
        self.serve(state, process as usize, channel, next);
    }
}
