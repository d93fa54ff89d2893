//! Every small program.

use compare_engine::litmus::{Program, check, parse};

/// How many there are.
pub(crate) const COUNT: u64 = 190_806;

const KINDS: [&str; 9] = [
    "rendezvous",
    "bounded 1",
    "bounded 2",
    "unbounded",
    "oneshot",
    "mvar",
    "watch",
    "broadcast 1",
    "broadcast 2",
];

/// What a process may do; `N` is a number of its own.
const LETTERS: [&str; 19] = [
    "c ! N",
    "c ?",
    "c ! N within 1",
    "c ? within 1",
    "try c ! N",
    "try c ?",
    "select c ? or default",
    "select c ! N or c ?",
    "each c ?;end",
    "close c",
    "drop c !",
    "drop c ?",
    "start f = c ! N",
    "start f = c ?",
    "await f",
    "cancel f",
    "reserve c as p",
    "fulfil p ! N",
    "drop p",
];

/// A program that is not written out yet.
pub(crate) struct Small {
    kind: &'static str,
    columns: [Vec<&'static str>; 2],
}

/// Every program of two processes of at most two letters each, on one channel
/// of each kind, as far as it is valid. Of two that are each other's mirror
/// image there is one.
pub(crate) fn programs() -> impl Iterator<Item = Small> {
    KINDS.into_iter().flat_map(|kind| {
        let columns = columns().into_iter();
        let valid = |column: &Vec<&'static str>| {
            let columns = [column.clone(), Vec::new()];
            check(&Small { kind, columns }.program()).is_ok()
        };
        let columns: Vec<_> = columns.filter(valid).collect();
        let count = columns.len();
        let pairs =
            (0..count).flat_map(move |a| (a..count).map(move |b| (a, b)));
        pairs
            .map(move |(a, b)| Small {
                kind,
                columns: [columns[a].clone(), columns[b].clone()],
            })
            .filter(Small::sends_once)
    })
}

/// Each process there may be.
fn columns() -> Vec<Vec<&'static str>> {
    let mut all = vec![Vec::new()];
    for first in LETTERS {
        all.push(vec![first]);
        all.extend(LETTERS.map(|second| vec![first, second]));
    }
    all
}

impl Small {
    /// On a oneshot one process sends: what is valid alone may not be together.
    fn sends_once(&self) -> bool {
        let sends = |column: &&Vec<&str>| {
            column.iter().any(|letter| letter.contains("! N"))
        };
        self.kind != "oneshot" || self.columns.iter().filter(sends).count() < 2
    }

    pub(crate) fn program(&self) -> Program {
        let cells = |own: usize| -> Vec<String> {
            let letters = (1..).zip(&self.columns[own - 1]);
            let cells = letters.map(|(place, letter)| {
                letter.replace('N', &(10 * own + place).to_string())
            });
            let cells: Vec<String> = cells.collect();
            cells.join(";").split(';').map(String::from).collect()
        };
        let (first, second) = (cells(1), cells(2));
        let mut text =
            format!("program small\nchannel c {}\nA | B\n", self.kind);
        for row in 0..first.len().max(second.len()) {
            let cell = |column: &[String]| {
                column.get(row).cloned().unwrap_or_default()
            };
            text += &format!("{} | {}\n", cell(&first), cell(&second));
        }
        parse(&text).expect("it is a text")
    }
}
