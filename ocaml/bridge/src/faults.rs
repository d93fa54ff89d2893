//! Faults on demand, for the tests: what becomes of each on this side.
//!
//! The names are those of `embed/faults.mli`.

use crate::{BridgeError, call, runtime, text};

/// Commits the fault of that name inside OCaml.
pub fn commit(name: &str) -> Result<String, BridgeError> {
    let done = runtime::enter(|ocaml| {
        call::call(ocaml, c"chanpatterns_fault", name.as_bytes())
    })?;
    match done {
        Ok(name) => text(name),
        Err(raised) => Err(BridgeError::Exception(text(raised)?)),
    }
}

/// Panics in Rust, with OCaml's lock held.
pub fn panic_inside() -> Result<(), BridgeError> {
    runtime::enter(|_| panic!("a panic on demand"))
}
