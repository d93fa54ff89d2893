//! The functions that OCaml calls; `src/stubs.ml` declares them.

#![allow(missing_docs, reason = "`export` drops what stands above it")]

use crate::channel::{Channel, Ends};
use crate::choice::{self, Leaf};
use crate::guarded::{guarded, take_panic};
use crate::runtime::{self, waiting, Exn};
use crate::status::{CLOSED, DONE, FORKED, NOT_NOW, RAISED, RAISED_SENT};
use chanpatterns::channel::{
    RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError,
};
use ocaml_interop::{
    DynBox, OCaml, OCamlInt, OCamlList, OCamlRuntime, ToOCaml,
};
use std::borrow::Borrow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a handle is on the OCaml side. Counted, since a thread that waits gives
/// the runtime up, and then the handle may be collected.
type Handle = DynBox<Arc<Channel>>;

/// A leaf, as OCaml tells it: see [`choice::leaf`].
type Described = (OCamlInt, OCamlInt, Handle);

fn shared<'a>(handle: &'a OCaml<'_, Handle>) -> &'a Arc<Channel> {
    handle.borrow()
}

/// `body` on the channel's ends, if it was made in this process.
fn on(handle: &OCaml<Handle>, body: impl FnOnce(&Ends) -> isize) -> isize {
    guarded(|| {
        let channel = shared(handle);
        if channel.is_ours() {
            body(channel.ends())
        } else {
            FORKED
        }
    })
}

/// The end of that many seconds; `None` where the clock does not tell it.
fn deadline(seconds: f64) -> Option<Instant> {
    let timeout = Duration::try_from_secs_f64(seconds.max(0.0)).ok()?;
    Instant::now().checked_add(timeout)
}

// The functions that never wait, and do not allocate.

/// Sends if that needs no waiting.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_try_send(
    cr: &OCamlRuntime,
    handle: OCaml<Handle>,
    token: isize,
) -> isize {
    on(&handle, |ends| match ends.sender.try_send(token) {
        Ok(()) => DONE,
        Err(TrySendError::Full(_)) => NOT_NOW,
        Err(TrySendError::Closed(_)) => CLOSED,
    })
}

/// Receives if that needs no waiting.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_try_recv(
    cr: &OCamlRuntime,
    handle: OCaml<Handle>,
) -> isize {
    on(&handle, |ends| match ends.receiver.try_recv() {
        Ok(token) => token,
        Err(TryRecvError::Empty) => NOT_NOW,
        Err(TryRecvError::Closed) => CLOSED,
    })
}

/// Closes; 1 if it was open.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_close(cr: &OCamlRuntime, handle: OCaml<Handle>) -> isize {
    on(&handle, |ends| ends.sender.close().into())
}

/// 1 if it is closed.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_is_closed(
    cr: &OCamlRuntime,
    handle: OCaml<Handle>,
) -> isize {
    on(&handle, |ends| ends.sender.is_closed().into())
}

/// How many messages are queued.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_length(cr: &OCamlRuntime, handle: OCaml<Handle>) -> isize {
    on(&handle, |ends| ends.receiver.len() as isize)
}

// The functions that may wait, or allocate.

/// A channel of that capacity; less than 0 is no bound.
#[ocaml_interop::export]
pub fn chanpatterns_create(
    cr: &mut OCamlRuntime,
    capacity: OCaml<OCamlInt>,
) -> OCaml<Handle> {
    let capacity = usize::try_from(capacity.to_i64()).ok();
    OCaml::box_value(cr, Arc::new(Channel::new(capacity)))
}

/// Sends, and waits for at most that many seconds.
#[ocaml_interop::export]
pub fn chanpatterns_send(
    cr: &mut OCamlRuntime,
    handle: OCaml<Handle>,
    token: isize,
    seconds: f64,
) -> isize {
    let channel = Arc::clone(shared(&handle));
    guarded(|| {
        if !channel.is_ours() {
            return FORKED;
        }
        let deadline = deadline(seconds);
        let (sent, raised) = waiting(cr, |waiting| {
            let slice = waiting.slice();
            let look = || waiting.look();
            channel
                .ends()
                .sender
                .send_watched(token, deadline, slice, look)
        });
        match sent {
            Ok(()) if raised => RAISED_SENT,
            Ok(()) => DONE,
            Err(_) if raised => RAISED,
            Err(SendTimeoutError::Timeout(_)) => NOT_NOW,
            Err(SendTimeoutError::Closed(_)) => CLOSED,
        }
    })
}

/// Receives, and waits for at most that many seconds.
#[ocaml_interop::export]
pub fn chanpatterns_recv(
    cr: &mut OCamlRuntime,
    handle: OCaml<Handle>,
    seconds: f64,
) -> isize {
    let channel = Arc::clone(shared(&handle));
    guarded(|| {
        if !channel.is_ours() {
            return FORKED;
        }
        let deadline = deadline(seconds);
        let (received, raised) = waiting(cr, |waiting| {
            let slice = waiting.slice();
            channel
                .ends()
                .receiver
                .recv_watched(deadline, slice, || waiting.look())
        });
        match received {
            Ok(token) if raised => {
                channel.ends().receiver.put_back(token);
                RAISED
            }
            Ok(token) => token,
            Err(_) if raised => RAISED,
            Err(RecvTimeoutError::Timeout) => NOT_NOW,
            Err(RecvTimeoutError::Closed) => CLOSED,
        }
    })
}

/// Commits one of the leaves, and waits for that if `wait`: which and its
/// status, or none and why, as one number ([`choice::packed`]).
#[ocaml_interop::export]
pub fn chanpatterns_choose(
    cr: &mut OCamlRuntime,
    leaves: OCaml<OCamlList<Described>>,
    wait: OCaml<bool>,
) -> isize {
    let wait = wait.to_bool();
    let mut rest = leaves;
    let mut leaves: Vec<Leaf> = Vec::new();
    while let Some((leaf, more)) = rest.uncons() {
        let (what, number, handle) = leaf.to_tuple();
        let channel = Arc::clone(shared(&handle));
        leaves.push(choice::leaf(what.to_i64(), number.to_i64(), channel));
        rest = more;
    }
    let mut chosen = None;
    let status = guarded(|| {
        let (leaf, status) = choice::choose(cr, &leaves, wait);
        chosen = leaf;
        status
    });
    choice::packed(chosen, status)
}

/// What a signal's handler raised, after [`RAISED`] or [`RAISED_SENT`].
#[ocaml_interop::export]
pub fn chanpatterns_raised(
    cr: &mut OCamlRuntime,
    _unit: OCaml<()>,
) -> OCaml<Exn> {
    runtime::take_raised(cr)
}

/// What a panic said, after [`crate::status::PANICKED`].
#[ocaml_interop::export]
pub fn chanpatterns_panicked(
    cr: &mut OCamlRuntime,
    _unit: OCaml<()>,
) -> OCaml<String> {
    take_panic().to_ocaml(cr)
}

// For the tests.

/// A panic that is not printed.
fn panic_quietly(message: String) -> isize {
    std::panic::resume_unwind(Box::new(message))
}

/// Panics, so that a test can see what becomes of it.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_panic(_cr: &OCamlRuntime, number: isize) -> isize {
    guarded(|| panic_quietly(format!("number {number}")))
}

/// Panics while the runtime is given up, for the same reason.
#[ocaml_interop::export]
pub fn chanpatterns_panic_waiting(
    cr: &mut OCamlRuntime,
    number: isize,
) -> isize {
    let message = format!("waiting, number {number}");
    guarded(|| waiting(cr, |_| panic_quietly(message)).0)
}

/// How many threads wait.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_waiting(_cr: &OCamlRuntime, _unit: OCaml<()>) -> isize {
    runtime::count()
}

/// How many channels there are.
#[ocaml_interop::export(noalloc)]
pub fn chanpatterns_live(_cr: &OCamlRuntime, _unit: OCaml<()>) -> isize {
    Channel::live()
}
