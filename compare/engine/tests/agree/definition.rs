//! The definition (`ocaml/semantics`), and how what it says is compared with what
//! the engine says. It is asked over JSON lines, or by whoever is given.

use compare_engine::litmus::{
    Dialect, Program, Time, Unanswered, generate, generate_dialect, outcomes,
    print, smaller,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What answers for the definition.
pub(crate) struct Definition(Box<dyn FnMut(&Json) -> Json>);

/// The definition in a process of its own.
struct Runner {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Runner {
    fn start() -> Self {
        let path = std::env::var("RUNNER")
            .expect("RUNNER names the OCaml runner: make agree builds it");
        let mut child = Command::new(&path)
            .arg("--meaning")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        Runner {
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

/// A program, and how it is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) program: Program,
    pub(crate) dialect: Dialect,
    pub(crate) time: Time,
    pub(crate) limit: usize,
}

impl Question {
    pub(crate) fn told(&self) -> String {
        let (dialect, time) = (json!(self.dialect), json!(self.time));
        format!("{}{dialect} {time}", print(&self.program))
    }
}

/// What a program comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Outcomes(BTreeSet<String>),
    /// It has no meaning, for this reason.
    Refused(String),
    /// It has more states than the limit.
    TooLarge,
}

impl Definition {
    /// In a process of its own.
    #[allow(dead_code, reason = "the bridge has it in its own process")]
    pub(crate) fn start() -> Self {
        let mut runner = Runner::start();
        Definition(Box::new(move |request| {
            let mut request = request.clone();
            request["id"] = json!(1);
            runner.ask(&request)
        }))
    }

    /// Answered by `ask`.
    #[allow(dead_code, reason = "here it is in a process of its own")]
    pub(crate) fn by(ask: impl FnMut(&Json) -> Json + 'static) -> Self {
        Definition(Box::new(ask))
    }

    pub(crate) fn answer(&mut self, question: &Question) -> Answer {
        let Question {
            program,
            dialect,
            time,
            limit,
        } = question;
        self.answer_to(&json!(program), dialect, *time, *limit)
    }

    /// The same for what may be no program.
    pub(crate) fn answer_to(
        &mut self,
        program: &Json,
        dialect: &Dialect,
        time: Time,
        limit: usize,
    ) -> Answer {
        let answer = (self.0)(&json!({
            "program": program,
            "dialect": dialect,
            "time": time,
            "limit": limit,
        }));
        let error = &answer["error"];
        match error["kind"].as_str() {
            None => {
                let listed = answer["outcomes"].as_array().expect("a list");
                Answer::Outcomes(listed.iter().map(Json::to_string).collect())
            }
            Some("limit") => Answer::TooLarge,
            Some("bad_input") => {
                Answer::Refused(error["message"].as_str().unwrap().into())
            }
            Some(_) => panic!("the definition fails: {answer}"),
        }
    }
}

/// What the engine says.
pub(crate) fn engine(question: &Question) -> Answer {
    let Question {
        program,
        dialect,
        time,
        limit,
    } = question;
    match outcomes(program, dialect, *time, *limit) {
        Ok(found) => {
            let found = found.outcomes.iter();
            Answer::Outcomes(found.map(|o| json!(o).to_string()).collect())
        }
        Err(Unanswered::TooLarge { .. }) => Answer::TooLarge,
        Err(Unanswered::Invalid(invalid)) if invalid.too_large => {
            Answer::TooLarge
        }
        Err(Unanswered::Invalid(invalid)) => {
            Answer::Refused(invalid.to_string())
        }
        Err(error @ Unanswered::Interrupted) => {
            unreachable!("nobody asked for it: {error}")
        }
    }
}

/// Where the two part, if they do. A search that is too large parts with none:
/// the engine counts states as it packs them.
pub(crate) fn difference(ours: &Answer, theirs: &Answer) -> Option<String> {
    match (ours, theirs) {
        (Answer::TooLarge, _) | (_, Answer::TooLarge) => None,
        (Answer::Refused(_), Answer::Refused(_)) => None,
        (Answer::Refused(why), _) => {
            Some(format!("only the engine refuses it: {why}"))
        }
        (_, Answer::Refused(why)) => {
            Some(format!("only the definition refuses it: {why}"))
        }
        (Answer::Outcomes(ours), Answer::Outcomes(theirs)) => {
            let list = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                let only = one.difference(other).take(5);
                only.map(|o| format!("\n    {o}")).collect::<String>()
            };
            (ours != theirs).then(|| {
                format!(
                    "only the engine:{}\n  only the definition:{}",
                    list(ours, theirs),
                    list(theirs, ours)
                )
            })
        }
    }
}

/// The smallest program on which the two still part, beginning with this one.
pub(crate) fn shrunk(
    definition: &mut Definition,
    mut question: Question,
) -> Question {
    loop {
        let candidates = smaller(&question.program).into_iter();
        let mut candidates = candidates.map(|program| Question {
            program,
            ..question.clone()
        });
        let parts = candidates.find(|candidate| {
            let theirs = definition.answer(candidate);
            difference(&engine(candidate), &theirs).is_some()
        });
        match parts {
            Some(candidate) => question = candidate,
            None => return question,
        }
    }
}

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

/// The number that a variable of the environment is, or another one.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |number| {
        let is = number.parse();
        is.unwrap_or_else(|_| panic!("{variable} is a number, not {number:?}"))
    })
}
