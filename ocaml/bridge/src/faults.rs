//! Faults on demand, for the tests: what becomes of each on this side.
//!
//! The names are those of `embed/faults.mli`.

use crate::{BridgeError, runtime, text};
use ocaml_interop::ToOCaml;

mod exported {
    use ocaml_interop::{OCamlBytes, ocaml};

    ocaml! {
        pub(crate) fn chanpatterns_fault(
            name: OCamlBytes
        ) -> Result<OCamlBytes, OCamlBytes>;
    }
}

/// Commits the fault of that name inside OCaml.
pub fn commit(name: &str) -> Result<String, BridgeError> {
    let done: Result<Vec<u8>, Vec<u8>> = runtime::enter(|ocaml| {
        let name = name.as_bytes().to_boxroot(ocaml);
        exported::chanpatterns_fault(ocaml, &name).to_rust(ocaml)
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
