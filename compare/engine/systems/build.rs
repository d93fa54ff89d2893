//! Tells which compiler, and so which standard library, it is.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").expect("cargo names the compiler");
    let said = Command::new(rustc).arg("--version").output();
    let said = said.expect("the compiler says its version").stdout;
    let said = String::from_utf8_lossy(&said);
    let version = said.split_whitespace().nth(1).unwrap_or("unknown");
    println!("cargo::rustc-env=STD_VERSION={version}");
    println!("cargo::rerun-if-changed=build.rs");
}
