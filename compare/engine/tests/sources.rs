//! Whatever is handed to the parsers is a program or refused, and soon:
//! `INPUTS` says how many random inputs are tried, from `SEED` on.

use compare_engine::litmus::{
    Time, explain, generate, identify, parse, print, read,
};
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const WORDS: [&str; 50] = [
    "program",
    "shows",
    "channel",
    "observe",
    "|",
    "#",
    "\n",
    "\r\n",
    "\t",
    "rendezvous",
    "bounded",
    "unbounded",
    "oneshot",
    "mvar",
    "watch",
    "broadcast",
    "A",
    "B",
    "c",
    "d",
    "x",
    "f",
    "p",
    "!",
    "?",
    "=",
    "1",
    "-3",
    "255",
    "99999999999999999999",
    "within",
    "or",
    "default",
    "after",
    "select",
    "biased",
    "try",
    "each",
    "repeat",
    "end",
    "close",
    "drop",
    "clone",
    "start",
    "await",
    "cancel",
    "reserve",
    "as",
    "fulfil",
    "sleep",
];

/// One of the programs that are changed: as text, or as JSON.
fn source(random: &mut ChaCha8Rng) -> String {
    let program = generate(random.random_range(0..2_000), None);
    let program = program.expect("all is allowed");
    match random.random_bool(0.6) {
        true => print(&program),
        false => serde_json::to_string(&program).expect("JSON"),
    }
}

fn soup(random: &mut ChaCha8Rng) -> String {
    let count = random.random_range(0..40);
    let words = (0..count).map(|_| *WORDS.choose(random).expect("a word"));
    words.collect::<Vec<_>>().join(" ")
}

/// A place between two characters.
fn place(text: &str, random: &mut ChaCha8Rng) -> usize {
    let mut place = random.random_range(0..=text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

fn change(text: &mut String, random: &mut ChaCha8Rng) {
    let (one, two) = (place(text, random), place(text, random));
    let (from, to) = (one.min(two), one.max(two));
    let short = text[from..]
        .char_indices()
        .nth(random.random_range(0..4))
        .map_or(to, |(length, _)| from + length);
    match random.random_range(0..7) {
        0 => text.replace_range(from..short, ""),
        1 => {
            let word = WORDS.choose(random).expect("a word");
            text.insert_str(one, &format!(" {word} "));
        }
        2 => text.insert(one, random.random()),
        3 => {
            let part = text[from..to].to_string();
            text.insert_str(one, &part);
        }
        4 => text.truncate(one),
        5 => {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.shuffle(random);
            *text = lines.join("\n");
        }
        _ => {
            let word = WORDS.choose(random).expect("a word");
            text.replace_range(from..short, word);
        }
    }
}

fn input(seed: u64) -> String {
    let random = &mut ChaCha8Rng::seed_from_u64(seed);
    if random.random_bool(0.1) {
        return format!("program p\nchannel c mvar\nA | B\n{}", soup(random));
    }
    let mut text = source(random);
    for _ in 0..random.random_range(1..4) {
        change(&mut text, random);
    }
    text
}

/// What is accepted has one meaning in both of its forms; what is refused says
/// where, and what was expected. Whether it was accepted.
fn reads(input: &str) -> bool {
    match identify(input) {
        Ok(found) => {
            assert_eq!(parse(&found.text).as_ref(), Ok(&found.program));
            let json = serde_json::to_string(&found.program).expect("JSON");
            let again = identify(&json).expect("it is the same program");
            assert_eq!((again.id, again.program), (found.id, found.program));
            true
        }
        Err(error) => {
            let error = error.to_string();
            let placed = error.starts_with("line ") || error.contains('$');
            assert!(placed, "it does not say where: {error}");
            false
        }
    }
}

#[test]
fn random_sources_are_programs_or_refused() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |n| n.parse().expect("a number"))
    };
    let inputs = number("INPUTS", 20_000);
    let first = number("SEED", 0) << 32;
    let (results, done) = mpsc::channel();
    let reader = thread::spawn(move || {
        for seed in first..first + inputs {
            let input = input(seed);
            let accepted = reads(&input);
            if results.send((seed, accepted)).is_err() {
                return;
            }
        }
    });
    let (mut last, mut accepted) = (first, 0);
    loop {
        match done.recv_timeout(Duration::from_secs(60)) {
            Ok((seed, is)) => {
                last = seed;
                accepted += u64::from(is);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("what follows {last} hangs:\n{}", input(last + 1))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    if reader.join().is_err() {
        panic!("it is the input of the seed after {last}");
    }
    println!("{accepted} of {inputs} inputs are programs");
    assert!(accepted * 20 > inputs, "too few are programs: {accepted}");
}

fn refused(source: &str) -> String {
    match explain(source, "{}", Time::Exact, 1_000) {
        Ok(explained) => panic!("{} was understood", explained.text),
        Err(error) => error.to_string(),
    }
}

#[test]
fn ten_megabytes_are_refused_at_once() {
    const MEGABYTES: usize = 10 << 20;
    let text = format!("program p\nA\n{}", "sleep 1\n".repeat(MEGABYTES / 8));
    let json = format!(
        r#"{{"name": "p", "shows": "{}", "processes": []}}"#,
        "x".repeat(MEGABYTES)
    );
    for source in [text, json] {
        let error = refused(&source);
        assert!(error.contains("bytes, and at most"), "{error}");
    }
}

#[test]
fn what_is_nested_deeply_is_refused_with_the_place() {
    let deep = |from: &str, times: usize| from.repeat(times);
    let text = format!("program p\nA\n{}", deep("repeat 1\n", 10_000));
    assert_eq!(refused(&text), "line 19: bodies stand more than 16 deep");
    let body = deep(r#"{"op": "repeat", "times": 1, "body": ["#, 10_000);
    let json = format!(
        r#"{{"name": "p", "processes": [{{"name": "A", "operations": [{body}"#
    );
    let error = refused(&json);
    assert!(error.contains("recursion limit exceeded"), "{error}");
    assert!(error.contains("$.processes[0].operations[0]"), "{error}");
}

#[test]
fn names_that_could_not_be_read_again_are_refused() {
    for (json, expected) in [
        (
            r#"{"name": "a b", "processes": [{"name": "A", "operations": []}]}"#,
            "$.name: \"a b\": a word is expected",
        ),
        (
            r#"{"name": "p", "shows": "x\ny",
                "processes": [{"name": "A", "operations": []}]}"#,
            "$.shows: \"x\\ny\": a line without spaces around it is expected",
        ),
        (
            r#"{"name": "p", "processes": []}"#,
            "$.processes: a process is expected",
        ),
        (
            r#"{"name": "p", "processes": [{"name": "shows",
                "operations": []}]}"#,
            "$.processes[0].name: \"shows\" is no name: it is reserved",
        ),
        (
            r#"{"name": "p", "observe": ["A", "A"],
                "processes": [{"name": "A", "operations": []}]}"#,
            "$.observe[1]: \"A\" is there already",
        ),
        (
            r#"{"name": "p", "channels": [{"name": "c", "kind": "mvar"}],
                "processes": [{"name": "A", "operations": [
                  {"op": "wait", "transfer":
                    {"do": "recv", "channel": "c", "bind": "or"}}]}]}"#,
            "$.processes[0].operations[0].transfer.bind: \"or\" is no name: \
             it is reserved",
        ),
    ] {
        assert_eq!(refused(json), expected);
    }
    let text = "program p\nchannel c bounded 1\nA\nreserve c as x\nc ? x";
    assert_eq!(
        refused(text),
        "$.processes[0].operations[1].transfer.bind: \"x\" is bound already"
    );
    assert!(read("\u{feff}").is_err());
}
