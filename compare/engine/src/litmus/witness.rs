//! Witnesses: for each outcome, a shortest way to it.

use super::code::compile;
use super::dialect::{Dialect, Time};
use super::outcome::{self, Outcome};
use super::program::{Operation, Program};
use super::rules::{Did, Rules};
use super::search::{Seen, Unanswered, sized};
use super::state::{Layout, State, status};
use super::text::cell;
use serde::Serialize;
use std::collections::BTreeMap;

/// One step of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Whose step it is; nobody's, if the clock moves.
    pub process: Option<String>,
    /// What happened, in the present tense.
    pub what: What,
    /// The operation, as its cell says it.
    pub operation: String,
    /// Its number in the text of its process.
    pub number: u16,
    /// What each process logged in this step, the one whose step it is first.
    pub logged: Vec<(String, String)>,
}

/// What happened in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An operation arrived and completed.
    Does,
    /// It arrived, and its process waits at it.
    Waits,
    /// The operation at which its process waited completed.
    Completes,
    /// Its deadline struck, or its sleep ended.
    Strikes,
    /// The clock moved by so much.
    Clock(u16),
}

/// An outcome, and a shortest schedule that leads to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// What the program comes to.
    pub outcome: Outcome,
    /// Whether somebody waits in it, observed or not: who, and at which
    /// operation.
    pub waiting: BTreeMap<String, u16>,
    /// The steps.
    pub schedule: Vec<Step>,
}

/// A shortest way to each outcome of `program`, and to each set of processes
/// that wait for ever with it; at most `limit` states are looked at.
pub fn witnesses(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    limit: usize,
) -> Result<Vec<Witness>, Unanswered> {
    let compiled = compile(program)?;
    let layout = Layout::new(&compiled)?;
    let rules = Rules::new(&compiled, &layout, dialect, time);
    sized!(layout, breadth_first(&rules, limit))
}

/// Where a state was first come from.
struct Came<const N: usize> {
    state: State<N>,
    from: usize,
    did: Did,
}

/// All states in the order of their distance.
fn breadth_first<const N: usize>(
    rules: &Rules<'_>,
    limit: usize,
) -> Result<Vec<Witness>, Unanswered> {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let mut seen = Seen::default();
    let first: State<N> = rules.initial();
    seen.insert(layout, &first);
    let mut all = vec![Came {
        state: first,
        from: 0,
        did: Did::Clock(0),
    }];
    let mut found = BTreeMap::new();
    let mut key = Vec::new();
    let mut place = 0;
    while place < all.len() {
        let state = all[place].state;
        let mut is_end = true;
        rules.steps(&state, &mut |did, next| {
            is_end = false;
            if seen.insert(layout, &next) {
                all.push(Came {
                    state: next,
                    from: place,
                    did,
                });
            }
        });
        if is_end {
            outcome::key(compiled, layout, &state, &mut key);
            let waiting = outcome::waiting(compiled, layout, &state);
            found.entry((key.clone(), waiting)).or_insert(place);
        }
        if all.len() > limit {
            return Err(Unanswered::TooLarge { limit });
        }
        place += 1;
    }
    let witness = |((key, waiting), place): ((Vec<u8>, _), usize)| Witness {
        outcome: outcome::decode(compiled, &key),
        waiting,
        schedule: schedule(rules, &all, place),
    };
    Ok(found.into_iter().map(witness).collect())
}

/// The steps that lead to the state at `place`.
fn schedule<const N: usize>(
    rules: &Rules<'_>,
    all: &[Came<N>],
    mut place: usize,
) -> Vec<Step> {
    let mut steps = Vec::new();
    while place > 0 {
        let came = &all[place];
        steps.push(step(rules, &all[came.from].state, came));
        place = came.from;
    }
    steps.reverse();
    steps
}

fn step<const N: usize>(
    rules: &Rules<'_>,
    before: &State<N>,
    came: &Came<N>,
) -> Step {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let after = &came.state;
    let process = match came.did {
        Did::Clock(by) => {
            return Step {
                process: None,
                what: What::Clock(by),
                operation: String::new(),
                number: 0,
                logged: Vec::new(),
            };
        }
        Did::Arrived(process)
        | Did::Completed(process)
        | Did::Struck(process) => process as usize,
    };
    let at = &layout.processes[process];
    let instruction =
        &compiled.codes[process].instructions[before[at.pc] as usize];
    let waits =
        after[at.status] == status::WAITING && before[at.pc] == after[at.pc];
    let what = match came.did {
        Did::Arrived(_) if waits => What::Waits,
        Did::Completed(_) => What::Completes,
        Did::Struck(_) => What::Strikes,
        _ => What::Does,
    };
    let text = &compiled.program.processes[process];
    let operation = numbered(&text.operations, instruction.number);
    let mut order: Vec<usize> = (0..compiled.codes.len()).collect();
    order.sort_by_key(|&other| other != process);
    let logged = order.into_iter().flat_map(|other| {
        let place = &layout.processes[other];
        let name = &compiled.program.processes[other].name;
        let (from, to) = match compiled.codes[other].observed {
            true => (before[place.log], after[place.log]),
            false => (0, 0),
        };
        (from..to).map(move |entry| {
            let code = after[place.log + 1 + entry as usize];
            (name.clone(), compiled.name(code))
        })
    });
    Step {
        process: Some(text.name.clone()),
        what,
        operation: operation.map_or_else(String::new, cell),
        number: instruction.number,
        logged: logged.collect(),
    }
}

/// The operation that has this number, bodies counted behind their heads.
fn numbered(operations: &[Operation], number: u16) -> Option<&Operation> {
    fn walk<'a>(
        operations: &'a [Operation],
        left: &mut u16,
    ) -> Option<&'a Operation> {
        for operation in operations {
            *left -= 1;
            if *left == 0 {
                return Some(operation);
            }
            if let Operation::Each { body, .. }
            | Operation::Repeat { body, .. } = operation
            {
                if let Some(found) = walk(body, left) {
                    return Some(found);
                }
            }
        }
        None
    }
    walk(operations, &mut { number })
}
