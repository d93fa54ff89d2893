//! Measures all cells in rounds, so that whatever else the machine does meets
//! every system.

use crate::cell::{Cell, Entrant, Group};
use crate::run::Timed;
use crate::systems::System;
use crate::watchdog::Watchdog;
use std::time::{Duration, Instant};

/// What was measured in one cell.
pub(crate) struct Measured {
    pub(crate) group: Group,
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// What was measured of one system in one cell.
pub(crate) struct Column {
    pub(crate) system: System,
    pub(crate) label: String,
    /// The items of one run.
    pub(crate) items: u64,
    /// Nanoseconds an item, one for each round.
    pub(crate) nanos: Vec<f64>,
}

impl Column {
    pub(crate) fn median(&self) -> f64 {
        let mut nanos = self.nanos.clone();
        nanos.sort_by(f64::total_cmp);
        let middle = nanos.len() / 2;
        if nanos.len() % 2 == 1 {
            nanos[middle]
        } else {
            (nanos[middle - 1] + nanos[middle]) / 2.0
        }
    }

    /// (max − min) / median.
    pub(crate) fn spread(&self) -> f64 {
        let most = self.nanos.iter().copied().fold(f64::MIN, f64::max);
        let least = self.nanos.iter().copied().fold(f64::MAX, f64::min);
        (most - least) / self.median()
    }
}

impl Measured {
    pub(crate) fn ours(&self) -> Option<&Column> {
        let is_ours = |column: &&Column| column.system == System::Ours;
        self.columns.iter().find(is_ours)
    }

    /// The fastest of the sound peers.
    pub(crate) fn best_peer(&self) -> Option<&Column> {
        self.columns
            .iter()
            .filter(|column| column.system.is_sound_peer())
            .min_by(|a, b| a.median().total_cmp(&b.median()))
    }

    /// The best peer's time by ours: above 1, ours is faster.
    pub(crate) fn ratio(&self) -> Option<f64> {
        Some(self.best_peer()?.median() / self.ours()?.median())
    }
}

/// Measures every cell `rounds` times, with runs of about `length`; an error
/// as soon as a total is wrong.
pub(crate) fn measure(
    cells: &[Cell],
    rounds: u32,
    length: Duration,
) -> Result<Vec<Measured>, String> {
    let begin = Instant::now();
    let watchdog = Watchdog::start();
    let mut measured = Vec::new();
    for cell in cells {
        measured.push(calibrated(cell, length, &watchdog)?);
    }
    for round in 0..rounds as usize {
        let elapsed = begin.elapsed().as_secs();
        eprintln!("grid: round {} of {rounds}, {elapsed} s", round + 1);
        for (number, cell) in cells.iter().enumerate() {
            // Another system comes first each time.
            for turn in 0..cell.entrants.len() {
                let entrant = (turn + round + number) % cell.entrants.len();
                let column = &mut measured[number].columns[entrant];
                let entrant = &cell.entrants[entrant];
                let timed = once(cell, entrant, column.items, &watchdog)?;
                column.nanos.push(timed.nanos_per_item());
            }
        }
    }
    Ok(measured)
}

fn once(
    cell: &Cell,
    entrant: &Entrant,
    items: u64,
    watchdog: &Watchdog,
) -> Result<Timed, String> {
    let name = format!("{}: {}", cell.name, entrant.label());
    watchdog
        .watch(&name, || (entrant.run)(items))
        .map_err(|wrong| format!("{name}: {wrong}"))
}

/// Columns without times, whose items make a run of about `length`.
fn calibrated(
    cell: &Cell,
    length: Duration,
    watchdog: &Watchdog,
) -> Result<Measured, String> {
    let length = length * cell.group.stretch();
    let mut columns = Vec::new();
    for entrant in &cell.entrants {
        columns.push(Column {
            system: entrant.system,
            label: entrant.label(),
            items: calibrate(length, |items| {
                once(cell, entrant, items, watchdog)
            })?,
            nanos: Vec::new(),
        });
    }
    Ok(Measured {
        group: cell.group,
        name: cell.name.clone(),
        columns,
    })
}

/// No run has fewer items, however long that takes.
const FEWEST: u64 = 64;

/// Runs more and more items until that takes a good part of `length`; then
/// how many take all of it. These runs are the warm-up too.
fn calibrate(
    length: Duration,
    run: impl Fn(u64) -> Result<Timed, String>,
) -> Result<u64, String> {
    let mut items = FEWEST;
    loop {
        let begin = Instant::now();
        run(items)?;
        // All of it, not only what is timed: the whole grid has its limit.
        let share = begin.elapsed().as_secs_f64() / length.as_secs_f64();
        if share > 0.3 {
            return Ok(FEWEST.max((items as f64 / share) as u64));
        }
        items *= if share > 0.1 { 2 } else { 4 };
    }
}
