//! The engine and the definition on random programs, and on any one.

use super::definition::{
    Answer, Definition, Question, difference, engine, number, shrunk,
};
use compare_engine::litmus::{Time, generate, generate_dialect};

/// Asks both; panics with the smallest program on which they part, if they do.
/// Whether there was something to compare.
pub(crate) fn agree(definition: &mut Definition, question: Question) -> bool {
    let (ours, theirs) = (engine(&question), definition.answer(&question));
    if difference(&ours, &theirs).is_some() {
        let small = shrunk(definition, question.clone());
        let theirs = definition.answer(&small);
        let why = difference(&engine(&small), &theirs).expect("they part");
        panic!(
            "{}\n  {why}\nshrunk from\n{}",
            small.told(),
            question.told()
        );
    }
    matches!((ours, theirs), (Answer::Outcomes(_), Answer::Outcomes(_)))
}

/// How many states a random program may have; those that have more are not
/// compared, but counted.
pub(crate) const LIMIT_OF_RANDOM: usize = 3_000;

/// Asks both about random programs: PROGRAMS of them, those of the seeds from
/// SEED on.
pub(crate) fn agree_on_random(definition: &mut Definition) {
    let programs = number("PROGRAMS", 20_000);
    let first = number("SEED", 0) << 32;
    let mut compared = 0;
    for seed in first..first + programs {
        let question = Question {
            program: generate(seed, None).unwrap(),
            dialect: generate_dialect(seed),
            time: [Time::Exact, Time::Race][(seed % 2) as usize],
            limit: LIMIT_OF_RANDOM,
        };
        compared += u64::from(agree(definition, question));
    }
    println!("{compared} of {programs} programs were small enough");
    assert!(
        compared * 2 > programs,
        "too few were small enough: {compared}"
    );
}
