//! A thread of OCaml's between two channels of the crate `chanpatterns`.

use crate::stage::Stage;
use crate::{BridgeError, call, runtime, text};
use chanpatterns::channel::{Receiver, Sender};

/// What travels between the languages: bytes, which each of them has, or why
/// there will be no more.
pub type Message = Result<Vec<u8>, BridgeError>;

/// Has a thread of OCaml's receive from `from`, transform each message, and send
/// what comes of it to `to`; gives how many it passed on.
///
/// The channels are ordinary ones, of which others may hold ends as well, in
/// Rust or in Python: a relay shares the messages with the other receivers.
///
/// ```
/// use chanpatterns::channel;
/// use chanpatterns_reference::{BridgeError, relay};
/// use std::thread;
///
/// let (numbers, from) = channel::bounded(4);
/// let (to, squares) = channel::bounded(4);
/// let ocaml = thread::spawn(|| relay("square", from, to));
/// numbers.send(Ok(b"12".to_vec())).unwrap();
/// assert_eq!(squares.recv(), Ok(Ok(b"144".to_vec())));
/// drop(numbers); // the last sender: a close, which runs through all of them
/// assert!(squares.recv().is_err());
/// assert_eq!(ocaml.join().unwrap(), Ok(1));
/// # Ok::<(), BridgeError>(())
/// ```
///
/// The transforms are those of `embed/transforms.mli`: `reverse`, of any bytes,
/// and `square`, of an integer in text.
///
/// # Blocking
///
/// Until the relay has ended; meanwhile OCaml's lock is free whenever the thread
/// waits for a message or for room.
///
/// # Closing
///
/// It ends when `from` is closed and drained, or `to` closed; a message that it
/// had in hand then is lost, as it would be in a channel without receivers. Both
/// ends are dropped.
///
/// # Errors
///
/// If there is no such transform, if it raises, if an error comes out of `from`,
/// or if OCaml cannot be entered from here. The error is also the last message
/// on `to`, so that nobody takes what is there for all that there is; those who
/// send to `from` learn of it by a channel that is closed.
pub fn relay(
    transform: &str,
    from: Receiver<Message>,
    to: Sender<Message>,
) -> Result<u64, BridgeError> {
    let last = to.clone();
    let passed = run(transform, Stage::new(from, to));
    if let Err(error) = &passed {
        // Nobody may want it any more: then nobody misses it.
        _ = last.send(Err(error.clone()));
    }
    passed
}

/// `stage` is dropped at the end, and with it the ends of the channels.
fn run(transform: &str, stage: Stage) -> Result<u64, BridgeError> {
    let entered = stage.enter();
    let request = format!("{} {transform}", entered.number());
    let answer: Result<Vec<u8>, Vec<u8>> = runtime::enter(|ocaml| {
        call::call(ocaml, c"chanpatterns_relay", request.as_bytes())
    })?;
    if let Some(failure) = entered.failure() {
        return Err(failure);
    }
    match answer {
        Ok(passed) => number(&text(passed)?),
        Err(told) => Err(failed(text(told)?)),
    }
}

fn number(told: &str) -> Result<u64, BridgeError> {
    told.parse().map_err(|_| {
        BridgeError::Answer(format!("expected a number, found {told:?}"))
    })
}

fn failed(told: String) -> BridgeError {
    match told.split_once(": ") {
        Some(("bad_input", message)) => {
            BridgeError::BadInput(message.to_owned())
        }
        Some(("exception", message)) => {
            BridgeError::Exception(message.to_owned())
        }
        _ => BridgeError::Answer(told),
    }
}
