//! One grid over this crate's channel and its peers.
//!
//! `cargo bench --package chanpatterns --bench grid -- --help`
//!
//! Every cell is a workload (`workloads`), written once over what a system
//! offers (`systems`). All is measured in one process, in rounds over all cells
//! and systems, and every run's messages are checked. The report is Markdown.
//!
//! Exit: 0 measured, 1 a wrong total, a hang or a file that cannot be written,
//! 2 options that cannot be followed.
#![forbid(unsafe_code)]

mod arguments;
mod cell;
mod head;
mod kind;
mod machine;
mod measure;
mod message;
mod report;
mod run;
mod systems;
mod watchdog;
mod workloads;

use arguments::Arguments;
use clap::Parser;
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let cells = match arguments.narrow(cell::grid()) {
        Ok(cells) => cells,
        Err(error) => {
            eprintln!("grid: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.list {
        for cell in &cells {
            let labels = cell.entrants.iter().map(cell::Entrant::label);
            let labels = labels.collect::<Vec<_>>().join(", ");
            println!("{}: {labels}", cell.name);
        }
        return ExitCode::SUCCESS;
    }
    match bench(&arguments, &cells) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("grid: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What other processes may take of the cores without being in the way.
const QUIET: f64 = 0.05;

fn bench(
    arguments: &Arguments,
    cells: &[cell::Cell],
) -> Result<String, String> {
    // What cannot be read or written is said before the minutes are spent.
    let (out, raw) = (arguments.out(), arguments.raw());
    for file in out.iter().chain(&raw) {
        let opened = OpenOptions::new().append(true).create(true).open(file);
        opened.map_err(|error| told(file, &error))?;
    }
    let appendix = arguments
        .append()
        .map(|file| {
            fs::read_to_string(&file).map_err(|error| told(&file, &error))
        })
        .transpose()?;

    let length = arguments.run_length();
    let head = head::Head::new(arguments.rounds, length);
    let measured = measure::measure(cells, arguments.rounds, length)?;
    if head.others().is_some_and(|others| others > QUIET) {
        eprintln!("grid: the machine was not idle: see 'taken by others'");
    }
    let mut report = report::markdown(&head, &measured);
    if let Some(appendix) = appendix {
        report.push('\n');
        report.push_str(&appendix);
    }
    let json = report::json(&head, &measured);
    for (file, text) in [(out, &report), (raw, &json)] {
        if let Some(file) = file {
            fs::write(&file, text).map_err(|error| told(&file, &error))?;
        }
    }
    Ok(report)
}

fn told(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}
