//! The rules: which steps a state allows, and where each leads.
//!
//! They stand in the order of the page on the meaning (`ocaml/semantics`), with
//! its words. A rule hands on each state that it leads to, since a partner, or
//! an arm, may be any of several.

use super::code::{
    Code, Compiled, Instruction, Move, Op, Pipe, Source, What, result,
};
use super::dialect::{CloseTwice, Dialect, SendOnClosed, Time, Where};
use super::mutant::mutant;
use super::program::{Kind, Side};
use super::quick::{Quick, waits_on};
use super::reductions::{Reduced, Reductions};
use super::state::{
    Layout, Slot, State, future, pop, push, push_front, status,
};

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
pub(super) type Steps<const N: usize> = Vec<(Did, State<N>)>;

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
    /// Per instruction, those of one process behind those of another.
    pub(super) quick: Vec<Option<Quick>>,
    /// Per process, where its instructions begin there.
    pub(super) first: Vec<usize>,
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
            quick: Vec::new(),
            first: Vec::new(),
        };
        rules.find_quick();
        rules
    }

    fn find_quick(&mut self) {
        let codes = self.compiled.codes.iter();
        let count = codes.map(|code| code.instructions.len()).sum();
        self.quick = Vec::with_capacity(count);
        self.first = Vec::with_capacity(self.compiled.codes.len());
        for (process, code) in self.compiled.codes.iter().enumerate() {
            self.first.push(self.quick.len());
            for (pc, instruction) in code.instructions.iter().enumerate() {
                let quick = self.quick_of(process, pc, instruction);
                self.quick.push(quick);
            }
        }
    }

    fn quick_of(
        &self,
        process: usize,
        pc: usize,
        instruction: &Instruction,
    ) -> Option<Quick> {
        let transfer = waits_on(&instruction.op)?;
        let channel = transfer.channel as usize;
        if self.fifo[channel] || self.hand_off[channel] {
            return None;
        }
        let lazy = self.reduced.lazy.get(process);
        Quick::new(
            self.code(process as u8),
            &self.layout.processes[process],
            instruction,
            (&self.compiled.pipes[channel], &self.layout.pipes[channel]),
            transfer,
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
        steps: &mut Steps<N>,
    ) {
        let count = self.compiled.codes.len() as u8;
        if self.reduced.any_eager {
            for process in 0..count {
                if self.is_eager(state, process) {
                    self.steps_of(state, process, steps);
                    return;
                }
            }
        }
        let mut moved = false;
        for process in 0..count {
            moved |= self.steps_of(state, process, steps);
        }
        if !moved {
            self.clock(state, steps);
        }
    }

    /// Adds each step of one process; false if there is none.
    fn steps_of<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
        steps: &mut Steps<N>,
    ) -> bool {
        let place = &self.layout.processes[process as usize];
        if !matches!(state[place.status], status::READY | status::WAITING) {
            return false;
        }
        match self.quick_steps(state, process, steps) {
            Some(moved) => moved,
            None => self.all_steps(state, process, steps),
        }
    }

    /// The same by the rules.
    #[inline(never)]
    fn all_steps<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
        steps: &mut Steps<N>,
    ) -> bool {
        let place = &self.layout.processes[process as usize];
        let before = steps.len();
        let mut to = *state;
        match state[place.status] {
            status::READY if self.is_lazy(state, process) => {
                self.come(&mut to, process, &mut |state| {
                    steps.push((Did::Arrived(process), *state));
                });
            }
            status::READY => {
                self.arrive(&mut to, process, &mut |state| {
                    steps.push((Did::Arrived(process), *state));
                });
            }
            _ => {
                self.complete_at(&mut to, process, false, &mut |state| {
                    steps.push((Did::Completed(process), *state));
                });
                if self.may_strike(state, process) {
                    let mut to = *state;
                    self.strike(&mut to, process, &mut |state| {
                        steps.push((Did::Struck(process), *state));
                    });
                }
            }
        }
        steps.len() > before
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

    // --- Arrivals.

    /// A ready process takes its next operation.
    fn arrive<const N: usize>(
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
    fn come<const N: usize>(
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
    pub(super) fn all_bound<const N: usize>(
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
    pub(super) fn wait<const N: usize>(
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
    fn complete_at<const N: usize>(
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

    fn fails_on_closed<const N: usize>(
        &self,
        state: &State<N>,
        transfer: Move,
    ) -> bool {
        matches!(transfer.what, What::Send(_))
            && self.dialect.send_on_closed == SendOnClosed::Fails
            && self.is_shut(state, transfer.channel)
    }

    // --- Ends of operations.

    /// The operation of `process` completes with `result`.
    fn finish<const N: usize>(
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

    fn advance<const N: usize>(&self, state: &mut State<N>, process: u8) {
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
    fn fail<const N: usize>(
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

    pub(super) fn has_ended<const N: usize>(
        &self,
        state: &State<N>,
        other: u8,
    ) -> bool {
        let status = state[self.layout.processes[other as usize].status];
        status >= status::DONE
            || mutant!("join_ignores_idle") && status == status::IDLE
    }

    // --- Channels.

    fn handles(&self, channel: u8, side: Side) -> usize {
        let pipe = &self.layout.pipes[channel as usize];
        match side {
            Side::Sender => pipe.senders,
            Side::Receiver => pipe.receivers,
        }
    }

    /// Shut for senders: it was closed, or no receiver handle lives.
    pub(super) fn is_shut<const N: usize>(
        &self,
        state: &State<N>,
        channel: u8,
    ) -> bool {
        let pipe = &self.layout.pipes[channel as usize];
        state[pipe.closed] != 0
            || state[pipe.receivers] == 0 && !mutant!("drop_of_receiver_unseen")
    }

    /// No more will come: it was closed, or no sender and no permit lives. A
    /// permit that outlives a close may still bring something after it.
    pub(super) fn is_over<const N: usize>(
        &self,
        state: &State<N>,
        channel: u8,
    ) -> bool {
        let pipe = &self.layout.pipes[channel as usize];
        match state[pipe.closed] {
            0 if mutant!("permit_keeps_nothing_open") => {
                state[pipe.senders] == 0
            }
            0 => state[pipe.senders] + state[pipe.reserved] == 0,
            _ => {
                !self.dialect.permit_outlives_close || state[pipe.reserved] == 0
            }
        }
    }

    pub(super) fn has_room<const N: usize>(
        &self,
        state: &State<N>,
        channel: u8,
    ) -> bool {
        let pipe = &self.layout.pipes[channel as usize];
        let capacity = self.compiled.pipes[channel as usize].capacity;
        let reserved = match mutant!("permit_not_counted") {
            true => 0,
            false => state[pipe.reserved],
        };
        capacity == u8::MAX || state[pipe.buffer] + reserved < capacity
    }

    /// One send or receive, in every way in which it completes.
    fn transfer<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        transfer: Move,
        value: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        let channel = transfer.channel;
        let kind = self.compiled.pipes[channel as usize].kind;
        match (transfer.what, kind) {
            (What::Send(_), Kind::Watch | Kind::Broadcast) => {
                self.publish(state, channel, value, next);
            }
            (What::Recv(_), Kind::Watch | Kind::Broadcast) => {
                self.see(state, slot, channel, next);
            }
            (What::Send(_), Kind::Rendezvous) => {
                self.meet_receiver(state, slot, channel, value, arrives, next);
            }
            (What::Recv(_), Kind::Rendezvous) => {
                self.meet_sender(state, slot, channel, arrives, next);
            }
            (What::Send(_), _) => {
                self.send(state, slot, channel, value, arrives, next);
            }
            (What::Recv(_), _) => {
                self.recv(state, slot, channel, arrives, next);
            }
        }
    }

    /// A send on a channel that is shut.
    fn send_shut<const N: usize>(
        &self,
        state: &mut State<N>,
        next: NextWith<'_, N>,
    ) {
        if self.dialect.send_on_closed != SendOnClosed::Waits {
            next(state, result::CLOSED);
        }
    }

    /// A send into a buffer.
    fn send<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        if self.is_shut(state, channel) {
            if mutant!("close_forgets_senders") && !arrives {
                return;
            }
            return self.send_shut(state, next);
        }
        if !self.has_room(state, channel)
            || self.would_overtake(state, slot, channel, true, arrives)
        {
            return;
        }
        if self.compiled.pipes[channel as usize].kind == Kind::Oneshot
            && !mutant!("oneshot_keeps_sender")
        {
            state[self.layout.pipes[channel as usize].senders] -= 1;
        }
        self.append(state, slot, channel, value, &mut |state| {
            next(state, result::SENT);
        });
    }

    /// A value goes to a receiver that waits, or to the end of the buffer.
    fn append<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        next: Next<'_, N>,
    ) {
        let buffer = self.layout.pipes[channel as usize].buffer;
        if self.hand_off[channel as usize]
            && state[buffer] == 0
            && !mutant!("hand_off_missed")
            && self.hand(state, slot, channel, value, next)
        {
            return;
        }
        push(state, buffer, value);
        next(state);
    }

    /// Hands a value to a receiver that waits; false if none does.
    fn hand<const N: usize>(
        &self,
        state: &State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        next: Next<'_, N>,
    ) -> bool {
        let mut any = false;
        self.waiters(state, slot, channel, false, &mut |waiter| {
            any = true;
            let state = &mut { *state };
            self.completed(state, waiter, value);
            next(state);
        });
        any
    }

    /// A receive from a buffer.
    fn recv<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        let buffer = self.layout.pipes[channel as usize].buffer;
        let forgotten = mutant!("drain_forgotten")
            && state[self.layout.pipes[channel as usize].closed] != 0;
        if state[buffer] == 0 || forgotten {
            let told = arrives || !mutant!("close_forgets_receivers");
            if self.is_over(state, channel) && told {
                next(state, result::CLOSED);
            }
            return;
        }
        if self.would_overtake(state, slot, channel, false, arrives) {
            return;
        }
        let value = pop(state, buffer);
        self.serve(state, slot, channel, &mut |state| next(state, value));
    }

    /// A place may be free: under hand-off, who waits for it gets it.
    fn serve<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        next: Next<'_, N>,
    ) {
        let mut any = false;
        if self.hand_off[channel as usize]
            && self.has_room(state, channel)
            && !self.is_shut(state, channel)
            && !mutant!("room_not_handed_on")
        {
            self.waiters(state, slot, channel, true, &mut |waiter| {
                any = true;
                let state = &mut { *state };
                let pipe = &self.layout.pipes[channel as usize];
                let sender = self.layout.slots[waiter.slot];
                let reserves = self.reserves(state, sender);
                match reserves {
                    Some(permit) => {
                        state[pipe.reserved] += 1;
                        let place =
                            &self.layout.processes[sender.process as usize];
                        state[place.permits + permit as usize] = 1;
                        self.completed(state, waiter, result::RESERVED);
                        next(state);
                    }
                    None => {
                        let value = self.offered(state, waiter);
                        self.completed(state, waiter, result::SENT);
                        let sender = waiter.slot;
                        // A receiver may wait while the places were reserved.
                        self.append(state, sender, channel, value, &mut |s| {
                            self.serve(s, slot, channel, next);
                        });
                    }
                }
            });
        }
        if !any {
            next(state);
        }
    }

    /// A send at a rendezvous.
    fn meet_receiver<const N: usize>(
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
    fn meet_sender<const N: usize>(
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

    /// A send that everybody will see.
    fn publish<const N: usize>(
        &self,
        state: &mut State<N>,
        channel: u8,
        value: u8,
        next: NextWith<'_, N>,
    ) {
        if self.is_shut(state, channel) {
            return self.send_shut(state, next);
        }
        let pipe = &self.layout.pipes[channel as usize];
        state[pipe.sent] += 1;
        let kept = match self.compiled.pipes[channel as usize].kind {
            Kind::Watch => 1,
            _ => self.compiled.pipes[channel as usize].capacity,
        };
        if state[pipe.buffer] == kept {
            pop(state, pipe.buffer);
        }
        push(state, pipe.buffer, value);
        next(state, result::SENT);
    }

    /// A receive of what everybody sees.
    fn see<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        next: NextWith<'_, N>,
    ) {
        let process = self.layout.slots[slot].process as usize;
        let seen = self.layout.processes[process].seen[channel as usize];
        let seen = seen as usize;
        let pipe = &self.layout.pipes[channel as usize];
        let (sent, kept) = (state[pipe.sent], state[pipe.buffer]);
        if state[seen] == sent {
            if self.is_over(state, channel) {
                next(state, result::CLOSED);
            }
            return;
        }
        let watch = self.compiled.pipes[channel as usize].kind == Kind::Watch;
        let gone = sent - kept;
        if watch {
            state[seen] = sent;
            next(state, state[pipe.buffer + 1]);
        } else if state[seen] < gone
            && !mutant!("broadcast_forgets_who_is_late")
        {
            let missed = gone - state[seen];
            state[seen] = gone + u8::from(mutant!("lag_off_by_one"));
            next(state, self.compiled.lagged(missed));
        } else {
            let place = match mutant!("broadcast_sees_newest") {
                true => pipe.buffer + kept as usize,
                false => {
                    let place = state[seen].saturating_sub(gone);
                    pipe.buffer + 1 + place as usize
                }
            };
            state[seen] += 1;
            next(state, state[place]);
        }
    }

    // --- Permits.

    /// A place is taken without a value; false if none is free, and the state is
    /// what it was.
    fn reserve<const N: usize>(
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
    fn fulfil<const N: usize>(
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
    fn release<const N: usize>(
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

    // --- Futures.

    pub(super) fn future_at(&self, process: u8, number: u8) -> usize {
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
    fn start<const N: usize>(
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
    fn awaited<const N: usize>(
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
    fn cancel<const N: usize>(
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
    fn withdraw<const N: usize>(
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

    // --- Time.

    fn has_deadline(&self, op: &Op) -> bool {
        matches!(
            op,
            Op::Sleep(_)
                | Op::Wait {
                    within: Some(_),
                    ..
                }
                | Op::Select { after: Some(_), .. }
        )
    }

    pub(super) fn may_strike<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
    ) -> bool {
        let place = &self.layout.processes[process as usize];
        self.has_deadline(&self.at(state, process).op)
            && (self.time == Time::Race && !mutant!("race_waits_for_the_clock")
                || left(state, place.left) == 0
                || mutant!("timeout_too_early"))
    }

    /// A deadline strikes, or a sleep ends.
    fn strike<const N: usize>(
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
    fn clock<const N: usize>(&self, state: &State<N>, steps: &mut Steps<N>) {
        let waiting = |process: &u8| {
            let place = &self.layout.processes[*process as usize];
            state[place.status] == status::WAITING
                && self.has_deadline(&self.at(state, *process).op)
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
        steps.push((Did::Clock(by), state));
    }

    // --- Who waits.

    /// Enters behind all who wait.
    fn enter<const N: usize>(&self, state: &mut State<N>, slot: usize) {
        let last = self.layout.slots.iter().map(|slot| state[slot.rank]).max();
        state[self.layout.slots[slot].rank] = last.unwrap_or(0) + 1;
    }

    /// Leaves, if it waits; those behind it move up.
    pub(super) fn leave<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
    ) {
        let rank = state[self.layout.slots[slot].rank];
        if rank == 0 {
            return;
        }
        state[self.layout.slots[slot].rank] = 0;
        for slot in &self.layout.slots {
            if state[slot.rank] > rank {
                state[slot.rank] -= 1;
            }
        }
    }

    /// What one that waits on channels waits for.
    fn arms<const N: usize>(&self, state: &State<N>, slot: Slot) -> &[Move] {
        if let Some(number) = slot.future {
            let number = number as usize;
            return &self.code(slot.process).futures[number..=number];
        }
        match &self.at(state, slot.process).op {
            Op::Wait { transfer, .. } | Op::Each { transfer, .. } => {
                std::slice::from_ref(transfer)
            }
            Op::Select { arms, .. } => arms,
            _ => &[],
        }
    }

    /// Whether only the first of its arms that can complete is taken.
    fn is_biased<const N: usize>(&self, state: &State<N>, slot: Slot) -> bool {
        // The process of a future may be anywhere, also at its end.
        if slot.future.is_some() {
            return false;
        }
        match &self.at(state, slot.process).op {
            Op::Select { biased, .. } => *biased || self.dialect.first_arm,
            _ => false,
        }
    }

    /// The permit for which a slot waits, if it does.
    fn reserves<const N: usize>(
        &self,
        state: &State<N>,
        slot: Slot,
    ) -> Option<u8> {
        if slot.future.is_some() {
            return None;
        }
        match &self.at(state, slot.process).op {
            Op::Reserve { permit, .. } => Some(*permit),
            _ => None,
        }
    }

    /// Hands on who waits on one side of `channel` beside `slot`: the first of
    /// them where it is first in, first out.
    fn waiters<const N: usize>(
        &self,
        state: &State<N>,
        slot: usize,
        channel: u8,
        senders: bool,
        next: &mut dyn FnMut(Waiter),
    ) {
        let mut first = u8::MAX;
        if self.fifo[channel as usize] && !mutant!("fifo_broken") {
            self.all_waiters(state, slot, channel, senders, &mut |waiter| {
                let rank = state[self.layout.slots[waiter.slot].rank];
                first = first.min(rank);
            });
        }
        self.all_waiters(state, slot, channel, senders, &mut |waiter| {
            if state[self.layout.slots[waiter.slot].rank] <= first {
                next(waiter);
            }
        });
    }

    fn all_waiters<const N: usize>(
        &self,
        state: &State<N>,
        me: usize,
        channel: u8,
        senders: bool,
        next: &mut dyn FnMut(Waiter),
    ) {
        let unmarked = self.reduced.unmarked[channel as usize];
        for (number, slot) in self.layout.slots.iter().enumerate() {
            let waits = match unmarked {
                true => self.stands(state, *slot),
                false => state[slot.rank] != 0,
            };
            if !waits || number == me {
                continue;
            }
            let own = slot.process == self.layout.slots[me].process;
            if mutant!("own_future_not_met") && own {
                continue;
            }
            for (arm, transfer) in self.arms(state, *slot).iter().enumerate() {
                let sends = matches!(transfer.what, What::Send(_));
                if transfer.channel == channel && sends == senders {
                    next(Waiter { slot: number, arm });
                    if self.is_biased(state, *slot) {
                        break;
                    }
                }
            }
            if senders && slot.future.is_none() {
                let op = &self.at(state, slot.process).op;
                if let Op::Reserve { channel: of, .. } = op {
                    if *of == channel {
                        next(Waiter {
                            slot: number,
                            arm: 0,
                        });
                    }
                }
            }
        }
    }

    /// Whether an operation would overtake one that waits for the same.
    fn would_overtake<const N: usize>(
        &self,
        state: &State<N>,
        slot: usize,
        channel: u8,
        senders: bool,
        arrives: bool,
    ) -> bool {
        if !self.fifo[channel as usize] || mutant!("overtakes") {
            return false;
        }
        let mine = match arrives {
            true => u8::MAX,
            false => state[self.layout.slots[slot].rank],
        };
        let mut overtakes = false;
        self.all_waiters(state, slot, channel, senders, &mut |waiter| {
            let rank = state[self.layout.slots[waiter.slot].rank];
            overtakes |= rank < mine;
        });
        overtakes
    }

    /// The value that a sender waits with.
    fn offered<const N: usize>(&self, state: &State<N>, waiter: Waiter) -> u8 {
        let slot = self.layout.slots[waiter.slot];
        match slot.future {
            Some(number) => state[self.future_at(slot.process, number) + 1],
            None => match self.arms(state, slot)[waiter.arm].what {
                What::Send(source) => self.value(state, slot.process, source),
                What::Recv(_) => unreachable!("a sender was asked for"),
            },
        }
    }

    /// One that waits is completed by its partner, with a value or as sent: so
    /// it does not fail, and there is one way.
    fn completed<const N: usize>(
        &self,
        state: &mut State<N>,
        waiter: Waiter,
        result: u8,
    ) {
        let slot = self.layout.slots[waiter.slot];
        let process = slot.process;
        let mut arm = None;
        if let Some(number) = slot.future {
            self.leave(state, waiter.slot);
            let at = self.future_at(process, number);
            state[at] = future::COMPLETED;
            state[at + 1] = result;
            let place = &self.layout.processes[process as usize];
            let awaits = state[place.status] == status::WAITING
                && matches!(self.at(state, process).op,
                    Op::Await(awaited) if awaited == number);
            if !awaits {
                return;
            }
            clear(state, at);
        } else if let Op::Select { .. } = self.at(state, process).op {
            arm = Some(waiter.arm);
        }
        self.finish(state, process, arm, result, &mut |_| {});
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

fn clear<const N: usize>(state: &mut State<N>, future: usize) {
    state[future] = future::NONE;
    state[future + 1] = 0;
}

fn left<const N: usize>(state: &State<N>, place: usize) -> u16 {
    u16::from_le_bytes([state[place], state[place + 1]])
}

fn set_left<const N: usize>(state: &mut State<N>, place: usize, left: u16) {
    state[place..place + 2].copy_from_slice(&left.to_le_bytes());
}
