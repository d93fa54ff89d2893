//! A system: a library and what drives it.

use crate::about::{About, Not};
use crate::plan::Plan;
use crate::seen::Seen;
use compare_engine::litmus::{Need, Operation, Program, Time, needs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Why a system does not run a program.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotRun {
    /// The system has not what the program needs, or cannot run here.
    #[error("{0}")]
    Unsupported(String),
    /// The program, or the schedule, makes no sense.
    #[error("{0}")]
    Bad(String),
    /// The machine does not let it.
    #[error("{0}")]
    Failed(String),
}

/// One step of a schedule.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// Whose; nobody's, if the clock moves.
    #[serde(default)]
    pub process: Option<String>,
    /// What happens.
    pub what: What,
    /// At which operation.
    #[serde(default)]
    pub number: u32,
    /// What each process logs in it.
    #[serde(default)]
    pub logged: Vec<(String, String)>,
}

/// What happens in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An operation arrives and completes.
    Does,
    /// It arrives and waits.
    Waits,
    /// One that waits completes.
    Completes,
    /// Its deadline strikes.
    Strikes,
    /// The clock moves.
    Clock(u32),
}

/// How much work is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// At most so many runs.
    pub runs: u64,
    /// The seed of the first.
    pub seed: u64,
    /// At most so long; one run is done in any case.
    pub time: Duration,
}

impl Work {
    /// The seeds of the runs, until the time is over.
    pub fn seeds(self) -> impl Iterator<Item = u64> {
        let begun = Instant::now();
        (0..self.runs.max(1))
            .take_while(move |run| *run == 0 || begun.elapsed() < self.time)
            .map(move |run| self.seed.wrapping_add(run))
    }
}

/// What came of some runs.
#[derive(Clone, Debug)]
pub struct Ran {
    /// How many were done.
    pub runs: u64,
    /// Whether the runner asks to be replaced.
    pub worn: bool,
    /// What they showed.
    pub seen: Vec<Seen>,
}

/// What came of following a schedule.
#[derive(Clone, Debug)]
pub struct Steered {
    /// Whether some attempt did all steps.
    pub followed: bool,
    /// What the attempts showed.
    pub seen: Vec<Seen>,
}

/// A system.
pub trait System: Send + Sync {
    /// What it is, has and promises.
    fn about(&self) -> About;

    /// By which time its runs are judged.
    fn time(&self) -> Time;

    /// Whether it follows schedules.
    fn steers(&self) -> bool {
        true
    }

    /// Why it cannot run here at all.
    fn unavailable(&self) -> Option<String>;

    /// Why it cannot run this program, though it has all its operations.
    fn refuses(&self, plan: &Plan) -> Option<String>;

    /// Runs a program that it supports.
    ///
    /// # Errors
    ///
    /// The machine does not let it.
    fn run(&self, plan: &Arc<Plan>, work: Work) -> Result<Ran, NotRun>;

    /// Follows a schedule.
    ///
    /// # Errors
    ///
    /// The machine does not let it.
    fn steer(
        &self,
        plan: &Arc<Plan>,
        schedule: &[Planned],
        attempts: u64,
        seed: u64,
    ) -> Result<Steered, NotRun>;
}

/// A step of a schedule, its process found.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Whose; nobody's, if the clock moves.
    pub process: Option<usize>,
    /// What happens.
    pub what: What,
    /// At which operation.
    pub number: u32,
    /// All that its process has logged after it; none if nobody observes it.
    pub results: Option<Vec<String>>,
}

impl Planned {
    /// Whether its process has logged what it should have.
    pub fn logged(&self, results: &[String]) -> bool {
        let expected = self.results.as_deref();
        expected.is_none_or(|expected| expected == results)
    }
}

/// Finds the processes of a schedule.
///
/// # Errors
///
/// There is no such process, or a step has none though it needs one.
pub fn planned(plan: &Plan, steps: &[Step]) -> Result<Vec<Planned>, NotRun> {
    let mut logs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let find = |(place, step): (usize, &Step)| {
        for (process, result) in &step.logged {
            logs.entry(process.clone())
                .or_default()
                .push(result.clone());
        }
        let process = match (&step.process, step.what) {
            (_, What::Clock(_)) => None,
            (Some(name), _) => match plan.processes.get(name) {
                Some(process) => Some(*process),
                None => {
                    return Err(NotRun::Bad(format!(
                        "$.schedule[{place}].process: the program has no \
                         process {name}"
                    )));
                }
            },
            (None, _) => {
                return Err(NotRun::Bad(format!(
                    "$.schedule[{place}].process: a name was expected"
                )));
            }
        };
        let observed = process.filter(|process| plan.observed(*process));
        let results = observed.map(|process| {
            let name = plan.program.processes[process].name.as_str();
            logs.get(name).cloned().unwrap_or_default()
        });
        Ok(Planned {
            process,
            what: step.what,
            number: step.number,
            results,
        })
    };
    steps.iter().enumerate().map(find).collect()
}

/// Makes sure that the program has a meaning, and that the system has all that
/// it needs.
///
/// # Errors
///
/// It has not; the first rule that matches gives the reason.
pub fn supported(
    system: &dyn System,
    program: &Program,
) -> Result<Arc<Plan>, NotRun> {
    let needs = needs(program)
        .map_err(|invalid| NotRun::Bad(format!("the program: {invalid}")))?;
    if let Some(why) = system.unavailable() {
        return Err(NotRun::Unsupported(why));
    }
    let plan = Plan::new(program);
    let rules = system.about().not;
    let needs = needs.into_iter().map(|Need(kind, feature)| {
        (kind.map(|kind| word(&kind)), word(&feature))
    });
    let lacks = needs.into_iter().find_map(|(kind, op)| {
        let matches = |rule: &&Not| rule.matches(kind.as_deref(), &op);
        let rule = rules.iter().find(matches)?;
        Some(match kind {
            Some(kind) => format!("{op} on {kind}: {}", rule.why),
            None => format!("{op}: {}", rule.why),
        })
    });
    match lacks.or_else(|| system.refuses(&plan)) {
        Some(why) => Err(NotRun::Unsupported(why)),
        None => Ok(Arc::new(plan)),
    }
}

/// As the protocol names it.
fn word(named: &impl Serialize) -> String {
    let word = serde_json::to_value(named).ok();
    let word = word.as_ref().and_then(serde_json::Value::as_str);
    word.expect("kinds and features are words").into()
}

/// How much time passes in a program if every deadline strikes, in its units.
pub fn total(plan: &Plan) -> u64 {
    fn sum(operations: &[Operation]) -> u64 {
        let each = operations.iter().map(|operation| match operation {
            Operation::Sleep { duration } => u64::from(*duration),
            Operation::Wait { within, .. } => within.unwrap_or(0).into(),
            Operation::Select { after, .. } => after.unwrap_or(0).into(),
            Operation::Repeat { times, body } => u64::from(*times) * sum(body),
            Operation::Each { body, .. } => sum(body),
            _ => 0,
        });
        each.sum()
    }
    let processes = plan.program.processes.iter();
    processes.map(|process| sum(&process.operations)).sum()
}
