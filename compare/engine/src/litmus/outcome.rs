//! An outcome: what a run of a program comes to.

use super::code::{Compiled, MOST, RESULTS};
use super::state::{Layout, ProcessPlace, State, status};
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of one process.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ended {
    /// The results of its operations, in order.
    pub log: Vec<CompactString>,
    /// `done`, `idle`, `failed: …`, or `waits at N`, which is the number of the
    /// operation in its text.
    pub end: CompactString,
}

/// What became of each process that the program observes. Its strings are short,
/// and there are many: they stand where they are, without an allocation.
pub type Outcome = BTreeMap<CompactString, Ended>;

/// The bytes of a state that its outcome is made of.
pub(super) fn key<const N: usize>(
    compiled: &Compiled,
    layout: &Layout,
    state: &State<N>,
    key: &mut Vec<u8>,
) {
    key.clear();
    for (code, place) in compiled.codes.iter().zip(&layout.processes) {
        if code.observed {
            let log = &state[place.log..];
            // Who cannot step at an end waits, marked as such or not.
            let waits = is_waiting(state, place);
            key.push(if waits {
                status::WAITING
            } else {
                state[place.status]
            });
            key.push(if waits { state[place.pc] } else { 0 });
            key.extend_from_slice(&log[..=log[0] as usize]);
        }
    }
}

/// Whether a process waits, in a state where none can step.
fn is_waiting<const N: usize>(state: &State<N>, place: &ProcessPlace) -> bool {
    matches!(state[place.status], status::READY | status::WAITING)
}

/// What results are called: a name that was told is only copied.
pub(super) struct Names<'a> {
    compiled: &'a Compiled<'a>,
    told: Vec<Option<CompactString>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(compiled: &'a Compiled<'a>) -> Self {
        Names {
            compiled,
            told: Vec::new(),
        }
    }

    fn of(&mut self, code: u8) -> CompactString {
        let place = code as usize;
        if self.told.len() <= place {
            self.told.resize(place + 1, None);
        }
        let told = &mut self.told[place];
        told.get_or_insert_with(|| self.compiled.name(code).into())
            .clone()
    }
}

/// The outcome that has this key.
pub(super) fn decode(names: &mut Names<'_>, mut key: &[u8]) -> Outcome {
    let compiled = names.compiled;
    let mut outcome = Outcome::new();
    let processes = compiled.codes.iter().zip(&compiled.program.processes);
    for (code, process) in processes.filter(|(code, _)| code.observed) {
        let (status, pc, length) = (key[0], key[1], key[2] as usize);
        let end = match status {
            status::IDLE => "idle".into(),
            status::DONE => "done".into(),
            status::NO_VALUE => "failed: no value".into(),
            status::SEND_ON_CLOSED => "failed: send on closed".into(),
            status::CLOSED_TWICE => "failed: closed twice".into(),
            _ => format_compact!(
                "waits at {}",
                code.instructions[pc as usize].number
            ),
        };
        let log = key[3..3 + length].iter();
        let log = log.map(|&code| names.of(code)).collect();
        outcome.insert(process.name.as_str().into(), Ended { log, end });
        key = &key[3 + length..];
    }
    outcome
}

/// The order of outcomes, as far as their keys tell it: ends with the same name
/// but another number may stand otherwise.
pub(super) struct Order {
    /// Of each process that is observed, which it is by name.
    processes: Vec<usize>,
    /// Of each result, which it is by name, from 1.
    results: Vec<u8>,
}

impl Order {
    pub(super) fn new(compiled: &Compiled) -> Self {
        let processes = compiled.codes.iter().zip(&compiled.program.processes);
        let observed = processes.filter(|(code, _)| code.observed);
        let names: Vec<_> = observed.map(|(_, of)| of.name.clone()).collect();
        let results: Vec<_> =
            (0..RESULTS as u8).map(|code| compiled.name(code)).collect();
        Order {
            processes: places(&names),
            results: places(&results).iter().map(|at| *at as u8 + 1).collect(),
        }
    }

    /// What has the order among bytes that the outcome of `key` has.
    pub(super) fn of(&self, key: &[u8]) -> Vec<u8> {
        let mut parts: [&[u8]; MOST] = [&[]; MOST];
        let mut rest = key;
        for &process in &self.processes {
            let length = 3 + rest[2] as usize;
            (parts[process], rest) = rest.split_at(length);
        }
        let mut order = Vec::with_capacity(key.len());
        for part in &parts[..self.processes.len()] {
            let log = part[3..].iter();
            order.extend(log.map(|&code| self.results[code as usize]));
            order.extend([0, part[0], part[1]]);
        }
        order
    }
}

/// Where each would stand if they were in order.
fn places(names: &[String]) -> Vec<usize> {
    let place = |name| names.iter().filter(|other| *other < name).count();
    names.iter().map(place).collect()
}

/// Who waits, and at which operation.
pub(super) fn waiting<const N: usize>(
    compiled: &Compiled,
    layout: &Layout,
    state: &State<N>,
) -> BTreeMap<String, u16> {
    let processes = compiled.codes.iter().zip(&layout.processes);
    processes
        .zip(&compiled.program.processes)
        .filter(|((_, place), _)| is_waiting(state, place))
        .map(|((code, place), process)| {
            let at = &code.instructions[state[place.pc] as usize];
            (process.name.clone(), at.number)
        })
        .collect()
}
