//! Those who wait for the same thing, first come first served.

use super::signal::{Outcome, Signal, Token, Wake};
use crate::sync::{Arc, mutant};
use std::collections::VecDeque;

/// A place in a [`WaitQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(i64);

impl Ticket {
    /// Before and after all that are given out.
    pub(crate) const FIRST: Ticket = Ticket(i64::MIN);
    pub(crate) const LAST: Ticket = Ticket(i64::MAX);
}

/// Tokens, each with a payload, in the order of their tickets.
///
/// Entering at either end and claiming the first takes constant time, leaving
/// from the middle logarithmic time: an entry that left stands empty until the
/// queue is trimmed, or until more entries are empty than not.
pub(crate) struct WaitQueue<P> {
    entries: VecDeque<(Ticket, Option<(Token, P)>)>,
    /// How many entries are not empty.
    filled: usize,
    /// The tickets that were given out last, at the front and at the end. None
    /// is given out twice: who was claimed may leave much later.
    front: i64,
    back: i64,
}

impl<P> WaitQueue<P> {
    pub(crate) fn new() -> Self {
        WaitQueue {
            entries: VecDeque::new(),
            filled: 0,
            front: 0,
            back: 0,
        }
    }

    /// Whether nobody stands in it, not even one who was claimed elsewhere.
    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Enters at the end; in front of all others if `first`.
    pub(crate) fn enter(
        &mut self,
        token: Token,
        payload: P,
        first: bool,
    ) -> Ticket {
        self.filled += 1;
        let entry = Some((token, payload));
        if first || mutant!("fifo_broken") {
            self.front -= 1;
            self.entries.push_front((Ticket(self.front), entry));
            Ticket(self.front)
        } else {
            self.back += 1;
            self.entries.push_back((Ticket(self.back), entry));
            Ticket(self.back)
        }
    }

    /// Leaves; the payload, if it is still there.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<P> {
        let found = match mutant!("stale_ticket") {
            true => Ok(0),
            false => self.entries.binary_search_by_key(&ticket, |e| e.0),
        };
        found.ok().and_then(|place| self.empty(place))
    }

    fn empty(&mut self, place: usize) -> Option<P> {
        let (_token, payload) = self.entries[place].1.take()?;
        self.filled -= 1;
        if self.filled == 0 {
            self.entries.clear();
        } else if place == 0 {
            let gone = self.entries.iter().take_while(|e| e.1.is_none());
            self.entries.drain(..gone.count());
        } else if self.entries.len() > 2 * self.filled + 16 {
            self.entries.retain(|entry| entry.1.is_some());
        }
        Some(payload)
    }

    fn standing(&self) -> impl Iterator<Item = (usize, &Token, &P)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(place, (_, entry))| {
                entry
                    .as_ref()
                    .map(|(token, payload)| (place, token, payload))
            })
    }

    /// Claims the first who can be claimed and whose payload `suits`.
    ///
    /// One who was claimed elsewhere is passed over; it leaves by itself.
    pub(crate) fn claim_first(
        &mut self,
        outcome: Outcome,
        suits: impl Fn(&P) -> bool,
    ) -> Option<(P, Wake)> {
        let (place, wake) = self
            .standing()
            .filter(|(_, _, payload)| suits(payload))
            .find_map(|(place, token, _)| {
                Some((place, token.claim(outcome)?))
            })?;
        let payload = self.empty(place).expect("it was standing there");
        Some((payload, wake))
    }

    /// Claims the first for whom it can do `prepare`, which is undone by `undo`
    /// where the claim fails after all.
    pub(crate) fn claim_prepared(
        &mut self,
        outcome: Outcome,
        mut prepare: impl FnMut(&P),
        mut undo: impl FnMut(&P),
    ) -> Option<Wake> {
        let claim = |(place, token, payload): (usize, &Token, &P)| {
            if !token.signal.is_waiting() && !mutant!("double_commit") {
                return None;
            }
            prepare(payload);
            let wake = token.claim(outcome);
            if wake.is_none() {
                undo(payload);
            }
            Some((place, wake?))
        };
        let (place, wake) = self.standing().find_map(claim)?;
        self.empty(place);
        Some(wake)
    }

    /// Claims the first who can be claimed, to look again. It leaves by itself.
    pub(crate) fn notify_first(&self) -> Option<Wake> {
        self.standing()
            .find_map(|(_, token, _)| token.claim(Outcome::Again))
    }

    /// Claims everyone, to look again. They leave by themselves.
    pub(crate) fn claim_all(&self) -> Vec<Wake> {
        self.standing()
            .filter_map(|(_, token, _)| token.claim(Outcome::Again))
            .collect()
    }

    /// Claims everyone, to look again, and lets nobody stand: who is called
    /// again and again while those who were called are slow to leave does not
    /// pass them every time.
    pub(crate) fn notify_all(&mut self) -> Vec<Wake> {
        let wakes = self.claim_all();
        self.entries.clear();
        self.filled = 0;
        wakes
    }

    /// How many could be claimed by somebody other than `me`.
    pub(crate) fn waiting<'a>(
        &'a self,
        me: Option<&'a Arc<Signal>>,
    ) -> impl Iterator<Item = &'a P> {
        self.standing()
            .filter(move |(_, token, _)| {
                let mine = me.is_some_and(|me| Arc::ptr_eq(me, &token.signal));
                (!mine || mutant!("meets_itself")) && token.signal.is_waiting()
            })
            .map(|(_, _, payload)| payload)
    }

    /// The payloads, first to last.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &P> {
        self.standing().map(|(_, _, payload)| payload)
    }
}
