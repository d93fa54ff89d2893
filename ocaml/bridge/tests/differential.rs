//! Inputs that proptest makes: the Rust side of a pattern and every OCaml side,
//! run in this process, must agree, by the rule that a case would name.
//!
//! Every test runs in a child process, in which each input has a deadline; an
//! input on which a side hangs, crashes or differs is shrunk, in other children.
//! CASES says how many inputs a pattern gets.

mod inputs;
#[allow(dead_code, reason = "no case is read here")]
#[path = "../../../compare/engine/tests/judge/mod.rs"]
mod judge;
mod threads;

use chanpatterns::patterns::ENTRIES;
use chanpatterns_reference::{self as reference, BridgeError, System};
use inputs::Case;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, panic, thread};

/// For one input; the patterns' own gates give up after 5 s.
const DEADLINE_MS: u32 = 30_000;

fn config() -> Config {
    let cases = env::var("CASES").unwrap_or_else(|_| "1000".to_owned());
    Config {
        cases: cases.parse().expect("CASES: the number of inputs"),
        fork: true,
        timeout: DEADLINE_MS,
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..Config::default()
    }
}

/// Runs the Rust side of a pattern.
fn in_rust(pattern: &str, input: &Value) -> Value {
    let entry = ENTRIES.iter().find(|(slug, _)| *slug == pattern);
    let (_, entry) = entry.expect("a pattern");
    entry(input).expect("an input that the pattern reads")
}

/// Whether an OCaml side may say that it cannot do this.
fn excused(system: System, case: &Case, reason: &str) -> bool {
    match system {
        System::Lwt => false,
        System::Event => case["input"]["tasks"] == true,
        System::Domainslib => {
            case["input"]["tasks"] == true
                || reference::hello(system).expect("hello")["unavailable"]
                    == reason
        }
    }
}

/// All sides on one input: each right by itself, and all like Rust's.
fn agree(pattern: &str, mut case: Case) -> Result<(), TestCaseError> {
    warm_up();
    let input = case["input"].clone();
    let rust = in_rust(pattern, &input);
    let wrong = judge::complaints(&case, &rust);
    prop_assert!(wrong.is_empty(), "rust: {wrong:#?}");
    case["expected"] = rust;
    for system in System::ALL {
        let observed = match reference::run(system, pattern, &input) {
            Err(BridgeError::Unsupported(reason)) => {
                let excused = excused(system, &case, &reason);
                prop_assert!(excused, "{system}: {reason}");
                continue;
            }
            told => told,
        };
        let observed = observed
            .map_err(|e| TestCaseError::fail(format!("{system}: {e}")))?;
        let wrong = judge::complaints(&case, &observed);
        prop_assert!(wrong.is_empty(), "{system}: {wrong:#?}");
    }
    no_thread_is_left()
}

/// The least number of threads that was there between two inputs; the runtimes
/// have some of their own.
static AT_REST: AtomicUsize = AtomicUsize::new(0);

/// Runs every side once, before the first input.
fn warm_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panics_of_roles_are_silent();
        let input = json!({"items": [1, 2], "consumers": 2, "fails_on": []});
        in_rust("fan_out", &input);
        for system in System::ALL {
            reference::run(system, "fan_out", &input).ok();
        }
        AT_REST.store(threads::count(), Ordering::Relaxed);
    });
}

/// Every role has ended: there are no more threads than there were.
fn no_thread_is_left() -> Result<(), TestCaseError> {
    let before = AT_REST.load(Ordering::Relaxed);
    let now = threads::settled(before);
    prop_assert!(now <= before, "{now} threads, {before} before");
    AT_REST.store(now, Ordering::Relaxed);
    Ok(())
}

/// A role that panics is observed; what it prints would hide what matters.
fn panics_of_roles_are_silent() {
    let print = panic::take_hook();
    let here = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == here {
            print(panic);
        }
    }));
}

macro_rules! differential {
    ($($pattern:ident),* $(,)?) => {
        proptest! {
            #![proptest_config(config())]
            $(
                #[test]
                fn $pattern(case in inputs::$pattern()) {
                    agree(stringify!($pattern), case)?;
                }
            )*
        }

        /// The patterns that are compared.
        const COMPARED: &[&str] = &[$(stringify!($pattern)),*];
    };
}

differential! {
    backpressure,
    bounded,
    close_on_drop,
    fan_in,
    fan_out,
    mpmc,
    pipeline,
    producers,
    receiver_gone,
    rendezvous,
    unbounded,
    work_stealing,
    worker_pool,
}

#[test]
fn every_pattern_is_compared() {
    let patterns: Vec<&str> = ENTRIES.iter().map(|(slug, _)| *slug).collect();
    assert_eq!(COMPARED, patterns);
}
