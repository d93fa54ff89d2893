//! What systems do differently, and what time is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a system promises; the default is the strictest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// Where who waits longest is served first, and is not overtaken.
    pub fifo: Where,
    /// Where who waits is served in the step that makes it possible; at a
    /// rendezvous that is so in any case.
    pub hand_off: Where,
    /// What a send does on a channel that is shut.
    pub send_on_closed: SendOnClosed,
    /// What a close does on a channel that was closed.
    pub close_twice: CloseTwice,
    /// Whether a close is told the same where the drop of handles has shut or
    /// ended the channel before it.
    pub drop_closes: bool,
    /// Whether a cancelled receive gives back the value that it was handed.
    pub keeps_cancelled: bool,
    /// Whether a permit still sends after a close.
    pub permit_outlives_close: bool,
    /// Whether an unbiased select takes the first arm that can complete.
    pub first_arm: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect {
            fifo: Where::Narrow,
            hand_off: Where::Narrow,
            send_on_closed: SendOnClosed::Error,
            close_twice: CloseTwice::Already,
            drop_closes: false,
            keeps_cancelled: true,
            permit_outlives_close: false,
            first_arm: false,
        }
    }
}

/// On which channels something holds; never on those whose messages everybody
/// sees.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// On those of capacity 0 and 1.
    Narrow,
    /// On all.
    Always,
    /// On none.
    Never,
}

/// What a send does on a channel that is shut.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SendOnClosed {
    /// It says so.
    Error,
    /// Its process fails.
    Fails,
    /// It waits for ever; one that tries says so.
    Waits,
}

/// What a close does on a channel that was closed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CloseTwice {
    /// It says so.
    Already,
    /// Its process fails.
    Fails,
}

/// When deadlines strike.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// When nothing else can happen, the next one first.
    #[default]
    Exact,
    /// Whenever their operation waits.
    Race,
}
