//! Shrinking: programs that are a little smaller than one.

use super::code::check;
use super::program::{Channel, Operation, Process, Program, Transfer, Value};
use std::collections::HashSet;

/// Programs that are smaller than `program`, those that lack the most first:
/// a process, an operation, a channel, places of a channel, the turns of a
/// body, a part of an operation, the size of a number.
///
/// Where something goes, so does what refers to it; all of them are valid.
/// Whoever goes on with one of them, again and again, comes to an end.
pub fn smaller(program: &Program) -> Vec<Program> {
    let mut found = Vec::new();
    without_a_process(program, &mut found);
    without_an_operation(program, &mut found);
    without_a_channel(program, &mut found);
    with_fewer_places(program, &mut found);
    at_each(program, unrolled, &mut found);
    at_each(program, plainer, &mut found);
    at_each(program, with_smaller_numbers, &mut found);
    if !program.observe.is_empty() {
        let observe = Vec::new();
        found.push(Program {
            observe,
            ..program.clone()
        });
    }
    found.retain(|candidate| candidate != program && check(candidate).is_ok());
    found
}

fn without_a_process(program: &Program, found: &mut Vec<Program>) {
    // The text form has at least one.
    if program.processes.len() < 2 {
        return;
    }
    for place in 0..program.processes.len() {
        let mut candidate = program.clone();
        let gone = candidate.processes.remove(place);
        candidate.observe.retain(|name| *name != gone.name);
        found.push(mended(candidate));
    }
}

fn without_a_channel(program: &Program, found: &mut Vec<Program>) {
    for place in 0..program.channels.len() {
        let mut candidate = program.clone();
        candidate.channels.remove(place);
        found.push(mended(candidate));
    }
}

fn with_fewer_places(program: &Program, found: &mut Vec<Program>) {
    for (place, channel) in program.channels.iter().enumerate() {
        let Some(capacity) = channel.capacity else {
            continue;
        };
        for fewer in fewer(u64::from(capacity), 1) {
            let mut candidate = program.clone();
            candidate.channels[place] = Channel {
                capacity: Some(fewer as u8),
                ..channel.clone()
            };
            found.push(candidate);
        }
    }
}

/// The least, and one less.
fn fewer(number: u64, least: u64) -> Vec<u64> {
    match number {
        _ if number <= least => Vec::new(),
        _ if number == least + 1 => vec![least],
        _ => vec![least, number - 1],
    }
}

fn without_an_operation(program: &Program, found: &mut Vec<Program>) {
    at_each(program, |_| vec![Vec::new()], found);
}

/// For each operation of the program, also in bodies, what may stand in its
/// place.
fn at_each(
    program: &Program,
    instead: impl Fn(&Operation) -> Vec<Vec<Operation>>,
    found: &mut Vec<Program>,
) {
    for (place, process) in program.processes.iter().enumerate() {
        for operations in replaced(&process.operations, &instead) {
            let mut candidate = program.clone();
            candidate.processes[place].operations = operations;
            found.push(mended(candidate));
        }
    }
}

fn replaced(
    operations: &[Operation],
    instead: &impl Fn(&Operation) -> Vec<Vec<Operation>>,
) -> Vec<Vec<Operation>> {
    let mut all = Vec::new();
    for (place, operation) in operations.iter().enumerate() {
        let mut with = |new: Vec<Operation>| {
            let mut whole = operations.to_vec();
            whole.splice(place..=place, new);
            all.push(whole);
        };
        instead(operation).into_iter().for_each(&mut with);
        for body in replaced(operation.body(), instead) {
            with(vec![with_body(operation, body)]);
        }
    }
    all
}

fn with_body(operation: &Operation, new: Vec<Operation>) -> Operation {
    let mut operation = operation.clone();
    if let Operation::Each { body, .. } | Operation::Repeat { body, .. } =
        &mut operation
    {
        *body = new;
    }
    operation
}

/// A body without what repeats it, or with fewer turns.
fn unrolled(operation: &Operation) -> Vec<Vec<Operation>> {
    match operation {
        Operation::Repeat { times, body } => {
            let mut all = vec![body.clone()];
            for times in fewer(u64::from(*times), 1) {
                all.push(vec![Operation::Repeat {
                    times: times as u8,
                    body: body.clone(),
                }]);
            }
            all
        }
        Operation::Each {
            channel,
            bind,
            body,
        } => {
            let transfer = Transfer::Recv {
                channel: channel.clone(),
                bind: bind.clone(),
            };
            let first = Operation::Wait {
                transfer,
                within: None,
            };
            vec![[&[first], &body[..]].concat()]
        }
        _ => Vec::new(),
    }
}

/// The operation without one of its parts.
fn plainer(operation: &Operation) -> Vec<Vec<Operation>> {
    let mut all = Vec::new();
    match operation {
        Operation::Wait { transfer, within } => {
            if within.is_some() {
                all.push(Operation::Wait {
                    transfer: transfer.clone(),
                    within: None,
                });
            }
            all.extend(unbound(transfer).map(|transfer| Operation::Wait {
                transfer,
                within: *within,
            }));
        }
        Operation::Try { transfer } => {
            let transfer = unbound(transfer);
            all.extend(transfer.map(|transfer| Operation::Try { transfer }));
        }
        Operation::Start { future, transfer } => {
            all.extend(unbound(transfer).map(|transfer| Operation::Start {
                future: future.clone(),
                transfer,
            }));
        }
        Operation::Each {
            channel,
            bind: Some(_),
            body,
        } => all.push(Operation::Each {
            channel: channel.clone(),
            bind: None,
            body: body.clone(),
        }),
        Operation::Select { .. } => all.extend(plainer_select(operation)),
        _ => {}
    }
    all.into_iter().map(|operation| vec![operation]).collect()
}

fn unbound(transfer: &Transfer) -> Option<Transfer> {
    match transfer {
        Transfer::Recv {
            channel,
            bind: Some(_),
        } => Some(Transfer::Recv {
            channel: channel.clone(),
            bind: None,
        }),
        _ => None,
    }
}

fn plainer_select(operation: &Operation) -> Vec<Operation> {
    let Operation::Select {
        arms,
        biased,
        default,
        after,
    } = operation
    else {
        return Vec::new();
    };
    let select =
        |arms: Vec<Transfer>, biased, default, after| Operation::Select {
            arms,
            biased,
            default,
            after,
        };
    let mut all = Vec::new();
    match &arms[..] {
        [transfer] if !default && after.is_none() => {
            all.push(Operation::Wait {
                transfer: transfer.clone(),
                within: None,
            });
        }
        [_] => {}
        _ => {
            for place in 0..arms.len() {
                let mut arms = arms.clone();
                arms.remove(place);
                all.push(select(arms, *biased, *default, *after));
            }
        }
    }
    if *default || after.is_some() {
        all.push(select(arms.clone(), *biased, false, None));
    }
    if *biased {
        all.push(select(arms.clone(), false, *default, *after));
    }
    for (place, arm) in arms.iter().enumerate() {
        if let Some(arm) = unbound(arm) {
            let mut arms = arms.clone();
            arms[place] = arm;
            all.push(select(arms, *biased, *default, *after));
        }
    }
    all
}

/// The operation with a smaller time, or a smaller number instead of what it
/// sends.
fn with_smaller_numbers(operation: &Operation) -> Vec<Vec<Operation>> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Operation)| {
        let mut changed = operation.clone();
        change(&mut changed);
        all.push(vec![changed]);
    };
    if let Some(time) = time(&mut operation.clone()) {
        for less in fewer(u64::from(*time), 0) {
            with(&|operation| {
                if let Some(time) = self::time(operation) {
                    *time = less as u32;
                }
            });
        }
    }
    for place in 0..values(&mut operation.clone()).len() {
        let one = Value::Number(1);
        if *values(&mut operation.clone())[place] != one {
            with(&|operation| *values(operation)[place] = one.clone());
        }
    }
    all
}

fn time(operation: &mut Operation) -> Option<&mut u32> {
    match operation {
        Operation::Wait { within, .. } => within.as_mut(),
        Operation::Select { after, .. } => after.as_mut(),
        Operation::Sleep { duration } => Some(duration),
        _ => None,
    }
}

/// What an operation sends.
fn values(operation: &mut Operation) -> Vec<&mut Value> {
    fn sent(transfer: &mut Transfer) -> Option<&mut Value> {
        match transfer {
            Transfer::Send { value, .. } => Some(value),
            Transfer::Recv { .. } => None,
        }
    }
    match operation {
        Operation::Wait { transfer, .. }
        | Operation::Try { transfer }
        | Operation::Start { transfer, .. } => {
            sent(transfer).into_iter().collect()
        }
        Operation::Select { arms, .. } => {
            arms.iter_mut().filter_map(sent).collect()
        }
        Operation::Fulfil { value, .. } => vec![value],
        _ => Vec::new(),
    }
}

/// The program without what refers to things that are gone; a name that is
/// bound no more is the number 1.
fn mended(mut program: Program) -> Program {
    let known = Known {
        channels: program.channels.iter().map(|c| c.name.clone()).collect(),
        processes: program.processes.iter().map(|p| p.name.clone()).collect(),
    };
    for process in &mut program.processes {
        mend(process, &known);
    }
    program
}

struct Known {
    channels: HashSet<String>,
    processes: HashSet<String>,
}

fn mend(process: &mut Process, known: &Known) {
    let operations = std::mem::take(&mut process.operations);
    process.operations = known.operations(operations, &mut HashSet::new());
}

impl Known {
    /// `names` are those that were bound before.
    fn operations(
        &self,
        operations: Vec<Operation>,
        names: &mut HashSet<String>,
    ) -> Vec<Operation> {
        let mut kept = Vec::new();
        for mut operation in operations {
            if let Operation::Select { arms, .. } = &mut operation {
                arms.retain(|arm| self.channels.contains(arm.channel()));
                if arms.is_empty() {
                    continue;
                }
            }
            if !self.keeps(&operation, names) {
                continue;
            }
            for value in values(&mut operation) {
                if matches!(value, Value::Name(name) if !names.contains(name)) {
                    *value = Value::Number(1);
                }
            }
            names.extend(bound(&operation));
            if let Operation::Each { body, .. }
            | Operation::Repeat { body, .. } = &mut operation
            {
                *body = self.operations(std::mem::take(body), names);
            }
            kept.push(operation);
        }
        kept
    }

    fn keeps(&self, operation: &Operation, names: &HashSet<String>) -> bool {
        let mut sides = operation.sides().into_iter();
        sides.all(|(channel, _)| self.channels.contains(channel))
            && match operation {
                Operation::Close { channel } => self.channels.contains(channel),
                Operation::Spawn { process } | Operation::Join { process } => {
                    self.processes.contains(process)
                }
                Operation::Await { future } | Operation::Cancel { future } => {
                    names.contains(future)
                }
                Operation::Fulfil { permit, .. }
                | Operation::Release { permit } => names.contains(permit),
                _ => true,
            }
    }
}

/// The names that an operation binds, without its body.
fn bound(operation: &Operation) -> Vec<String> {
    fn received(transfer: &Transfer) -> Option<&String> {
        match transfer {
            Transfer::Recv { bind, .. } => bind.as_ref(),
            Transfer::Send { .. } => None,
        }
    }
    let names: Vec<&String> = match operation {
        Operation::Wait { transfer, .. } | Operation::Try { transfer } => {
            received(transfer).into_iter().collect()
        }
        Operation::Select { arms, .. } => {
            arms.iter().filter_map(received).collect()
        }
        Operation::Each { bind, .. } => bind.iter().collect(),
        Operation::Start { future, transfer } => {
            received(transfer).into_iter().chain([future]).collect()
        }
        Operation::Reserve { permit, .. } => vec![permit],
        _ => Vec::new(),
    };
    names.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::litmus::{generate, parse, print};

    #[test]
    fn what_refers_to_what_is_gone_goes_too() {
        let text = "program p\nchannel c bounded 1\nA | B\n\
                    start f = c ? x | c ! 1\nawait f | join A\nc ! x |";
        let program = parse(text).expect("a program");
        let all: Vec<String> = smaller(&program).iter().map(print).collect();
        let first = "program p\nchannel c bounded 1\n\nB\nc ! 1\n";
        assert_eq!(all[0], first);
        let without = "program p\nchannel c bounded 1\n\n\
                       A     | B\nc ! 1 | c ! 1\n      | join A\n";
        assert!(all.iter().any(|text| text == without), "{all:#?}");
    }

    #[test]
    fn whoever_goes_on_with_the_last_one_comes_to_an_end() {
        for seed in 0..200 {
            let mut program = generate(seed, None).expect("all is allowed");
            let mut steps = 0;
            while let Some(candidate) = smaller(&program).pop() {
                assert_eq!(check(&candidate), Ok(()));
                assert_eq!(parse(&print(&candidate)).as_ref(), Ok(&candidate));
                program = candidate;
                steps += 1;
                assert!(steps < 1_000, "{}", print(&program));
            }
            assert_eq!(program.processes.len(), 1);
            assert_eq!(program.processes[0].operations, []);
            assert_eq!(program.channels, []);
        }
    }
}
