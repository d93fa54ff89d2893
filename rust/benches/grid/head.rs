//! The head of the report: how the figures came about.

use crate::machine::{self, Others};
use std::time::{Duration, Instant};

/// What is known of a measurement besides its figures.
pub(crate) struct Head {
    rounds: u32,
    length: Duration,
    begin: Instant,
    others: Option<Others>,
}

impl Head {
    /// Call it before the measurement, and make the report right after it.
    pub(crate) fn new(rounds: u32, length: Duration) -> Self {
        Head {
            rounds,
            length,
            begin: Instant::now(),
            others: Others::now(),
        }
    }

    /// The part of all cores that other processes took so far.
    pub(crate) fn others(&self) -> Option<f64> {
        Some(Others::now()?.since(self.others.as_ref()?))
    }

    /// The head of the report: names and values.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let others = self.others().map_or("unknown".into(), |others| {
            format!("{:.0} % of the cores' time", others * 100.0)
        });
        let rounds = format!(
            "{}, of runs of about {:?}, in {} s",
            self.rounds,
            self.length,
            self.begin.elapsed().as_secs()
        );
        vec![
            ("machine", machine::machine()),
            ("taken by others", others),
            ("compiler", machine::rustc()),
            ("crates", machine::versions().join(", ")),
            ("date", machine::date()),
            ("command", format!("`{}`", machine::command())),
            ("rounds", rounds),
        ]
    }
}
