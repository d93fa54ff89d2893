//! The definition (`ocaml/semantics`), and how what it says is compared with what
//! the engine says.

use compare_engine::litmus::{
    Dialect, Program, Time, Unanswered, outcomes, print, smaller,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// What answers for the definition.
pub(crate) struct Definition(Box<dyn FnMut(&Json) -> Json>);

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
    /// Answered by `ask`.
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

/// The number that a variable of the environment is, or another one.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |number| {
        let is = number.parse();
        is.unwrap_or_else(|_| panic!("{variable} is a number, not {number:?}"))
    })
}
