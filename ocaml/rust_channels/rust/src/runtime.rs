//! Giving OCaml's runtime up while a thread waits, and looking after it.
//!
//! Not by `OCamlRuntime::releasing_runtime`: it enters its blocking section by
//! a function that runs the handlers of signals first, and an exception from
//! one of them would jump over the frames of Rust. Here handlers run where an
//! exception is a result, and is kept until OCaml asks for it.

use ocaml_interop::{OCaml, OCamlRuntime, RawOCaml};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

extern "C" {
    fn caml_enter_blocking_section_no_pending();
    fn caml_leave_blocking_section();
    fn caml_process_pending_actions_exn() -> RawOCaml;
    fn caml_register_generational_global_root(root: *mut RawOCaml);
    fn caml_remove_generational_global_root(root: *mut RawOCaml);
}

/// How soon a thread that waits alone looks after signals. With others it takes
/// turns: so many threads that wait do not look all the time.
const SLICE: Duration = Duration::from_millis(20);
const MOST_TURNS: u32 = 10;

/// How many threads wait.
static WAITING: AtomicU32 = AtomicU32::new(0);

/// An exception of OCaml's; only its type, no value of which is made here.
pub(crate) enum Exn {}

thread_local! {
    /// What a handler has raised on this thread.
    static RAISED: Cell<Option<Root>> = const { Cell::new(None) };
}

/// A value that OCaml's collector knows of. Not ocaml-interop's `BoxRoot`: on
/// OCaml 4 that now and then says of a thread that holds the runtime that it
/// does not.
struct Root(Box<RawOCaml>);

impl Root {
    /// # Safety
    ///
    /// The runtime is held, and the value is one of OCaml's.
    unsafe fn new(value: RawOCaml) -> Self {
        let mut place = Box::new(value);
        // SAFETY: the place does not move and is removed before it is freed.
        unsafe { caml_register_generational_global_root(&mut *place) };
        Root(place)
    }

    fn take(mut self, cr: &OCamlRuntime) -> OCaml<'_, Exn> {
        // SAFETY: it was registered, and the runtime is held, as `cr` shows.
        unsafe { caml_remove_generational_global_root(&mut *self.0) };
        // SAFETY: the collector has kept it up to date until now.
        unsafe { OCaml::new(cr, *self.0) }
    }
}

/// A thread that waits, without the runtime.
pub(crate) struct Waiting {
    slice: Duration,
    pub(crate) raised: bool,
}

impl Waiting {
    /// How often [`look`](Self::look) is to be called.
    pub(crate) fn slice(&self) -> Duration {
        self.slice
    }

    /// Runs what OCaml has pending, with the runtime; false if that raised.
    pub(crate) fn look(&mut self) -> bool {
        // SAFETY: this thread, which OCaml knows since it called from it, has
        // given the runtime up: a `Waiting` exists nowhere else.
        unsafe { caml_leave_blocking_section() };
        // SAFETY: the runtime is held, no value of OCaml's is on this stack.
        let result = unsafe { caml_process_pending_actions_exn() };
        // An exception is marked in the second bit (`Is_exception_result`).
        if result & 3 == 2 {
            self.raised = true;
            // SAFETY: the runtime is held; without the mark, it is the exception,
            // and nothing has run since that could have moved it.
            RAISED.set(Some(unsafe { Root::new(result & !3) }));
        }
        // SAFETY: the runtime is held, and given up again. No handler runs in
        // this form of it, so nothing is raised.
        unsafe { caml_enter_blocking_section_no_pending() };
        !self.raised
    }
}

/// Runs `body` without the runtime; whether a handler raised meanwhile.
///
/// It must not unwind: it is `guarded` outside, and what unwinds leaves the
/// runtime given up, so a guard takes it back.
pub(crate) fn waiting<R>(
    _cr: &mut OCamlRuntime,
    body: impl FnOnce(&mut Waiting) -> R,
) -> (R, bool) {
    struct TakesBack;
    impl Drop for TakesBack {
        fn drop(&mut self) {
            WAITING.fetch_sub(1, Ordering::Relaxed);
            // SAFETY: it was given up below, by this thread.
            unsafe { caml_leave_blocking_section() };
        }
    }
    let others = WAITING.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the runtime is held, as `_cr` shows, which is borrowed meanwhile:
    // no value of OCaml's can be used before it is taken back.
    unsafe { caml_enter_blocking_section_no_pending() };
    let takes_back = TakesBack;
    let mut waiting = Waiting {
        slice: SLICE * (others + 1).min(MOST_TURNS),
        raised: false,
    };
    let result = body(&mut waiting);
    drop(takes_back);
    (result, waiting.raised)
}

/// How many threads wait.
pub(crate) fn count() -> isize {
    WAITING.load(Ordering::Relaxed) as isize
}

/// What a handler has raised on this thread; it is asked for once.
pub(crate) fn take_raised(cr: &OCamlRuntime) -> OCaml<'_, Exn> {
    let raised = RAISED.take();
    raised.expect("a handler has raised").take(cr)
}
