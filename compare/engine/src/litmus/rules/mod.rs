//! The rules: which steps a state allows, and where each leads.
//!
//! They have the words of the page on the meaning (`ocaml/semantics`), and a
//! file for each of its parts: `arrivals` and `ends` are those of an operation,
//! with select and failure; what it does in between stands in `buffers`,
//! `rendezvous`, `futures`, `permits`, `broadcasts` and `time`; and `waiters`
//! says whose turn it is.
//!
//! A rule hands on each state that it leads to, since a partner, or an arm, may
//! be any of several.

mod arrivals;
mod broadcasts;
mod buffers;
mod ends;
mod futures;
mod permits;
mod rendezvous;
mod time;
mod waiters;

use super::code::{Code, Compiled, Instruction, Op, Pipe, Source};
use super::dialect::{Dialect, Time, Where};
use super::program::Kind;
use super::quick::{Lane, Quick, waits_on};
use super::reductions::{Reduced, Reductions};
use super::state::{Layout, State, status};

/// What a step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// A process took its next operation, or began to wait at it.
    Arrived(u8),
    /// A process completed the operation at which it waited.
    Completed(u8),
    /// A deadline struck.
    Struck(u8),
    /// The clock moved by so much.
    Clock(u16),
}

/// Steps, each with the state that it leads to.
pub(super) trait Steps<const N: usize> {
    fn count(&self) -> usize;

    /// Adds a step, and lends the state that it leads to.
    fn add(&mut self, did: Did, state: &State<N>) -> &mut State<N>;
}

impl<const N: usize> Steps<N> for Vec<(Did, State<N>)> {
    fn count(&self) -> usize {
        self.len()
    }

    fn add(&mut self, did: Did, state: &State<N>) -> &mut State<N> {
        self.push((did, *state));
        let place = self.len() - 1;
        &mut self[place].1
    }
}

/// Only where they lead.
impl<const N: usize> Steps<N> for Vec<State<N>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn add(&mut self, _: Did, state: &State<N>) -> &mut State<N> {
        self.push(*state);
        let place = self.len() - 1;
        &mut self[place]
    }
}

/// Whoever is handed the states that a rule leads to. A rule goes on in the
/// state that it was handed, and copies it only where it may go on in several
/// ways; so nobody looks at a state any more that was handed on.
type Next<'k, const N: usize> = &'k mut dyn FnMut(&mut State<N>);
/// The same with the result of an operation.
type NextWith<'k, const N: usize> = &'k mut dyn FnMut(&mut State<N>, u8);

/// A program under a dialect.
pub(super) struct Rules<'a> {
    pub(super) compiled: &'a Compiled<'a>,
    pub(super) layout: &'a Layout,
    dialect: &'a Dialect,
    time: Time,
    fifo: Vec<bool>,
    hand_off: Vec<bool>,
    pub(super) reduced: Reduced,
    /// Per process.
    lanes: Vec<Lane>,
}

/// One that waits for what an operation brings: its slot and which arm.
#[derive(Clone, Copy)]
struct Waiter {
    slot: usize,
    arm: usize,
}

impl<'a> Rules<'a> {
    pub(super) fn new(
        compiled: &'a Compiled<'a>,
        layout: &'a Layout,
        dialect: &'a Dialect,
        time: Time,
    ) -> Self {
        let per_pipe = |said: Where| -> Vec<bool> {
            let holds = |pipe: &Pipe| match (pipe.kind, said) {
                (Kind::Watch | Kind::Broadcast, _) => false,
                (_, Where::Narrow) => pipe.capacity <= 1,
                (_, said) => said == Where::Always,
            };
            compiled.pipes.iter().map(holds).collect()
        };
        let mut hand_off = per_pipe(dialect.hand_off);
        for (hand_off, pipe) in hand_off.iter_mut().zip(&compiled.pipes) {
            *hand_off |= pipe.kind == Kind::Rendezvous;
        }
        let mut rules = Rules {
            compiled,
            layout,
            dialect,
            time,
            fifo: per_pipe(dialect.fifo),
            hand_off,
            reduced: Reduced::none(compiled),
            lanes: Vec::new(),
        };
        rules.find_quick();
        rules
    }

    fn find_quick(&mut self) {
        let codes = self.compiled.codes.iter().enumerate();
        let lanes = codes.map(|(process, code)| {
            let instructions = code.instructions.iter().enumerate();
            let quick = instructions
                .map(|(pc, instruction)| self.quick(process, pc, instruction));
            Lane::new(&self.layout.processes[process], code, quick.collect())
        });
        self.lanes = lanes.collect();
    }

    fn quick(
        &self,
        process: usize,
        pc: usize,
        instruction: &Instruction,
    ) -> Quick {
        let code = self.code(process as u8);
        if let Op::Drop(channel, side) | Op::Clone(channel, side) =
            instruction.op
        {
            let handles = self.handles(channel, side);
            return Quick::handle(code, instruction, handles);
        }
        let Some(transfer) = waits_on(&instruction.op) else {
            return Quick::NONE;
        };
        let channel = transfer.channel as usize;
        if self.fifo[channel] || self.hand_off[channel] {
            return Quick::NONE;
        }
        let lazy = self.reduced.lazy.get(process);
        Quick::transfer(
            code,
            &self.layout.processes[process],
            instruction,
            transfer,
            (&self.compiled.pipes[channel], &self.layout.pipes[channel]),
            lazy.is_some_and(|lazy| lazy[pc]),
        )
    }

    /// The same rules, to be followed only as far as every outcome needs it.
    pub(super) fn reduced(mut self, reductions: Reductions) -> Self {
        if reductions == Reductions::NONE {
            return self;
        }
        let who_waits_matters = (&self.fifo[..], &self.hand_off[..]);
        self.reduced = Reduced::new(
            self.compiled,
            self.dialect,
            self.time,
            who_waits_matters,
            reductions,
        );
        // Nobody is marked there as waiting: it is nobody's turn.
        for (channel, unmarked) in self.reduced.unmarked.iter().enumerate() {
            let kind = self.compiled.pipes[channel].kind;
            self.fifo[channel] &= !unmarked;
            self.hand_off[channel] &= !unmarked || kind == Kind::Rendezvous;
        }
        self.find_quick();
        self
    }

    /// The state in which the program begins.
    pub(super) fn initial<const N: usize>(&self) -> State<N> {
        let mut state = [0; N];
        let places = self.compiled.codes.iter().zip(&self.layout.processes);
        for (code, place) in places {
            state[place.status] = match code.spawned {
                true => status::IDLE,
                false if code.instructions.is_empty() => status::DONE,
                false => status::READY,
            };
            for (pipe, owned) in self.layout.pipes.iter().zip(&code.owned) {
                state[pipe.senders] += owned.0;
                state[pipe.receivers] += owned.1;
            }
        }
        state
    }

    /// Adds each step that `state` allows to `steps`.
    pub(super) fn steps<const N: usize>(
        &self,
        state: &State<N>,
        steps: &mut impl Steps<N>,
    ) {
        let mut first = 0;
        let mut lanes = &self.lanes[..];
        if self.reduced.any_eager {
            let mut processes = 0..self.compiled.codes.len() as u8;
            if let Some(only) = processes.find(|&it| self.is_eager(state, it)) {
                first = only;
                lanes = std::slice::from_ref(&self.lanes[only as usize]);
            }
        }
        let before = steps.count();
        for (process, lane) in (first..).zip(lanes) {
            if lane.has_steps(state)
                && !self.quick_steps(state, process, lane, steps)
            {
                self.all_steps(state, process, steps);
            }
        }
        if steps.count() == before {
            self.clock(state, steps);
        }
    }

    /// The same by the rules.
    #[inline(never)]
    fn all_steps<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
        steps: &mut impl Steps<N>,
    ) {
        let place = &self.layout.processes[process as usize];
        let mut to = *state;
        match state[place.status] {
            status::READY if self.is_lazy(state, process) => {
                self.come(&mut to, process, &mut |state| {
                    steps.add(Did::Arrived(process), state);
                });
            }
            status::READY => {
                self.arrive(&mut to, process, &mut |state| {
                    steps.add(Did::Arrived(process), state);
                });
            }
            _ => {
                self.complete_at(&mut to, process, false, &mut |state| {
                    steps.add(Did::Completed(process), state);
                });
                if self.may_strike(state, process) {
                    let mut to = *state;
                    self.strike(&mut to, process, &mut |state| {
                        steps.add(Did::Struck(process), state);
                    });
                }
            }
        }
    }

    // --- Where a process is.

    fn code(&self, process: u8) -> &Code {
        &self.compiled.codes[process as usize]
    }

    pub(super) fn at<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
    ) -> &Instruction {
        let pc = state[self.layout.processes[process as usize].pc];
        &self.code(process).instructions[pc as usize]
    }

    fn value<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
        source: Source,
    ) -> u8 {
        match source {
            Source::Constant(value) => value,
            Source::Register(register) => {
                let place = &self.layout.processes[process as usize];
                state[place.registers + register as usize]
            }
        }
    }
}
