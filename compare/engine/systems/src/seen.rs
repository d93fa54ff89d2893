//! What runs have shown.

use crate::journal::{End, Journal};
use crate::plan::Plan;
use compare_engine::litmus::{Ended, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;

/// What one run came to: the observed processes, and who waits where.
pub type Ending = (Outcome, BTreeMap<String, u32>);

/// An outcome that runs have shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// What the observed processes came to.
    pub outcome: Outcome,
    /// All that wait for ever, and at which operation.
    pub waiting: BTreeMap<String, u32>,
    /// How often.
    pub count: u64,
    /// The seed of the first run that showed it.
    pub seed: u64,
}

/// What runs have shown, each once.
#[derive(Debug, Default)]
pub struct Collection(BTreeMap<Ending, (u64, u64)>);

impl Collection {
    /// One more run.
    pub fn add(&mut self, ending: Ending, seed: u64) {
        self.0.entry(ending).or_insert((0, seed)).0 += 1;
    }

    /// All of it.
    pub fn seen(self) -> Vec<Seen> {
        let seen = self.0.into_iter();
        seen.map(|((outcome, waiting), (count, seed))| Seen {
            outcome,
            waiting,
            count,
            seed,
        })
        .collect()
    }
}

/// How far a process came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It was never spawned.
    Idle,
    /// It was begun, and has ended or goes on for all that is known.
    Begun,
    /// It is known to wait for ever, if it has not ended.
    Waits,
}

/// What a run came to.
pub fn ending(plan: &Plan, journals: &[Journal], came: &[Came]) -> Ending {
    let (mut outcome, mut waiting) = (Outcome::new(), BTreeMap::new());
    for (place, process) in plan.program.processes.iter().enumerate() {
        let (journal, name) = (&journals[place], &process.name);
        let number = journal.look().number;
        let end = match (journal.ending(), came[place]) {
            (Some(End::Done), _) => "done".into(),
            (Some(End::Failed(why)), _) => format!("failed: {why}"),
            // One without operations is done from the beginning.
            (None, Came::Idle) => "idle".into(),
            (None, Came::Waits) => {
                waiting.insert(name.clone(), number);
                format!("waits at {number}")
            }
            (None, Came::Begun) => format!("running at {number}"),
        };
        if plan.observed(place) {
            let ended = Ended {
                log: journal.results().into_iter().map(Into::into).collect(),
                end: end.into(),
            };
            outcome.insert(name.as_str().into(), ended);
        }
    }
    (outcome, waiting)
}
