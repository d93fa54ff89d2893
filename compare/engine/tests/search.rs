//! What a search promises whatever it leaves out: the same answer on several
//! threads, limits that are told, an end when it is asked for one, and who
//! waits where.

use compare_engine::litmus::{
    Dialect, Outcomes, Program, Reductions, Search, Time, Unanswered,
    deadlocks, outcomes, parse, witnesses,
};
use std::cell::Cell;

/// Without reductions it has some 150,000 states: more than one thread looks at.
fn pool(jobs: usize) -> Program {
    let mut text = String::from(
        "program pool\nchannel j unbounded\nobserve A B C\nP | A | B | C\n",
    );
    for row in 0..jobs {
        let tail = match row {
            0 => "each j ? | each j ? | each j ?",
            1 => "end | end | end",
            _ => " | | ",
        };
        text += &format!("j ! {} | {tail}\n", row + 1);
    }
    text += "drop j ! | | | \n";
    parse(&text).unwrap()
}

fn all(program: &Program, search: Search<'_>) -> Result<Outcomes, Unanswered> {
    outcomes(program, &Dialect::default(), Time::Exact, search)
}

fn plain(threads: usize) -> Search<'static> {
    Search {
        threads,
        reductions: Reductions::NONE,
        ..Search::default()
    }
}

#[test]
fn several_threads_find_what_one_finds() {
    let program = pool(7);
    let one = all(&program, plain(1)).unwrap();
    assert!(
        one.states > 120_000,
        "{} states need one thread",
        one.states
    );
    assert_eq!(one.outcomes.len(), 2_187);
    for threads in [2, 3, 8] {
        let several = all(&program, plain(threads)).unwrap();
        assert_eq!(several.states, one.states, "{threads} threads");
        assert!(several.outcomes == one.outcomes, "{threads} threads");
    }
}

#[test]
fn a_limit_is_told_on_one_thread_and_on_several() {
    let program = pool(7);
    for threads in [1, 3] {
        for states in [1, 2_000, 120_000] {
            let search = Search {
                states,
                ..plain(threads)
            };
            let told = Unanswered::TooLarge {
                limit: states,
                of: "states",
            };
            assert_eq!(all(&program, search), Err(told), "{threads} threads");
        }
        for bytes in [10_000, 5_000_000] {
            let search = Search {
                bytes,
                ..plain(threads)
            };
            let told = Unanswered::TooLarge {
                limit: bytes,
                of: "bytes of states",
            };
            assert_eq!(all(&program, search), Err(told), "{threads} threads");
        }
    }
}

/// Reductions leave one state for many outcomes, and those take memory too.
#[test]
fn outcomes_that_are_told_apart_only_by_names_count_as_memory() {
    let names: Vec<String> = (0..9).map(|name| format!("P{name}")).collect();
    let cells = ["c ?"; 9];
    let mut text = format!(
        "program all\nchannel c unbounded\nS | {}\nc ! 1 | {}\n",
        names.join(" | "),
        cells.join(" | ")
    );
    for value in 2..10 {
        text += &format!("c ! {value} |{}\n", " |".repeat(8));
    }
    let search = Search {
        bytes: 1_000_000,
        ..Search::default()
    };
    let program = parse(&text).unwrap();
    let told = all(&program, search).unwrap_err();
    assert!(matches!(told, Unanswered::TooLarge { .. }), "{told}");
}

#[test]
fn a_search_ends_when_it_is_asked_to() {
    let program = pool(7);
    for (threads, after) in [(1, 3), (1, 110), (3, 110)] {
        let asked = Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() > after
        };
        let search = Search {
            interrupted: Some(&interrupted),
            ..plain(threads)
        };
        let told = all(&program, search);
        assert_eq!(told, Err(Unanswered::Interrupted), "{threads} threads");
        let told = witnesses(
            &program,
            &Dialect::default(),
            Time::Exact,
            Search {
                interrupted: Some(&interrupted),
                ..search
            },
        );
        assert_eq!(told, Err(Unanswered::Interrupted));
    }
}

#[test]
fn deadlocks_are_told_by_who_waits_where_with_a_shortest_way() {
    let program = parse(
        "program two
         channel c rendezvous
         channel d rendezvous
         observe A
         A     | B     | C
         c ! 1 | d ! 2 | select c ? or d ?
         d ?   | c ?   | ",
    )
    .unwrap();
    let strict = Dialect::default();
    let found = deadlocks(&program, &strict, Time::Exact, usize::MAX).unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|found| {
            let waiting = found.waiting.iter();
            let waiting: Vec<_> =
                waiting.map(|(name, at)| format!("{name} {at}")).collect();
            (waiting.join(", "), found.schedule.len())
        })
        .collect();
    let expected = [("A 2".to_string(), 5), ("B 2".to_string(), 5)];
    assert_eq!(told, expected);
}
