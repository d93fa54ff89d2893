//! How fast the engine is: states and small programs a second, and membership.
//! The time is that of the processor, so that what else runs counts less, and
//! the median of several runs; the numbers of states and outcomes are checked.
//!
//! `cargo run --release --package compare-engine --example states`

use compare_engine::litmus::{
    Dialect, Ended, Outcome, Outcomes, Program, Reductions, Search, Time,
    member, outcomes, parse,
};
use cpu_time::ThreadTime;
use std::time::Instant;

#[path = "../tests/agree/every.rs"]
mod every;

/// Of how many runs the median is told.
const RUNS: usize = 9;
/// Of so many of the smallest programs one is searched.
const PART: usize = 16;

const POOL: &str = "program pool
    channel j unbounded
    observe A B C
    P        | A        | B        | C
    j ! 1    | each j ? | each j ? | each j ?
    j ! 2    | end      | end      | end
    j ! 3
    j ! 4
    j ! 5
    j ! 6
    j ! 7
    j ! 8
    drop j !";

fn all(program: &Program, reductions: Reductions, threads: usize) -> Outcomes {
    let search = Search {
        reductions,
        threads,
        ..Search::default()
    };
    outcomes(program, &Dialect::default(), Time::Exact, search)
        .expect("it has an answer")
}

/// The median of what `run` measures.
fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<_> = (0..RUNS).map(|_| run()).collect();
    all.sort_by(f64::total_cmp);
    all[RUNS / 2]
}

fn pool() {
    let pool = parse(POOL).expect("it is a program");
    let each = [("off", Reductions::NONE), ("on", Reductions::ALL)];
    for (name, reductions) in each {
        let mut states = 0;
        let seconds = median(|| {
            let began = ThreadTime::now();
            let found = all(&pool, reductions, 1);
            let seconds = began.elapsed().as_secs_f64();
            assert_eq!(found.outcomes.len(), 6_561);
            states = found.states;
            seconds
        });
        println!(
            "pool of 8 jobs on 3 workers, reductions {name}: {states} states, \
             6561 outcomes in {seconds:.3} s, {:.2} M states/s",
            states as f64 / seconds / 1e6
        );
    }
    // What several threads run for together says nothing.
    let passed = |threads| {
        median(|| {
            let began = Instant::now();
            let found = all(&pool, Reductions::NONE, threads);
            assert_eq!(found.outcomes.len(), 6_561);
            began.elapsed().as_secs_f64()
        })
    };
    println!(
        "the same, reductions off: {:.3} s pass on one thread, {:.3} s on two",
        passed(1),
        passed(2)
    );
}

fn tiny() {
    let small = every::programs().step_by(PART);
    let small: Vec<_> = small.map(|small| small.program()).collect();
    assert_eq!(small.len(), (every::COUNT as usize).div_ceil(PART));
    let what = format!(
        "{} of the {} programs of two processes and two operations each",
        small.len(),
        every::COUNT
    );
    rate(&what, &small);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../litmus");
    let files = std::fs::read_dir(folder).expect("the programs are there");
    let mut programs = Vec::new();
    for file in files {
        let path = file.expect("it can be read").path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            programs.push(parse(&text).expect("it is a program"));
        }
    }
    let what = format!("the {} programs of the repository", programs.len());
    rate(&what, &programs);
}

/// How many of these a second, each with all of its outcomes.
fn rate(what: &str, programs: &[Program]) {
    let each = [("off", Reductions::NONE), ("on", Reductions::ALL)];
    for (name, reductions) in each {
        let mut states = 0;
        let seconds = median(|| {
            states = 0;
            let began = ThreadTime::now();
            for program in programs {
                states += all(program, reductions, 0).states;
            }
            began.elapsed().as_secs_f64()
        });
        println!(
            "{what}, reductions {name}: {:.0} programs/s, {:.1} states each",
            programs.len() as f64 / seconds,
            states as f64 / programs.len() as f64
        );
    }
}

/// Three send twelve messages each, and one receives all.
fn fan_in() -> (Program, Outcome) {
    let mut text = String::from(
        "program fan_in\nchannel c unbounded\nobserve R\nA | B | C | R\n",
    );
    for row in 0..12 {
        let tail = ["each c ?", "end"].get(row).unwrap_or(&"");
        text += &format!(
            "c ! {} | c ! {} | c ! {} | {tail}\n",
            row + 1,
            row + 101,
            row + 201
        );
    }
    text += "drop c ! | drop c ! | drop c !\n";
    let log = (1..=12).flat_map(|n| [n, n + 200, n + 100]);
    let ended = Ended {
        log: log.map(|n| n.to_string().into()).collect(),
        end: "done".into(),
    };
    let outcome = Outcome::from([("R".into(), ended)]);
    (parse(&text).expect("it is a program"), outcome)
}

fn membership() {
    let (program, outcome) = fan_in();
    let dialect = Dialect::default();
    let mut states = 0;
    let seconds = median(|| {
        let began = ThreadTime::now();
        let answer =
            member(&program, &dialect, Time::Exact, usize::MAX, &outcome);
        let seconds = began.elapsed().as_secs_f64();
        let (is, looked_at) = answer.expect("it has an answer");
        assert!(is);
        states = looked_at;
        seconds
    });
    println!(
        "membership in a fan-in of 3 x 12: {states} states, {:.3} ms",
        seconds * 1e3
    );
}

/// What stands behind `--` narrows it.
fn main() {
    let wanted = std::env::args().nth(1);
    let all: [(&str, fn()); 3] =
        [("pool", pool), ("tiny", tiny), ("member", membership)];
    for (name, show) in all {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            show();
        }
    }
}
