//! The options of the command.

use crate::cell::Cell;
use crate::systems::System;
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Compare the channel with its peers: speed
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench grid --")]
pub(crate) struct Arguments {
    /// Only cells whose name contains SUBSTRING
    #[arg(long, value_name = "SUBSTRING")]
    only: Option<String>,
    /// Only these systems, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    systems: Vec<System>,
    /// How often each cell is measured
    #[arg(
        long,
        value_name = "N",
        default_value_if("quick", "true", "3"),
        default_value = "31",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(crate) rounds: u32,
    /// How long one run takes
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_if("quick", "true", "5"),
        default_value = "30",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    length: u64,
    /// Short runs, 3 rounds: a check that all works, not a measurement
    #[arg(long)]
    quick: bool,
    /// Write the report to FILE too, from the root of the repository
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write every single time to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// End the report with FILE, which is Markdown: the memory bench's
    #[arg(long, value_name = "FILE")]
    append: Option<PathBuf>,
    /// List the cells and measure nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// Leaves the cells and systems asked for; an error if there are none.
    pub(crate) fn narrow(
        &self,
        mut cells: Vec<Cell>,
    ) -> Result<Vec<Cell>, String> {
        if let Some(only) = &self.only {
            cells.retain(|cell| cell.name.contains(only));
            if cells.is_empty() {
                return Err(format!(
                    "no cell's name contains '{only}': --list shows them"
                ));
            }
        }
        if !self.systems.is_empty() {
            for cell in &mut cells {
                cell.entrants
                    .retain(|entrant| self.systems.contains(&entrant.system));
            }
            cells.retain(|cell| !cell.entrants.is_empty());
            if cells.is_empty() {
                return Err("these systems are in none of the cells".into());
            }
        }
        Ok(cells)
    }

    /// How long one run should take.
    pub(crate) fn run_length(&self) -> Duration {
        Duration::from_millis(self.length)
    }

    pub(crate) fn out(&self) -> Option<PathBuf> {
        self.out.as_deref().map(from_root)
    }

    pub(crate) fn raw(&self) -> Option<PathBuf> {
        self.raw.as_deref().map(from_root)
    }

    pub(crate) fn append(&self) -> Option<PathBuf> {
        self.append.as_deref().map(from_root)
    }
}

/// Cargo runs a bench in the crate's folder; paths are from the repository's.
fn from_root(path: &Path) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).join(path)
}
