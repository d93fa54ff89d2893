//! Outcomes that were seen, held against those that are allowed.

use super::code::compile;
use super::dialect::{Dialect, Time};
use super::explain::{Unexplained, json, read};
use super::member::member;
use super::outcome::{self, Names, Outcome};
use super::parts::{distance, parts};
use super::program::Program;
use super::reductions::Reductions;
use super::rules::Rules;
use super::search::{Search, Unanswered, each_end, sized};
use super::state::Layout;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Who waits for ever, and at which operation.
pub type Waiting = BTreeMap<String, u16>;

/// What a run has come to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// What became of the processes that are observed.
    pub outcome: Outcome,
    /// All that wait, observed or not, if that is known.
    #[serde(default)]
    pub waiting: Option<Waiting>,
}

/// What is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Whether it is allowed; `None` if that would take more states than the
    /// limit.
    pub allowed: Option<bool>,
    /// If it is not: the allowed outcome that is nearest, where all are known.
    pub nearest: Option<Outcome>,
    /// If it is not: the first place where the two part, in words.
    pub parts: Option<String>,
}

/// Whether `program` allows what was shown, and what is nearest if it does not.
///
/// Where the search for all outcomes ends within `limit` states, it is held
/// against them, `waiting` too. Else each outcome is looked for by membership
/// alone: `waiting` is not looked at then, and nothing is known to be nearest.
pub fn judge(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    limit: usize,
    shown: &[Shown],
) -> Result<Vec<Judgement>, Unanswered> {
    match ends(program, dialect, time, limit) {
        Ok(allowed) => {
            let judgement = |shown| judgement(&allowed, shown);
            Ok(shown.iter().map(judgement).collect())
        }
        Err(Unanswered::TooLarge { .. }) => {
            let by_member = |shown: &Shown| {
                by_member(program, dialect, time, limit, &shown.outcome)
            };
            shown.iter().map(by_member).collect()
        }
        Err(invalid) => Err(invalid),
    }
}

/// The same from text to text: a program, a dialect and a list in JSON.
pub fn judge_source(
    source: &str,
    dialect: &str,
    time: Time,
    shown: &str,
    limit: usize,
) -> Result<Vec<Judgement>, Unexplained> {
    let program = read(source)?;
    let dialect: Dialect = json("the dialect", dialect)?;
    let shown: Vec<Shown> = json("the outcomes", shown)?;
    Ok(judge(&program, &dialect, time, limit, &shown)?)
}

fn by_member(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    limit: usize,
    outcome: &Outcome,
) -> Result<Judgement, Unanswered> {
    let allowed = match member(program, dialect, time, limit, outcome) {
        Ok((allowed, _)) => Some(allowed),
        Err(Unanswered::TooLarge { .. }) => None,
        Err(invalid) => return Err(invalid),
    };
    Ok(Judgement {
        allowed,
        nearest: None,
        parts: None,
    })
}

/// All that a program can come to, each with who waits.
type Ends = BTreeMap<Outcome, BTreeSet<Waiting>>;

fn ends(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    limit: usize,
) -> Result<Ends, Unanswered> {
    let compiled = compile(program)?;
    let layout = Layout::new(&compiled)?;
    let rules = Rules::new(&compiled, &layout, dialect, time);
    sized!(layout, all_ends(&rules, limit))
}

fn all_ends<const N: usize>(
    rules: &Rules<'_>,
    limit: usize,
) -> Result<Ends, Unanswered> {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let mut found: BTreeSet<(Vec<u8>, Waiting)> = BTreeSet::new();
    // Who waits unobserved counts here, and nothing may hide it.
    let search = Search {
        reductions: Reductions::NONE,
        threads: 1,
        ..Search::from(limit)
    };
    each_end::<N>(
        rules,
        &search,
        |_| true,
        |state| {
            let mut key = Vec::new();
            outcome::key(compiled, layout, state, &mut key);
            found.insert((key, outcome::waiting(compiled, layout, state)));
            ControlFlow::Continue(())
        },
    )?;
    let mut ends = Ends::new();
    let mut names = Names::new(compiled);
    for (key, waiting) in found {
        let outcome = outcome::decode(&mut names, &key);
        ends.entry(outcome).or_default().insert(waiting);
    }
    Ok(ends)
}

fn judgement(allowed: &Ends, shown: &Shown) -> Judgement {
    let Shown { outcome, waiting } = shown;
    if let Some(allowed) = allowed.get(outcome) {
        return match waiting {
            Some(waiting) if !allowed.contains(waiting) => Judgement {
                allowed: Some(false),
                nearest: Some(outcome.clone()),
                parts: Some(who_waits(allowed, waiting)),
            },
            _ => Judgement {
                allowed: Some(true),
                nearest: None,
                parts: None,
            },
        };
    }
    let all: Vec<&Outcome> = allowed.keys().collect();
    let nearest = all.iter().min_by_key(|other| distance(outcome, other));
    Judgement {
        allowed: Some(false),
        nearest: nearest.map(|nearest| (*nearest).clone()),
        parts: nearest.map(|nearest| parts(outcome, nearest, &all)),
    }
}

/// The outcome is allowed, but not with those who wait.
fn who_waits(allowed: &BTreeSet<Waiting>, waiting: &Waiting) -> String {
    let allowed: Vec<String> = allowed.iter().map(told).collect();
    format!(
        "with this outcome {}; only {} is allowed",
        told(waiting),
        allowed.join(" or ")
    )
}

fn told(waiting: &Waiting) -> String {
    if waiting.is_empty() {
        return "nobody waits".into();
    }
    let each = waiting
        .iter()
        .map(|(name, at)| format!("{name} waits at {at}"));
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::litmus::{Ended, parse};

    const TURNS: &str = "program turns\nchannel c bounded 2\nobserve A B\n\
                         A | B | C\nc ! 1 | c ? |\nc ! 2 | c ? | c ?";

    fn shown(each: &[(&str, &[&str], &str)]) -> Outcome {
        let ended = |log: &[&str], end: &str| Ended {
            log: log.iter().map(|&result| result.into()).collect(),
            end: end.into(),
        };
        let each = each.iter();
        each.map(|(name, log, end)| ((*name).into(), ended(log, end)))
            .collect()
    }

    fn judged(outcome: Outcome, waiting: Option<Waiting>) -> Judgement {
        let program = parse(TURNS).expect("a program");
        let shown = [Shown { outcome, waiting }];
        let dialect = Dialect::default();
        judge(&program, &dialect, Time::Exact, 10_000, &shown)
            .expect("it is small")
            .remove(0)
    }

    fn both(second: &str) -> Outcome {
        shown(&[
            ("A", &["sent", "sent"], "done"),
            ("B", &["1", second], "done"),
        ])
    }

    fn waits(name: &str, at: u16) -> Option<Waiting> {
        Some([(name.to_string(), at)].into())
    }

    #[test]
    fn what_is_allowed_needs_no_words() {
        let right = judged(both("2"), waits("C", 1));
        assert_eq!(right.allowed, Some(true));
        assert_eq!((right.nearest, right.parts), (None, None));
    }

    #[test]
    fn a_result_that_is_not_allowed_is_told_with_those_that_are() {
        let wrong = judged(both("3"), None);
        assert_eq!(wrong.allowed, Some(false));
        assert_eq!(wrong.nearest, Some(both("2")));
        assert_eq!(
            wrong.parts.as_deref(),
            Some(
                "B's 2nd result is 3; after A: sent, sent [done]; B: 1 only \
                 2 or [waits at 2] may follow"
            )
        );
    }

    #[test]
    fn an_end_that_is_not_allowed_is_told_with_those_that_are() {
        let wrong = judged(
            shown(&[
                ("A", &["sent", "sent"], "done"),
                ("B", &["1"], "waits at 1"),
            ]),
            None,
        );
        assert_eq!(
            wrong.parts.as_deref(),
            Some(
                "B ends after its 1st result: [waits at 1]; after A: sent, \
                 sent [done]; B: 1 only 2 or [waits at 2] may follow"
            )
        );
    }

    #[test]
    fn who_waits_unobserved_is_judged_too() {
        let wrong = judged(both("2"), Some(Waiting::new()));
        assert_eq!(wrong.allowed, Some(false));
        assert_eq!(
            wrong.parts.as_deref(),
            Some(
                "with this outcome nobody waits; only C waits at 1 is allowed"
            )
        );
    }

    #[test]
    fn a_process_too_few_or_too_many_is_told() {
        let few = judged(shown(&[("B", &[], "waits at 1")]), None);
        assert_eq!(
            few.parts.as_deref(),
            Some("it does not tell of A, which is observed")
        );
        let mut many = both("2");
        many.insert("C".into(), many["A"].clone());
        assert_eq!(
            judged(many, None).parts.as_deref(),
            Some("it tells of C, which is not observed")
        );
    }

    #[test]
    fn what_is_no_list_of_outcomes_is_refused_with_the_place() {
        let time = Time::Exact;
        let bad = judge_source(TURNS, "{}", time, r#"[{"waiting": {}}]"#, 10);
        assert_eq!(
            bad.expect_err("an outcome is missing").to_string(),
            "the outcomes: $[0]: missing field `outcome` at line 1 column 16"
        );
    }

    #[test]
    fn membership_answers_where_the_set_is_too_large() {
        let program = parse(TURNS).expect("a program");
        let of = |outcome| Shown {
            outcome,
            waiting: None,
        };
        let shown = [of(both("2")), of(both("3"))];
        let dialect = Dialect::default();
        let ask = |limit| judge(&program, &dialect, Time::Exact, limit, &shown);
        let all = ask(10_000).expect("it is small");
        // The least limit under which the whole search ends.
        let whole =
            (1..).find(|limit| ask(*limit).is_ok_and(|found| found == all));
        let few = ask(whole.expect("one") - 1).expect("membership");
        assert_eq!(few[0].allowed, Some(true));
        assert_eq!((few[1].allowed, &few[1].nearest), (Some(false), &None));
        assert_eq!(ask(1).expect("no answer is one")[0].allowed, None);
    }
}
