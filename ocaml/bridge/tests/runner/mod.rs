//! The runner of the laboratory, as a child process over JSON lines.

use chanpatterns_reference::System;
use serde_json::{Value, json};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A child that answers a line to each line. It ends with its standard input.
pub(crate) struct Runner {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    asked: u64,
}

impl Runner {
    /// Starts the runner that was built with the same OCaml.
    pub(crate) fn start(system: System) -> Self {
        let path = env::var_os("CHANPATTERNS_RUNNER")
            .expect("ocaml/bridge/env names the runner: run the tests by it");
        let mut child = Command::new(path)
            .args(["--system", system.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the runner starts");
        Runner {
            requests: child.stdin.take().expect("a pipe"),
            answers: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
            asked: 0,
        }
    }

    /// Sends a request, and gives the answer.
    pub(crate) fn ask(&mut self, mut request: Value) -> Value {
        request["id"] = json!(self.asked);
        let line = self.line(&request.to_string());
        serde_json::from_str(&line).expect("an answer")
    }

    /// Runs a pattern: the text of the observation, or an error's kind and
    /// message.
    pub(crate) fn run(
        &mut self,
        pattern: &str,
        input: &str,
    ) -> Result<String, (String, String)> {
        let id = self.asked;
        let request = format!(
            r#"{{"id":{id},"op":"run","pattern":"{pattern}","input":{input}}}"#
        );
        let line = self.line(&request);
        let head = format!(r#"{{"id":{id},"observation":"#);
        if let Some(rest) = line.strip_prefix(&head) {
            return Ok(rest.strip_suffix('}').expect("an object").to_owned());
        }
        let answer: Value = serde_json::from_str(&line).expect("an answer");
        let told = |key: &str| {
            let text = answer["error"][key].as_str();
            text.unwrap_or_else(|| panic!("no error: {line}"))
                .to_owned()
        };
        Err((told("kind"), told("message")))
    }

    fn line(&mut self, request: &str) -> String {
        self.asked += 1;
        writeln!(self.requests, "{request}").expect("the runner reads");
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the runner answers");
        assert!(line.ends_with('\n'), "the runner is gone after {line:?}");
        line.pop();
        line
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
