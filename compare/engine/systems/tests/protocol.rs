//! The runner answers every line, in order, and lives on after bad ones.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// What the runner answers to these lines, and its exit status.
fn answers(lines: &[Vec<u8>]) -> (Vec<Value>, Option<i32>) {
    let mut runner = Command::new(env!("CARGO_BIN_EXE_litmus-rust"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = runner.stdin.take().unwrap();
    let output = BufReader::new(runner.stdout.take().unwrap());
    let lines = lines.to_vec();
    let writer = std::thread::spawn(move || {
        for line in lines {
            // A runner that has stopped reads no more.
            if input.write_all(&line).is_err() {
                break;
            }
        }
    });
    let answers = output.lines().map(|line| {
        serde_json::from_str(&line.unwrap()).expect("an answer is JSON")
    });
    let answers = answers.collect();
    writer.join().unwrap();
    (answers, runner.wait().unwrap().code())
}

fn line(request: &Value) -> Vec<u8> {
    format!("{request}\n").into_bytes()
}

fn meeting() -> Value {
    json!({
        "name": "meeting",
        "channels": [{"name": "c", "kind": "rendezvous"}],
        "processes": [
            {"name": "A", "operations": [
                {"op": "wait", "transfer":
                    {"do": "send", "channel": "c", "value": 1}}]},
            {"name": "B", "operations": [
                {"op": "wait", "transfer": {"do": "recv", "channel": "c"}}]},
        ],
    })
}

#[test]
fn it_says_who_it_is_and_stops() {
    let (answers, status) = answers(&[
        line(&json!({"id": 0, "op": "hello"})),
        line(&json!({"id": 1, "op": "stop"})),
        line(&json!({"id": 2, "op": "hello"})),
    ]);
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["protocol"], 1);
    let systems = answers[0]["systems"].as_array().unwrap();
    assert!(systems.iter().any(|one| one["name"] == "rust/crossbeam"));
    assert_eq!(answers[1], json!({"id": 1, "stopped": true}));
    assert_eq!(status, Some(0));
}

#[test]
fn it_runs_steers_and_probes() {
    let schedule = json!([
        {"process": "B", "what": "waits", "operation": "c ?", "number": 1,
         "logged": []},
        {"process": "A", "what": "does", "operation": "c ! 1", "number": 1,
         "logged": [["A", "sent"], ["B", "1"]]},
    ]);
    for system in ["rust/chanpatterns", "rust/chanpatterns/tasks", "rust/std"] {
        let (answers, _) = answers(&[
            line(&json!({"id": 1, "op": "run", "system": system, "program":
                meeting(), "runs": 20, "seed": 1, "millis": 5000})),
            line(&json!({"id": 2, "op": "steer", "system": system, "program":
                meeting(), "schedule": schedule, "attempts": 3, "seed": 1})),
        ]);
        let outcome = json!({
            "A": {"log": ["sent"], "end": "done"},
            "B": {"log": ["1"], "end": "done"},
        });
        assert_eq!(
            answers[0],
            json!({"id": 1, "runs": 20, "worn": false, "seen": [
                {"outcome": outcome, "waiting": {}, "count": 20, "seed": 1}]})
        );
        assert_eq!(answers[1]["followed"], true, "{system}");
        assert_eq!(answers[1]["seen"][0]["outcome"], outcome);
    }
}

#[test]
fn it_says_who_waits() {
    let alone = json!({
        "name": "alone",
        "channels": [{"name": "c", "kind": "rendezvous"}],
        "processes": [{"name": "A", "operations": [
            {"op": "wait", "transfer":
                {"do": "send", "channel": "c", "value": 1}}]},
            {"name": "B", "operations": [{"op": "join", "process": "A"}]},
            {"name": "C", "operations": [
                {"op": "drop", "channel": "c", "side": "sender"},
                {"op": "clone", "channel": "c", "side": "receiver"}]}],
    });
    for system in ["rust/crossbeam", "rust/chanpatterns/tasks"] {
        let (answers, _) = answers(&[line(&json!({"id": 1, "op": "run",
            "system": system, "program": alone, "runs": 3, "seed": 1,
            "millis": 5000}))]);
        let seen = &answers[0]["seen"][0];
        assert_eq!(seen["waiting"], json!({"A": 1, "B": 1}), "{system}");
        assert_eq!(seen["outcome"]["A"]["end"], "waits at 1");
        assert_eq!(seen["outcome"]["C"]["end"], "done");
    }
}

#[test]
fn it_refuses_what_it_cannot_do_and_lives_on() {
    let run = |system: &str, program: &Value| {
        line(&json!({"id": 5, "op": "run", "system": system, "program":
            program, "runs": 1, "seed": 1, "millis": 100}))
    };
    let mut unknown = meeting();
    unknown["channels"][0]["name"] = json!("d");
    let mut typed = meeting();
    typed["processes"][0]["operations"][0]["op"] = json!("wish");
    let deep = [b"[".repeat(10_000), b"\n".to_vec()].concat();
    let long = [b"1".repeat(17 << 20), b"\n".to_vec()].concat();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"\n".to_vec(), "protocol"),
        (b"\xff\xfe\n".to_vec(), "protocol"),
        (deep, "protocol"),
        (long, "protocol"),
        (line(&json!([])), "protocol"),
        (line(&json!({"op": "hello"})), "protocol"),
        (line(&json!({"id": 1, "op": "dance"})), "protocol"),
        (line(&json!({"id": 1, "op": "run"})), "bad_input"),
        (
            line(&json!({"id": 1, "op": "probe", "probe": "x"})),
            "unknown_probe",
        ),
        (run("rust/nobody", &meeting()), "unknown_system"),
        (run("rust/std", &unknown), "bad_input"),
        (run("rust/std", &typed), "bad_input"),
        (run("rust/tokio/tasks", &meeting()), "unsupported"),
    ];
    let mut lines: Vec<Vec<u8>> =
        cases.iter().map(|(line, _)| line.clone()).collect();
    lines.push(run("rust/std", &meeting()));
    let (answers, status) = answers(&lines);
    assert_eq!(answers.len(), lines.len());
    for ((line, kind), answer) in cases.iter().zip(&answers) {
        let line = String::from_utf8_lossy(&line[..line.len().min(80)]);
        assert_eq!(answer["error"]["kind"], *kind, "{line}: {answer}");
    }
    assert_eq!(answers[cases.len()]["runs"], 1);
    assert_eq!(status, Some(0));
}
