//! The search: every state that a program can come to, each once.

use super::code::{Invalid, compile};
use super::dialect::{Dialect, Time};
use super::outcome::{self, Outcome};
use super::program::Program;
use super::rules::Rules;
use super::state::{Layout, State};
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::ControlFlow;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_128;

/// A question that has no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unanswered {
    /// The program has no meaning.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It has more states than were allowed.
    #[error("it has more than {limit} states, which is the limit")]
    TooLarge {
        /// How many states were allowed.
        limit: usize,
    },
}

/// Every outcome of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// The outcomes, in order.
    pub outcomes: BTreeSet<Outcome>,
    /// How many different states were looked at.
    pub states: usize,
}

/// A hash that is one already.
#[derive(Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("a fingerprint is hashed as a whole")
    }

    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }
}

/// The states that were seen, by their fingerprints of 128 bits: that two of
/// 2^40 states have the same one has a chance of 2^-49.
#[derive(Default)]
pub(super) struct Seen(HashSet<u128, BuildHasherDefault<Ready>>);

impl Seen {
    /// Adds a state; false if it was there.
    pub(super) fn insert<const N: usize>(
        &mut self,
        layout: &Layout,
        state: &State<N>,
    ) -> bool {
        self.0.insert(fingerprint(layout, state))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// What stands for a state among those that were seen.
fn fingerprint<const N: usize>(layout: &Layout, state: &State<N>) -> u128 {
    xxh3_128(&state[..layout.size])
}

/// Calls `$search::<N>(…)` with the least `N` that holds a state. Each size
/// compiles the rules once more, so there are few.
macro_rules! sized {
    ($layout:expr, $search:ident($($argument:expr),*)) => {
        match $layout.size {
            0..=64 => $search::<64>($($argument),*),
            65..=128 => $search::<128>($($argument),*),
            129..=256 => $search::<256>($($argument),*),
            _ => $search::<1024>($($argument),*),
        }
    };
}

pub(super) use sized;

/// Every outcome of `program`; at most `limit` states are looked at.
pub fn outcomes(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    limit: usize,
) -> Result<Outcomes, Unanswered> {
    let compiled = compile(program)?;
    let layout = Layout::new(&compiled)?;
    let rules = Rules::new(&compiled, &layout, dialect, time);
    sized!(layout, all(&rules, limit))
}

fn all<const N: usize>(
    rules: &Rules<'_>,
    limit: usize,
) -> Result<Outcomes, Unanswered> {
    let (compiled, layout) = (rules.compiled, rules.layout);
    let mut keys: HashSet<Box<[u8]>> = HashSet::new();
    let mut key = Vec::new();
    let states = each_end::<N>(
        rules,
        limit,
        |_| true,
        |state| {
            outcome::key(compiled, layout, state, &mut key);
            if !keys.contains(&key[..]) {
                keys.insert(key.clone().into());
            }
            ControlFlow::Continue(())
        },
    )?;
    let outcomes = keys.iter().map(|key| outcome::decode(compiled, key));
    Ok(Outcomes {
        outcomes: outcomes.collect(),
        states,
    })
}

/// Visits every end of a run, once, until `ended` breaks off; only states that
/// are `wanted` are looked at. How many those were.
pub(super) fn each_end<const N: usize>(
    rules: &Rules<'_>,
    limit: usize,
    wanted: impl Fn(&State<N>) -> bool,
    mut ended: impl FnMut(&State<N>) -> ControlFlow<()>,
) -> Result<usize, Unanswered> {
    let mut seen = Seen::default();
    let first: State<N> = rules.initial();
    seen.insert(rules.layout, &first);
    let mut open = vec![first];
    while let Some(state) = open.pop() {
        let mut is_end = true;
        rules.steps(&state, &mut |_, next| {
            is_end = false;
            if wanted(&next) && seen.insert(rules.layout, &next) {
                open.push(next);
            }
        });
        if is_end && ended(&state).is_break() {
            break;
        }
        if seen.len() > limit {
            return Err(Unanswered::TooLarge { limit });
        }
    }
    Ok(seen.len())
}
