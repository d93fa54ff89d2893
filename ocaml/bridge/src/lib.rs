//! The OCaml reference of chanpatterns, in the process of a Rust program.
//!
//! Every pattern has an OCaml side, on `Event`, on `Lwt_stream` and on
//! `Domainslib.Chan`. [`run`] runs one of them on an input, as the laboratory's
//! runner does over JSON lines, without a process in between: half a microsecond
//! there and back, a few more for the JSON.
//!
//! ```
//! use chanpatterns_reference::{self as reference, System};
//! use serde_json::json;
//!
//! let input = json!({"sources": [{"items": [1, 2]}, {"items": []}]});
//! let observed = reference::run(System::Lwt, "fan_in", &input)?;
//! assert_eq!(observed, json!({"items": [[0, 1], [0, 2]]}));
//! # Ok::<(), reference::BridgeError>(())
//! ```
//!
//! What goes in and comes out is the contract of `compare/patterns/README.md`.
//!
//! [`relay`] puts a thread of OCaml's between two channels of the crate
//! `chanpatterns`, of which Rust and Python hold the other ends.
//!
//! # Blocking
//!
//! A call blocks until the pattern has ended. One that waits for ever, on
//! `Event` or `Domainslib.Chan`, hangs its thread for good (Lwt tells a
//! [`Deadlock`](BridgeError::Deadlock)), and nothing can end it but the end of
//! the process. So whatever may hang belongs into a child process with a
//! deadline; other threads, and the end of the process, are not held by it.
//! While a call blocks inside OCaml, others run; where it computes, they take
//! turns of 50 ms. Calls on Lwt wait for one another.
//!
//! # Safety
//!
//! The functions are safe, and can be called from any thread, by many at once.
//!
//! - OCaml starts at the first call, once, and is never shut down.
//! - **No nested call.** A thread that already runs OCaml, such as one inside
//!   `OCamlRuntime::with_domain_lock`, gets [`BridgeError::Nested`]; it would
//!   wait for itself.
//! - **Exceptions** come back as errors, and so does a panic inside a call.
//! - **Stack overflow.** An input nested more than 128 deep is refused. On OCaml
//!   5 a stack that grows beyond 128 MiB is an exception like any other. OCaml 4
//!   uses the stack of the calling thread, and a stack that overflows there may
//!   end the process; therefore a call whose input is large gets a thread
//!   with a stack in proportion to it. 1 MiB of stack is enough for the others.
//! - **Fork.** The child of a process that has called has OCaml's memory, without
//!   the threads that used it: there every call is [`BridgeError::Forked`].
//! - **OCaml 4** takes turns only while a thread of its own ticks; the bridge
//!   starts it, so that no caller can keep the others out.
//! - **Memory** stays flat, with one exception: OCaml 4.13 itself keeps 4 KiB of
//!   every thread that it ever made, and `Event` makes some in a run.
//! - OCaml puts its own handler for SIGSEGV in place of Rust's, so a Rust thread
//!   whose stack overflows later ends the process without Rust's message.

mod call;
mod depth;
mod error;
#[doc(hidden)]
pub mod faults;
mod relay;
mod runtime;
mod stage;
mod system;

pub use error::BridgeError;
pub use relay::{Message, relay};
pub use system::{System, UnknownSystem};

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::ffi::CStr;

/// Runs the OCaml side of a pattern on an input, and gives what was observed.
///
/// # Blocking
///
/// Until the pattern has ended; see the [head](crate) of the crate.
///
/// # Errors
///
/// If there is no such pattern, the system cannot do it, or the input is not
/// for it; if OCaml raised or, on Lwt, nothing could run any more; if OCaml
/// cannot be entered from here, which is [`Nested`](BridgeError::Nested) or
/// [`Forked`](BridgeError::Forked).
pub fn run(
    system: System,
    pattern: &str,
    input: &Value,
) -> Result<Value, BridgeError> {
    depth::check_value(input)?;
    parse(ask_to_run(system, pattern, &input.to_string())?)
}

/// Does what [`run`] does, for text: JSON in, JSON out.
///
/// # Errors
///
/// As [`run`], and if the input is no JSON.
pub fn run_text(
    system: System,
    pattern: &str,
    input: &str,
) -> Result<String, BridgeError> {
    depth::check_text(input)?;
    ask_to_run(system, pattern, input)
}

/// What the reference says of a system: its `library` and `version`, the
/// `patterns` that there are, and why it is `unavailable` here, or null.
///
/// # Errors
///
/// If OCaml cannot be entered from here.
pub fn hello(system: System) -> Result<Value, BridgeError> {
    parse(ask(&Request {
        op: "hello",
        system: system.name(),
        pattern: None,
        input: None,
    })?)
}

/// What a channel program means, by the definition (`ocaml/semantics`): every
/// outcome that is allowed, and in how many states it was looked for.
///
/// A question is `{"program", "dialect", "time", "limit"}`, of which only the
/// program must be there, as `compare/schema/program.schema.json` has it. What
/// the dialect leaves out is the strictest; the time is `exact`, if it is left
/// out, or `race`; the limit is of states, a million if it is left out.
///
/// ```
/// use chanpatterns_reference as reference;
/// use serde_json::json;
///
/// let send = json!({"do": "send", "channel": "c", "value": 1});
/// let receive = json!({"do": "recv", "channel": "c"});
/// let operations = [send.clone(), send, receive]
///     .map(|transfer| json!({"op": "wait", "transfer": transfer}));
/// let program = json!({
///     "name": "waits_for_itself",
///     "shows": "who fills a channel before it receives waits for itself",
///     "channels": [{"name": "c", "kind": "bounded", "capacity": 1}],
///     "processes": [{"name": "A", "operations": operations}],
/// });
/// let means = reference::meaning(&json!({"program": program}))?;
/// let waits = json!([{"A": {"log": ["sent"], "end": "waits at 2"}}]);
/// assert_eq!(means["outcomes"], waits);
/// # Ok::<(), reference::BridgeError>(())
/// ```
///
/// # Blocking
///
/// Until all states were looked at, with OCaml's lock held: other threads get
/// their turns of it.
///
/// # Errors
///
/// If the question is not of this shape or the program has no meaning, and where
/// that is; if it has more states than the limit; if OCaml raised, or cannot be
/// entered from here.
pub fn meaning(question: &Value) -> Result<Value, BridgeError> {
    depth::check_value(question)?;
    parse(ask_of_meaning(&question.to_string())?)
}

/// Does what [`meaning`] does, for text: JSON in, JSON out.
///
/// # Errors
///
/// As [`meaning`], and if the question is no JSON.
pub fn meaning_text(question: &str) -> Result<String, BridgeError> {
    depth::check_text(question)?;
    ask_of_meaning(question)
}

fn ask_of_meaning(question: &str) -> Result<String, BridgeError> {
    ask_ocaml(c"chanpatterns_meaning", question)
}

#[derive(Serialize)]
struct Request<'a> {
    op: &'a str,
    system: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a RawValue>,
}

fn ask_to_run(
    system: System,
    pattern: &str,
    input: &str,
) -> Result<String, BridgeError> {
    let input: &RawValue = serde_json::from_str(input).map_err(|error| {
        BridgeError::BadInput(format!("the input is no JSON: {error}"))
    })?;
    ask(&Request {
        op: "run",
        system: system.name(),
        pattern: Some(pattern),
        input: Some(input),
    })
}

fn ask(request: &Request<'_>) -> Result<String, BridgeError> {
    let request = serde_json::to_string(request)
        .map_err(|error| BridgeError::Answer(error.to_string()))?;
    ask_ocaml(c"chanpatterns_ask", &request)
}

/// Asks the function that OCaml has registered by this name.
fn ask_ocaml(name: &CStr, request: &str) -> Result<String, BridgeError> {
    let answer: Result<Vec<u8>, Vec<u8>> =
        runtime::with_stack_for(request.len(), || {
            runtime::enter(|ocaml| call::call(ocaml, name, request.as_bytes()))
        })?;
    match answer {
        Ok(observation) => text(observation),
        Err(told) => Err(BridgeError::told(&text(told)?)),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, BridgeError> {
    String::from_utf8(bytes)
        .map_err(|error| BridgeError::Answer(error.to_string()))
}

fn parse(answer: String) -> Result<Value, BridgeError> {
    serde_json::from_str(&answer)
        .map_err(|error| BridgeError::Answer(error.to_string()))
}
