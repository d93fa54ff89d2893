//! The definition in a process of its own, asked over JSON lines.

use super::definition::Definition;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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

/// The definition, as the runner that `RUNNER` names tells it.
pub(crate) fn start() -> Definition {
    let mut runner = Runner::start();
    Definition::by(move |request| {
        let mut request = request.clone();
        request["id"] = json!(1);
        runner.ask(&request)
    })
}
