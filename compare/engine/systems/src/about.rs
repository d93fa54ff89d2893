//! What a system says of itself.

use serde::Serialize;
use serde_json::Value;

/// What runs the processes of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// A thread for each, left to the machine, with jitter.
    Threads,
    /// A task for each, under a scheduler that the seed decides.
    Tasks,
    /// What shuttle makes of either: at every lock, atomic and park of the
    /// library it decides who goes on.
    Shuttle,
}

/// A field of a dialect that is not the strictest, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Widened {
    /// Which.
    pub field: &'static str,
    /// Why, in a sentence.
    pub why: &'static str,
    /// The litmus program whose runs show it.
    pub program: &'static str,
}

/// Something that a system has not: every pair of these kinds and operations,
/// where none stands for all.
#[derive(Clone, Debug, Serialize)]
pub struct Not {
    /// Kinds of channels.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub kinds: &'static [&'static str],
    /// Operations.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub ops: &'static [&'static str],
    /// Why.
    pub why: &'static str,
}

impl Not {
    /// Whether it is about this pair.
    pub fn matches(&self, kind: Option<&str>, op: &str) -> bool {
        let kinds = self.kinds.is_empty()
            || kind.is_some_and(|kind| self.kinds.contains(&kind));
        kinds && (self.ops.is_empty() || self.ops.contains(&op))
    }
}

/// What a library says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// `rust/library`, or `rust/library/tasks`.
    pub name: &'static str,
    /// The name of its crate, by which its version is found.
    pub package: &'static str,
    /// What runs it.
    pub driver: Driver,
    /// What it promises, as far as that is not the strictest.
    pub dialect: Value,
    /// Why it is not.
    pub widened: Vec<Widened>,
    /// What it has not.
    pub not: Vec<Not>,
}
