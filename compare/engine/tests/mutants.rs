//! Each fault that is put into the engine on purpose is noticed, since the
//! engine then parts from the definition: `make engine-mutants`.

#[path = "agree/definition.rs"]
mod definition;
#[path = "agree/runner.rs"]
mod runner;

use compare_engine::litmus::{
    Dialect, MUTANTS, Time, generate, generate_dialect, mutate, parse,
};
use definition::{
    Answer, Definition, Question, difference, engine, number, shrunk,
};
use std::collections::BTreeSet;
use std::path::PathBuf;

const LIMIT: usize = 20_000;

/// The questions in the order in which they are asked, and what the definition
/// answers, as far as that was needed.
struct Questions {
    definition: Definition,
    repository: Vec<Question>,
    answers: Vec<Answer>,
}

impl Questions {
    fn new() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../litmus");
        let files = std::fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = files.map(|e| e.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|it| it == "txt"));
        paths.sort();
        let of_path = |path: &std::path::PathBuf| Question {
            program: parse(&std::fs::read_to_string(path).unwrap()).unwrap(),
            dialect: Dialect::default(),
            time: Time::Exact,
            limit: LIMIT,
        };
        Questions {
            definition: runner::start(),
            repository: paths.iter().map(of_path).collect(),
            answers: Vec::new(),
        }
    }

    fn question(&self, place: usize) -> Question {
        if let Some(question) = self.repository.get(place) {
            return question.clone();
        }
        let seed = (place - self.repository.len()) as u64;
        Question {
            program: generate(seed, None).unwrap(),
            dialect: generate_dialect(seed),
            time: [Time::Exact, Time::Race][(seed % 2) as usize],
            limit: LIMIT,
        }
    }

    /// The first question of at most so many on which the two part.
    fn part(&mut self, most: usize) -> Option<Question> {
        for place in 0..most {
            let question = self.question(place);
            if place == self.answers.len() {
                let answer = self.definition.answer(&question);
                self.answers.push(answer);
            }
            let ours = engine(&question);
            if difference(&ours, &self.answers[place]).is_some() {
                return Some(question);
            }
        }
        None
    }
}

/// One that stands in the sources and not in the list would never be tried, and
/// one that stands in the list alone changes nothing.
#[test]
fn every_mutant_of_the_sources_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/litmus");
    let mut open = vec![PathBuf::from(folder)];
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let named = text.split("mutant!(\"").skip(1);
        found.extend(named.map(|rest| rest.split('"').next().unwrap().into()));
    }
    let listed = MUTANTS.iter().map(ToString::to_string);
    assert_eq!(found, listed.collect::<BTreeSet<String>>());
}

#[test]
fn every_mutant_is_caught() {
    let most = number("PROGRAMS", 5_000) as usize;
    let mut questions = Questions::new();
    mutate(None);
    let sound = questions.part(questions.repository.len());
    assert!(
        sound.is_none(),
        "the engine as it is parts from the definition"
    );
    let mut caught = 0;
    for mutant in MUTANTS {
        mutate(Some(mutant));
        match questions.part(most) {
            Some(mut question) => {
                question.program.shows.clear();
                let small = shrunk(&mut questions.definition, question);
                println!("caught  {mutant}\n{}\n", small.told());
                caught += 1;
            }
            None => println!("MISSED  {mutant}\n"),
        }
    }
    mutate(None);
    println!("{caught} of {} mutants caught", MUTANTS.len());
    assert_eq!(caught, MUTANTS.len());
}
