//! A program made ready to run: names are numbers, bodies are jumps.
//!
//! What is wrong with a program is found here, and told with its path.

use super::path::Path;
use super::program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer, Value,
};
use hashbrown::{HashMap, HashSet};
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

/// Names that mean something within one process.
#[derive(Clone, Default)]
struct Names<'a> {
    registers: HashMap<&'a str, u8>,
    /// What the await of a future will bind.
    to_bind: HashMap<&'a str, (&'a str, u8)>,
    /// Each with whether it was awaited or cancelled.
    futures: HashMap<&'a str, (u8, bool)>,
    /// Each with whether it was used.
    permits: HashMap<&'a str, (u8, bool)>,
    /// All that the process has named so far: each name is bound in one place.
    taken: HashSet<&'a str>,
}

struct Compiler<'a> {
    program: &'a Program,
    pipes: Vec<Pipe>,
    numbers: Vec<i64>,
}

/// Words that would be read as something else where a name may stand.
const RESERVED: [&str; 8] = [
    "after", "channel", "default", "observe", "or", "program", "shows",
    "within",
];

/// What names a thing can stand in a text and be read there.
fn is_name(path: Path<'_>, name: &str) -> Result<(), Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = |c: char| c.is_ascii_alphabetic();
    if !name.chars().all(plain) || !name.starts_with(begins) {
        return invalid(
            path,
            format!(
                "{name:?} is no name: a letter, then letters, digits and \
                 underscores are"
            ),
        );
    }
    match RESERVED.contains(&name) {
        false => Ok(()),
        true => invalid(path, format!("{name:?} is no name: it is reserved")),
    }
}

/// What a program is called, and what it shows, can stand in a line.
fn heading(program: &Program) -> Result<(), Invalid> {
    let Program { name, shows, .. } = program;
    if name.is_empty() || name.contains(char::is_whitespace) {
        return invalid("$.name", format!("{name:?}: a word is expected"));
    }
    if shows.trim() != shows || shows.contains(char::is_control) {
        return invalid(
            "$.shows",
            format!("{shows:?}: a line without spaces around it is expected"),
        );
    }
    match program.processes.is_empty() {
        false => Ok(()),
        true => invalid("$.processes", "a process is expected".into()),
    }
}

/// Whether all names are names, and differ.
fn named<'a>(
    what: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Invalid> {
    for (place, name) in names.clone().enumerate() {
        let all = Path::ROOT.name(what);
        let path = all.item(place);
        let path = path.name("name");
        if place >= MOST {
            return too_large(path, format!("at most {MOST} are allowed"));
        }
        is_name(path, name)?;
        // They are few: this is faster than a set.
        if names.clone().take(place).any(|before| before == name) {
            return invalid(path, format!("{name:?} is there already"));
        }
    }
    Ok(())
}

impl<'a> Compiler<'a> {
    fn new(program: &'a Program) -> Result<Self, Invalid> {
        heading(program)?;
        let channels = program.channels.iter().map(|c| c.name.as_str());
        let processes = program.processes.iter().map(|p| p.name.as_str());
        named("channels", channels)?;
        named("processes", processes)?;
        Ok(Compiler {
            program,
            pipes: Vec::with_capacity(program.channels.len()),
            numbers: Vec::new(),
        })
    }

    fn compile(mut self) -> Result<Compiled<'a>, Invalid> {
        for (place, channel) in self.program.channels.iter().enumerate() {
            self.pipes.push(pipe(channel, place)?);
        }
        let mut codes = Vec::with_capacity(self.program.processes.len());
        for (place, process) in self.program.processes.iter().enumerate() {
            codes.push(self.process(place, process)?);
        }
        for (place, name) in self.program.observe.iter().enumerate() {
            let all = Path::ROOT.name("observe");
            let path = all.item(place);
            let process = self.known_process(path, name)?;
            let observed = &mut codes[process as usize].observed;
            if std::mem::replace(observed, true) {
                return invalid(path, format!("{name:?} is there already"));
            }
        }
        if self.program.observe.is_empty() {
            codes.iter_mut().for_each(|code| code.observed = true);
        }
        self.spawns(&mut codes)?;
        self.oneshots(&codes)?;
        loops_end(self.pipes.len(), &codes)?;
        bounds(&mut self.pipes, &mut codes)?;
        let lags = self
            .pipes
            .iter()
            .filter(|pipe| pipe.kind == Kind::Broadcast)
            .map(|pipe| pipe.most.saturating_sub(pipe.capacity as usize))
            .max()
            .unwrap_or(0);
        let results = result::NUMBER as usize + self.numbers.len() + lags;
        let arms = codes
            .iter()
            .flat_map(|code| &code.instructions)
            .map(|instruction| match &instruction.op {
                Op::Select { arms, .. } => arms.len(),
                _ => 0,
            })
            .max()
            .unwrap_or(0);
        if results * (arms + 1) > RESULTS {
            return too_large(
                "$",
                format!(
                    "its operations have {} different results, and at most \
                     {RESULTS} are allowed",
                    results * (arms + 1)
                ),
            );
        }
        Ok(Compiled {
            program: self.program,
            pipes: self.pipes,
            codes,
            numbers: self.numbers,
            results,
        })
    }

    fn known_process(&self, path: Path<'_>, name: &str) -> Result<u8, Invalid> {
        let mut processes = self.program.processes.iter();
        match processes.position(|process| process.name == name) {
            Some(process) => Ok(process as u8),
            None => invalid(path, format!("no process is called {name:?}")),
        }
    }

    /// Who is spawned is so once, and not by itself.
    fn spawns(&self, codes: &mut [Code]) -> Result<(), Invalid> {
        let mut by = [None; MOST];
        for (parent, code) in codes.iter().enumerate() {
            for instruction in &code.instructions {
                if let Op::Spawn(child) = instruction.op {
                    let processes = Path::ROOT.name("processes");
                    let path = processes.item(parent);
                    let name = &self.program.processes[child as usize].name;
                    if by[child as usize].is_some() {
                        return invalid(
                            path,
                            format!("{name:?} is spawned twice"),
                        );
                    }
                    by[child as usize] = Some(parent);
                }
            }
        }
        for (child, code) in codes.iter_mut().enumerate() {
            code.spawned = by[child].is_some();
            let mut ancestor = by[child];
            for _ in 0..MOST {
                if ancestor == Some(child) {
                    return invalid(
                        format!("$.processes[{child}]"),
                        "it is spawned by itself".into(),
                    );
                }
                ancestor = ancestor.and_then(|process| by[process]);
            }
        }
        Ok(())
    }

    /// On a oneshot one process sends, and once.
    fn oneshots(&self, codes: &[Code]) -> Result<(), Invalid> {
        let mut sent = [false; MOST];
        for (process, code) in codes.iter().enumerate() {
            for instruction in &code.instructions {
                let moved = match &instruction.op {
                    Op::Wait { transfer, .. } | Op::Try { transfer } => {
                        Some(*transfer)
                    }
                    Op::Start(_, transfer) => Some(*transfer),
                    _ => None,
                };
                let Some(Move {
                    channel,
                    what: What::Send(_),
                }) = moved
                else {
                    continue;
                };
                if self.pipes[channel as usize].kind != Kind::Oneshot {
                    continue;
                }
                if std::mem::replace(&mut sent[channel as usize], true) {
                    let name = &self.program.channels[channel as usize].name;
                    return invalid(
                        format!("$.processes[{process}]"),
                        format!("{name:?} is a oneshot: one send is allowed"),
                    );
                }
            }
        }
        Ok(())
    }

    fn process(
        &mut self,
        place: usize,
        process: &'a Process,
    ) -> Result<Code, Invalid> {
        let processes = Path::ROOT.name("processes");
        let path = processes.item(place);
        let mut body = Body {
            compiler: self,
            names: Names::default(),
            instructions: Vec::with_capacity(process.operations.len()),
            futures: Vec::new(),
            permits: Vec::new(),
            number: 0,
            itself: place as u8,
            registers: 0,
            bodies: 0,
            loops: 0,
        };
        body.operations(path.name("operations"), &process.operations)?;
        let registers = body.registers;
        let (instructions, futures, permits) =
            (body.instructions, body.futures, body.permits);
        let mut code = Code {
            instructions,
            spawned: false,
            observed: false,
            registers,
            futures,
            permits,
            log: 0,
            held: Vec::new(),
            owned: vec![(0, 0); self.pipes.len()],
        };
        // What its text names, it owns: as `Process::owns` says.
        for (channel, side) in
            code.instructions.iter().flat_map(|is| uses(&is.op))
        {
            *of(&mut code.owned[channel as usize], side) = 1;
        }
        handles(path, self, &mut code)?;
        Ok(code)
    }
}

fn pipe(channel: &Channel, place: usize) -> Result<Pipe, Invalid> {
    let channels = Path::ROOT.name("channels");
    let path = channels.item(place);
    let path = path.name("capacity");
    let has = matches!(channel.kind, Kind::Bounded | Kind::Broadcast);
    let capacity = match (has, channel.capacity) {
        (true, Some(0) | None) => {
            return invalid(path, "a number from 1 on is expected".into());
        }
        (true, Some(capacity)) if capacity > 100 => {
            return too_large(path, "at most 100 is allowed".into());
        }
        (true, Some(capacity)) => capacity,
        (false, Some(_)) => {
            return invalid(path, "this kind has none".into());
        }
        (false, None) => match channel.kind {
            Kind::Rendezvous => 0,
            Kind::Oneshot | Kind::Mvar => 1,
            _ => u8::MAX,
        },
    };
    Ok(Pipe {
        kind: channel.kind,
        capacity,
        most: 0,
    })
}

/// Compiles the operations of one process.
struct Body<'c, 'a> {
    compiler: &'c mut Compiler<'a>,
    names: Names<'a>,
    instructions: Vec<Instruction>,
    futures: Vec<Move>,
    permits: Vec<u8>,
    number: u16,
    itself: u8,
    /// How many registers there are.
    registers: usize,
    /// How many bodies this is in, and how many of those are of an `each`.
    bodies: usize,
    loops: usize,
}

impl<'a> Body<'_, 'a> {
    fn operations(
        &mut self,
        path: Path<'_>,
        operations: &'a [Operation],
    ) -> Result<(), Invalid> {
        for (place, operation) in operations.iter().enumerate() {
            self.number += 1;
            self.operation(path.item(place), operation)?;
        }
        Ok(())
    }

    fn add(&mut self, path: Path<'_>, op: Op) -> Result<(), Invalid> {
        if self.instructions.len() >= OPERATIONS {
            return too_large(
                path,
                format!("a process has at most {OPERATIONS} operations"),
            );
        }
        let next = self.instructions.len() as u8 + 1;
        let number = self.number;
        self.instructions.push(Instruction { op, next, number });
        Ok(())
    }

    fn channel(&self, path: Path<'_>, name: &str) -> Result<u8, Invalid> {
        let mut channels = self.compiler.program.channels.iter();
        match channels.position(|channel| channel.name == name) {
            Some(channel) => Ok(channel as u8),
            None => invalid(
                format!("{path}.channel"),
                format!("no channel is called {name:?}"),
            ),
        }
    }

    fn value(
        &mut self,
        path: Path<'_>,
        value: &Value,
    ) -> Result<Source, Invalid> {
        let numbers = &mut self.compiler.numbers;
        match value {
            Value::Number(number) => {
                let limit = 1 << 61;
                if !(-limit..limit).contains(number) {
                    return too_large(
                        format!("{path}.value"),
                        "an integer of 62 bits is expected".into(),
                    );
                }
                let known = numbers.iter().position(|known| known == number);
                let place = known.unwrap_or_else(|| {
                    numbers.push(*number);
                    numbers.len() - 1
                });
                if place + (result::NUMBER as usize) >= RESULTS {
                    return too_large(
                        format!("{path}.value"),
                        "there are too many different numbers".into(),
                    );
                }
                Ok(Source::Constant(result::NUMBER + place as u8))
            }
            Value::Name(name) => {
                match self.names.registers.get(name.as_str()) {
                    Some(&register) => Ok(Source::Register(register)),
                    None => invalid(
                        format!("{path}.value"),
                        format!("no receive before this has bound {name:?}"),
                    ),
                }
            }
        }
    }

    /// A name is bound here, and nowhere else.
    fn take(&mut self, path: Path<'_>, name: &'a str) -> Result<(), Invalid> {
        is_name(path, name)?;
        match self.names.taken.insert(name) {
            true => Ok(()),
            false => invalid(path, format!("{name:?} is bound already")),
        }
    }

    fn bind(
        &mut self,
        path: Path<'_>,
        name: &'a Option<String>,
    ) -> Result<Option<u8>, Invalid> {
        let Some(name) = name.as_deref() else {
            return Ok(None);
        };
        let path = path.name("bind");
        self.take(path, name)?;
        let known = self.names.registers.get(name).copied();
        let next = known.unwrap_or(self.registers as u8);
        if next as usize >= MOST {
            return too_large(path, format!("at most {MOST} names are bound"));
        }
        self.names.registers.insert(name, next);
        self.registers = self.registers.max(next as usize + 1);
        Ok(Some(next))
    }

    fn transfer(
        &mut self,
        path: Path<'_>,
        transfer: &'a Transfer,
    ) -> Result<Move, Invalid> {
        let (channel, what) = match transfer {
            Transfer::Send { channel, value } => {
                let channel = self.channel(path, channel)?;
                let kind = self.compiler.pipes[channel as usize].kind;
                if kind == Kind::Oneshot {
                    self.not_in_body(path, "send on a oneshot")?;
                }
                (channel, What::Send(self.value(path, value)?))
            }
            Transfer::Recv { channel, bind } => {
                let channel = self.channel(path, channel)?;
                (channel, What::Recv(self.bind(path, bind)?))
            }
        };
        Ok(Move { channel, what })
    }

    fn operation(
        &mut self,
        path: Path<'_>,
        operation: &'a Operation,
    ) -> Result<(), Invalid> {
        let op = match operation {
            Operation::Wait { transfer, within } => Op::Wait {
                transfer: self.transfer(path.name("transfer"), transfer)?,
                within: time(path.name("within"), *within)?,
            },
            Operation::Try { transfer } => Op::Try {
                transfer: self.transfer(path.name("transfer"), transfer)?,
            },
            Operation::Select {
                arms,
                biased,
                default,
                after,
            } => self.select(path, arms, *biased, *default, *after)?,
            Operation::Each {
                channel,
                bind,
                body,
            } => return self.each(path, channel, bind, body),
            Operation::Repeat { times, body } => {
                return self.repeat(path, *times, body);
            }
            Operation::Close { channel } => {
                Op::Close(self.channel(path, channel)?)
            }
            Operation::Drop { channel, side } => {
                self.not_in_each(path, "drop")?;
                Op::Drop(self.channel(path, channel)?, *side)
            }
            Operation::Clone { channel, side } => {
                self.not_in_each(path, "clone")?;
                Op::Clone(self.channel(path, channel)?, *side)
            }
            Operation::Start { future, transfer } => {
                let transfer_of = transfer;
                self.not_in_each(path, "start")?;
                let transfer =
                    self.transfer(path.name("transfer"), transfer)?;
                let number = self.futures.len() as u8;
                if number as usize >= MOST {
                    return too_large(
                        path,
                        format!("at most {MOST} futures are allowed"),
                    );
                }
                self.take(path.name("future"), future)?;
                if let Transfer::Recv {
                    bind: Some(name), ..
                } = transfer_of
                {
                    // It is bound where the future is awaited.
                    let name = name.as_str();
                    let register = self.names.registers.remove(name);
                    let bound = register.map(|it| (name, it));
                    self.names
                        .to_bind
                        .extend(bound.map(|bound| (future.as_str(), bound)));
                }
                self.names.futures.insert(future, (number, false));
                self.futures.push(transfer);
                Op::Start(number, transfer)
            }
            Operation::Await { future } => {
                let number = self.future(path, future)?;
                let bound = self.names.to_bind.remove(future.as_str());
                self.names.registers.extend(bound);
                Op::Await(number)
            }
            Operation::Cancel { future } => {
                Op::Cancel(self.future(path, future)?)
            }
            Operation::Reserve { channel, permit } => {
                self.not_in_each(path, "reserve")?;
                let channel = self.channel(path, channel)?;
                let kind = self.compiler.pipes[channel as usize].kind;
                if !matches!(kind, Kind::Bounded | Kind::Unbounded | Kind::Mvar)
                {
                    return invalid(
                        format!("{path}.channel"),
                        "only a bounded channel, an unbounded one and an \
                         mvar have places to reserve"
                            .into(),
                    );
                }
                let number = self.permits.len() as u8;
                if number as usize >= MOST {
                    return too_large(
                        path,
                        format!("at most {MOST} permits are allowed"),
                    );
                }
                self.take(path.name("permit"), permit)?;
                self.names.permits.insert(permit, (number, false));
                self.permits.push(channel);
                Op::Reserve {
                    channel,
                    permit: number,
                }
            }
            Operation::Fulfil { permit, value } => {
                let permit = self.permit(path, permit)?;
                let value = self.value(path, value)?;
                Op::Fulfil { permit, value }
            }
            Operation::Release { permit } => {
                Op::Release(self.permit(path, permit)?)
            }
            Operation::Sleep { duration } => {
                let path = path.name("duration");
                let duration = time(path, Some(*duration))?;
                Op::Sleep(duration.unwrap_or(0))
            }
            Operation::Spawn { process } => {
                self.not_in_body(path, "spawn")?;
                Op::Spawn(self.other(path, process)?)
            }
            Operation::Join { process } => Op::Join(self.other(path, process)?),
        };
        self.add(path, op)
    }

    fn not_in_each(&self, path: Path<'_>, what: &str) -> Result<(), Invalid> {
        match self.loops {
            0 => Ok(()),
            _ => invalid(
                path,
                format!("no {what} is allowed in the body of an each"),
            ),
        }
    }

    fn not_in_body(&self, path: Path<'_>, what: &str) -> Result<(), Invalid> {
        match self.bodies {
            0 => Ok(()),
            _ => invalid(path, format!("no {what} is allowed in a body")),
        }
    }

    fn other(&self, path: Path<'_>, name: &str) -> Result<u8, Invalid> {
        let path = path.name("process");
        let process = self.compiler.known_process(path, name)?;
        match process == self.itself {
            true => invalid(path, "another process is expected".into()),
            false => Ok(process),
        }
    }

    fn future(&mut self, path: Path<'_>, name: &str) -> Result<u8, Invalid> {
        self.not_in_each(path, "await or cancel")?;
        match self.names.futures.get_mut(name) {
            Some((number, used @ false)) => {
                *used = true;
                Ok(*number)
            }
            Some(_) => invalid(
                format!("{path}.future"),
                format!("{name:?} was awaited or cancelled before"),
            ),
            None => invalid(
                format!("{path}.future"),
                format!("no future {name:?} was started before this"),
            ),
        }
    }

    fn permit(&mut self, path: Path<'_>, name: &str) -> Result<u8, Invalid> {
        self.not_in_each(path, "use of a permit")?;
        match self.names.permits.get_mut(name) {
            Some((number, used @ false)) => {
                *used = true;
                Ok(*number)
            }
            Some(_) => invalid(
                format!("{path}.permit"),
                format!("{name:?} was used before"),
            ),
            None => invalid(
                format!("{path}.permit"),
                format!("no permit {name:?} was reserved before this"),
            ),
        }
    }

    /// An arm of a select; it may bind the name that one before it binds.
    fn arm(
        &mut self,
        path: Path<'_>,
        before: &[Transfer],
        arm: &'a Transfer,
    ) -> Result<Move, Invalid> {
        let Transfer::Recv {
            channel,
            bind: Some(name),
        } = arm
        else {
            return self.transfer(path, arm);
        };
        let binds = |arm: &Transfer| {
            matches!(arm, Transfer::Recv { bind: Some(other), .. }
                if other == name)
        };
        if !before.iter().any(binds) {
            return self.transfer(path, arm);
        }
        Ok(Move {
            channel: self.channel(path, channel)?,
            what: What::Recv(self.names.registers.get(name.as_str()).copied()),
        })
    }

    fn select(
        &mut self,
        path: Path<'_>,
        arms: &'a [Transfer],
        biased: bool,
        default: bool,
        after: Option<u32>,
    ) -> Result<Op, Invalid> {
        if arms.is_empty() {
            return invalid(
                format!("{path}.arms"),
                "an arm is expected".into(),
            );
        }
        if arms.len() > MOST {
            return too_large(
                format!("{path}.arms"),
                format!("at most {MOST} arms are allowed"),
            );
        }
        if default && after.is_some() {
            return invalid(
                path,
                "default and after are not there both: it would never wait"
                    .into(),
            );
        }
        // What an arm binds is no value for another arm.
        for (place, arm) in arms.iter().enumerate() {
            if let Transfer::Send { value, .. } = arm {
                self.value(path.name("arms").item(place), value)?;
            }
        }
        let mut moves = Vec::with_capacity(arms.len());
        for (place, arm) in arms.iter().enumerate() {
            let all = path.name("arms");
            let path = all.item(place);
            let arm = self.arm(path, &arms[..place], arm)?;
            let kind = self.compiler.pipes[arm.channel as usize].kind;
            if kind == Kind::Oneshot && matches!(arm.what, What::Send(_)) {
                return invalid(
                    path,
                    "a send on a oneshot stands for itself: it never waits"
                        .into(),
                );
            }
            moves.push(arm);
        }
        Ok(Op::Select {
            arms: moves,
            biased,
            default,
            after: time(path.name("after"), after)?,
        })
    }

    fn each(
        &mut self,
        path: Path<'_>,
        channel: &str,
        bind: &'a Option<String>,
        body: &'a [Operation],
    ) -> Result<(), Invalid> {
        let channel = self.channel(path, channel)?;
        let outer = self.names.clone();
        let register = self.bind(path, bind)?;
        let what = What::Recv(register);
        let transfer = Move { channel, what };
        let start = self.instructions.len();
        let (end, behind) = (0, 0);
        self.add(
            path,
            Op::Each {
                transfer,
                end,
                behind,
            },
        )?;
        self.loops += 1;
        self.bodies += 1;
        self.operations(path.name("body"), body)?;
        self.loops -= 1;
        self.bodies -= 1;
        // What is bound in the body means nothing behind it.
        let taken = std::mem::take(&mut self.names.taken);
        self.names = Names { taken, ..outer };
        let after = self.instructions.len() as u8;
        for instruction in &mut self.instructions[start..] {
            if instruction.next == after {
                instruction.next = start as u8;
            }
            if let Op::Each { end, .. } = &mut instruction.op {
                if *end == after {
                    *end = start as u8;
                }
            }
        }
        if let Op::Each { end, behind, .. } = &mut self.instructions[start].op {
            (*end, *behind) = (after, after);
        }
        Ok(())
    }

    fn repeat(
        &mut self,
        path: Path<'_>,
        times: u8,
        body: &'a [Operation],
    ) -> Result<(), Invalid> {
        if times == 0 {
            return invalid(
                format!("{path}.times"),
                "a number from 1 on is expected".into(),
            );
        }
        let number = self.number;
        let path = path.name("body");
        let outer = self.names.clone();
        for _ in 0..times {
            self.number = number;
            // What is bound in the body is bound anew each time.
            self.names.taken = outer.taken.clone();
            self.bodies += 1;
            self.operations(path, body)?;
            self.bodies -= 1;
            self.uses_up(path, &outer)?;
        }
        Ok(())
    }

    /// A body uses up the futures and permits that begin in it, and no other.
    fn uses_up(
        &mut self,
        path: Path<'_>,
        outer: &Names<'a>,
    ) -> Result<(), Invalid> {
        let begun = |now: &HashMap<&str, (u8, bool)>,
                     before: &HashMap<&str, (u8, bool)>| {
            now.iter().any(|(name, is)| match before.get(name) {
                Some(before) => is != before,
                None => !is.1,
            })
        };
        if begun(&self.names.futures, &outer.futures)
            || begun(&self.names.permits, &outer.permits)
        {
            return invalid(
                path,
                "it has to use up each future and permit that begins in it, \
                 and no other"
                    .into(),
            );
        }
        self.names.futures = outer.futures.clone();
        self.names.permits = outer.permits.clone();
        Ok(())
    }
}

fn time(path: Path<'_>, time: Option<u32>) -> Result<Option<u16>, Invalid> {
    match time {
        Some(time) if time > LONGEST => {
            too_large(path, format!("at most {LONGEST} is allowed"))
        }
        time => Ok(time.map(|time| time as u16)),
    }
}

/// Which handles a process owns, holds at each operation, and needs there.
fn handles(
    path: Path<'_>,
    compiler: &Compiler<'_>,
    code: &mut Code,
) -> Result<(), Invalid> {
    let name = |channel: u8| &compiler.program.channels[channel as usize].name;
    let mut held = code.owned.clone();
    for instruction in &code.instructions {
        for (channel, side) in uses(&instruction.op) {
            if *of(&mut held[channel as usize], side) == 0 {
                let side = match side {
                    Side::Sender => "sender",
                    Side::Receiver => "receiver",
                };
                return invalid(
                    format!("{path}.operations"),
                    format!(
                        "operation {} needs a {side} of {:?}, and they were \
                         dropped before",
                        instruction.number,
                        name(channel),
                    ),
                );
            }
        }
        code.held.extend_from_slice(&held);
        match &instruction.op {
            Op::Drop(channel, side) => {
                *of(&mut held[*channel as usize], *side) -= 1;
            }
            Op::Clone(channel, side) => {
                *of(&mut held[*channel as usize], *side) += 1;
            }
            Op::Wait { transfer, .. }
            | Op::Try { transfer }
            | Op::Start(_, transfer) => {
                let kind = compiler.pipes[transfer.channel as usize].kind;
                let sends = matches!(transfer.what, What::Send(_));
                if kind == Kind::Oneshot && sends {
                    held[transfer.channel as usize].0 -= 1;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn of(held: &mut (u8, u8), side: Side) -> &mut u8 {
    match side {
        Side::Sender => &mut held.0,
        Side::Receiver => &mut held.1,
    }
}

/// Which handles an operation needs.
fn uses(op: &Op) -> impl Iterator<Item = (u8, Side)> {
    let of = |transfer: &Move| {
        let side = match transfer.what {
            What::Send(_) => Side::Sender,
            What::Recv(_) => Side::Receiver,
        };
        (transfer.channel, side)
    };
    let (moves, other) = match op {
        Op::Wait { transfer, .. }
        | Op::Try { transfer }
        | Op::Each { transfer, .. }
        | Op::Start(_, transfer) => (std::slice::from_ref(transfer), None),
        Op::Select { arms, .. } => (&arms[..], None),
        Op::Drop(channel, side) | Op::Clone(channel, side) => {
            (&[][..], Some((*channel, *side)))
        }
        Op::Reserve { channel, .. } => {
            (&[][..], Some((*channel, Side::Sender)))
        }
        _ => (&[][..], None),
    };
    moves.iter().map(of).chain(other)
}

/// No loop feeds, itself or through others, the channel that it receives from:
/// it might never end.
fn loops_end(pipes: usize, codes: &[Code]) -> Result<(), Invalid> {
    let mut feeds = [[false; MOST]; MOST];
    for code in codes {
        for (start, head) in code.instructions.iter().enumerate() {
            let Op::Each { transfer, .. } = &head.op else {
                continue;
            };
            let body = start + 1..body_end(code, start);
            for instruction in &code.instructions[body] {
                for (fed, side) in uses(&instruction.op) {
                    if side == Side::Sender {
                        feeds[transfer.channel as usize][fed as usize] = true;
                    }
                }
            }
        }
    }
    for through in 0..pipes {
        for from in 0..pipes {
            for to in 0..pipes {
                feeds[from][to] |= feeds[from][through] && feeds[through][to];
            }
        }
    }
    match (0..pipes).any(|pipe| feeds[pipe][pipe]) {
        false => Ok(()),
        true => invalid(
            "$.processes",
            "a loop feeds the channel that it receives from: it may never end"
                .into(),
        ),
    }
}

/// The most messages on each channel and results in each log.
fn bounds(pipes: &mut [Pipe], codes: &mut [Code]) -> Result<(), Invalid> {
    for _ in 0..=pipes.len() + 1 {
        let mut most = [0usize; MOST];
        for code in codes.iter_mut() {
            code.log = 0;
            for (place, instruction) in code.instructions.iter().enumerate() {
                let mut times = times(code, place, pipes);
                for (channel, side) in uses(&instruction.op) {
                    let sends =
                        !matches!(instruction.op, Op::Drop(..) | Op::Clone(..));
                    if side == Side::Sender && sends {
                        let most = &mut most[channel as usize];
                        *most = most.saturating_add(times);
                    }
                }
                if let Op::Each { transfer, .. } = &instruction.op {
                    let each = pipes[transfer.channel as usize].most;
                    times = times.saturating_mul(each);
                }
                code.log = code.log.saturating_add(times);
            }
        }
        let mut same = true;
        for (pipe, most) in pipes.iter_mut().zip(most) {
            same &= pipe.most == most;
            pipe.most = most;
        }
        if same {
            let large = codes.iter().position(|code| code.log > OPERATIONS);
            return match large {
                None => Ok(()),
                Some(process) => too_large(
                    format!("$.processes[{process}]"),
                    format!("it may do more than {OPERATIONS} things"),
                ),
            };
        }
    }
    unreachable!("no loop feeds itself")
}

/// How often the instruction at `place` may run: once for each message of the
/// loops around it.
fn times(code: &Code, place: usize, pipes: &[Pipe]) -> usize {
    code.instructions[..place]
        .iter()
        .enumerate()
        .filter_map(|(start, instruction)| match &instruction.op {
            Op::Each { transfer, .. } if place < body_end(code, start) => {
                Some(pipes[transfer.channel as usize].most)
            }
            _ => None,
        })
        .fold(1, usize::saturating_mul)
}

/// Where the body of the loop at `start` ends in the list of instructions.
fn body_end(code: &Code, start: usize) -> usize {
    match code.instructions[start].op {
        Op::Each { behind, .. } => behind as usize,
        _ => unreachable!("it is no loop"),
    }
}
