//! What a function tells OCaml: a token, which is not negative, or one of these.

/// A send that has sent; a leaf without a message that was chosen.
pub(crate) const DONE: isize = 0;
/// It would have to wait, or the time ran out.
pub(crate) const NOT_NOW: isize = -1;
/// The channel is closed (and, for a receive, drained).
pub(crate) const CLOSED: isize = -2;
/// Rust panicked; the message is to be asked for.
pub(crate) const PANICKED: isize = -3;
/// The channel was made before the process forked.
pub(crate) const FORKED: isize = -4;
/// A signal's handler raised; the exception is to be asked for. Nothing was
/// sent or received.
pub(crate) const RAISED: isize = -5;
/// The same, and the message was sent before.
pub(crate) const RAISED_SENT: isize = -6;
