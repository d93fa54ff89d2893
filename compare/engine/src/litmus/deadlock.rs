//! Deadlocks: who waits where for ever, and a shortest way there.

use super::dialect::{Dialect, Time};
use super::outcome::Outcome;
use super::program::Program;
use super::search::{Search, Unanswered};
use super::witness::{Step, witnesses};
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A state in which nothing can step and somebody waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deadlock {
    /// Who waits, observed or not, and at which operation of its text.
    pub waiting: BTreeMap<String, u16>,
    /// What the program comes to at the end of the schedule.
    pub outcome: Outcome,
    /// A shortest way there.
    pub schedule: Vec<Step>,
}

/// Every deadlock of `program`, by who waits where.
pub fn deadlocks<'a>(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    search: impl Into<Search<'a>>,
) -> Result<Vec<Deadlock>, Unanswered> {
    let mut found = BTreeMap::new();
    for witness in witnesses(program, dialect, time, search)? {
        if witness.waiting.is_empty() {
            continue;
        }
        let deadlock = Deadlock {
            waiting: witness.waiting,
            outcome: witness.outcome,
            schedule: witness.schedule,
        };
        match found.entry(deadlock.waiting.clone()) {
            Entry::Vacant(free) => {
                free.insert(deadlock);
            }
            Entry::Occupied(mut other) => {
                let other: &mut Deadlock = other.get_mut();
                if deadlock.schedule.len() < other.schedule.len() {
                    *other = deadlock;
                }
            }
        }
    }
    Ok(found.into_values().collect())
}
