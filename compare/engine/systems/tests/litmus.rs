//! Every litmus program on every system that supports it: nothing is shown
//! that the meaning forbids, but what the claims tell; and how much of what it
//! allows is shown is told.
//!
//! `SYSTEM` and `PROGRAM` narrow it, `RUNS` and `SCHEDULES=all` widen it;
//! `ALL=1` prints a line for each program. `DIALECT` judges by another one.

use compare_engine::litmus::{
    Dialect, Outcome, Program, Time, outcomes, parse, witnesses,
};
use compare_systems::about::{About, Driver};
use compare_systems::seen::Seen;
use compare_systems::system::{NotRun, Step, System, Work, planned, supported};
use compare_systems::systems::all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use std::{env, fs};

const LIMIT: usize = 2_000_000;

fn programs() -> Vec<Program> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../litmus");
    let wanted = env::var("PROGRAM").unwrap_or_default();
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|end| end == "txt"))
        .filter(|file| file.to_str().unwrap().contains(&wanted))
        .collect();
    files.sort();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    texts.map(|text| parse(&text).unwrap()).collect()
}

fn systems() -> Vec<Box<dyn System>> {
    let wanted = env::var("SYSTEM").ok();
    let is_wanted = |about: &About| match &wanted {
        Some(wanted) => about.name == wanted,
        None => true,
    };
    let mut systems = all();
    systems.retain(|system| is_wanted(&system.about()));
    systems
}

/// The same system, with threads of which none waits.
fn anew(system: &dyn System) -> Box<dyn System> {
    let name = system.about().name;
    let mut systems = all().into_iter();
    let same = systems.find(|system| system.about().name == name);
    same.expect("it was there before")
}

/// The dialect of a system, or `DIALECT`, to find out how it would be judged.
fn dialect(system: &dyn System) -> Dialect {
    if let Ok(dialect) = env::var("DIALECT") {
        return serde_json::from_str(&dialect).unwrap();
    }
    serde_json::from_value(system.about().dialect).unwrap()
}

/// Threads need more time than tasks, which show most in a few runs.
fn runs(system: &dyn System) -> u64 {
    let few = match system.about().driver {
        Driver::Threads => 6,
        Driver::Tasks => 20,
        Driver::Shuttle => unreachable!("it is in a build of its own"),
    };
    env::var("RUNS").map_or(few, |runs| runs.parse().unwrap())
}

fn show(outcome: &Outcome) -> String {
    let each = outcome.iter().map(|(name, ended)| {
        format!("{name}: {} [{}]", ended.log.join(" "), ended.end)
    });
    each.collect::<Vec<_>>().join("; ")
}

fn share(shown: usize, all: usize) -> f64 {
    100.0 * shown as f64 / all.max(1) as f64
}

/// The sets of what is allowed: in the system's own time, and in exact time.
fn allowed(
    program: &Program,
    system: &dyn System,
) -> (BTreeSet<Outcome>, BTreeSet<Outcome>) {
    let dialect = dialect(system);
    let within = |time| {
        let all = outcomes(program, &dialect, time, LIMIT);
        all.unwrap_or_else(|error| panic!("{}: {error}", program.name))
            .outcomes
    };
    (within(system.time()), within(Time::Exact))
}

/// What the claims cover: a system, a program, and an outcome told in full.
/// That it still shows is proved by `make claims`.
fn covered() -> BTreeSet<(String, String, Outcome)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../claims");
    let files = fs::read_dir(folder).unwrap();
    let mut covered = BTreeSet::new();
    for file in files.map(|file| file.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        let claim: Value = serde_json::from_str(&text).unwrap();
        for side in claim["sides"].as_array().unwrap() {
            let Some(program) = side["program"].as_str() else {
                continue;
            };
            let lists = ["shows", "may"].map(|key| &side["must"][key]);
            let told = lists.iter().filter_map(|list| list.as_array());
            let full = told
                .flatten()
                .filter_map(|one| serde_json::from_value(one.clone()).ok());
            for outcome in full.collect::<Vec<Outcome>>() {
                for system in side["systems"].as_array().unwrap() {
                    let system = system.as_str().unwrap().to_owned();
                    let key = (system, program.to_owned(), outcome.clone());
                    covered.insert(key);
                }
            }
        }
    }
    covered
}

struct Sum {
    programs: usize,
    shown: usize,
    allowed: usize,
    forbidden: Vec<(String, Outcome, String)>,
}

impl Sum {
    fn new() -> Self {
        Sum {
            programs: 0,
            shown: 0,
            allowed: 0,
            forbidden: Vec::new(),
        }
    }

    fn judge(&mut self, program: &Program, system: &dyn System, seen: &[Seen]) {
        let (own, exact) = allowed(program, system);
        let outcomes = seen.iter().map(|one| &one.outcome);
        for outcome in outcomes.clone().filter(|one| !own.contains(*one)) {
            let count: u64 = seen
                .iter()
                .filter(|one| &one.outcome == outcome)
                .map(|one| one.count)
                .sum();
            let told = format!("{count} times: {}", show(outcome));
            let name = program.name.clone();
            self.forbidden.push((name, outcome.clone(), told));
        }
        let shown: BTreeSet<_> =
            outcomes.filter(|one| exact.contains(*one)).collect();
        if env::var("ALL").is_ok() {
            println!("  {} {}/{}", program.name, shown.len(), exact.len());
        }
        self.programs += 1;
        self.shown += shown.len();
        self.allowed += exact.len();
    }

    /// What is wrong: what is forbidden, and no claim covers it.
    fn end(self, name: &str) -> Vec<String> {
        println!(
            "{name}: {} programs, {} of {} outcomes ({:.1} %), {} forbidden",
            self.programs,
            self.shown,
            self.allowed,
            share(self.shown, self.allowed),
            self.forbidden.len(),
        );
        let covered = covered();
        let bare = self.forbidden.into_iter().filter(|(program, one, _)| {
            let key = (name.to_owned(), program.clone(), one.clone());
            !covered.contains(&key)
        });
        bare.map(|(program, _, told)| format!("{name}: {program}: {told}"))
            .collect()
    }
}

#[test]
fn no_run_shows_what_is_forbidden() {
    let programs = programs();
    let mut forbidden = Vec::new();
    for mut system in systems() {
        let work = Work {
            runs: runs(&*system),
            seed: 1,
            time: Duration::from_secs(20),
        };
        let mut sum = Sum::new();
        for program in &programs {
            match supported(&*system, program) {
                Err(NotRun::Unsupported(_)) => continue,
                Err(error) => panic!("{}: {error}", program.name),
                Ok(plan) => {
                    let ran = system.run(&plan, work).unwrap();
                    sum.judge(program, &*system, &ran.seen);
                    if ran.worn {
                        system = anew(&*system);
                    }
                }
            }
        }
        forbidden.extend(sum.end(system.about().name));
    }
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
}

#[test]
fn schedules_are_followed_and_show_nothing_else() {
    let every = match env::var("SCHEDULES").as_deref() {
        Ok("all") => 1,
        _ => 5,
    };
    let programs: Vec<_> = programs().into_iter().step_by(every).collect();
    let mut forbidden = Vec::new();
    for system in systems() {
        let mut sum = Sum::new();
        let (mut followed, mut schedules) = (0, 0);
        for program in &programs {
            let Ok(plan) = supported(&*system, program) else {
                continue;
            };
            let all =
                witnesses(program, &dialect(&*system), Time::Exact, LIMIT);
            let mut seen = BTreeMap::new();
            for witness in all.unwrap() {
                let steps = serde_json::to_value(&witness.schedule).unwrap();
                let steps: Vec<Step> = serde_json::from_value(steps).unwrap();
                let steps = planned(&plan, &steps).unwrap();
                let steered = system.steer(&plan, &steps, 4, 1).unwrap();
                schedules += 1;
                followed += usize::from(steered.followed);
                if env::var("ALL").is_ok()
                    && !steered
                        .seen
                        .iter()
                        .any(|one| one.outcome == witness.outcome)
                {
                    println!(
                        "  {} (followed: {}) {}",
                        program.name,
                        steered.followed,
                        show(&witness.outcome)
                    );
                }
                for one in steered.seen {
                    seen.insert(one.outcome.clone(), one);
                }
            }
            let seen: Vec<Seen> = seen.into_values().collect();
            sum.judge(program, &*system, &seen);
        }
        println!("{followed} of {schedules} schedules were followed");
        let name = system.about().name;
        // A specimen does not wait where the schedules say so.
        assert!(
            2 * followed >= schedules || name.contains("/specimen/"),
            "{name}: most schedules can be followed"
        );
        forbidden.extend(sum.end(name));
    }
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
}
