//! The whole of a program: its names, its channels, and what its processes may
//! not do together.

use super::body::body;
use super::bounds::{bounds, loops_end};
use super::handles::{handles, of, uses};
use super::names::{heading, named};
use super::{
    Code, Compiled, Invalid, MOST, Move, Op, Pipe, RESULTS, What, invalid,
    result, too_large,
};
use crate::litmus::path::Path;
use crate::litmus::program::{Channel, Kind, Process, Program};

pub(super) struct Compiler<'a> {
    pub(super) program: &'a Program,
    pub(super) pipes: Vec<Pipe>,
    pub(super) numbers: Vec<i64>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(program: &'a Program) -> Result<Self, Invalid> {
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

    pub(super) fn compile(mut self) -> Result<Compiled<'a>, Invalid> {
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

    pub(super) fn known_process(
        &self,
        path: Path<'_>,
        name: &str,
    ) -> Result<u8, Invalid> {
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
        let mut code = body(self, path, place as u8, &process.operations)?;
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
