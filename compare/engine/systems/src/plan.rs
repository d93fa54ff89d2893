//! A program, and what follows from its text.

use compare_engine::litmus::{
    Kind, Operation, Process, Program, Side, Transfer,
};
use std::collections::HashMap;

/// Which handles a process owns of a channel from the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owns {
    /// A sender.
    pub sender: bool,
    /// A receiver.
    pub receiver: bool,
}

impl Owns {
    fn has(self, side: Side) -> bool {
        match side {
            Side::Sender => self.sender,
            Side::Receiver => self.receiver,
        }
    }
}

/// A program, and what follows from its text.
#[derive(Debug)]
pub struct Plan {
    /// The program.
    pub program: Program,
    /// The places of its channels, by name.
    pub channels: HashMap<String, usize>,
    /// The places of its processes, by name.
    pub processes: HashMap<String, usize>,
    /// By process and channel.
    pub owns: Vec<Vec<Owns>>,
    /// Whether another one begins it, by process.
    pub spawned: Vec<bool>,
}

fn places<'a>(
    names: impl Iterator<Item = &'a String>,
) -> HashMap<String, usize> {
    let places = names.enumerate();
    places.map(|(place, name)| (name.clone(), place)).collect()
}

/// The channel of a send or a receive, and its side.
pub fn side(transfer: &Transfer) -> (&str, Side) {
    match transfer {
        Transfer::Send { channel, .. } => (channel, Side::Sender),
        Transfer::Recv { channel, .. } => (channel, Side::Receiver),
    }
}

/// Visits every operation, those of bodies too.
pub fn visit<'a>(
    operations: &'a [Operation],
    look: &mut impl FnMut(&'a Operation),
) {
    for operation in operations {
        look(operation);
        if let Operation::Each { body, .. } | Operation::Repeat { body, .. } =
            operation
        {
            visit(body, look);
        }
    }
}

/// How many numbers an operation takes: its own and those of its body.
pub fn size(operation: &Operation) -> u32 {
    match operation {
        Operation::Each { body, .. } | Operation::Repeat { body, .. } => {
            1 + body.iter().map(size).sum::<u32>()
        }
        _ => 1,
    }
}

/// The sides of channels that an operation uses, closes not counted.
fn uses(operation: &Operation) -> Vec<(&str, Side)> {
    match operation {
        Operation::Wait { transfer, .. }
        | Operation::Try { transfer }
        | Operation::Start { transfer, .. } => vec![side(transfer)],
        Operation::Select { arms, .. } => arms.iter().map(side).collect(),
        Operation::Each { channel, .. } => vec![(channel, Side::Receiver)],
        Operation::Drop { channel, side }
        | Operation::Clone { channel, side } => vec![(channel, *side)],
        Operation::Reserve { channel, .. } => vec![(channel, Side::Sender)],
        _ => Vec::new(),
    }
}

impl Plan {
    /// What follows from a program that has a meaning.
    pub fn new(program: &Program) -> Self {
        let channels = places(program.channels.iter().map(|one| &one.name));
        let processes = places(program.processes.iter().map(|one| &one.name));
        let mut owns =
            vec![vec![Owns::default(); channels.len()]; processes.len()];
        let mut spawned = vec![false; processes.len()];
        for (process, owns) in program.processes.iter().zip(&mut owns) {
            visit(&process.operations, &mut |operation| {
                for (channel, side) in uses(operation) {
                    let own = &mut owns[channels[channel]];
                    match side {
                        Side::Sender => own.sender = true,
                        Side::Receiver => own.receiver = true,
                    }
                }
                if let Operation::Spawn { process } = operation {
                    spawned[processes[process]] = true;
                }
            });
        }
        Plan {
            program: program.clone(),
            channels,
            processes,
            owns,
            spawned,
        }
    }

    /// Whether the outcome tells of this process.
    pub fn observed(&self, process: usize) -> bool {
        let observe = &self.program.observe;
        let name = &self.program.processes[process].name;
        observe.is_empty() || observe.contains(name)
    }

    /// How many processes own a handle of this side from the beginning.
    pub fn owners(&self, channel: usize, side: Side) -> usize {
        let owns = self.owns.iter().map(|owns| owns[channel]);
        owns.filter(|own| own.has(side)).count()
    }

    /// The kind of a channel.
    pub fn kind(&self, channel: &str) -> Kind {
        self.program.channels[self.channels[channel]].kind
    }

    /// Why threads cannot run this as the meaning has it: a process fails at a
    /// moment, not for good, and drops its handles in the same step. A thread
    /// drops them a little later, when there may be a value.
    pub fn fails_at_a_moment(&self) -> Option<String> {
        let fails = |process: &&Process| self.may_find_nothing(process);
        let name = &self.program.processes.iter().find(fails)?.name;
        Some(format!(
            "{name} may fail when it gets no value at some moment; a thread \
             drops its handles a little later, and the meaning at once"
        ))
    }

    /// Whether a process binds a name where there may be no value at a moment.
    fn may_find_nothing(&self, process: &Process) -> bool {
        let mut found = false;
        visit(&process.operations, &mut |operation| {
            let transfer = match operation {
                Operation::Wait { transfer, within } => (within.is_some()
                    || self.lags(transfer))
                .then_some(transfer),
                Operation::Try { transfer } => Some(transfer),
                _ => None,
            };
            found |=
                matches!(transfer, Some(Transfer::Recv { bind: Some(_), .. }));
        });
        found
    }

    /// Why a library cannot run this where only some can close a channel: one
    /// closes it that cannot.
    pub fn closed_by_others(
        &self,
        who: &str,
        can: impl Fn(Kind, Owns) -> bool,
    ) -> Option<String> {
        let processes = self.program.processes.iter().zip(&self.owns);
        processes
            .filter_map(|(process, owns)| {
                let walked = Walked::along(self, owns, &process.operations);
                let mut closes = walked.closes.into_iter();
                let (channel, _) = closes
                    .find(|(channel, held)| !can(self.kind(channel), *held))?;
                let had = can(self.kind(channel), owns[self.channels[channel]]);
                let when = if had { ", and has dropped it" } else { "" };
                let name = &process.name;
                Some(format!(
                    "{name} closes {channel}, which only {who} can{when}"
                ))
            })
            .next()
    }

    /// Why a library cannot run this that does not count who is on a side of
    /// such channels: nobody is there from the beginning, or may leave.
    pub fn needs_a_count(&self, kinds: &[Kind], side: Side) -> Option<String> {
        let named = match side {
            Side::Sender => "send on",
            Side::Receiver => "receive from",
        };
        for (place, channel) in self.program.channels.iter().enumerate() {
            let fails = |(process, owns): (&Process, &Vec<Owns>)| {
                owns[place].has(side) && self.may_find_nothing(process)
            };
            let mut all = self.program.processes.iter().zip(&self.owns);
            if kinds.contains(&channel.kind)
                && (self.owners(place, side) == 0 || all.any(fails))
            {
                return Some(format!(
                    "who could {named} {} is not counted, and is nobody, or may fail",
                    channel.name
                ));
            }
        }
        None
    }

    fn lags(&self, transfer: &Transfer) -> bool {
        self.kind(side(transfer).0) == Kind::Broadcast
    }

    /// Why no safe Rust can run this: a process drops its last handle of a side
    /// while a future that borrows it waits.
    pub fn drops_what_is_borrowed(&self) -> Option<String> {
        let processes = self.program.processes.iter().zip(&self.owns);
        processes
            .filter_map(|(process, owns)| {
                let walked = Walked::along(self, owns, &process.operations);
                let channel = walked.drops_borrowed?;
                Some(format!(
                    "{} drops its last handle of {channel} while a future of \
                     it waits, which in Rust borrows that handle",
                    process.name
                ))
            })
            .next()
    }
}

/// Handles and futures, counted along the text of a process.
struct Walked<'a> {
    handles: HashMap<(&'a str, Side), usize>,
    futures: HashMap<&'a str, (&'a str, Side)>,
    /// The channel of a handle that is dropped while a future borrows it.
    drops_borrowed: Option<&'a str>,
    /// The channels that it closes, and what it holds of each then.
    closes: Vec<(&'a str, Owns)>,
}

impl<'a> Walked<'a> {
    fn along(
        plan: &'a Plan,
        owns: &[Owns],
        operations: &'a [Operation],
    ) -> Self {
        let mut handles = HashMap::new();
        for (channel, own) in plan.program.channels.iter().zip(owns) {
            let name = channel.name.as_str();
            handles.insert((name, Side::Sender), usize::from(own.sender));
            handles.insert((name, Side::Receiver), usize::from(own.receiver));
        }
        let mut walked = Walked {
            handles,
            futures: HashMap::new(),
            drops_borrowed: None,
            closes: Vec::new(),
        };
        walked.walk(operations);
        walked
    }

    fn walk(&mut self, operations: &'a [Operation]) {
        for operation in operations {
            self.step(operation);
        }
    }

    fn holds(&self, channel: &'a str, side: Side) -> bool {
        self.handles[&(channel, side)] > 0
    }

    fn step(&mut self, operation: &'a Operation) {
        match operation {
            Operation::Repeat { times, body } => {
                (0..*times).for_each(|_| self.walk(body));
            }
            // It leaves the handles as they were.
            Operation::Each { body, .. } => self.walk(body),
            Operation::Start { future, transfer } => {
                self.futures.insert(future, side(transfer));
            }
            Operation::Await { future } | Operation::Cancel { future } => {
                self.futures.remove(future.as_str());
            }
            Operation::Clone { channel, side } => {
                *self.handles.entry((channel, *side)).or_default() += 1;
            }
            Operation::Drop { channel, side } => {
                let key = (channel.as_str(), *side);
                let left = self.handles.entry(key).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 && self.futures.values().any(|used| *used == key)
                {
                    self.drops_borrowed.get_or_insert(channel);
                }
            }
            Operation::Close { channel } => {
                let held = Owns {
                    sender: self.holds(channel, Side::Sender),
                    receiver: self.holds(channel, Side::Receiver),
                };
                self.closes.push((channel, held));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compare_engine::litmus::parse;

    /// Why it is refused where only a receiver closes.
    fn refused(operations: &str) -> Option<String> {
        let text = format!("program p\nchannel d bounded 1\n{operations}");
        let plan = Plan::new(&parse(&text).unwrap());
        plan.closed_by_others("its receiver", |_, owns| owns.receiver)
    }

    #[test]
    fn who_closes_holds_then_what_closes() {
        assert_eq!(refused("A\nd ?\nclose d\ndrop d ?"), None);
        assert_eq!(refused("A\nclone d ?\ndrop d ?\nclose d"), None);
        assert_eq!(refused("A\neach d ?\n  close d\nend\ndrop d ?"), None);
        let dropped = "A closes d, which only its receiver can, and has \
                       dropped it";
        let twice = "A\nclone d ?\nrepeat 2\n  drop d ?\nend\nclose d";
        for operations in ["A\ndrop d ?\nclose d", twice] {
            assert_eq!(refused(operations).as_deref(), Some(dropped));
        }
        let other = "B closes d, which only its receiver can";
        for close in ["close d", "repeat 2\n  close d\nend"] {
            let lines = close.replace('\n', "\n | ");
            let operations = format!("A | B\nd ? | {lines}");
            assert_eq!(refused(&operations).as_deref(), Some(other));
        }
    }
}
