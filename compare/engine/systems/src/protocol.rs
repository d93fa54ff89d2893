//! What a runner and the harness say to each other, a JSON object a line.

use crate::probes;
use crate::system::{NotRun, Step, System, Work, planned, supported};
use crate::threads::message;
use crate::version::version;
use compare_engine::litmus::{Program, Time};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// The longest line that is read.
const LONGEST: u64 = 16 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Request {
    Hello,
    Run {
        system: String,
        program: Program,
        runs: u64,
        seed: u64,
        millis: u64,
    },
    Steer {
        system: String,
        program: Program,
        schedule: Vec<Step>,
        attempts: u64,
        seed: u64,
    },
    Probe {
        probe: String,
    },
    Stop,
}

/// An answer that says what is wrong: its kind, and in words.
struct Wrong(&'static str, String);

impl From<NotRun> for Wrong {
    fn from(not_run: NotRun) -> Self {
        let kind = match not_run {
            NotRun::Unsupported(_) => "unsupported",
            NotRun::Bad(_) => "bad_input",
            NotRun::Failed(_) => "exception",
        };
        Wrong(kind, not_run.to_string())
    }
}

/// Answers every line of `input` on `output`, until it ends or asks to stop, for
/// these systems.
///
/// # Errors
///
/// One of the two cannot be read or written.
pub fn serve(
    systems: &[Box<dyn System>],
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 == LONGEST && !line.ends_with(b"\n") {
            skip_line(&mut input)?;
            line = b"too long".to_vec();
        }
        let (answer, stop) = answer(systems, &line);
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
        if stop {
            return Ok(());
        }
    }
}

/// Reads on to the end of a line without keeping it.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        let over = end.is_some() || buffer.is_empty();
        input.consume(length);
        if over {
            return Ok(());
        }
    }
}

/// The answer to a line, and whether it was the last.
fn answer(systems: &[Box<dyn System>], line: &[u8]) -> (Value, bool) {
    let request: Value = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(error) => {
            let what = format!(
                "the line is no JSON object of at most {LONGEST} bytes: {error}"
            );
            return (wrong(&Value::Null, Wrong("protocol", what)), false);
        }
    };
    let id = request.get("id").cloned().unwrap_or(Value::Null);
    if id.as_u64().is_none() {
        let what = "$.id: a number from 0 was expected".into();
        return (wrong(&Value::Null, Wrong("protocol", what)), false);
    }
    let stop = request.get("op") == Some(&json!("stop"));
    let answered = catch_unwind(AssertUnwindSafe(|| {
        parse(request).and_then(|request| respond(systems, request))
    }));
    let answered = answered
        .unwrap_or_else(|panic| Err(Wrong("exception", message(&*panic))));
    match answered {
        Ok(mut answer) => {
            answer["id"] = id;
            (answer, stop)
        }
        Err(error) => (wrong(&id, error), false),
    }
}

fn wrong(id: &Value, Wrong(kind, message): Wrong) -> Value {
    json!({"id": id, "error": {"kind": kind, "message": message}})
}

const OPS: [&str; 5] = ["hello", "run", "steer", "probe", "stop"];

fn parse(request: Value) -> Result<Request, Wrong> {
    let op = request.get("op").and_then(Value::as_str);
    if !op.is_some_and(|op| OPS.contains(&op)) {
        let what = format!("$.op: one of {} was expected", OPS.join(", "));
        return Err(Wrong("protocol", what));
    }
    // The path within an object that is told apart by a tag is lost; that of
    // its program is worth the second look.
    if let Some(program) = request.get("program") {
        let read: Result<Program, _> =
            serde_path_to_error::deserialize(program.clone());
        if let Err(error) = read {
            let path = error.path().to_string();
            let what = format!("$.program.{path}: {}", error.inner());
            return Err(Wrong("bad_input", what));
        }
    }
    serde_json::from_value(request)
        .map_err(|error| Wrong("bad_input", format!("the request: {error}")))
}

fn respond(
    systems: &[Box<dyn System>],
    request: Request,
) -> Result<Value, Wrong> {
    match request {
        Request::Hello => Ok(hello(systems)),
        Request::Run {
            system,
            program,
            runs,
            seed,
            millis,
        } => {
            let system = find(systems, &system)?;
            let plan = supported(system, &program)?;
            let work = Work {
                runs,
                seed,
                time: Duration::from_millis(millis),
            };
            let ran = system.run(&plan, work)?;
            Ok(json!({"runs": ran.runs, "worn": ran.worn, "seen": ran.seen}))
        }
        Request::Steer {
            system,
            program,
            schedule,
            attempts,
            seed,
        } => {
            let system = find(systems, &system)?;
            let plan = supported(system, &program)?;
            let schedule = planned(&plan, &schedule)?;
            let steered = system.steer(&plan, &schedule, attempts, seed)?;
            Ok(json!({"followed": steered.followed, "seen": steered.seen}))
        }
        Request::Probe { probe } => match probes::find(&probe) {
            Some(probe) => Ok(json!({"facts": probe()})),
            None => Err(Wrong(
                "unknown_probe",
                format!("$.probe: there is no {probe}"),
            )),
        },
        Request::Stop => Ok(json!({"stopped": true})),
    }
}

fn find<'a>(
    systems: &'a [Box<dyn System>],
    name: &str,
) -> Result<&'a dyn System, Wrong> {
    let found = systems.iter().find(|system| system.about().name == name);
    match found {
        Some(system) => Ok(&**system),
        None => Err(Wrong(
            "unknown_system",
            format!("$.system: there is no {name}"),
        )),
    }
}

fn hello(systems: &[Box<dyn System>]) -> Value {
    let described: Vec<Value> =
        systems.iter().map(|one| describe(&**one)).collect();
    json!({
        "protocol": 1,
        "runner": "rust",
        "version": env!("CARGO_PKG_VERSION"),
        "systems": described,
        "probes": probes::names(),
    })
}

fn describe(system: &dyn System) -> Value {
    let about = system.about();
    let time = match system.time() {
        Time::Race => "race",
        Time::Exact => "exact",
    };
    json!({
        "name": about.name,
        "version": version(about.package),
        "driver": about.driver,
        "time": time,
        "steers": system.steers(),
        "dialect": about.dialect,
        "widened": about.widened,
        "not": about.not,
        "unavailable": system.unavailable(),
    })
}
