//! Prints every outcome of the programs in the files that are named:
//! `cargo run --package compare-engine --example explain FILE...`

use compare_engine::litmus::{Time, explain};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for file in std::env::args().skip(1) {
        let source = match std::fs::read_to_string(&file) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("{file}: {error}");
                status = ExitCode::from(2);
                continue;
            }
        };
        match explain(&source, "{}", Time::Exact, 1_000_000) {
            Ok(explained) => {
                println!("{file}\n{}", explained.text);
                for witness in explained.outcomes {
                    let each = witness.outcome.iter().map(|(name, ended)| {
                        let log = ended.log.join(" ");
                        format!("{name}: {log} [{}]", ended.end)
                    });
                    println!("  {}", each.collect::<Vec<_>>().join("; "));
                }
                println!();
            }
            Err(error) => {
                eprintln!("{file}: {error}");
                status = ExitCode::from(2);
            }
        }
    }
    status
}
