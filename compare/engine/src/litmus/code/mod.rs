//! A program made ready to run: names are numbers, bodies are jumps.
//!
//! What is wrong with a program is found here, and told with its path.

mod body;
mod bounds;
mod compiler;
mod handles;
mod names;

use super::program::{Kind, Program, Side};
use compiler::Compiler;
use thiserror::Error;

/// A program that has no meaning, and where.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: {problem}")]
pub struct Invalid {
    /// The place, as a JSON path.
    pub path: String,
    /// What is wrong there, and what was expected.
    pub problem: String,
    /// Whether it has a meaning, and is only too large for this engine.
    pub too_large: bool,
}

/// The most channels, processes, arms, futures, permits and names a program has.
pub const MOST: usize = 16;
/// The longest time, in units of the virtual clock.
pub const LONGEST: u32 = 60_000;
/// The most operations of a process, its repeats written out.
const OPERATIONS: usize = 250;
/// The most different results that a program's logs are made of.
pub(super) const RESULTS: usize = 250;

/// A send or a receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) channel: u8,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Send(Source),
    /// The register for the value.
    Recv(Option<u8>),
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A number, as its result.
    Constant(u8),
    Register(u8),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Wait {
        transfer: Move,
        within: Option<u16>,
    },
    Try {
        transfer: Move,
    },
    Select {
        arms: Vec<Move>,
        biased: bool,
        default: bool,
        after: Option<u16>,
    },
    /// Goes on behind the body, at `end`, when the channel is closed.
    Each {
        transfer: Move,
        end: u8,
        /// Where its body ends in the list of instructions.
        behind: u8,
    },
    Close(u8),
    Drop(u8, Side),
    Clone(u8, Side),
    Start(u8, Move),
    Await(u8),
    Cancel(u8),
    Reserve {
        channel: u8,
        permit: u8,
    },
    Fulfil {
        permit: u8,
        value: Source,
    },
    Release(u8),
    Sleep(u16),
    Spawn(u8),
    Join(u8),
}

impl Op {
    /// Whether it ends at a time.
    pub(super) fn has_deadline(&self) -> bool {
        match self {
            Op::Sleep(_) => true,
            Op::Wait { within, .. } => within.is_some(),
            Op::Select { after, .. } => after.is_some(),
            _ => false,
        }
    }
}

/// One operation, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) op: Op,
    /// Where its process goes on.
    pub(super) next: u8,
    /// Its number in the text, from 1.
    pub(super) number: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) instructions: Vec<Instruction>,
    pub(super) spawned: bool,
    pub(super) observed: bool,
    pub(super) registers: usize,
    /// What each future does, and the channel of each permit.
    pub(super) futures: Vec<Move>,
    pub(super) permits: Vec<u8>,
    /// The most results its log may have.
    pub(super) log: usize,
    /// Per channel, the handles that it begins with: senders, receivers.
    pub(super) owned: Vec<(u8, u8)>,
    /// The same for each operation, one behind the other.
    held: Vec<(u8, u8)>,
}

impl Code {
    /// Per channel, the handles that are held at an operation.
    pub(super) fn held(&self, pc: u8) -> &[(u8, u8)] {
        let channels = self.owned.len();
        &self.held[pc as usize * channels..][..channels]
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Pipe {
    pub(super) kind: Kind,
    /// How many messages it has room for; `u8::MAX` is no bound.
    pub(super) capacity: u8,
    /// The most messages that are ever sent on it.
    pub(super) most: usize,
}

/// A program that can be run.
#[derive(Clone, Debug)]
pub(super) struct Compiled<'a> {
    pub(super) program: &'a Program,
    pub(super) pipes: Vec<Pipe>,
    pub(super) codes: Vec<Code>,
    /// The numbers that are sent.
    pub(super) numbers: Vec<i64>,
    /// How many results there are without those of arms.
    pub(super) results: usize,
}

/// What operations log, before the numbers.
pub(super) mod result {
    pub(crate) const SENT: u8 = 0;
    pub(crate) const CLOSED: u8 = 1;
    pub(crate) const FULL: u8 = 2;
    pub(crate) const EMPTY: u8 = 3;
    pub(crate) const TIMEOUT: u8 = 4;
    pub(crate) const CANCELLED: u8 = 5;
    pub(crate) const RESERVED: u8 = 6;
    pub(crate) const ALREADY: u8 = 7;
    pub(crate) const DEFAULT: u8 = 8;
    /// The first number; behind the numbers, how many messages were missed.
    pub(crate) const NUMBER: u8 = 9;
    pub(crate) const NAMES: [&str; NUMBER as usize] = [
        "sent",
        "closed",
        "full",
        "empty",
        "timeout",
        "cancelled",
        "reserved",
        "already",
        "default",
    ];
}

impl Compiled<'_> {
    /// The result of a receive that missed `count` messages.
    pub(super) fn lagged(&self, count: u8) -> u8 {
        result::NUMBER + self.numbers.len() as u8 + count - 1
    }

    pub(super) fn is_value(&self, result: u8) -> bool {
        (result::NUMBER..result::NUMBER + self.numbers.len() as u8)
            .contains(&result)
    }

    /// The result of an arm, counted from 0.
    pub(super) fn of_arm(&self, arm: usize, result: u8) -> u8 {
        (self.results * (arm + 1)) as u8 + result
    }

    /// A result as an outcome tells it.
    pub(super) fn name(&self, code: u8) -> String {
        let (arm, result) =
            (code as usize / self.results, code as usize % self.results);
        let plain = match result::NAMES.get(result) {
            Some(name) => name.to_string(),
            None => {
                let number = result - result::NUMBER as usize;
                match self.numbers.get(number) {
                    Some(number) => number.to_string(),
                    None => {
                        let missed = number - self.numbers.len() + 1;
                        format!("lagged {missed}")
                    }
                }
            }
        };
        match arm {
            0 => plain,
            arm => format!("{arm}:{plain}"),
        }
    }

    /// The code of a result that an outcome tells, if the program can log it.
    pub(super) fn code_of(&self, name: &str) -> Option<u8> {
        (0..RESULTS as u8).find(|&code| self.name(code) == name)
    }
}

/// Finds out whether `program` has a meaning, and makes it ready to run.
pub(super) fn compile(program: &Program) -> Result<Compiled<'_>, Invalid> {
    Compiler::new(program)?.compile()
}

/// Finds out whether `program` has a meaning.
pub fn check(program: &Program) -> Result<(), Invalid> {
    compile(program).map(drop)
}

fn invalid<T>(path: impl Into<String>, problem: String) -> Result<T, Invalid> {
    Err(Invalid {
        path: path.into(),
        problem,
        too_large: false,
    })
}

fn too_large<T>(
    path: impl Into<String>,
    problem: String,
) -> Result<T, Invalid> {
    Err(Invalid {
        path: path.into(),
        problem,
        too_large: true,
    })
}
