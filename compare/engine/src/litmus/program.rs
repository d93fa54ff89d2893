//! A channel program: channels, and processes that are lists of operations.
//!
//! This is the JSON form, and its schema; [`text`](super::text) is the form for
//! people. What a program means is told in `ocaml/semantics`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A channel program.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// What it shows, in a few words.
    pub name: String,
    /// What to look at in it, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shows: String,
    /// Its channels.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Its processes, in the order of the columns.
    pub processes: Vec<Process>,
    /// Whose logs and ends an outcome tells; all of them, if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observe: Vec<String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// By which operations name it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How many places a bounded one has, or how many messages a broadcast
    /// keeps: at least one. The other kinds have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u8>,
}

/// The kind of a channel.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No buffer: a send and a receive meet.
    Rendezvous,
    /// A buffer of so many places.
    Bounded,
    /// A buffer that is never full.
    Unbounded,
    /// One message, once.
    Oneshot,
    /// One place: a send puts, a receive takes.
    Mvar,
    /// The latest value.
    Watch,
    /// Every message for every receiver, of which the last ones are kept.
    Broadcast,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// What it does, one after the other.
    pub operations: Vec<Operation>,
}

/// One of the two sides of a channel.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The side of those who send.
    Sender,
    /// The side of those who receive.
    Receiver,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// This number.
    Number(i64),
    /// What a receive has bound to this name.
    Name(String),
}

/// A send or a receive, where it stands for itself, in a select or a future.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transfer {
    /// Sends.
    Send {
        /// On which channel.
        channel: String,
        /// What.
        value: Value,
    },
    /// Receives.
    Recv {
        /// From which channel.
        channel: String,
        /// The name for what is received.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bind: Option<String>,
    },
}

/// What a process does in one step, or waits to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Sends or receives, and waits for it; at most `within`, if that is there.
    Wait {
        /// What.
        transfer: Transfer,
        /// The deadline, counted from the arrival.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<u32>,
    },
    /// Sends or receives if that needs no waiting.
    Try {
        /// What.
        transfer: Transfer,
    },
    /// One of several.
    Select {
        /// The arms.
        arms: Vec<Transfer>,
        /// Whether the first arm that can complete is taken.
        #[serde(default, skip_serializing_if = "is_false")]
        biased: bool,
        /// Whether it completes at once where no arm can.
        #[serde(default, skip_serializing_if = "is_false")]
        default: bool,
        /// The deadline, counted from the arrival.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u32>,
    },
    /// Receives until the channel is closed.
    Each {
        /// From which channel.
        channel: String,
        /// The name for what is received, within the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bind: Option<String>,
        /// What to do for each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        body: Vec<Operation>,
    },
    /// The same several times.
    Repeat {
        /// How often; at least once.
        times: u8,
        /// What.
        body: Vec<Operation>,
    },
    /// Closes a channel.
    Close {
        /// Which.
        channel: String,
    },
    /// Drops a handle.
    Drop {
        /// Of which channel.
        channel: String,
        /// On which side.
        side: Side,
    },
    /// Makes one more handle.
    Clone {
        /// Of which channel.
        channel: String,
        /// On which side.
        side: Side,
    },
    /// Begins a send or a receive, and goes on.
    Start {
        /// The name of the future.
        future: String,
        /// What.
        transfer: Transfer,
    },
    /// Waits for a future.
    Await {
        /// Which.
        future: String,
    },
    /// Withdraws a future.
    Cancel {
        /// Which.
        future: String,
    },
    /// Takes a place.
    Reserve {
        /// In which channel.
        channel: String,
        /// The name of the permit.
        permit: String,
    },
    /// Sends on a place that was taken.
    Fulfil {
        /// Which.
        permit: String,
        /// What.
        value: Value,
    },
    /// Gives a place back.
    Release {
        /// Which.
        permit: String,
    },
    /// Waits for the time to pass.
    Sleep {
        /// How long, in units of the virtual clock.
        duration: u32,
    },
    /// Begins a process, which does not begin with the program.
    Spawn {
        /// Which.
        process: String,
    },
    /// Waits until a process has ended.
    Join {
        /// Which.
        process: String,
    },
}

impl Transfer {
    /// The channel that it is about.
    pub fn channel(&self) -> &str {
        match self {
            Transfer::Send { channel, .. } | Transfer::Recv { channel, .. } => {
                channel
            }
        }
    }

    /// The side on which it needs a handle.
    pub fn side(&self) -> Side {
        match self {
            Transfer::Send { .. } => Side::Sender,
            Transfer::Recv { .. } => Side::Receiver,
        }
    }
}

impl Operation {
    /// The operations that stand in it.
    pub fn body(&self) -> &[Operation] {
        match self {
            Operation::Each { body, .. } | Operation::Repeat { body, .. } => {
                body
            }
            _ => &[],
        }
    }

    /// The sides of channels that it names, without those of its body.
    pub fn sides(&self) -> Vec<(&str, Side)> {
        match self {
            Operation::Wait { transfer, .. }
            | Operation::Try { transfer }
            | Operation::Start { transfer, .. } => {
                vec![(transfer.channel(), transfer.side())]
            }
            Operation::Select { arms, .. } => {
                arms.iter().map(|arm| (arm.channel(), arm.side())).collect()
            }
            Operation::Each { channel, .. } => vec![(channel, Side::Receiver)],
            Operation::Drop { channel, side }
            | Operation::Clone { channel, side } => vec![(channel, *side)],
            Operation::Reserve { channel, .. } => vec![(channel, Side::Sender)],
            _ => Vec::new(),
        }
    }
}

impl Process {
    /// The sides of which it owns a handle from the beginning: all that its
    /// text names.
    pub fn owns(&self) -> BTreeSet<(&str, Side)> {
        fn add<'a>(
            operations: &'a [Operation],
            owned: &mut BTreeSet<(&'a str, Side)>,
        ) {
            for operation in operations {
                owned.extend(operation.sides());
                add(operation.body(), owned);
            }
        }
        let mut owned = BTreeSet::new();
        add(&self.operations, &mut owned);
        owned
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The JSON Schema of a program, as `compare/schema/program.schema.json` has it.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Program);
    let text = serde_json::to_string_pretty(&schema);
    text.expect("a schema is JSON") + "\n"
}
