//! Every example prints what its OCaml side prints.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A program that does not end is stopped, and has failed.
const DEADLINE: Duration = Duration::from_secs(60);

/// What an example prints; cargo builds it first where it has to.
fn output(name: &str) -> String {
    let mut child = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--example", name])
        .args(cfg!(feature = "entry").then_some("--all-features"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo runs");
    let mut stdout = child.stdout.take().expect("it is piped");
    let (done, outcome) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.read_to_string(&mut text);
        let _ = done.send(read.map(|_| text));
    });
    let Ok(text) = outcome.recv_timeout(DEADLINE) else {
        // Cargo's own child ends with the pipe, or with the tests.
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        panic!("{name} did not end within {DEADLINE:?}");
    };
    assert!(child.wait().expect("it ended").success(), "{name} failed");
    text.expect("it prints UTF-8")
}

#[test]
fn each_prints_what_is_expected_in_ocaml_too() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../ocaml/examples");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the OCaml side is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_none_or(|ending| ending != "expected") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let expected = std::fs::read_to_string(&path).unwrap();
        assert_eq!(output(&name), expected, "{name}");
        names.push(name);
    }
    assert!(names.len() >= 5, "only {names:?} have an OCaml side");
}
