//! The choice: of several operations, exactly one completes.
//!
//! # The algorithm
//!
//! 1. *Attempt* the operations in a random order (or theirs, if biased); the
//!    first that completes is chosen. Since the order is uniform, so is the
//!    choice among those that are ready. Where the order is theirs and one seems
//!    to be ready, those before it are attempted once more: what was ready
//!    before it became so is chosen before it.
//! 2. None was ready: *enter* all of them, each with a token of one signal. An
//!    operation that could complete after all is not entered; then claim the
//!    signal, leave, and start again.
//! 3. Wait for the signal. Whoever claims it says which operation it completes;
//!    leave all others.
//!
//! # Why it ends
//!
//! Two choices that could meet on either of two channels might each see the
//! other there, leave, and start again, for ever. They enter in one order, that
//! of the channels' addresses: so of any two, one enters their first common
//! channel before the other gets there, and is not disturbed by it.
//!
//! A choice that does not wait makes two rounds of attempts: what becomes ready
//! behind its back, as what it comes to ceases to be, is found by the second.
//!
//! A biased choice enters in its own order, so that nobody meets it on a later
//! channel who made an earlier one ready before. Once it was disturbed some
//! times it enters by the addresses, too.
//!
//! An attempt is made while nothing is entered, and a partner is claimed by one
//! compare-and-swap: so no choice meets itself, and no two-phase commit is
//! needed. That is the algorithm of the selects of Go and crossbeam-channel;
//! the order is what Go's `selectgo` locks in.

use crate::sync::{Arc, has_passed, mutant, random};
use crate::wait::{Operation, Outcome, Patience, Stocked, Token};
use std::time::Instant;

/// In which order the operations of a choice are attempted.
#[derive(Debug)]
pub(super) enum Policy {
    /// Uniformly at random; the state of the generator, 0 before the first use.
    Uniform(u64),
    /// As they stand.
    Biased,
}

impl Policy {
    /// xorshift64*: G. Marsaglia, *Xorshift RNGs* (2003); S. Vigna (2014).
    fn next(state: &mut u64) -> u64 {
        if *state == 0 {
            *state = random() | 1;
        }
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `bound`.
    fn below(state: &mut u64, bound: usize) -> usize {
        let wide = u128::from(Self::next(state)) * bound as u128;
        (wide >> 64) as usize
    }

    /// Attempts one after the other; the first that completes.
    fn attempt(&mut self, leaves: &mut [&mut dyn Operation]) -> Option<usize> {
        let state = match self {
            Policy::Uniform(state) if leaves.len() > 1 => state,
            Policy::Biased if leaves.len() > 1 => return in_order(leaves),
            _ => return leaves.iter_mut().position(|leaf| try_one(*leaf)),
        };
        // A shuffle that goes no further than it has to (R. Fisher, F. Yates).
        let (mut few, mut many) = ([0; 16], Vec::new());
        let order = match few.get_mut(..leaves.len()) {
            Some(few) => few,
            None => {
                many.resize(leaves.len(), 0);
                &mut many[..]
            }
        };
        (0..)
            .zip(&mut *order)
            .for_each(|(leaf, place)| *place = leaf);
        for done in 0..order.len() {
            let next = done + Self::below(state, order.len() - done);
            order.swap(done, next);
            let leaf = order[done] as usize;
            if try_one(leaves[leaf]) {
                return Some(leaf);
            }
        }
        None
    }
}

/// Attempts one of many, which is most likely not ready: so it asks first,
/// which takes no lock.
fn try_one(leaf: &mut dyn Operation) -> bool {
    leaf.guess() != Some(false) && leaf.attempt()
}

/// Attempts one after the other, and before each that seems to be ready those
/// before it again, which may have become ready first.
///
/// An attempt takes the lock under which a channel becomes ready. So if an
/// attempt after the look finds nothing, that channel was not ready when the
/// other became so.
///
/// One that was ready all along may be found closed: it became so between the
/// two attempts, and so may those before it have. To find that does nothing; so
/// they are attempted once more.
fn in_order(leaves: &mut [&mut dyn Operation]) -> Option<usize> {
    let mut chosen = (0..leaves.len()).find_map(|case| {
        let first = match leaves[case].look() {
            Some(false) => return None,
            Some(true) if !mutant!("biased_looks_once") => 0,
            _ => case,
        };
        (first..=case).find(|&case| leaves[case].attempt())
    })?;
    while chosen > 0
        && !mutant!("biased_looks_once")
        && leaves[chosen].take_back()
    {
        let again = (0..=chosen).find(|&case| leaves[case].attempt());
        let again = again.expect("what is closed stays so");
        if again == chosen {
            break;
        }
        chosen = again;
    }
    Some(chosen)
}

/// What is to be done next.
pub(super) enum Step {
    Chosen(usize),
    /// Wait for the signal, at most until then, and take the next step.
    Wait(Option<Instant>),
}

/// A biased choice that was disturbed so often gives up its own order.
const OWN_ORDER: u32 = 8;

/// A choice under way.
pub(super) struct Choosing {
    pub(super) signal: Stocked,
    entered: bool,
    /// How often it found something ready while it entered.
    disturbed: u32,
    /// The operation that was told to look again, and found nothing: when it
    /// enters once more, it goes in front.
    again: Option<usize>,
}

impl Choosing {
    pub(super) fn new() -> Self {
        Choosing {
            signal: Stocked::take(),
            entered: false,
            disturbed: 0,
            again: None,
        }
    }

    /// Goes on until something is chosen or there is nothing to do but wait.
    pub(super) fn step(
        &mut self,
        leaves: &mut [&mut dyn Operation],
        policy: &mut Policy,
    ) -> Step {
        loop {
            if self.entered {
                let Some(claim) = self.signal.claimed() else {
                    match self.strike(leaves) {
                        Ok(()) => continue,
                        Err(deadline) => return Step::Wait(deadline),
                    }
                };
                self.leave(leaves);
                let leaf = &mut leaves[claim.case];
                if claim.outcome == Outcome::Met {
                    leaf.meet();
                    if mutant!("choice_commits_twice") {
                        policy.attempt(leaves);
                    }
                    return Step::Chosen(claim.case);
                }
                let found = match policy {
                    // One before it may have become ready first.
                    Policy::Biased => in_order(&mut leaves[..=claim.case]),
                    Policy::Uniform(_) => leaf.attempt().then_some(claim.case),
                };
                if let Some(chosen) = found {
                    return Step::Chosen(chosen);
                }
                self.again = Some(claim.case);
            }
            if let Some(chosen) = policy.attempt(leaves) {
                return Step::Chosen(chosen);
            }
            self.enter(leaves, policy);
        }
    }

    /// Claims the signal for the first leaf whose deadline has passed; when the
    /// next one will, if none has.
    fn strike(
        &self,
        leaves: &[&mut dyn Operation],
    ) -> Result<(), Option<Instant>> {
        let deadlines = leaves.iter().enumerate();
        let next = deadlines
            .filter_map(|(case, leaf)| Some((leaf.deadline()?, case)))
            .min();
        match next {
            Some((deadline, case)) if has_passed(deadline) => {
                // If somebody was faster, that counts.
                self.signal.claim_own(case);
                Ok(())
            }
            next => Err(next.map(|(deadline, _)| deadline)),
        }
    }

    fn enter(&mut self, leaves: &mut [&mut dyn Operation], policy: &Policy) {
        let mut order: Vec<u32> = (0..leaves.len() as u32).collect();
        if !(matches!(policy, Policy::Biased) && self.disturbed < OWN_ORDER) {
            order.sort_by_key(|&case| leaves[case as usize].order());
        }
        self.entered = true;
        for case in order {
            let case = case as usize;
            let token = Token {
                signal: Arc::clone(&self.signal),
                case,
            };
            let first = self.again == Some(case);
            if !leaves[case].enter(token, first) {
                self.disturbed += 1;
                if self.signal.claim_own(case) {
                    self.leave(leaves);
                    self.entered = false;
                }
                // Else it was claimed, which the next step sees.
                break;
            }
        }
        self.again = None;
    }

    /// Leaves every queue, after the signal was claimed.
    fn leave(&mut self, leaves: &mut [&mut dyn Operation]) {
        leaves.iter_mut().for_each(|leaf| leaf.leave());
        self.entered = false;
        self.signal.renew();
    }

    /// Gives up, unless it was claimed before: then the next step chooses.
    pub(super) fn give_up(
        &mut self,
        leaves: &mut [&mut dyn Operation],
    ) -> bool {
        if !self.entered {
            return true;
        }
        let mine = self.signal.claim_own(0);
        if mine {
            self.leave(leaves);
        }
        mine
    }

    /// Gives up for good: what a claim has brought goes to the next in line.
    pub(super) fn abandon(&mut self, leaves: &mut [&mut dyn Operation]) {
        if self.give_up(leaves) {
            return;
        }
        if let Some(claim) = self.signal.claimed() {
            self.leave(leaves);
            leaves[claim.case].pass_on(claim.outcome);
        }
    }
}

/// Chooses on this thread; `None` if patience ran out.
pub(super) fn choose(
    leaves: &mut [&mut dyn Operation],
    policy: &mut Policy,
    patience: &mut Patience<'_>,
) -> Option<usize> {
    let mut choosing = Choosing::new();
    loop {
        let deadline = match choosing.step(leaves, policy) {
            Step::Chosen(chosen) => return Some(chosen),
            Step::Wait(deadline) => deadline,
        };
        let wake = deadline.into_iter().chain(patience.next_wake()).min();
        choosing.signal.wait(wake);
        if choosing.signal.claimed().is_none()
            && patience.is_over()
            && choosing.give_up(leaves)
        {
            return None;
        }
    }
}

/// Chooses without waiting. Where nothing was ready, one after the other,
/// something may have been so at each moment: they are attempted once more.
pub(super) fn poll(
    leaves: &mut [&mut dyn Operation],
    policy: &mut Policy,
) -> Option<usize> {
    let more = leaves.len() > 1 && !mutant!("default_looks_once");
    policy
        .attempt(leaves)
        .or_else(|| more.then(|| policy.attempt(leaves)).flatten())
}
