//! The channels of `chanpatterns`, as OCaml sees them.
//!
//! A channel of this crate carries *tokens*. The values that OCaml sends stay
//! in a table on the OCaml side, where its collector sees them; a token says
//! where in that table. So nothing of OCaml's lives here, and a channel whose
//! handle is collected takes its table, and all that is queued, with it.
//!
//! Each function that OCaml calls exists in two forms. The one that never waits
//! keeps the runtime, and costs a call of C. The one that may wait gives the
//! runtime up while it does ([`runtime`]), and looks after OCaml's signals.
//!
//! Nothing here raises: what there is to say is an integer ([`status`]), and
//! the OCaml side raises. An exception is a long jump, which must not pass over
//! frames of Rust.
//!
//! The OCaml side is `src/stubs.ml` of the folder above.

mod channel;
mod choice;
mod exports;
mod fork;
mod guarded;
mod runtime;
mod status;

pub use channel::Channel;
pub use exports::*;
