//! Links the OCaml reference, one object file, into the crate.
//!
//! The script `env` builds that file, with the OCaml that it was asked for,
//! and says here where it is.

use std::{env, process::exit};

const OBJECT: &str = "CHANPATTERNS_REFERENCE";
const VERSION: &str = "OCAML_VERSION";
const WHERE: &str = "OCAML_WHERE_PATH";

fn main() {
    let [object, version, headers] = [OBJECT, VERSION, WHERE].map(|name| {
        println!("cargo::rerun-if-env-changed={name}");
        env::var(name).unwrap_or_else(|_| {
            eprintln!(
                "This crate has OCaml in it, which must be built first; \
                 {name} is not set. ocaml/bridge/env does both: \
                 `ocaml/bridge/env 5 cargo …`, or `make bridge`."
            );
            exit(1)
        })
    });
    for file in [&*object, "holds_lock.c", "older_libc.c"] {
        println!("cargo::rerun-if-changed={file}");
    }
    if version.starts_with("4.") {
        println!("cargo::rustc-cfg=ocaml4");
    }
    cc::Build::new()
        .files(["holds_lock.c", "older_libc.c"])
        .include(headers)
        .object(&object)
        // OCaml and the crates that call it need each other's symbols.
        .link_lib_modifier("+whole-archive")
        .compile("chanpatterns_ocaml_object");
    println!("cargo::rustc-link-lib=m");
}
