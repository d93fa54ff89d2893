//! What an operation comes to.

use std::fmt;

/// What an operation comes to; it is shown as an outcome tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was sent.
    Sent,
    /// This was received.
    Value(i64),
    /// The channel is shut, or has ended.
    Closed,
    /// So many messages were missed.
    Lagged(u64),
    /// There is no room now.
    Full,
    /// There is nothing now.
    Empty,
    /// Its time ran out.
    Timeout,
    /// It has a place.
    Reserved,
    /// It was withdrawn.
    Cancelled,
}

impl Answer {
    /// That of a send that either sends or finds the channel shut.
    pub fn sent<E>(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Answer::Sent,
            Err(_) => Answer::Closed,
        }
    }

    /// That of a receive that either gets a value or finds the end.
    pub fn received<E>(result: Result<i64, E>) -> Self {
        match result {
            Ok(value) => Answer::Value(value),
            Err(_) => Answer::Closed,
        }
    }

    /// Whether it says that an operation would have to wait.
    pub fn waits(self) -> bool {
        matches!(self, Answer::Full | Answer::Empty)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Sent => f.write_str("sent"),
            Answer::Value(value) => value.fmt(f),
            Answer::Closed => f.write_str("closed"),
            Answer::Lagged(missed) => write!(f, "lagged {missed}"),
            Answer::Full => f.write_str("full"),
            Answer::Empty => f.write_str("empty"),
            Answer::Timeout => f.write_str("timeout"),
            Answer::Reserved => f.write_str("reserved"),
            Answer::Cancelled => f.write_str("cancelled"),
        }
    }
}
