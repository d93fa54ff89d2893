//! Deadlines and the clock.

use super::{Did, Next, Rules, Steps};
use crate::litmus::code::{Op, result};
use crate::litmus::dialect::Time;
use crate::litmus::mutant::mutant;
use crate::litmus::state::{State, status};

impl Rules<'_> {
    pub(in crate::litmus) fn may_strike<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
    ) -> bool {
        let place = &self.layout.processes[process as usize];
        self.at(state, process).op.has_deadline()
            && (self.time == Time::Race && !mutant!("race_waits_for_the_clock")
                || left(state, place.left) == 0
                || mutant!("timeout_too_early"))
    }

    /// A deadline strikes, or a sleep ends.
    pub(super) fn strike<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        next: Next<'_, N>,
    ) {
        match self.at(state, process).op {
            Op::Sleep(_) => {
                self.advance(state, process);
                next(state);
            }
            _ => self.finish(state, process, None, result::TIMEOUT, next),
        }
    }

    /// The clock moves to the next deadline.
    pub(super) fn clock<const N: usize>(
        &self,
        state: &State<N>,
        steps: &mut impl Steps<N>,
    ) {
        let waiting = |process: &u8| {
            let place = &self.layout.processes[*process as usize];
            state[place.status] == status::WAITING
                && self.at(state, *process).op.has_deadline()
        };
        let timed = (0..self.compiled.codes.len() as u8).filter(waiting);
        let lefts = timed.map(|process| {
            let place = &self.layout.processes[process as usize];
            (place.left, left(state, place.left))
        });
        let lefts: Vec<_> = lefts.collect();
        let Some(&(_, by)) = lefts.iter().min_by_key(|(_, left)| *left) else {
            return;
        };
        let mut state = *state;
        for (place, left) in lefts {
            let left = match mutant!("sleeps_strike_together") {
                true => 0,
                false => left - by,
            };
            set_left(&mut state, place, left);
        }
        steps.add(Did::Clock(by), &state);
    }
}

fn left<const N: usize>(state: &State<N>, place: usize) -> u16 {
    u16::from_le_bytes([state[place], state[place + 1]])
}

pub(super) fn set_left<const N: usize>(
    state: &mut State<N>,
    place: usize,
    left: u16,
) {
    state[place..place + 2].copy_from_slice(&left.to_le_bytes());
}
