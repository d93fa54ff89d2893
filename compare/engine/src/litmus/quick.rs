//! The steps that most states have, without a detour: sends and receives that
//! wait, through a buffer on which nobody's turn counts, and what is done to a
//! handle. Whatever else there is goes by the rules; the two say the same.

use super::code::{Code, Instruction, Move, Op, Pipe, Source, What, result};
use super::mutant::mutant;
use super::program::Kind;
use super::rules::{Did, Rules, Steps};
use super::state::{PipePlace, ProcessPlace, State, pop, push, status};

/// A process, and its quick operations, by where they stand in its code.
#[derive(Debug)]
pub(super) struct Lane {
    pc: usize,
    status: usize,
    /// 0 if it is not observed.
    log: usize,
    operations: Vec<Quick>,
}

/// Such an operation.
#[derive(Debug)]
pub(super) struct Quick {
    act: Act,
    /// Where its process goes on.
    next: To,
    lazy: bool,
}

// To know which one it is has to be one read: it is done for each process of
// each state.
#[derive(Debug)]
#[repr(u8)]
enum Act {
    /// None that is quick.
    ByTheRules,
    Send {
        value: u8,
        pipe: PipePlace,
    },
    Recv {
        register: Option<usize>,
        over: Over,
        pipe: PipePlace,
    },
    Drop {
        handles: usize,
    },
    Clone {
        handles: usize,
    },
}

/// An operation at which a process goes on, and its status there.
#[derive(Clone, Copy, Debug)]
struct To {
    pc: u8,
    status: u8,
}

impl To {
    fn new(code: &Code, pc: u8) -> Self {
        let end = pc as usize == code.instructions.len();
        To {
            pc,
            status: if end { status::DONE } else { status::READY },
        }
    }
}

/// What a receive does when no more will come.
#[derive(Clone, Copy, Debug)]
enum Over {
    /// It is told so.
    Told,
    /// Its loop ends.
    Ends(To),
    /// It fails.
    Fails,
}

impl Lane {
    pub(super) fn new(
        place: &ProcessPlace,
        code: &Code,
        operations: Vec<Quick>,
    ) -> Self {
        Lane {
            pc: place.pc,
            status: place.status,
            log: if code.observed { place.log } else { 0 },
            operations,
        }
    }

    /// Whether its process is ready or waits.
    #[inline(always)]
    pub(super) fn has_steps<const N: usize>(&self, state: &State<N>) -> bool {
        matches!(state[self.status], status::READY | status::WAITING)
    }

    #[inline(always)]
    fn log<const N: usize>(&self, state: &mut State<N>, result: u8) {
        if self.log != 0 {
            push(state, self.log, result);
        }
    }
}

impl Quick {
    pub(super) const NONE: Quick = Quick {
        act: Act::ByTheRules,
        next: To { pc: 0, status: 0 },
        lazy: false,
    };

    pub(super) fn transfer(
        code: &Code,
        place: &ProcessPlace,
        instruction: &Instruction,
        transfer: Move,
        (pipe, at): (&Pipe, &PipePlace),
        lazy: bool,
    ) -> Self {
        if !matches!(pipe.kind, Kind::Bounded | Kind::Unbounded | Kind::Mvar) {
            return Quick::NONE;
        }
        let pipe = *at;
        let act = match transfer.what {
            What::Send(Source::Constant(value)) => Act::Send { value, pipe },
            What::Send(Source::Register(_)) => return Quick::NONE,
            What::Recv(register) => Act::Recv {
                register: register
                    .map(|register| place.registers + register as usize),
                over: match instruction.op {
                    Op::Each { end, .. } => Over::Ends(To::new(code, end)),
                    _ if register.is_some() => Over::Fails,
                    _ => Over::Told,
                },
                pipe,
            },
        };
        Quick {
            act,
            next: To::new(code, instruction.next),
            lazy,
        }
    }

    /// A handle that is dropped, or cloned.
    pub(super) fn handle(
        code: &Code,
        instruction: &Instruction,
        handles: usize,
    ) -> Self {
        Quick {
            act: match instruction.op {
                Op::Drop(..) => Act::Drop { handles },
                _ => Act::Clone { handles },
            },
            next: To::new(code, instruction.next),
            lazy: false,
        }
    }
}

/// The one channel of an operation that waits without a deadline.
pub(super) fn waits_on(op: &Op) -> Option<Move> {
    match op {
        Op::Wait {
            transfer,
            within: None,
        }
        | Op::Each { transfer, .. } => Some(*transfer),
        _ => None,
    }
}

impl Rules<'_> {
    /// Adds the steps of a process that is ready or waits; false if the rules
    /// have to say which there are.
    // For each process of each state: a call would cost as much as the step.
    #[inline(always)]
    pub(super) fn quick_steps<const N: usize>(
        &self,
        before: &State<N>,
        process: u8,
        lane: &Lane,
        steps: &mut impl Steps<N>,
    ) -> bool {
        let pc = before[lane.pc] as usize;
        let quick = &lane.operations[pc];
        let waits = before[lane.status] == status::WAITING;
        let did = match waits {
            true => Did::Completed(process),
            false => Did::Arrived(process),
        };
        match &quick.act {
            Act::ByTheRules => return false,
            Act::Send { pipe, .. } if pipe.is_shut(before) => return false,
            Act::Send { value, pipe } if pipe.has_room(before) => {
                let state = steps.add(did, before);
                push(state, pipe.buffer, *value);
                lane.log(state, result::SENT);
                self.go_on(state, process, lane, quick.next, waits);
            }
            Act::Recv { register, pipe, .. } if before[pipe.buffer] > 0 => {
                let state = steps.add(did, before);
                let value = pop(state, pipe.buffer);
                if let Some(register) = register {
                    state[*register] = value;
                }
                lane.log(state, value);
                self.go_on(state, process, lane, quick.next, waits);
            }
            Act::Recv { over, pipe, .. }
                if self.nothing_comes(before, pipe)
                    && !(waits && mutant!("close_forgets_receivers")) =>
            {
                let to = match over {
                    Over::Fails => return false,
                    Over::Told => quick.next,
                    Over::Ends(to) => *to,
                };
                let state = steps.add(did, before);
                if let Over::Told = over {
                    lane.log(state, result::CLOSED);
                }
                self.go_on(state, process, lane, to, waits);
            }
            Act::Send { .. } | Act::Recv { .. } => {
                if !waits && !quick.lazy {
                    self.wait(steps.add(did, before), process, None);
                }
            }
            Act::Drop { handles } => {
                let state = steps.add(did, before);
                state[*handles] -= 1;
                self.go_on(state, process, lane, quick.next, false);
            }
            Act::Clone { handles } => {
                let state = steps.add(did, before);
                state[*handles] += 1;
                self.go_on(state, process, lane, quick.next, false);
            }
        }
        true
    }

    #[inline(always)]
    fn go_on<const N: usize>(
        &self,
        state: &mut State<N>,
        process: u8,
        lane: &Lane,
        to: To,
        waits: bool,
    ) {
        if waits {
            self.leave(state, process as usize);
        }
        state[lane.pc] = to.pc;
        state[lane.status] = to.status;
    }
}
