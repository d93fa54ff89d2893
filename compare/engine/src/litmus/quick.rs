//! The steps that most states have, without a detour: sends and receives that
//! wait, through a buffer on which nobody's turn counts. Whatever else there is
//! goes by the rules; the two say the same.

use super::code::{Code, Instruction, Move, Op, Pipe, Source, What, result};
use super::program::Kind;
use super::rules::{Did, Rules};
use super::state::{PipePlace, ProcessPlace, State, pop, push, status};

/// Such an operation, and where in a state it takes place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quick {
    /// The value that is sent; 0 is a receive.
    sends: u8,
    channel: u8,
    register: Option<u16>,
    buffer: u16,
    /// 0 if it is not observed.
    log: u16,
    next: u8,
    then: u8,
    lazy: bool,
}

impl Quick {
    pub(super) fn new(
        code: &Code,
        place: &ProcessPlace,
        instruction: &Instruction,
        (pipe, at): (&Pipe, &PipePlace),
        transfer: Move,
        lazy: bool,
    ) -> Option<Self> {
        if !matches!(pipe.kind, Kind::Bounded | Kind::Unbounded | Kind::Mvar) {
            return None;
        }
        let (sends, register) = match transfer.what {
            What::Send(Source::Constant(value)) => (value, None),
            What::Send(Source::Register(_)) => return None,
            What::Recv(None) => (0, None),
            What::Recv(Some(register)) => {
                (0, Some((place.registers + register as usize) as u16))
            }
        };
        let last = instruction.next as usize == code.instructions.len();
        Some(Quick {
            sends,
            channel: transfer.channel,
            register,
            buffer: at.buffer as u16,
            log: if code.observed { place.log as u16 } else { 0 },
            next: instruction.next,
            then: if last { status::DONE } else { status::READY },
            lazy,
        })
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
    /// The steps of a process that is ready or waits: whether there are any.
    /// `None` if the rules have to say.
    pub(super) fn quick_steps<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
        next: &mut dyn FnMut(Did, State<N>),
    ) -> Option<bool> {
        let place = &self.layout.processes[process as usize];
        let quick =
            self.quick[process as usize][state[place.pc] as usize].as_ref()?;
        let waits = state[place.status] == status::WAITING;
        let buffer = quick.buffer as usize;
        let channel = quick.channel;
        let possible = match quick.sends {
            0 => state[buffer] > 0,
            _ => {
                if self.is_shut(state, channel) {
                    return None;
                }
                self.has_room(state, channel)
            }
        };
        if !possible {
            if quick.sends == 0 && self.is_over(state, channel) {
                return None;
            }
            if waits || quick.lazy {
                return Some(false);
            }
            next(Did::Arrived(process), self.wait(*state, process, None));
            return Some(true);
        }
        let mut state = *state;
        let result = match quick.sends {
            0 => pop(&mut state, buffer),
            value => {
                push(&mut state, buffer, value);
                result::SENT
            }
        };
        if let Some(register) = quick.register {
            state[register as usize] = result;
        }
        if quick.log != 0 {
            push(&mut state, quick.log as usize, result);
        }
        if waits {
            self.leave(&mut state, process as usize);
        }
        state[place.pc] = quick.next;
        state[place.status] = quick.then;
        let did = match waits {
            true => Did::Completed(process),
            false => Did::Arrived(process),
        };
        next(did, state);
        Some(true)
    }
}
