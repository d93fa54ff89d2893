//! The functions by which OCaml receives and sends; `embed/relay.ml` declares
//! them.
//!
//! OCaml knows a relay's channels by a number. One that it does not know any
//! more is a channel that is closed, so nothing that OCaml does with the number
//! is unsafe. What there is to copy is copied with OCaml's lock held, and who
//! waits has let go of it. Neither function raises or unwinds: a panic is kept,
//! and ends the relay.

use crate::relay::Message;
use crate::{BridgeError, runtime};
use chanpatterns::channel::{Receiver, Sender, TryRecvError, TrySendError};
use ocaml_interop::RawOCaml;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The ends of a relay's two channels.
pub(crate) struct Stage {
    from: Receiver<Message>,
    to: Sender<Message>,
    failure: Mutex<Option<BridgeError>>,
}

impl Stage {
    pub(crate) fn new(from: Receiver<Message>, to: Sender<Message>) -> Self {
        Stage {
            from,
            to,
            failure: Mutex::new(None),
        }
    }

    /// Gives it a number, by which OCaml finds it until the result is dropped.
    pub(crate) fn enter(self) -> Entered {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let stage = Arc::new(self);
        let mut stages = lock(&STAGES);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            if let Entry::Vacant(place) = stages.entry(number) {
                place.insert(Arc::clone(&stage));
                return Entered { number, stage };
            }
        }
    }

    /// The next message; `None` is the end.
    fn receive(&self) -> Option<Vec<u8>> {
        let message = match self.from.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Closed) => return None,
            Err(TryRecvError::Empty) => {
                without_lock(|| self.from.recv()).ok()?
            }
        };
        message.map_err(|error| self.fail(error)).ok()
    }

    /// Whether somebody still wanted it.
    fn send(&self, message: Vec<u8>) -> bool {
        match self.to.try_send(Ok(message)) {
            Ok(()) => true,
            Err(TrySendError::Closed(_)) => false,
            Err(TrySendError::Full(message)) => {
                without_lock(|| self.to.send(message)).is_ok()
            }
        }
    }

    fn fail(&self, error: BridgeError) {
        lock(&self.failure).get_or_insert(error);
    }
}

/// A stage that OCaml can find.
pub(crate) struct Entered {
    number: u32,
    stage: Arc<Stage>,
}

impl Entered {
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// What has gone wrong on this side.
    pub(crate) fn failure(&self) -> Option<BridgeError> {
        lock(&self.stage.failure).take()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Its ends may be the last ones, and are dropped after the lock.
        let stage = lock(&STAGES).remove(&self.number);
        drop(stage);
    }
}

static STAGES: LazyLock<Mutex<HashMap<u32, Arc<Stage>>>> =
    LazyLock::new(Mutex::default);

/// What these mutexes guard is changed in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `body` on the stage of that number: `ended` if there is none, or on a panic,
/// which the relay then fails with.
fn on_stage<R>(
    number: RawOCaml,
    ended: R,
    body: impl FnOnce(&Stage) -> R,
) -> R {
    let number = u32::try_from(number >> 1).ok();
    let stage = number.and_then(|number| lock(&STAGES).get(&number).cloned());
    let Some(stage) = stage else { return ended };
    let done = catch_unwind(AssertUnwindSafe(|| body(&stage)));
    done.unwrap_or_else(|panic| {
        stage.fail(BridgeError::Panicked(runtime::message(&*panic)));
        ended
    })
}

// OCaml's side of it.

unsafe extern "C" {
    fn caml_enter_blocking_section_no_pending();
    fn caml_leave_blocking_section();
    fn caml_alloc_initialized_string(
        length: usize,
        bytes: *const c_char,
    ) -> RawOCaml;
    fn caml_alloc_some(value: RawOCaml) -> RawOCaml;
    fn caml_string_length(text: RawOCaml) -> usize;
}

const NONE: RawOCaml = 1;
const FALSE: RawOCaml = 1;
const TRUE: RawOCaml = 3;

/// Runs `wait` without OCaml's lock, which this thread holds.
///
/// Called from the two functions below alone. No handler of signals runs on the
/// way: an exception of one's would jump over these frames.
fn without_lock<R>(wait: impl FnOnce() -> R) -> R {
    struct TakesBack;
    impl Drop for TakesBack {
        fn drop(&mut self) {
            // SAFETY: it was let go of below, by this thread.
            unsafe { caml_leave_blocking_section() };
        }
    }
    // SAFETY: OCaml has called, so this thread holds the lock; nothing of
    // OCaml's is used until it is taken back.
    unsafe { caml_enter_blocking_section_no_pending() };
    let _takes_back = TakesBack;
    wait()
}

/// `receive` of `embed/relay.ml`: an int in, a string option out.
#[unsafe(no_mangle)]
extern "C" fn chanpatterns_stage_receive(number: RawOCaml) -> RawOCaml {
    match on_stage(number, None, Stage::receive) {
        None => NONE,
        // SAFETY: the lock is held, and the bytes, as many as is said, are
        // copied; the second function keeps what the first has made.
        Some(message) => unsafe {
            caml_alloc_some(caml_alloc_initialized_string(
                message.len(),
                message.as_ptr().cast(),
            ))
        },
    }
}

/// `send` of `embed/relay.ml`: an int and a string in, a bool out.
#[unsafe(no_mangle)]
extern "C" fn chanpatterns_stage_send(
    number: RawOCaml,
    message: RawOCaml,
) -> RawOCaml {
    // SAFETY: the lock is held and the value is a string, as `embed/relay.ml`
    // says; it is copied before anything of OCaml's runs.
    let message = unsafe {
        let length = caml_string_length(message);
        std::slice::from_raw_parts(message as *const u8, length).to_vec()
    };
    if on_stage(number, false, |stage| stage.send(message)) {
        TRUE
    } else {
        FALSE
    }
}
