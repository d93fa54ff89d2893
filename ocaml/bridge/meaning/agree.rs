//! The definition (`ocaml/semantics`) in this process, and the engine: random
//! programs mean the same to both, under random dialects and both notions of
//! time. PROGRAMS says how many, SEED which.

#[path = "../../../compare/engine/tests/agree/definition.rs"]
mod definition;
#[path = "../../../compare/engine/tests/agree/random.rs"]
mod random;

use chanpatterns_reference as reference;
use definition::Definition;
use random::agree_on_random;
use serde_json::{Value, json};

/// The definition behind the bridge. Its errors are told as the runner's are.
fn behind_the_bridge() -> Definition {
    Definition::by(|question| match reference::meaning(question) {
        Ok(answer) => answer,
        Err(error) => json!({
            "error": {"kind": error.kind(), "message": error.to_string()},
        }),
    })
}

#[test]
fn random_programs_mean_the_same_to_both() {
    agree_on_random(&mut behind_the_bridge());
}

fn refused(question: &Value) -> (&'static str, String) {
    let error = reference::meaning(question).expect_err("it is refused");
    (error.kind(), error.to_string())
}

#[test]
fn what_is_no_question_is_refused_with_its_place() {
    let operations = json!([{"op": "close", "channel": "d"}]);
    let mut question = json!({"program": {
        "name": "p",
        "shows": "",
        "channels": [{"name": "c", "kind": "unbounded"}],
        "processes": [{"name": "A", "operations": operations}],
    }});
    let (kind, message) = refused(&question);
    assert_eq!(kind, "bad_input");
    let place = "$.processes[0].operations[0].channel: ";
    assert!(message.starts_with(place), "{message}");
    question["program"]["processes"][0]["operations"] = json!([]);
    assert!(reference::meaning(&question).is_ok());
    question["limit"] = json!(0);
    let (kind, message) = refused(&question);
    assert_eq!(kind, "bad_input");
    assert!(message.contains("limit"), "{message}");
    let (kind, _) = refused(&json!(7));
    assert_eq!(kind, "bad_input");
    let nested = (0..200).fold(json!(1), |inside, _| json!([inside]));
    let (kind, _) = refused(&json!({"program": nested}));
    assert_eq!(kind, "bad_input");
}

#[test]
fn more_states_than_the_limit_are_no_shorter_answer() {
    let send = |value| json!({"do": "send", "channel": "c", "value": value});
    let wait = |value| json!({"op": "wait", "transfer": send(value)});
    let process = |name, first| json!({"name": name, "operations": [wait(first), wait(first + 1)]});
    let mut question = json!({"program": {
        "name": "p",
        "shows": "",
        "channels": [{"name": "c", "kind": "unbounded"}],
        "processes": [process("A", 1), process("B", 3)],
    }, "limit": 3});
    let (kind, message) = refused(&question);
    assert_eq!((kind, &*message), ("limit", "there are more than 3 states"));
    question["limit"] = json!(1_000);
    assert!(reference::meaning(&question).is_ok());
}
