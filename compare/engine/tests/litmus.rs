//! What small programs come to, all of it.

use compare_engine::litmus::{
    Dialect, Outcome, Outcomes, Program, Time, What, explain, member, outcomes,
    parse, print, read, schema, witnesses,
};

fn all(text: &str) -> Outcomes {
    let program = parse(text).unwrap();
    assert_eq!(parse(&print(&program)), Ok(program.clone()));
    outcomes(&program, &Dialect::default(), Time::Exact, 10_000_000).unwrap()
}

fn strict() -> Dialect {
    Dialect::default()
}

const RACE: &str = "program race
     channel c bounded 1
     A     | B   | C
     c ! 1 | c ? | try c ?
           |     | c ? within 3";

/// Each outcome in one line.
fn lines(text: &str) -> Vec<String> {
    let each = all(text).outcomes.into_iter().map(|outcome| {
        let each = outcome.into_iter().map(|(name, ended)| {
            format!("{name}: {} {}", ended.log.join(" "), ended.end)
        });
        each.collect::<Vec<_>>().join("; ")
    });
    each.collect()
}

#[test]
fn crossed_rendezvous_deadlock() {
    let found = lines(
        "program crossed
         channel c rendezvous
         channel d rendezvous
         A     | B
         c ! 1 | d ! 2
         d ?   | c ?",
    );
    assert_eq!(found, ["A:  waits at 1; B:  waits at 1"]);
}

#[test]
fn fan_in_through_one_place_has_as_many_outcomes_as_interleavings() {
    let fan_in = "program fan_in
         channel c bounded 1
         observe R
         A     | B     | C     | R
         c ! 1 | c ! 4 | c ! 7 | each c ?
         c ! 2 | c ! 5 | c ! 8 | end
         c ! 3 | c ! 6 | c ! 9
         drop c ! | drop c ! | drop c !";
    assert_eq!(all(fan_in).outcomes.len(), 1_680);
}

#[test]
#[ignore = "two and a half million states: make agree"]
fn fan_in_without_a_bound() {
    let fan_in = "program fan_in
         channel c unbounded
         observe R
         A     | B     | C      | R
         c ! 1 | c ! 5 | c ! 9  | each c ?
         c ! 2 | c ! 6 | c ! 10 | end
         c ! 3 | c ! 7 | c ! 11
         c ! 4 | c ! 8 | c ! 12";
    assert_eq!(all(fan_in).outcomes.len(), 34_650);
}

#[test]
fn eight_jobs_for_three_workers() {
    let pool = "program pool
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
    assert_eq!(all(pool).outcomes.len(), 6_561);
}

#[test]
fn every_outcome_has_a_shortest_way_to_it_and_is_a_member() {
    let program = parse(RACE).unwrap();
    let found = witnesses(&program, &strict(), Time::Exact, 1_000).unwrap();
    let all = all(RACE).outcomes;
    assert_eq!(found.len(), 3);
    for witness in &found {
        assert!(all.contains(&witness.outcome));
        let logged: usize =
            witness.schedule.iter().map(|step| step.logged.len()).sum();
        let logs = witness.outcome.values().map(|ended| ended.log.len());
        assert_eq!(logged, logs.sum::<usize>());
        let (is, _) =
            member(&program, &strict(), Time::Exact, 1_000, &witness.outcome)
                .unwrap();
        assert!(is, "{:?}", witness.outcome);
    }
    let dead = found.iter().filter(|found| !found.waiting.is_empty());
    assert_eq!(dead.count(), 2);
    let struck = found.iter().flat_map(|found| &found.schedule);
    let struck = struck.filter(|step| step.what == What::Strikes);
    assert_eq!(struck.count(), 2);
}

#[test]
fn what_a_program_cannot_come_to_is_no_member() {
    let program = parse(RACE).unwrap();
    let mut outcome = all(RACE).outcomes.pop_first().unwrap();
    let no = |outcome: &Outcome| {
        !member(&program, &strict(), Time::Exact, 1_000, outcome)
            .unwrap()
            .0
    };
    assert!(!no(&outcome));
    outcome.get_mut("B").unwrap().log.push("1".into());
    assert!(no(&outcome), "the message was received twice");
    outcome.get_mut("B").unwrap().log[0] = "2".into();
    assert!(no(&outcome), "nobody has sent it");
    outcome.remove("B");
    assert!(no(&outcome), "B is observed");
}

#[test]
fn a_value_that_waited_for_a_reserved_place_goes_on_to_a_receiver() {
    let found = lines(
        "program handed_on
         channel c bounded 1
         A              | B     | C
         reserve c as p | c ! 1 | c ?
         sleep 1
         drop p
         try c ?",
    );
    let last = "A: reserved empty done; B: sent done; C: 1 done";
    assert_eq!(found, [last]);
}

#[test]
fn a_loop_within_a_loop_may_feed_neither() {
    for fed in ["c", "d"] {
        let source = format!(
            "program p\nchannel c bounded 1\nchannel d bounded 1\nA\n\
             each c ?\neach d ?\n{fed} ! 1\nend\nend"
        );
        assert!(refused(&source).starts_with("$.processes: a loop feeds"));
    }
}

#[test]
fn one_outcome_of_many_is_found_among_few_states() {
    let mut text = String::from(
        "program fan_in\nchannel c bounded 1\nobserve R\nA | B | C | R\n",
    );
    for row in 0..12 {
        let last = ["each c ?", "end"].get(row).unwrap_or(&"");
        text += &format!(
            "c ! {row} | c ! {} | c ! {} | {last}\n",
            100 + row,
            200 + row
        );
    }
    let program = parse(&text).unwrap();
    let log = (0..12).flat_map(|i| [i, 100 + i, 200 + i]);
    let ended = compare_engine::litmus::Ended {
        log: log.map(|value: i64| value.to_string().into()).collect(),
        end: "waits at 1".into(),
    };
    let outcome = [("R".into(), ended)].into();
    let (is, states) =
        member(&program, &strict(), Time::Exact, 100_000, &outcome).unwrap();
    assert!(is);
    assert!(states < 2_000, "{states} states");
}

#[test]
fn a_search_that_is_too_large_says_so() {
    let program = parse(RACE).unwrap();
    let refused = outcomes(&program, &strict(), Time::Exact, 3).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "it has more than 3 states, which is the limit"
    );
}

/// What is said of a source that is no program.
fn refused(source: &str) -> String {
    match explain(source, "{}", Time::Exact, 1_000) {
        Ok(explained) => panic!("{} was understood", explained.text),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_program_is_refused_with_the_place() {
    let head = "program p\nchannel c bounded 1\n";
    let text = |rest: &str| refused(&format!("{head}{rest}"));
    for (found, expected) in [
        (refused(""), "line 1: it begins with 'program NAME'"),
        (text(""), "line 1: there is no process: 'A | B' begins them"),
        (
            text("A\nd ! 1"),
            "$.processes[0].operations[0].transfer.channel: no channel is \
             called \"d\"",
        ),
        (
            text("A\nc ? x\nc ? x"),
            "$.processes[0].operations[1].transfer.bind: \"x\" is bound \
             already",
        ),
        (
            text("A\nc ! y"),
            "$.processes[0].operations[0].transfer.value: no receive before \
             this has bound \"y\"",
        ),
        (
            text("A\neach c ? x\nc ! x\nend\nc ! 1"),
            "$.processes: a loop feeds the channel that it receives from: it \
             may never end",
        ),
        (text("A\nend"), "line 4: this 'end' closes nothing"),
        (
            text("A\nrepeat 2"),
            "line 4: no 'end' closes what begins here",
        ),
        (
            text("A\nc ! 1 or"),
            "line 4: in \"c ! 1 or\": the end of the cell is expected, found \
             \"or\"",
        ),
        (
            text("A\ndrop c !\nc ! 1"),
            "$.processes[0].operations: operation 2 needs a sender of \"c\", \
             and they were dropped before",
        ),
        (
            refused("program p\nchannel o oneshot\nA | B\no ! 1 | o ! 2"),
            "$.processes[1]: \"o\" is a oneshot: one send is allowed",
        ),
        (
            refused("{\"name\": 3}"),
            "the program: $.name: invalid type: integer `3`, expected a \
             string at line 1 column 10",
        ),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn sources_that_are_too_large_or_too_deep_are_refused_at_once() {
    let long = format!("program p\nA\n{}", "sleep 1\n".repeat(20_000));
    assert!(refused(&long).starts_with("line 1: the text has 160012 bytes"));
    let deep = format!("program p\nA\n{}", "repeat 1\n".repeat(100));
    assert!(refused(&deep).ends_with("bodies stand more than 16 deep"));
    let nested = "{\"name\":".repeat(10_000);
    assert!(read(&nested).is_err());
    let json = "[".repeat(10_000);
    assert!(read(&json).is_err());
}

#[test]
fn the_json_of_a_program_reads_as_the_program() {
    let program = parse(RACE).unwrap();
    let json = serde_json::to_string(&program).unwrap();
    assert_eq!(read(&json).unwrap(), program);
    let unknown = json.replace("\"operations\"", "\"steps\"");
    assert!(serde_json::from_str::<Program>(&unknown).is_err());
}

/// `make schema` writes it anew.
#[test]
fn the_schema_that_is_published_is_that_of_the_types() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/program.schema.json");
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(path, schema()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), schema());
}
