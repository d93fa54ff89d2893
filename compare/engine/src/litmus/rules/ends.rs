//! An operation ends: its process goes on with the result, or fails.

use super::time::set_left;
use super::{Next, Rules};
use crate::litmus::code::{Move, Op, What, result};
use crate::litmus::mutant::mutant;
use crate::litmus::state::{State, push, status};

impl Rules<'_> {
    /// The operation of `process` completes with `result`.
    pub(super) fn finish<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        arm: Option<usize>,
        result: u8,
        next: Next<'_, N>,
    ) {
        let place = &self.layout.processes[process as usize];
        let op = &self.at(state, process).op;
        if let (Op::Each { end, .. }, result::CLOSED) = (op, result) {
            self.go(state, process, *end);
            return next(state);
        }
        if self.code(process).observed {
            let code = match arm {
                Some(arm) => self.compiled.of_arm(arm, result),
                None => result,
            };
            push(state, place.log, code);
        }
        let transfer = match op {
            Op::Wait { transfer, .. }
            | Op::Try { transfer }
            | Op::Each { transfer, .. } => Some(*transfer),
            Op::Select { arms, .. } => arm.map(|arm| arms[arm]),
            Op::Await(future) => {
                Some(self.code(process).futures[*future as usize])
            }
            _ => None,
        };
        let mut lagged = false;
        if let Some(Move {
            what: What::Recv(register),
            ..
        }) = transfer
        {
            let is_value = self.compiled.is_value(result);
            if let Op::Each { .. } = op {
                // The value is still to come.
                lagged = !is_value;
            }
            match register {
                Some(register) if is_value => {
                    state[place.registers + register as usize] = result;
                }
                Some(_) if !lagged && !mutant!("no_value_is_no_failure") => {
                    return self.fail(state, process, status::NO_VALUE, next);
                }
                _ => {}
            }
        }
        match lagged {
            true => self.go(state, process, state[place.pc]),
            false => self.advance(state, process),
        }
        next(state);
    }

    pub(super) fn advance<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
    ) {
        let to = self.at(state, process).next;
        self.go(state, process, to);
    }

    /// Leaves the operation, and goes on at another one.
    fn go<const N: usize>(&self, state: &mut State<N>, process: u8, to: u8) {
        let place = &self.layout.processes[process as usize];
        self.leave(state, process as usize);
        set_left(state, place.left, 0);
        state[place.pc] = to;
        let end = to as usize == self.code(process).instructions.len();
        state[place.status] = match end {
            true => status::DONE,
            false => status::READY,
        };
    }

    /// A process that fails drops its handles and permits, and withdraws its
    /// futures.
    pub(super) fn fail<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        why: u8,
        next: Next<'_, N>,
    ) {
        let place = &self.layout.processes[process as usize];
        let code = self.code(process);
        self.leave(state, process as usize);
        set_left(state, place.left, 0);
        let held = code.held(state[place.pc]);
        let held = match mutant!("failure_keeps_handles") {
            true => &[],
            false => held,
        };
        for (pipe, held) in self.layout.pipes.iter().zip(held) {
            state[pipe.senders] -= held.0;
            state[pipe.receivers] -= held.1;
        }
        state[place.status] = why;
        let mut states = vec![*state];
        let futures = match mutant!("failure_keeps_futures") {
            true => 0,
            false => code.futures.len() as u8,
        };
        for number in 0..futures {
            states = each_of(states, |state, next| {
                self.withdraw(state, process, number, &mut |state, _| {
                    next(state);
                });
            });
        }
        let permits = match mutant!("failure_keeps_permits") {
            true => 0,
            false => code.permits.len() as u8,
        };
        for permit in 0..permits {
            states = each_of(states, |state, next| {
                self.release(state, process, permit, next);
            });
        }
        states.iter_mut().for_each(next);
    }

    pub(in crate::litmus) fn has_ended<const N: usize>(
        &self,
        state: &State<N>,
        other: u8,
    ) -> bool {
        let status = state[self.layout.processes[other as usize].status];
        status >= status::DONE
            || mutant!("join_ignores_idle") && status == status::IDLE
    }
}

/// Hands each of `states` to a rule, and gathers where it leads.
fn each_of<const N: usize>(
    mut states: Vec<State<N>>,
    mut rule: impl FnMut(&mut State<N>, Next<'_, N>),
) -> Vec<State<N>> {
    let mut all = Vec::new();
    for state in &mut states {
        rule(state, &mut |state| all.push(*state));
    }
    all
}
