//! The steps that most states have, without a detour: sends and receives that
//! wait, through a buffer on which nobody's turn counts. Whatever else there is
//! goes by the rules; the two say the same.

use super::code::{Code, Instruction, Move, Op, Pipe, Source, What, result};
use super::mutant::mutant;
use super::program::Kind;
use super::rules::{Did, Rules, Steps};
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
    /// Where its process goes on.
    next: To,
    /// Where it does when no more will come.
    over: Over,
    lazy: bool,
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
        let over = match instruction.op {
            Op::Each { end, .. } => Over::Ends(To::new(code, end)),
            _ if register.is_some() => Over::Fails,
            _ => Over::Told,
        };
        Some(Quick {
            sends,
            channel: transfer.channel,
            register,
            buffer: at.buffer as u16,
            log: if code.observed { place.log as u16 } else { 0 },
            next: To::new(code, instruction.next),
            over,
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
    /// Adds the steps of a process that is ready or waits; false if the rules
    /// have to say which there are.
    // Has one caller, which is `steps_of`.
    #[inline(always)]
    pub(super) fn quick_steps<const N: usize>(
        &self,
        before: &State<N>,
        process: u8,
        steps: &mut impl Steps<N>,
    ) -> bool {
        let place = &self.layout.processes[process as usize];
        let first = self.first[process as usize];
        let Some(quick) = &self.quick[first + before[place.pc] as usize] else {
            return false;
        };
        let waits = before[place.status] == status::WAITING;
        let (buffer, channel) = (quick.buffer as usize, quick.channel);
        let possible = match quick.sends {
            0 => before[buffer] > 0,
            _ if self.is_shut(before, channel) => return false,
            _ => self.has_room(before, channel),
        };
        let over = !possible
            && quick.sends == 0
            && self.is_over(before, channel)
            && !(waits && mutant!("close_forgets_receivers"));
        if !possible && !over {
            if !waits && !quick.lazy {
                let state = steps.add(Did::Arrived(process), before);
                self.wait(state, process, None);
            }
            return true;
        }
        let to = match quick.over {
            Over::Fails if over => return false,
            Over::Ends(to) if over => to,
            _ => quick.next,
        };
        let did = match waits {
            true => Did::Completed(process),
            false => Did::Arrived(process),
        };
        let state = steps.add(did, before);
        let result = match quick.sends {
            _ if over => result::CLOSED,
            0 => pop(state, buffer),
            value => {
                push(state, buffer, value);
                result::SENT
            }
        };
        if let (Some(register), false) = (quick.register, over) {
            state[register as usize] = result;
        }
        let ends = over && matches!(quick.over, Over::Ends(_));
        if quick.log != 0 && !ends {
            push(state, quick.log as usize, result);
        }
        if waits {
            self.leave(state, process as usize);
        }
        state[place.pc] = to.pc;
        state[place.status] = to.status;
        true
    }
}
