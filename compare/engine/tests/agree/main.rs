//! The engine and the definition (`ocaml/semantics`) give every program the
//! same outcomes.
//!
//! `RUNNER` names the OCaml runner, which answers for the definition. How many
//! programs are asked about is told by `PROGRAMS` (random ones, those of the
//! seeds from `SEED` on) and `PART` (one of so many of those that are listed
//! exhaustively): `make agree`.

mod definition;
mod every;
mod random;
mod runner;
mod sources;

use compare_engine::litmus::{Dialect, Time, generate, parse, read};
use definition::{Answer, Question, difference, engine, number};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use random::{LIMIT_OF_RANDOM, agree, agree_on_random};
use runner::start;
use serde_json::json;

/// How many states a program may have.
const LIMIT: usize = 20_000;

#[test]
fn the_programs_of_the_repository_mean_the_same_to_both() {
    let mut definition = start();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../litmus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for time in [Time::Exact, Time::Race] {
            let question = Question {
                program: parse(&text).unwrap(),
                dialect: Dialect::default(),
                time,
                limit: LIMIT,
            };
            let compared = agree(&mut definition, question);
            assert!(compared, "{} is not compared", path.display());
        }
        count += 1;
    }
    assert!(count >= 120, "{count} programs");
}

#[test]
fn random_programs_mean_the_same_to_both() {
    agree_on_random(&mut start());
}

/// What one of the two refuses, so does the other; what both accept has the
/// same outcomes.
#[test]
fn both_refuse_the_same_sources() {
    let programs = number("PROGRAMS", 20_000);
    let first = number("SEED", 0) << 32;
    let mut definition = start();
    let mut refused = 0;
    for seed in first..first + programs {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut source = json!(generate(seed, None).unwrap());
        for _ in 0..=seed % 2 {
            sources::change(&mut source, &mut random);
        }
        let time = Time::Exact;
        let dialect = Dialect::default();
        let theirs =
            definition.answer_to(&source, &dialect, time, LIMIT_OF_RANDOM);
        let ours = match read(&source.to_string()) {
            Err(error) => Answer::Refused(error.to_string()),
            Ok(program) => engine(&Question {
                program,
                dialect,
                time,
                limit: LIMIT_OF_RANDOM,
            }),
        };
        if let Some(why) = difference(&ours, &theirs) {
            panic!("seed {seed}: {source}\n  {why}");
        }
        refused += u64::from(matches!(ours, Answer::Refused(_)));
    }
    println!("{refused} of {programs} sources are refused");
    assert!(refused * 2 > programs, "too few are refused: {refused}");
    assert!(
        refused * 20 < programs * 19,
        "too many are refused: {refused}"
    );
}

/// Every program of two processes of at most two operations, from the letters
/// that `every` lists, on one channel of each kind.
#[test]
fn every_small_program_means_the_same_to_both() {
    let part = number("PART", 20);
    let mut definition = start();
    let (mut programs, mut asked) = (0, 0);
    for small in every::programs() {
        programs += 1;
        if programs % part != 0 {
            continue;
        }
        let question = Question {
            program: small.program(),
            dialect: Dialect::default(),
            time: Time::Exact,
            limit: LIMIT,
        };
        let compared = agree(&mut definition, question);
        assert!(compared, "every one is valid, and small");
        asked += 1;
    }
    println!("{asked} of {programs} small programs");
    assert_eq!(programs, every::COUNT);
}
