//! Tells the crate which compiler it is built with.

use std::env;
use std::process::Command;

fn main() {
    let rustc = env::var_os("RUSTC").expect("cargo sets RUSTC");
    let told = Command::new(rustc).arg("--version").output();
    let told = told.expect("rustc tells its version").stdout;
    let told = String::from_utf8(told).expect("rustc writes UTF-8");
    // "rustc 1.85.0 (4d91de4e4 2025-02-17)"
    let version: Vec<&str> = told.split_whitespace().take(2).collect();
    println!("cargo::rustc-env=COMPILER={}", version.join(" "));
    println!("cargo::rerun-if-changed=build.rs");
}
