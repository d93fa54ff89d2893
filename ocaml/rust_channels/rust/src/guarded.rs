//! A panic, kept until OCaml asks for it.

use crate::status;
use std::any::Any;
use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};

thread_local! {
    static PANIC: Cell<Option<String>> = const { Cell::new(None) };
}

fn message(payload: &(dyn Any + Send)) -> String {
    match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic whose payload is no text".to_owned(),
    }
}

/// The result of `body`, or [`status::PANICKED`].
pub(crate) fn guarded(body: impl FnOnce() -> isize) -> isize {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        PANIC.set(Some(message(&*payload)));
        status::PANICKED
    })
}

/// What the last panic on this thread said.
pub(crate) fn take_panic() -> String {
    PANIC.take().unwrap_or_default()
}
