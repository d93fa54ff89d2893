//! A choice of OCaml's: its leaves, of which one commits.
//!
//! Guards, wraps, aborts and nacks are closures, and stay on the OCaml side.
//! What comes here is what is left when the guards are forced: a list of
//! leaves. Which of them commits is the business of `chanpatterns::event`.

use crate::channel::{Channel, Token};
use crate::runtime::{waiting, Waiting};
use crate::status::{CLOSED, DONE, FORKED, NOT_NOW, RAISED, RAISED_SENT};
use chanpatterns::event::{self, Event};
use ocaml_interop::OCamlRuntime;
use std::sync::Arc;
use std::time::Duration;

/// One of the things that may happen.
pub(crate) struct Leaf {
    what: What,
    channel: Arc<Channel>,
}

enum What {
    Send(Token),
    Receive,
    Always,
    After(Duration),
    Never,
}

/// The leaf that OCaml tells: 0 sends the token `number`, 1 receives, 2 is
/// always ready, 3 after `number` nanoseconds, any other never. The last three
/// have nothing to do with their channel.
pub(crate) fn leaf(what: i64, number: i64, channel: Arc<Channel>) -> Leaf {
    let what = match what {
        0 => What::Send(number as Token),
        1 => What::Receive,
        2 => What::Always,
        3 => What::After(Duration::from_nanos(number.max(0) as u64)),
        _ => What::Never,
    };
    Leaf { what, channel }
}

impl Leaf {
    /// Its event, which gives its place and its status.
    fn event(&self, place: usize) -> Event<'_, (usize, isize)> {
        let Leaf { what, channel } = self;
        match *what {
            What::Send(token) => event::send(&channel.ends().sender, token)
                .wrap(|sent| sent.map_or(CLOSED, |()| DONE)),
            What::Receive => event::receive(&channel.ends().receiver)
                .wrap(|received| received.unwrap_or(CLOSED)),
            What::Always => event::always(DONE),
            What::After(delay) => event::after(delay).wrap(|()| DONE),
            What::Never => event::never(),
        }
        .wrap(move |status| (place, status))
    }

    /// Whether its channel, if it has to do with one, is of this process.
    fn is_ours(&self) -> bool {
        let has_one = matches!(self.what, What::Send(_) | What::Receive);
        !has_one || self.channel.is_ours()
    }

    /// What is left of its commitment, after which a handler raised.
    fn undo(&self, status: isize) -> isize {
        match self.what {
            What::Send(_) if status == DONE => RAISED_SENT,
            What::Receive if status >= 0 => {
                self.channel.ends().receiver.put_back(status);
                RAISED
            }
            _ => RAISED,
        }
    }
}

/// How many leaves fit into a packed result.
const MOST: usize = 1 << 25;

/// A place and a status, as one number that is not negative: the status, which
/// is a token or at least -8, in the low 36 bits, and one more than the place,
/// or 0 where there is none, above.
pub(crate) fn packed(place: Option<usize>, status: isize) -> isize {
    let place = place.map_or(0, |place| place as isize + 1);
    (place << 36) | (status + 8)
}

/// Commits one of `leaves`, and waits for that if `wait`: which, and its
/// status; or why none did.
pub(crate) fn choose(
    cr: &mut OCamlRuntime,
    leaves: &[Leaf],
    wait: bool,
) -> (Option<usize>, isize) {
    if !leaves.iter().all(Leaf::is_ours) {
        return (None, FORKED);
    }
    assert!(leaves.len() < MOST, "a choice of {} leaves", leaves.len());
    let places = leaves.iter().enumerate();
    let mut event =
        event::choose(places.map(|(place, leaf)| leaf.event(place)));
    // What is ready needs no waiting, and is worth a look before the runtime
    // is given up.
    let (chosen, raised) = match event.poll() {
        None if wait => waiting(cr, |waiting: &mut Waiting| {
            event.sync_watched(waiting.slice(), || waiting.look())
        }),
        chosen => (chosen, false),
    };
    match chosen {
        Some((place, status)) if raised => {
            (Some(place), leaves[place].undo(status))
        }
        Some((place, status)) => (Some(place), status),
        None if raised => (None, RAISED),
        None => (None, NOT_NOW),
    }
}
