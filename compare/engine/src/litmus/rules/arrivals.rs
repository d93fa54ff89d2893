//! A process arrives at its next operation: that completes, or it waits there.
//! Select stands here, too: it is one of its arms.

use super::time::set_left;
use super::{Next, Rules};
use crate::litmus::code::{Move, Op, Source, What, result};
use crate::litmus::dialect::{CloseTwice, SendOnClosed};
use crate::litmus::mutant::mutant;
use crate::litmus::state::{State, status};

impl Rules<'_> {
    /// A ready process takes its next operation.
    pub(super) fn arrive<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        next: Next<'_, N>,
    ) {
        let place = &self.layout.processes[process as usize];
        if !self.all_bound(state, process) {
            return self.fail(state, process, status::NO_VALUE, next);
        }
        match &self.at(state, process).op {
            Op::Try { transfer } => {
                let tried =
                    self.one(state, process, None, *transfer, true, next);
                if !tried {
                    let result = match transfer.what {
                        What::Recv(_) => result::EMPTY,
                        What::Send(_) => result::FULL,
                    };
                    self.finish(state, process, None, result, next);
                }
            }
            Op::Wait { .. }
            | Op::Select { .. }
            | Op::Each { .. }
            | Op::Reserve { .. } => {
                if self.attempt(state, process, true, next) {
                    return;
                }
                match &self.at(state, process).op {
                    Op::Select { default: true, .. } => {
                        self.finish(state, process, None, result::DEFAULT, next)
                    }
                    op => {
                        let left = match op {
                            Op::Wait { within, .. } => *within,
                            Op::Select { after, .. } => *after,
                            _ => None,
                        };
                        self.wait(state, process, left);
                        next(state);
                    }
                }
            }
            Op::Close(channel) => {
                let closed = self.layout.pipes[*channel as usize].closed;
                let by_drop = self.dialect.drop_closes
                    && !mutant!("drop_is_no_close")
                    && (self.is_shut(state, *channel)
                        || self.is_over(state, *channel));
                let was = std::mem::replace(&mut state[closed], 1);
                if was == 0 && !by_drop || mutant!("closed_once_more") {
                    self.finish(state, process, None, result::CLOSED, next);
                } else if self.dialect.close_twice == CloseTwice::Fails {
                    self.fail(state, process, status::CLOSED_TWICE, next);
                } else {
                    self.finish(state, process, None, result::ALREADY, next);
                }
            }
            Op::Drop(channel, side) => {
                state[self.handles(*channel, *side)] -= 1;
                self.advance(state, process);
                next(state);
            }
            Op::Clone(channel, side) => {
                state[self.handles(*channel, *side)] += 1;
                self.advance(state, process);
                next(state);
            }
            Op::Start(number, transfer) => {
                self.start(state, process, *number, *transfer, next);
            }
            Op::Await(_) => {
                if !self.awaited(state, process, next) {
                    state[place.status] = status::WAITING;
                    next(state);
                }
            }
            Op::Cancel(number) => self.cancel(state, process, *number, next),
            Op::Fulfil { permit, value } => {
                let value = self.value(state, process, *value);
                self.fulfil(state, process, *permit, value, next);
            }
            Op::Release(permit) => {
                self.advance(state, process);
                self.release(state, process, *permit, next);
            }
            Op::Sleep(duration) => {
                state[place.status] = status::WAITING;
                set_left(state, place.left, *duration);
                next(state);
            }
            Op::Spawn(child) => {
                let empty = self.code(*child).instructions.is_empty();
                state[self.layout.processes[*child as usize].status] =
                    match empty {
                        true => status::DONE,
                        false => status::READY,
                    };
                self.advance(state, process);
                next(state);
            }
            Op::Join(other) => {
                match self.has_ended(state, *other) {
                    true => self.advance(state, process),
                    false => state[place.status] = status::WAITING,
                }
                next(state);
            }
        }
    }

    /// A ready process takes its next operation if that can complete: to begin
    /// to wait would be no step.
    pub(super) fn come<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        next: Next<'_, N>,
    ) {
        match self.all_bound(state, process) {
            true => self.complete_at(state, process, true, next),
            false => self.fail(state, process, status::NO_VALUE, next),
        }
    }

    /// Whether every name that the operation sends was bound to a value: an arm
    /// that was not chosen binds nothing.
    pub(in crate::litmus) fn all_bound<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
    ) -> bool {
        let bound = |source: Source| self.value(state, process, source) != 0;
        let moves = |transfer: &Move| match transfer.what {
            What::Send(source) => bound(source),
            What::Recv(_) => true,
        };
        match &self.at(state, process).op {
            Op::Wait { transfer, .. }
            | Op::Try { transfer }
            | Op::Start(_, transfer) => moves(transfer),
            Op::Select { arms, .. } => arms.iter().all(moves),
            Op::Fulfil { value, .. } => bound(*value),
            _ => true,
        }
    }

    /// A process waits at its operation, behind all who wait.
    pub(in crate::litmus) fn wait<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        left: Option<u16>,
    ) {
        let place = &self.layout.processes[process as usize];
        state[place.status] = status::WAITING;
        self.enter(state, process as usize);
        set_left(state, place.left, left.unwrap_or(0));
    }

    /// A process completes the operation at which it is, if it can.
    pub(super) fn complete_at<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        arrives: bool,
        next: Next<'_, N>,
    ) {
        match &self.at(state, process).op {
            Op::Await(_) => {
                self.awaited(state, process, next);
            }
            Op::Join(other) if self.has_ended(state, *other) => {
                self.advance(state, process);
                next(state);
            }
            // One that waits to use a permit waits for ever.
            Op::Join(_) | Op::Sleep(_) | Op::Fulfil { .. } => {}
            _ => {
                self.attempt(state, process, arrives, next);
            }
        }
    }

    /// Completes the channel operation of `process` in every way there is;
    /// false if there is none, and the state is what it was.
    fn attempt<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        arrives: bool,
        next: Next<'_, N>,
    ) -> bool {
        match &self.at(state, process).op {
            Op::Wait { transfer, .. } | Op::Each { transfer, .. } => {
                self.one(state, process, None, *transfer, arrives, next)
            }
            Op::Select {
                arms,
                biased,
                default,
                ..
            } => {
                let mut any = false;
                if mutant!("default_though_ready") && *default {
                    let state = &mut { *state };
                    self.finish(state, process, None, result::DEFAULT, next);
                }
                for (arm, transfer) in arms.iter().enumerate() {
                    let skipped = mutant!("biased_takes_last")
                        && *biased
                        && arm + 1 < arms.len();
                    any |= !skipped
                        && self.one(
                            &mut { *state },
                            process,
                            Some(arm),
                            *transfer,
                            arrives,
                            next,
                        );
                    if any && (*biased || self.dialect.first_arm) {
                        break;
                    }
                }
                any
            }
            Op::Reserve { channel, permit } => {
                self.reserve(state, process, *channel, *permit, arrives, next)
            }
            _ => unreachable!("it waits on no channel"),
        }
    }

    /// Completes one send or receive of the operation of `process`; false if it
    /// cannot, and the state is what it was.
    fn one<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        arm: Option<usize>,
        transfer: Move,
        arrives: bool,
        next: Next<'_, N>,
    ) -> bool {
        if self.fails_on_closed(state, transfer) {
            self.fail(state, process, status::SEND_ON_CLOSED, next);
            return true;
        }
        let value = match transfer.what {
            What::Send(source) => self.value(state, process, source),
            What::Recv(_) => 0,
        };
        let slot = process as usize;
        let mut any = false;
        self.transfer(
            state,
            slot,
            transfer,
            value,
            arrives,
            &mut |state, result| {
                any = true;
                self.finish(state, process, arm, result, next);
            },
        );
        any
    }

    pub(super) fn fails_on_closed<const N: usize>(
        &self,
        state: &State<N>,
        transfer: Move,
    ) -> bool {
        matches!(transfer.what, What::Send(_))
            && self.dialect.send_on_closed == SendOnClosed::Fails
            && self.is_shut(state, transfer.channel)
    }
}
