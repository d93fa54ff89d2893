//! The bridge answers as the runner does, over every case of the laboratory.

#[path = "../../../compare/engine/tests/judge/mod.rs"]
mod judge;
mod runner;

use chanpatterns_reference::{self as reference, BridgeError, System};
use runner::Runner;
use rusty_fork::rusty_fork_test;
use serde_json::{Value, json};
use std::path::Path;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compare/patterns")
}

/// Every pattern, in the file names of its cases.
fn patterns() -> Vec<String> {
    let files = folder().read_dir().expect("compare/patterns");
    let names = files.map(|file| file.expect("a file").file_name());
    let names = names.map(|name| name.into_string().expect("UTF-8"));
    let mut slugs: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    slugs.sort();
    slugs
}

/// The runner and the bridge on one case; both must be right, and agree.
fn same_answers(
    system: System,
    runner: &mut Runner,
    pattern: &str,
    case: &Value,
) {
    let place = format!("{system} {pattern}/{}", case["case"]);
    let input = case["input"].to_string();
    let theirs = runner.run(pattern, &input);
    let ours = reference::run_text(system, pattern, &input);
    let excused = case["unsupported"].get(format!("ocaml/{system}"));
    if excused.is_some() {
        assert!(
            matches!(ours, Err(BridgeError::Unsupported(_))),
            "{place}: {ours:?}"
        );
    }
    let (ours, theirs) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(ours), Err(theirs)) => {
            let ours = (ours.kind().to_owned(), ours.to_string());
            return assert_eq!(ours, theirs, "{place}");
        }
        (ours, theirs) => panic!("{place}: {ours:?}, but {theirs:?}"),
    };
    let observed = |text: &str| -> Value {
        serde_json::from_str(text).expect("an observation")
    };
    let rule = case["agree"].as_str().expect("a rule");
    let (left, right) = (observed(&ours), observed(&theirs));
    // Figures that no two runs share stand under `measured`.
    if rule == "exact" && left.get("measured").is_none() {
        assert_eq!(ours, theirs, "{place}");
    }
    let form = |one| judge::canonical(rule, one).to_string();
    assert_eq!(form(&left), form(&right), "{place}");
    for observed in [&left, &right] {
        let wrong = judge::complaints(case, observed);
        assert!(wrong.is_empty(), "{place}: {wrong:#?}");
    }
}

/// Requests that neither may perform.
const MISTAKES: &[(&str, &str)] = &[
    ("tee", "{}"),
    ("fan_in", "[]"),
    ("fan_in", r#"{"sources":[{"items":[1.5]}]}"#),
    ("bounded", r#"{"capacity":0,"items":[]}"#),
    (
        "bounded",
        r#"{"capacity":1,"items":[99999999999999999999]}"#,
    ),
    ("bounded", r#"{"capacity":"é\u0000\n","items":[]}"#),
    ("pipeline", r#"{"from":1}"#),
    (
        "receiver_gone",
        r#"{"capacity":1,"before":[1,2,3],"take":1,"after":[],"blocked":true}"#,
    ),
];

rusty_fork_test! {
    #![rusty_fork(timeout_ms = 120_000)]

    #[test]
    fn every_case_as_the_runner() {
        let mut ran = 0;
        for system in System::ALL {
            let mut runner = Runner::start(system);
            for pattern in patterns() {
                for case in judge::cases(&folder(), &pattern) {
                    if available(system) {
                        same_answers(system, &mut runner, &pattern, &case);
                        ran += 1;
                    }
                }
            }
        }
        assert!(ran > 100, "only {ran} cases ran");
    }

    #[test]
    fn every_mistake_as_the_runner() {
        for system in System::ALL {
            let mut runner = Runner::start(system);
            for (pattern, input) in MISTAKES {
                let ours = reference::run_text(system, pattern, input);
                let ours = ours.expect_err("a mistake");
                let ours = (ours.kind().to_owned(), ours.to_string());
                let theirs = runner.run(pattern, input).expect_err("the same");
                assert_eq!(ours, theirs, "{system} {pattern} {input}");
            }
        }
    }

    #[test]
    fn it_says_hello_as_the_runner() {
        for system in System::ALL {
            let hello = reference::hello(system).expect("hello");
            let theirs = Runner::start(system).ask(json!({"op": "hello"}));
            for (key, value) in hello.as_object().expect("an object") {
                assert_eq!(value, &theirs[key], "{system} {key}");
            }
            let known: Vec<String> =
                serde_json::from_value(hello["patterns"].clone()).unwrap();
            assert_eq!(known, patterns());
        }
    }
}

fn available(system: System) -> bool {
    let hello = reference::hello(system).expect("hello");
    match &hello["unavailable"] {
        Value::Null => true,
        reason => {
            let reason = reason.as_str().expect("a reason");
            let told = reference::run(system, "fan_in", &json!({}));
            let expected = BridgeError::Unsupported(reason.to_owned());
            assert_eq!(told, Err(expected));
            false
        }
    }
}

#[test]
fn what_is_no_json_does_not_reach_ocaml() {
    for input in ["", "{", "1}, \"x\": {", "[1] 2", "{'a': 1}"] {
        let told = reference::run_text(System::Lwt, "fan_in", input);
        let Err(BridgeError::BadInput(message)) = told else {
            panic!("{input}: {told:?}");
        };
        assert!(message.starts_with("the input is no JSON: "), "{message}");
    }
}
