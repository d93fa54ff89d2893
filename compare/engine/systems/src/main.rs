//! Runs channel programs on the channels of Rust, as
//! `compare/programs/PROTOCOL.md` tells.

#![forbid(unsafe_code)]

use clap::Parser;
use compare_systems::protocol::serve;
use std::io::{stdin, stdout};

/// Runs channel programs on the channels of Rust: reads requests, a JSON object
/// a line, on standard input, and answers them on standard output.
#[derive(Parser)]
#[command(version)]
struct Options {}

fn main() -> std::io::Result<()> {
    let Options {} = Options::parse();
    serve(stdin().lock(), stdout().lock())
}
