//! Runs channel programs on the channels of Rust, as
//! `compare/programs/PROTOCOL.md` tells.

#![forbid(unsafe_code)]

use clap::Parser;
use compare_systems::protocol::serve;
use compare_systems::system::System;
use compare_systems::systems;
use std::io::{stdin, stdout};

/// Runs channel programs on the channels of Rust: reads requests, a JSON object
/// a line, on standard input, and answers them on standard output.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Have this repository's channels broken on purpose: a system for each way.
    #[cfg(chanpatterns_mutants)]
    #[arg(long)]
    mutants: bool,
}

impl Options {
    fn systems(&self) -> Vec<Box<dyn System>> {
        #[cfg(chanpatterns_mutants)]
        if self.mutants {
            return systems::mutants();
        }
        systems::all()
    }
}

fn main() -> std::io::Result<()> {
    let systems = Options::parse().systems();
    serve(&systems, stdin().lock(), stdout().lock())
}
