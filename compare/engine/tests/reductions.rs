//! What a search may leave out changes no outcome: with each of the reductions
//! and without, on one thread and on several.

use compare_engine::litmus::{
    CloseTwice, Dialect, Outcome, Program, Reductions, Search, SendOnClosed,
    Time, Unanswered, Where, generate, generate_dialect, member, outcomes,
    parse, print, smaller,
};
use std::collections::BTreeSet;

/// Random programs that have more states are not compared, but counted.
const LIMIT: usize = 5_000;

const ONE_OFF: [Reductions; 8] = [
    Reductions::ALL,
    Reductions {
        waits: false,
        ..Reductions::ALL
    },
    Reductions {
        eager: false,
        ..Reductions::ALL
    },
    Reductions {
        symmetry: false,
        ..Reductions::ALL
    },
    Reductions {
        waits: true,
        ..Reductions::NONE
    },
    Reductions {
        eager: true,
        ..Reductions::NONE
    },
    Reductions {
        symmetry: true,
        ..Reductions::NONE
    },
    Reductions::NONE,
];

fn search(reductions: Reductions, states: usize) -> Search<'static> {
    Search {
        states,
        reductions,
        threads: 1,
        ..Search::default()
    }
}

fn litmus() -> Vec<Program> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../litmus");
    let files = std::fs::read_dir(folder).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let texts =
        paths.filter(|path| path.extension().is_some_and(|x| x == "txt"));
    let programs = texts.map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        parse(&text).unwrap()
    });
    programs.collect()
}

/// Every dialect.
fn dialects() -> impl Iterator<Item = Dialect> {
    let wheres = [Where::Narrow, Where::Always, Where::Never];
    let shut = [
        SendOnClosed::Error,
        SendOnClosed::Fails,
        SendOnClosed::Waits,
    ];
    let twice = [CloseTwice::Already, CloseTwice::Fails];
    (0..3 * 3 * 3 * 2 * 16).map(move |number| Dialect {
        fifo: wheres[number % 3],
        hand_off: wheres[number / 3 % 3],
        send_on_closed: shut[number / 9 % 3],
        close_twice: twice[number / 27 % 2],
        keeps_cancelled: number / 54 % 2 == 0,
        permit_outlives_close: number / 108 % 2 == 1,
        first_arm: number / 216 % 2 == 1,
        drop_closes: number / 432 % 2 == 1,
    })
}

fn in_lines(outcomes: &BTreeSet<Outcome>) -> String {
    let lines = outcomes.iter().map(|outcome| format!("\n    {outcome:?}"));
    lines.collect()
}

/// Compares each choice of reductions with none; whether there was an answer.
fn compare(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    choices: &[Reductions],
    limit: usize,
) -> Result<bool, String> {
    let off = search(Reductions::NONE, limit);
    let all = match outcomes(program, dialect, time, off) {
        Ok(all) => all,
        Err(Unanswered::Invalid(_) | Unanswered::TooLarge { .. }) => {
            return Ok(false);
        }
        Err(error) => return Err(error.to_string()),
    };
    for reductions in choices {
        let on = search(*reductions, limit);
        let found = outcomes(program, dialect, time, on)
            .map_err(|error| format!("{reductions:?}: {error}"))?;
        if found.outcomes != all.outcomes {
            let missing = &all.outcomes - &found.outcomes;
            let more = &found.outcomes - &all.outcomes;
            return Err(format!(
                "{reductions:?}\n  misses{}\n  adds{}",
                in_lines(&missing),
                in_lines(&more)
            ));
        }
        if found.states > all.states {
            return Err(format!(
                "{reductions:?}: {} states, {} without",
                found.states, all.states
            ));
        }
    }
    Ok(true)
}

#[test]
fn reductions_change_no_outcome_of_the_programs_of_the_repository() {
    let programs = litmus();
    assert!(programs.len() >= 120);
    let mut fewer = 0;
    for program in &programs {
        for time in [Time::Exact, Time::Race] {
            for dialect in dialects() {
                let all = [Reductions::ALL];
                let compared =
                    compare(program, &dialect, time, &all, 1_000_000);
                match compared {
                    Ok(meant) => assert!(meant, "{}", print(program)),
                    Err(why) => panic!(
                        "{}\n{dialect:?} {time:?}\n  {why}",
                        print(program)
                    ),
                }
            }
        }
        let count = |reductions| {
            let search = search(reductions, 1_000_000);
            outcomes(program, &Dialect::default(), Time::Exact, search)
                .unwrap()
                .states
        };
        fewer += usize::from(count(Reductions::ALL) < count(Reductions::NONE));
    }
    assert!(fewer * 2 > programs.len(), "they reduce {fewer} programs");
}

/// The smallest program, near this one, that differs, and how.
fn shrunk(
    mut program: Program,
    mut why: String,
    differs: impl Fn(&Program) -> Option<String>,
) -> (Program, String) {
    while let Some(found) = smaller(&program)
        .into_iter()
        .find_map(|one| differs(&one).map(|why| (one, why)))
    {
        (program, why) = found;
    }
    (program, why)
}

#[test]
fn reductions_change_no_outcome_of_random_programs() {
    let cases: u64 = std::env::var("PROGRAMS")
        .map_or(5_000, |count| count.parse().expect("PROGRAMS is a number"));
    let mut compared = 0;
    for seed in 0..cases {
        let program = generate(seed, None).unwrap();
        let dialect = generate_dialect(seed);
        let time = [Time::Exact, Time::Race][seed as usize % 2];
        let differs = |program: &Program| {
            compare(program, &dialect, time, &ONE_OFF, LIMIT).err()
        };
        match compare(&program, &dialect, time, &ONE_OFF, LIMIT) {
            Ok(meant) => compared += u64::from(meant),
            Err(why) => {
                let (program, why) = shrunk(program, why, differs);
                panic!(
                    "seed {seed}: {}\n{dialect:?} {time:?}\n  {why}",
                    print(&program)
                );
            }
        }
    }
    println!("{compared} of {cases} programs were compared");
    assert!(compared * 5 > cases, "too few are compared");
}

#[test]
fn what_a_reduced_search_finds_is_a_member_with_reductions_and_without() {
    for program in litmus() {
        for time in [Time::Exact, Time::Race] {
            let strict = Dialect::default();
            let all = outcomes(&program, &strict, time, 1_000_000).unwrap();
            for outcome in all.outcomes.iter().take(20) {
                for reductions in [Reductions::ALL, Reductions::NONE] {
                    let search = search(reductions, 1_000_000);
                    let (is, _) =
                        member(&program, &strict, time, search, outcome)
                            .unwrap();
                    assert!(is, "{}{outcome:?}", print(&program));
                }
            }
        }
    }
}
