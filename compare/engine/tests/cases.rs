//! The true patterns agree with every case; each specimen differs from one.
//!
//! The harness judges in full. This judges enough of the contract, which is
//! `compare/patterns/README.md`, to tell a fault of the crate from one of the
//! harness.

mod judge;

use chanpatterns::patterns::ENTRIES;
use compare_engine::specimens::SPECIMENS;
use compare_engine::{Kind, hello, run, run_specimen};
use judge::complaints;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::thread;

/// The cases of a pattern, with every range expanded.
fn cases(pattern: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../patterns");
    judge::cases(&folder, pattern)
}

#[test]
fn every_entry_agrees_with_every_case() {
    thread::scope(|scope| {
        for (pattern, _) in ENTRIES {
            scope.spawn(move || {
                for case in cases(pattern) {
                    let input = case["input"].to_string();
                    let observed = run(pattern, &input).unwrap();
                    let observed = serde_json::from_str(&observed).unwrap();
                    let wrong = complaints(&case, &observed);
                    let name = &case["case"];
                    assert!(wrong.is_empty(), "{pattern} {name}: {wrong:#?}");
                }
            });
        }
    });
}

#[test]
fn every_specimen_differs_in_a_case() {
    thread::scope(|scope| {
        for specimen in SPECIMENS {
            scope.spawn(move || {
                let differs = |case: &Value| {
                    let input = case["input"].to_string();
                    let observed = run_specimen(specimen.name, &input);
                    let observed = observed.expect("a fault that shows");
                    let observed = serde_json::from_str(&observed).unwrap();
                    !complaints(case, &observed).is_empty()
                };
                let caught = cases(specimen.pattern).iter().any(differs);
                assert!(caught, "{} agrees with every case", specimen.name);
            });
        }
    });
}

#[test]
fn every_pattern_has_a_specimen() {
    let patterns: BTreeSet<_> = ENTRIES.iter().map(|(slug, _)| *slug).collect();
    let sabotaged = SPECIMENS.iter().map(|specimen| specimen.pattern);
    assert_eq!(patterns, sabotaged.collect());
    let names: BTreeSet<_> = SPECIMENS.iter().map(|one| one.name).collect();
    assert_eq!(names.len(), SPECIMENS.len(), "a name is there twice");
}

#[test]
fn every_section_for_tasks_has_a_specimen() {
    for (pattern, _) in ENTRIES {
        let for_tasks = |case: &Value| case["input"]["tasks"] == true;
        let has_section = cases(pattern).iter().any(for_tasks);
        let prefix = format!("{pattern}_tasks_");
        let sabotaged =
            SPECIMENS.iter().any(|one| one.name.starts_with(&prefix));
        assert_eq!(has_section, sabotaged, "{pattern}");
    }
}

#[test]
#[should_panic(expected = "tasks were left behind")]
fn a_task_that_is_left_behind_is_seen() {
    chanpatterns::entry::run_tasks(async {
        tokio::spawn(std::future::pending::<()>());
    });
}

#[test]
fn hello_says_who_answers() {
    let hello: Value = serde_json::from_str(&hello()).unwrap();
    assert_eq!(hello["system"], "rust");
    assert_eq!(hello["library"], "chanpatterns");
    assert_eq!(hello["version"], env!("CARGO_PKG_VERSION"));
    let compiler = hello["compiler"].as_str().unwrap();
    assert!(compiler.starts_with("rustc 1."), "{compiler}");
    assert_eq!(hello["patterns"].as_array().unwrap().len(), ENTRIES.len());
}

#[test]
fn mistakes_are_told() {
    let told = |pattern, input| {
        let not_run = run(pattern, input).unwrap_err();
        (not_run.kind, not_run.message)
    };
    let (kind, message) = told("fan_inn", "{}");
    assert_eq!(kind, Kind::UnknownPattern);
    assert!(message.starts_with("no pattern is called \"fan_inn\"; there is:"));
    let (kind, message) = told("fan_in", "{");
    assert_eq!(kind, Kind::BadInput);
    assert!(message.contains("line 1 column 1"), "{message}");
    let (kind, message) = told("bounded", r#"{"capacity": -1, "items": []}"#);
    assert_eq!(kind, Kind::BadInput);
    assert!(message.starts_with("input.capacity: "), "{message}");
    assert!(message.contains("-1"), "{message}");
    let gone = r#"{"capacity": 1, "before": [1, 2], "take": 0,
                   "after": [], "blocked": false}"#;
    let (kind, message) = told("receiver_gone", gone);
    assert_eq!(kind, Kind::BadInput);
    assert!(message.starts_with("input: before: expected"), "{message}");
    assert!(message.ends_with("found 2"), "{message}");
}
