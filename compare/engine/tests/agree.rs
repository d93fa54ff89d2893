//! The engine and the definition (`ocaml/semantics`) give every program the
//! same outcomes.
//!
//! `RUNNER` names the OCaml runner, which answers for the definition, and
//! `PROGRAMS` says how many random programs are asked about: `make agree`.

use compare_engine::litmus::{
    Channel, CloseTwice, Dialect, Kind, Operation, Process, Program,
    SendOnClosed, Side, Time, Transfer, Unanswered, Value, Where, outcomes,
    parse, print,
};
use proptest::prelude::*;
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

/// The numbers of channels and operations of a random program.
#[derive(Clone, Debug)]
struct Size {
    channels: usize,
    processes: usize,
    operations: usize,
}

fn channel(name: usize) -> impl Strategy<Value = Channel> {
    let kinds = prop_oneof![
        4 => Just((Kind::Rendezvous, None)),
        4 => Just((Kind::Bounded, Some(1))),
        3 => Just((Kind::Bounded, Some(2))),
        2 => Just((Kind::Unbounded, None)),
        1 => Just((Kind::Oneshot, None)),
        1 => Just((Kind::Mvar, None)),
        1 => Just((Kind::Watch, None)),
        1 => Just((Kind::Broadcast, Some(1))),
        1 => Just((Kind::Broadcast, Some(2))),
    ];
    kinds.prop_map(move |(kind, capacity)| Channel {
        name: channel_name(name),
        kind,
        capacity,
    })
}

fn channel_name(number: usize) -> String {
    ["c", "d", "e"][number].into()
}

fn process_name(number: usize) -> String {
    ["A", "B", "C", "D"][number].into()
}

fn transfer(channels: usize) -> impl Strategy<Value = Transfer> {
    let value = prop_oneof![
        6 => (1..4i64).prop_map(Value::Number),
        1 => select(vec!["x", "y"]).prop_map(|x| Value::Name(x.into())),
    ];
    let bind = prop_oneof![
        5 => Just(None),
        1 => select(vec!["x", "y"]).prop_map(|x| Some(x.to_string())),
    ];
    let name = move || (0..channels).prop_map(channel_name);
    prop_oneof![
        (name(), value)
            .prop_map(|(channel, value)| Transfer::Send { channel, value }),
        (name(), bind)
            .prop_map(|(channel, bind)| Transfer::Recv { channel, bind }),
    ]
}

fn operation(size: &Size) -> impl Strategy<Value = Operation> + use<> {
    let channels = size.channels;
    let processes = size.processes;
    let name = move || (0..channels).prop_map(channel_name);
    let side = || select(vec![Side::Sender, Side::Receiver]);
    let time = || prop::option::weighted(0.2, 0..3u32);
    let label = |names: [&'static str; 2]| {
        select(names.to_vec()).prop_map(String::from)
    };
    let simple = prop_oneof![
        10 => (transfer(channels), time())
            .prop_map(|(transfer, within)| Operation::Wait { transfer, within }),
        3 => transfer(channels).prop_map(|transfer| Operation::Try { transfer }),
        3 => (
            prop::collection::vec(transfer(channels), 1..3),
            any::<bool>(),
            prop_oneof![
                Just((false, None)),
                Just((true, None)),
                Just((false, Some(1)))
            ],
        )
            .prop_map(|(arms, biased, (default, after))| Operation::Select {
                arms,
                biased,
                default,
                after,
            }),
        2 => name().prop_map(|channel| Operation::Close { channel }),
        2 => (name(), side())
            .prop_map(|(channel, side)| Operation::Drop { channel, side }),
        1 => (name(), side())
            .prop_map(|(channel, side)| Operation::Clone { channel, side }),
        3 => (label(["f", "g"]), transfer(channels)).prop_map(
            |(future, transfer)| Operation::Start { future, transfer }
        ),
        2 => label(["f", "g"]).prop_map(|future| Operation::Await { future }),
        2 => label(["f", "g"]).prop_map(|future| Operation::Cancel { future }),
        1 => (name(), label(["p", "q"])).prop_map(|(channel, permit)| {
            Operation::Reserve { channel, permit }
        }),
        1 => (label(["p", "q"]), 1..4i64).prop_map(|(permit, value)| {
            Operation::Fulfil {
                permit,
                value: Value::Number(value),
            }
        }),
        1 => label(["p", "q"])
            .prop_map(|permit| Operation::Release { permit }),
        1 => (0..3u32).prop_map(|duration| Operation::Sleep { duration }),
        1 => (0..processes).prop_map(|process| Operation::Spawn {
            process: process_name(process)
        }),
        1 => (0..processes).prop_map(|process| Operation::Join {
            process: process_name(process)
        }),
    ];
    let simple = simple.boxed();
    let body = prop::collection::vec(simple.clone(), 0..3);
    let bind = prop::option::weighted(0.5, Just("z".to_string()));
    prop_oneof![
        12 => simple,
        1 => (name(), bind, body.clone()).prop_map(|(channel, bind, body)| {
            Operation::Each { channel, bind, body }
        }),
        1 => (0..3u8, body)
            .prop_map(|(times, body)| Operation::Repeat { times, body }),
    ]
}

fn program() -> impl Strategy<Value = Program> {
    let size = (1..3usize, 1..4usize, 1..4usize).prop_map(
        |(channels, processes, operations)| Size {
            channels,
            processes,
            operations,
        },
    );
    size.prop_flat_map(|size| {
        let channels: Vec<_> = (0..size.channels).map(channel).collect();
        let body = prop::collection::vec(operation(&size), 1..=size.operations);
        let processes = prop::collection::vec(body, size.processes);
        (channels, processes).prop_map(|(channels, bodies)| Program {
            name: "random".into(),
            channels,
            processes: bodies
                .into_iter()
                .enumerate()
                .map(|(number, operations)| Process {
                    name: process_name(number),
                    operations,
                })
                .collect(),
            ..Program::default()
        })
    })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let said = || {
        let narrow = Where::Narrow;
        select(vec![narrow, narrow, Where::Always, Where::Never])
    };
    let closed = select(vec![
        SendOnClosed::Error,
        SendOnClosed::Error,
        SendOnClosed::Fails,
        SendOnClosed::Waits,
    ]);
    let twice = select(vec![CloseTwice::Already, CloseTwice::Fails]);
    (said(), said(), closed, twice, any::<(bool, bool, bool)>()).prop_map(
        |(fifo, hand_off, send_on_closed, close_twice, flags)| Dialect {
            fifo,
            hand_off,
            send_on_closed,
            close_twice,
            keeps_cancelled: flags.0,
            permit_outlives_close: flags.1,
            first_arm: flags.2,
        },
    )
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
    let result = runner.run(&(program(), dialect(), time), |(p, d, t)| {
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
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{} of {cases} programs have a meaning", compared.borrow());
    assert!(
        *compared.borrow() * 5 > u64::from(cases),
        "too few have a meaning"
    );
}
