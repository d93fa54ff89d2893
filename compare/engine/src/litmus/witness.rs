//! Witnesses: for each outcome, a shortest way to it.

use super::code::compile;
use super::dialect::{Dialect, Time};
use super::outcome::{self, Names, Outcome};
use super::program::{Operation, Program};
use super::rules::{Did, Rules};
use super::search::{BETWEEN, Search, Unanswered, sized};
use super::state::{Layout, State, status};
use super::table::{Table, fingerprint};
use super::text::cell;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

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
/// that wait for ever with it. Every state is looked at, without reductions: a
/// schedule tells each step.
pub fn witnesses<'a>(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    search: impl Into<Search<'a>>,
) -> Result<Vec<Witness>, Unanswered> {
    let search = search.into();
    let compiled = compile(program)?;
    let layout = Layout::new(&compiled)?;
    let rules = Rules::new(&compiled, &layout, dialect, time);
    sized!(layout, breadth_first(&rules, &search))
}

/// Where a state was first come from, and by which of the steps there.
struct Came {
    from: u32,
    by: u32,
}

/// The states in the order of their distance: how each was come to, and its
/// bytes as long as it is still to be looked at.
struct Levels<const N: usize> {
    came: Vec<Came>,
    open: VecDeque<u8>,
    size: usize,
}

impl<const N: usize> Levels<N> {
    fn push(&mut self, from: usize, by: u32, state: &State<N>) {
        let from = from as u32;
        self.came.push(Came { from, by });
        self.open.extend(&state[..self.size]);
    }

    fn pop(&mut self) -> Option<State<N>> {
        if self.open.is_empty() {
            return None;
        }
        let mut state = [0; N];
        let bytes = self.open.drain(..self.size);
        state
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        Some(state)
    }

    fn bytes(&self) -> usize {
        self.open.capacity() + self.came.capacity() * size_of::<Came>()
    }
}

/// All states in the order of their distance.
fn breadth_first<const N: usize>(
    rules: &Rules<'_>,
    search: &Search<'_>,
) -> Result<Vec<Witness>, Unanswered> {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let size = layout.size;
    let search = &Search {
        states: search.states.min(u32::MAX as usize),
        ..*search
    };
    let mut seen = Table::new();
    let first: State<N> = rules.initial();
    seen.insert(fingerprint(&first, size));
    let mut levels = Levels {
        came: Vec::new(),
        open: VecDeque::new(),
        size,
    };
    levels.push(0, 0, &first);
    let mut found = BTreeMap::new();
    let mut key = Vec::new();
    let mut steps: Vec<(Did, State<N>)> = Vec::new();
    let mut place = 0;
    while let Some(state) = levels.pop() {
        steps.clear();
        rules.steps(&state, &mut steps);
        for (by, (_, next)) in steps.iter().enumerate() {
            if seen.insert(fingerprint(next, size)) {
                levels.push(place, by as u32, next);
            }
        }
        if steps.is_empty() {
            outcome::key(compiled, layout, &state, &mut key);
            let waiting = outcome::waiting(compiled, layout, &state);
            found.entry((key.clone(), waiting)).or_insert(place);
        }
        search.allows(seen.len(), seen.bytes() + levels.bytes())?;
        place += 1;
        if place % BETWEEN == 0 {
            search.goes_on()?;
        }
    }
    let mut names = Names::new(compiled);
    let witness = |((key, waiting), place): ((Vec<u8>, _), usize)| Witness {
        outcome: outcome::decode(&mut names, &key),
        waiting,
        schedule: schedule::<N>(rules, &levels.came, place),
    };
    Ok(found.into_iter().map(witness).collect())
}

/// The steps that lead to the state at `place`, taken once more.
fn schedule<const N: usize>(
    rules: &Rules<'_>,
    came: &[Came],
    mut place: usize,
) -> Vec<Step> {
    let mut way = Vec::new();
    while place > 0 {
        way.push(came[place].by);
        place = came[place].from as usize;
    }
    let mut state: State<N> = rules.initial();
    let mut taken = Vec::new();
    let mut steps: Vec<(Did, State<N>)> = Vec::new();
    while let Some(by) = way.pop() {
        steps.clear();
        rules.steps(&state, &mut steps);
        let (did, next) = steps[by as usize];
        taken.push(step(rules, &state, did, &next));
        state = next;
    }
    taken
}

fn step<const N: usize>(
    rules: &Rules<'_>,
    before: &State<N>,
    did: Did,
    after: &State<N>,
) -> Step {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let process = match did {
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
    let what = match did {
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
