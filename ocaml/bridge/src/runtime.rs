//! Entering OCaml: once started, from any thread, never twice at once.
//!
//! A thread *holds* OCaml's lock while it runs OCaml code, or Rust code that
//! OCaml called or that handles OCaml's values. One that holds it and takes it
//! again would wait for ever; so that is looked at first.

use crate::BridgeError;
use ocaml_interop::OCamlRuntime;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs `f` with OCaml's lock held.
pub(crate) fn enter<R>(
    f: impl FnOnce(&mut OCamlRuntime) -> R,
) -> Result<R, BridgeError> {
    check()?;
    // The lock is let go of on the way out of a panic.
    catch_unwind(AssertUnwindSafe(|| OCamlRuntime::with_domain_lock(f)))
        .map_err(|panic| BridgeError::Panicked(message(&*panic)))
}

/// May this thread enter OCaml? Starts it, where it has not been.
fn check() -> Result<(), BridgeError> {
    // Told before OCaml starts, so that no fork comes in between.
    let child = process::id();
    let first = STARTED_IN.compare_exchange(
        0,
        child,
        Ordering::Relaxed,
        Ordering::Relaxed,
    );
    match first {
        Err(parent) if parent != child => {
            return Err(BridgeError::Forked { parent, child });
        }
        _ => {}
    }
    if chanpatterns_holds_lock() {
        return Err(BridgeError::Nested);
    }
    STARTED
        .get_or_init(start)
        .clone()
        .map_err(BridgeError::NotStarted)?;
    REGISTRATION.try_with(|_| ()).map_err(|_| {
        BridgeError::NotStarted("the calling thread is at its end".to_owned())
    })
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let told = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    told.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned())
}

// Starting.

/// The process that started OCaml; 0 for none.
static STARTED_IN: AtomicU32 = AtomicU32::new(0);

static STARTED: OnceLock<Result<(), String>> = OnceLock::new();

fn start() -> Result<(), String> {
    let guard = OCamlRuntime::init()?;
    // It would shut OCaml down, under threads that use it.
    std::mem::forget(guard);
    Ok(())
}

// Who holds the lock.

unsafe extern "C" {
    /// In `holds_lock.c`.
    safe fn chanpatterns_holds_lock() -> bool;
}

// Threads that OCaml knows.

unsafe extern "C" {
    fn caml_c_thread_register() -> std::ffi::c_int;
    fn caml_c_thread_unregister() -> std::ffi::c_int;
}

thread_local! {
    static REGISTRATION: Registration = Registration::new();
}

/// That OCaml knows this thread, from its first call to its end.
///
/// `ocaml_interop` registers threads too, but unregisters them in the child of a
/// fork as well, where that waits for a lock that nobody will let go of: the
/// child could not end. Here it is the first to register, so it owns that.
struct Registration {
    /// False where somebody else had registered the thread.
    ours: bool,
    process: u32,
}

impl Registration {
    fn new() -> Self {
        // SAFETY: OCaml has been started, this thread does not hold its lock,
        // and a thread that is registered already is left as it is.
        let ours = unsafe { caml_c_thread_register() } == 1;
        let process = process::id();
        Registration { ours, process }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if self.ours && self.process == process::id() {
            // SAFETY: this thread was registered, by us, in this process; it
            // ends, and does not hold the lock.
            unsafe { caml_c_thread_unregister() };
        }
    }
}

// Stacks.

/// Runs `f`, a call with a request of `length` bytes, on a stack that is large
/// enough for it.
///
/// OCaml 4 uses the stack of the calling thread, and some functions of its
/// library need a stack in proportion to a list.
#[cfg(ocaml4)]
pub(crate) fn with_stack_for<R: Send>(
    length: usize,
    f: impl FnOnce() -> Result<R, BridgeError> + Send,
) -> Result<R, BridgeError> {
    /// Requests up to this need less than 1 MiB.
    const SMALL: usize = 16 * 1024;
    const BYTES_FOR_EACH: usize = 64;
    const LEAST: usize = 8 * 1024 * 1024;
    if length <= SMALL {
        return f();
    }
    // On this thread, which may hold the lock, as the other does not.
    check()?;
    std::thread::scope(|scope| {
        let size = LEAST + BYTES_FOR_EACH * length;
        std::thread::Builder::new()
            .stack_size(size)
            .spawn_scoped(scope, f)
            .map_err(|error| {
                BridgeError::NotStarted(format!(
                    "no thread with a stack of {size} bytes: {error}"
                ))
            })?
            .join()
            .unwrap_or_else(|panic| {
                Err(BridgeError::Panicked(message(&*panic)))
            })
    })
}

/// Runs `f`. OCaml 5 has stacks of its own.
#[cfg(not(ocaml4))]
pub(crate) fn with_stack_for<R: Send>(
    _length: usize,
    f: impl FnOnce() -> Result<R, BridgeError> + Send,
) -> Result<R, BridgeError> {
    f()
}
