//! Membership: whether an outcome is one of a program's, found without the
//! others.

use super::code::{Compiled, compile};
use super::dialect::{Dialect, Time};
use super::outcome::{self, Ended, Names, Outcome};
use super::program::Program;
use super::reductions::Reductions;
use super::rules::Rules;
use super::search::{Search, Unanswered, each_end, sized};
use super::state::{Layout, State};
use compact_str::CompactString;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Whether `outcome` is one that `program` can come to; and how many states had
/// to be looked at, which are only those whose logs begin as the outcome's do.
/// One thread does it.
pub fn member<'a>(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    search: impl Into<Search<'a>>,
    outcome: &Outcome,
) -> Result<(bool, usize), Unanswered> {
    let search = search.into();
    let compiled = compile(program)?;
    let Some(logs) = logs(&compiled, outcome) else {
        return Ok((false, 0));
    };
    let layout = Layout::new(&compiled)?;
    // The outcome says which of several identical processes did what.
    let reductions = Reductions {
        symmetry: false,
        ..search.reductions
    };
    let rules =
        Rules::new(&compiled, &layout, dialect, time).reduced(reductions);
    sized!(layout, among(&rules, &search, &logs, outcome))
}

/// The logs of the outcome, by process, as a state has them; `None` if there is
/// one that the program cannot have.
fn logs(compiled: &Compiled, outcome: &Outcome) -> Option<Vec<Vec<u8>>> {
    let mut codes = HashMap::new();
    let mut code = |name: &CompactString| {
        *codes
            .entry(name.clone())
            .or_insert_with(|| compiled.code_of(name))
    };
    let processes = compiled.codes.iter().zip(&compiled.program.processes);
    let mut logs = Vec::new();
    for (process, text) in processes {
        if !process.observed {
            logs.push(Vec::new());
            continue;
        }
        let Ended { log, .. } = outcome.get(text.name.as_str())?;
        if log.len() > process.log {
            return None;
        }
        logs.push(log.iter().map(&mut code).collect::<Option<_>>()?);
    }
    let observed = compiled.codes.iter().filter(|code| code.observed);
    (outcome.len() == observed.count()).then_some(logs)
}

fn among<const N: usize>(
    rules: &Rules<'_>,
    search: &Search<'_>,
    logs: &[Vec<u8>],
    outcome: &Outcome,
) -> Result<(bool, usize), Unanswered> {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let begins = |state: &State<N>| {
        let observed = compiled.codes.iter().map(|code| code.observed);
        observed.zip(&layout.processes).zip(logs).all(
            |((observed, place), log)| {
                !observed || {
                    let length = state[place.log] as usize;
                    let have = &state[place.log + 1..][..length];
                    log.starts_with(have)
                }
            },
        )
    };
    let mut key = Vec::new();
    let mut names = Names::new(compiled);
    let mut found = false;
    let states = each_end::<N>(rules, search, begins, |state| {
        outcome::key(compiled, layout, state, &mut key);
        found = outcome::decode(&mut names, &key) == *outcome;
        match found {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    Ok((found, states))
}
