//! Calling a function that OCaml has registered: text in, text or an error out.
//!
//! Not by ocaml-interop's `ocaml!`: its arguments are `BoxRoot`s, and on OCaml 4
//! with many threads one of those now and then says that the thread which holds
//! the lock does not. Here nothing has to be rooted: between making the argument
//! and handing it over, and between getting the answer and copying it, nothing
//! of OCaml's runs.

use ocaml_interop::{OCaml, OCamlBytes, OCamlRuntime, RawOCaml};
use std::ffi::{CStr, c_char};

unsafe extern "C" {
    fn caml_named_value(name: *const c_char) -> *const RawOCaml;
    fn caml_alloc_initialized_string(
        length: usize,
        bytes: *const c_char,
    ) -> RawOCaml;
    fn caml_callback_exn(function: RawOCaml, argument: RawOCaml) -> RawOCaml;
}

/// What the OCaml function `name` answers to `argument`.
///
/// # Panics
///
/// If there is no such function, or it raises.
pub(crate) fn call(
    ocaml: &mut OCamlRuntime,
    name: &CStr,
    argument: &[u8],
) -> Result<Vec<u8>, Vec<u8>> {
    // SAFETY: the name ends with 0, and the lock is held, as `ocaml` shows.
    let function = unsafe { caml_named_value(name.as_ptr()) };
    assert!(!function.is_null(), "OCaml has registered no {name:?}");
    // SAFETY: the bytes are as many as is said, and are copied; the function is
    // read after that, since making the argument may move it. It is rooted by
    // its registration, and the callback roots both.
    let answer = unsafe {
        let argument = caml_alloc_initialized_string(
            argument.len(),
            argument.as_ptr().cast(),
        );
        caml_callback_exn(*function, argument)
    };
    // An exception is marked in the second bit (`Is_exception_result`).
    assert!(answer & 3 != 2, "an exception came out of {name:?}");
    // SAFETY: it is a `(string, string) result`, as embed/ has it, and nothing
    // of OCaml's runs before it is copied.
    let answer: OCaml<Result<OCamlBytes, OCamlBytes>> =
        unsafe { OCaml::new(ocaml, answer) };
    answer.to_rust()
}
