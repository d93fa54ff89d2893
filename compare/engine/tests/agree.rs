//! The engine and the definition (`ocaml/semantics`) give every program the
//! same outcomes.
//!
//! `RUNNER` names the OCaml runner, which answers for the definition, and
//! `PROGRAMS` says how many random programs are asked about: `make agree`.

mod random;

use compare_engine::litmus::{
    Dialect, Program, Time, Unanswered, outcomes, parse, print,
};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// How many states a program may have; random ones that have more are not
/// compared, but counted.
const LIMIT: usize = 20_000;
const LIMIT_OF_RANDOM: usize = 3_000;

/// The definition, in a process of its own.
struct Definition {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Definition {
    fn start() -> Self {
        let path = std::env::var("RUNNER")
            .expect("RUNNER names the OCaml runner: make agree builds it");
        let mut child = Command::new(&path)
            .arg("--meaning")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        Definition {
            requests: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn ask(&mut self, request: &Json) -> Json {
        writeln!(self.requests, "{request}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(
            !line.is_empty(),
            "the definition ended: {:?}",
            self.child.wait()
        );
        serde_json::from_str(&line).unwrap()
    }
}

/// What the two say, if they do not say the same; whether the program has a
/// meaning.
fn compare(
    definition: &mut Definition,
    program: &Program,
    dialect: &Dialect,
    time: Time,
    limit: usize,
) -> Result<bool, String> {
    let ours = outcomes(program, dialect, time, limit);
    let theirs = definition.ask(&json!({
        "id": 1,
        "program": program,
        "dialect": dialect,
        "time": time,
        "limit": limit,
    }));
    let (kind, message) = (
        &theirs["error"]["kind"],
        theirs["error"]["message"].as_str(),
    );
    match (ours, message) {
        (Err(Unanswered::TooLarge { .. }), _) => Ok(false),
        _ if kind == "limit" => Ok(false),
        (_, Some(_)) if kind != "bad_input" => {
            Err(format!("the definition fails: {theirs}"))
        }
        (Err(Unanswered::Invalid(_)), Some(_)) => Ok(false),
        (Err(ours), None) => Err(format!("only the engine refuses it: {ours}")),
        (Ok(_), Some(theirs)) => {
            Err(format!("only the definition refuses it: {theirs}"))
        }
        (Ok(ours), None) => {
            let ours: BTreeSet<String> = ours
                .outcomes
                .iter()
                .map(|outcome| json!(outcome).to_string())
                .collect();
            let listed = theirs["outcomes"].as_array().expect("a list");
            let theirs: BTreeSet<String> =
                listed.iter().map(Json::to_string).collect();
            if ours == theirs {
                return Ok(true);
            }
            let list = |outcomes: Vec<&String>| {
                outcomes
                    .iter()
                    .map(|o| format!("\n    {o}"))
                    .collect::<String>()
            };
            Err(format!(
                "only the engine:{}\n  only the definition:{}",
                list(ours.difference(&theirs).take(5).collect()),
                list(theirs.difference(&ours).take(5).collect()),
            ))
        }
    }
}

#[test]
fn the_programs_of_the_repository_mean_the_same_to_both() {
    let mut definition = Definition::start();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../litmus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let program = parse(&text).unwrap();
        for time in [Time::Exact, Time::Race] {
            let dialect = Dialect::default();
            match compare(&mut definition, &program, &dialect, time, LIMIT) {
                Ok(meant) => {
                    assert!(meant, "{} is not compared", path.display())
                }
                Err(why) => panic!("{}: {why}", path.display()),
            }
        }
        count += 1;
    }
    assert!(count >= 120, "{count} programs");
}

#[test]
fn random_programs_mean_the_same_to_both() {
    let cases = std::env::var("PROGRAMS")
        .map_or(20_000, |count| count.parse().expect("PROGRAMS is a number"));
    let definition = RefCell::new(Definition::start());
    let compared = RefCell::new(0u64);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    });
    let time = select(vec![Time::Exact, Time::Race]);
    let result = runner.run(
        &(random::program(), random::dialect(), time),
        |(p, d, t)| {
            let definition = &mut definition.borrow_mut();
            match compare(definition, &p, &d, t, LIMIT_OF_RANDOM) {
                Ok(meant) => {
                    *compared.borrow_mut() += meant as u64;
                    Ok(())
                }
                Err(why) => Err(TestCaseError::fail(format!(
                    "{}\n{d:?} {t:?}\n  {why}",
                    print(&p)
                ))),
            }
        },
    );
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{} of {cases} programs have a meaning", compared.borrow());
    assert!(
        *compared.borrow() * 5 > u64::from(cases),
        "too few have a meaning"
    );
}
