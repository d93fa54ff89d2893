//! The operations of one process, as instructions.

use super::compiler::Compiler;
use super::names::is_name;
use super::{
    Code, Instruction, Invalid, LONGEST, MOST, Move, OPERATIONS, Op, RESULTS,
    Source, What, invalid, result, too_large,
};
use crate::litmus::path::Path;
use crate::litmus::program::{Kind, Operation, Transfer, Value};
use hashbrown::{HashMap, HashSet};

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

/// The code of the process number `itself`, whose `path` is given, without the
/// handles.
pub(super) fn body<'a>(
    compiler: &mut Compiler<'a>,
    path: Path<'_>,
    itself: u8,
    operations: &'a [Operation],
) -> Result<Code, Invalid> {
    let channels = compiler.pipes.len();
    let mut body = Body {
        compiler,
        names: Names::default(),
        instructions: Vec::with_capacity(operations.len()),
        futures: Vec::new(),
        permits: Vec::new(),
        number: 0,
        itself,
        registers: 0,
        bodies: 0,
        loops: 0,
    };
    body.operations(path.name("operations"), operations)?;
    Ok(Code {
        instructions: body.instructions,
        spawned: false,
        observed: false,
        registers: body.registers,
        futures: body.futures,
        permits: body.permits,
        log: 0,
        held: Vec::new(),
        owned: vec![(0, 0); channels],
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
