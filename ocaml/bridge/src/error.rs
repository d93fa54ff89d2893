//! Why there is no observation.

use serde::Deserialize;

/// Why there is no observation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// There is no pattern of this name.
    #[error("{0}")]
    UnknownPattern(String),
    /// There is, but not on this system, or not on this OCaml.
    #[error("{0}")]
    Unsupported(String),
    /// The input is no JSON, not what the pattern reads, or no channel program.
    #[error("{0}")]
    BadInput(String),
    /// Nothing could run any more. Only Lwt can tell; elsewhere a deadlock is a
    /// hang.
    #[error("{0}")]
    Deadlock(String),
    /// A channel program has more states than were allowed.
    #[error("{0}")]
    Limit(String),
    /// OCaml raised an exception.
    #[error("{0}")]
    Exception(String),
    /// The calling thread already runs OCaml, and would wait for itself.
    #[error(
        "this thread already runs OCaml: leave it before a call, with \
         `releasing_runtime`, or call from another thread"
    )]
    Nested,
    /// OCaml was started in another process, of which this one is a fork.
    #[error(
        "OCaml was started in process {parent}, and process {child} is its \
         fork, where it cannot run; call from the parent, or start a process \
         afresh"
    )]
    Forked {
        /// The process in which OCaml was started.
        parent: u32,
        /// This process.
        child: u32,
    },
    /// OCaml, or a thread for a large call, could not be started.
    #[error("OCaml did not start: {0}")]
    NotStarted(String),
    /// The call was cut off by a panic, or by an exception of OCaml's where
    /// there should be none.
    #[error("a panic cut the call off: {0}")]
    Panicked(String),
    /// What came back is not what it should be: the bridge is at fault.
    #[error("the answer of OCaml is not of the right shape: {0}")]
    Answer(String),
}

impl BridgeError {
    /// The kind in a word; of the first six, the word of the protocol.
    pub fn kind(&self) -> &'static str {
        match self {
            BridgeError::UnknownPattern(_) => "unknown_pattern",
            BridgeError::Unsupported(_) => "unsupported",
            BridgeError::BadInput(_) => "bad_input",
            BridgeError::Deadlock(_) => "deadlock",
            BridgeError::Limit(_) => "limit",
            BridgeError::Exception(_) => "exception",
            BridgeError::Nested => "nested",
            BridgeError::Forked { .. } => "forked",
            BridgeError::NotStarted(_) => "not_started",
            BridgeError::Panicked(_) => "panicked",
            BridgeError::Answer(_) => "answer",
        }
    }

    /// The error that OCaml told: `{"kind", "message"}`.
    pub(crate) fn told(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Told {
            kind: String,
            message: String,
        }
        match serde_json::from_str(text) {
            Ok(Told { kind, message }) => match &*kind {
                "unknown_pattern" => BridgeError::UnknownPattern(message),
                "unsupported" => BridgeError::Unsupported(message),
                "bad_input" => BridgeError::BadInput(message),
                "deadlock" => BridgeError::Deadlock(message),
                "limit" => BridgeError::Limit(message),
                "exception" => BridgeError::Exception(message),
                _ => BridgeError::Answer(format!("{kind}: {message}")),
            },
            Err(error) => BridgeError::Answer(format!("{error}: {text}")),
        }
    }
}
