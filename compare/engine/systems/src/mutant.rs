//! This repository's channels, broken on purpose: what random programs should find.

use crate::about::About;
use crate::plan::Plan;
use crate::system::{NotRun, Planned, Ran, Steered, System, Work};
use compare_engine::litmus::Time;
use std::sync::Arc;

/// The faults that no channel program can show, and why.
const HIDDEN: &[(&str, &str)] = &[
    (
        "cancelled_out_of_order",
        "the meaning allows what it does, that what comes back goes in front: \
         `make mutants` catches it",
    ),
    (
        "nack_forgotten",
        "no program has a nack: `make mutants` catches it",
    ),
];

/// A system whose core is broken on purpose, in the way that has this name.
#[derive(Debug)]
pub struct Mutant<S> {
    mutant: &'static str,
    system: S,
}

impl<S> Mutant<S> {
    /// The system with this fault, while it runs a program.
    pub fn new(mutant: &'static str, system: S) -> Self {
        Mutant { mutant, system }
    }
}

impl<S: System> System for Mutant<S> {
    fn about(&self) -> About {
        self.system.about()
    }

    fn time(&self) -> Time {
        self.system.time()
    }

    fn steers(&self) -> bool {
        self.system.steers()
    }

    fn unavailable(&self) -> Option<String> {
        let mut hidden = HIDDEN.iter().filter(|(name, _)| *name == self.mutant);
        hidden.next().map(|(_, why)| (*why).into())
    }

    fn refuses(&self, plan: &Plan) -> Option<String> {
        self.system.refuses(plan)
    }

    fn run(&self, plan: &Arc<Plan>, work: Work) -> Result<Ran, NotRun> {
        chanpatterns::mutants::mutate(Some(self.mutant));
        let ran = self.system.run(plan, work);
        chanpatterns::mutants::mutate(None);
        ran
    }

    fn steer(
        &self,
        plan: &Arc<Plan>,
        schedule: &[Planned],
        attempts: u64,
        seed: u64,
    ) -> Result<Steered, NotRun> {
        self.system.steer(plan, schedule, attempts, seed)
    }
}
