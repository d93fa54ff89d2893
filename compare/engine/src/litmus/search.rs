//! The search: every state that a program can come to, each once.

use super::code::{Compiled, Invalid, compile};
use super::dialect::{Dialect, Time};
use super::outcome::{self, Names, Order, Outcome};
use super::parallel;
use super::program::Program;
use super::reductions::Reductions;
use super::rules::Rules;
use super::state::{Layout, State};
use super::symmetry::permuted;
use super::table::{Fingerprint, Table, fingerprint};
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use thiserror::Error;

/// A question that has no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unanswered {
    /// The program has no meaning.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It has more states than were allowed, or they take more memory.
    #[error("it has more than {limit} {of}, which is the limit")]
    TooLarge {
        /// How many were allowed.
        limit: usize,
        /// What is limited: `states` or `bytes of states`.
        of: &'static str,
    },
    /// It was broken off.
    #[error("the search was interrupted")]
    Interrupted,
}

/// How to search, and how far. A number is one with this limit of states.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// The most states that are looked at.
    pub states: usize,
    /// The most memory that they take, in bytes.
    pub bytes: usize,
    /// What is left out. Membership uses it too, witnesses do not.
    pub reductions: Reductions,
    /// How many threads look at the states of a large program; 0 is one for
    /// each core. Small programs are done before a second would have begun.
    pub threads: usize,
    /// Asked now and then, on the thread that asked the question, whether to
    /// break off.
    pub interrupted: Option<&'a dyn Fn() -> bool>,
}

impl Search<'_> {
    /// The most memory, unless another limit is given: 4 GiB.
    pub const BYTES: usize = 4 << 30;
}

impl Default for Search<'_> {
    fn default() -> Self {
        Search {
            states: usize::MAX,
            bytes: Search::BYTES,
            reductions: Reductions::ALL,
            threads: 0,
            interrupted: None,
        }
    }
}

impl From<usize> for Search<'_> {
    fn from(states: usize) -> Self {
        Search {
            states,
            ..Search::default()
        }
    }
}

impl fmt::Debug for Search<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Search")
            .field("states", &self.states)
            .field("bytes", &self.bytes)
            .field("reductions", &self.reductions)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl Search<'_> {
    /// Whether so many states, and what they take, are still allowed.
    pub(super) fn allows(
        &self,
        states: usize,
        bytes: usize,
    ) -> Result<(), Unanswered> {
        if states > self.states {
            return Err(Unanswered::TooLarge {
                limit: self.states,
                of: "states",
            });
        }
        if bytes > self.bytes {
            return Err(Unanswered::TooLarge {
                limit: self.bytes,
                of: "bytes of states",
            });
        }
        Ok(())
    }

    /// Fails if it is to be broken off.
    pub(super) fn goes_on(&self) -> Result<(), Unanswered> {
        match self.interrupted {
            Some(interrupted) if interrupted() => Err(Unanswered::Interrupted),
            _ => Ok(()),
        }
    }

    pub(super) fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// Every outcome of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// The outcomes, in order.
    pub outcomes: BTreeSet<Outcome>,
    /// How many different states were looked at.
    pub states: usize,
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

/// Every outcome of `program`.
pub fn outcomes<'a>(
    program: &Program,
    dialect: &Dialect,
    time: Time,
    search: impl Into<Search<'a>>,
) -> Result<Outcomes, Unanswered> {
    let search = search.into();
    let compiled = compile(program)?;
    let layout = Layout::new(&compiled)?;
    let rules = Rules::new(&compiled, &layout, dialect, time)
        .reduced(search.reductions);
    sized!(layout, all(&rules, &search))
}

fn all<const N: usize>(
    rules: &Rules<'_>,
    search: &Search<'_>,
) -> Result<Outcomes, Unanswered> {
    let mut ends = Ends::default();
    let mut walk = Walk::<N>::new(rules);
    // What small programs need is known before the threads are counted.
    let most = match search.threads {
        1 => usize::MAX,
        _ => parallel::FROM,
    };
    let mut each = |state: &State<N>| {
        ends.add(rules, state);
        ControlFlow::Continue(())
    };
    let mut done = walk.run(rules, search, most, |_| true, &mut each)?;
    if !done && search.threads() == 1 {
        done = walk.run(rules, search, usize::MAX, |_| true, &mut each)?;
    }
    let mut states = walk.table.len();
    if !done {
        (states, ends) = parallel::rest(rules, search, walk, ends)?;
    }
    let outcomes = ends.outcomes(rules, search)?;
    Ok(Outcomes { outcomes, states })
}

/// More outcomes than these are put in order before they are written out: their
/// strings take longer to compare.
const MANY: usize = 100;

/// The ends of runs, as the keys of their outcomes.
#[derive(Default)]
pub(super) struct Ends {
    keys: HashSet<Box<[u8]>>,
    key: Vec<u8>,
    bytes: usize,
}

impl Ends {
    pub(super) fn add<const N: usize>(
        &mut self,
        rules: &Rules<'_>,
        state: &State<N>,
    ) {
        outcome::key(rules.compiled, rules.layout, state, &mut self.key);
        if !self.keys.contains(&self.key[..]) {
            self.insert(self.key.clone().into());
        }
    }

    fn insert(&mut self, key: Box<[u8]>) {
        let bytes = key.len() + 2 * size_of::<Box<[u8]>>();
        if self.keys.insert(key) {
            self.bytes += bytes;
        }
    }

    pub(super) fn join(&mut self, other: Ends) {
        other.keys.into_iter().for_each(|key| self.insert(key));
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The outcomes, with those that differ by which of several identical
    /// processes did what.
    fn outcomes(
        mut self,
        rules: &Rules<'_>,
        search: &Search<'_>,
    ) -> Result<BTreeSet<Outcome>, Unanswered> {
        let compiled: &Compiled = rules.compiled;
        if !rules.reduced.alike.is_empty() {
            let mut all = Ends::default();
            for key in &self.keys {
                permuted(compiled, &rules.reduced.alike, key, &mut |key| {
                    all.insert(key.into());
                    search.allows(0, all.bytes)?;
                    match all.keys.len() % 4096 {
                        0 => search.goes_on(),
                        _ => Ok(()),
                    }
                })?;
            }
            self = all;
        }
        let mut keys: Vec<_> = self.keys.iter().collect();
        if keys.len() > MANY {
            let order = Order::new(compiled);
            keys.sort_by_cached_key(|key| order.of(key));
        }
        let mut names = Names::new(compiled);
        let keys = keys.into_iter();
        Ok(keys.map(|key| outcome::decode(&mut names, key)).collect())
    }
}

/// A search under way: what was seen, and what is still to be looked at.
pub(super) struct Walk<const N: usize> {
    pub(super) table: Table,
    pub(super) open: Open<N>,
}

/// States that are still to be looked at, the last first.
pub(super) struct Open<const N: usize> {
    states: Vec<State<N>>,
}

impl<const N: usize> Open<N> {
    pub(super) fn new() -> Self {
        Open {
            states: Vec::with_capacity(AT_FIRST),
        }
    }

    pub(super) fn push(&mut self, state: &State<N>) {
        self.states.push(*state);
    }

    /// The next ones, so many at the most, the first of them last. They are
    /// lent: to copy states is much of a search.
    pub(super) fn next(&self, most: usize) -> &[State<N>] {
        &self.states[self.len().saturating_sub(most)..]
    }

    /// So many were looked at.
    pub(super) fn looked_at(&mut self, count: usize) {
        self.states.truncate(self.len() - count);
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.states.capacity() * N
    }

    /// Takes those that were there first, half of all.
    pub(super) fn split(&mut self) -> Self {
        let rest = self.states.split_off(self.len().div_ceil(2));
        Open {
            states: std::mem::replace(&mut self.states, rest),
        }
    }
}

/// The steps from states that are looked at together.
pub(super) struct Batch<const N: usize> {
    steps: Vec<State<N>>,
    fingerprints: Vec<Fingerprint>,
}

impl<const N: usize> Batch<N> {
    pub(super) fn new() -> Self {
        Batch {
            steps: Vec::with_capacity(AT_FIRST),
            fingerprints: Vec::with_capacity(AT_FIRST),
        }
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
    }

    /// Adds the steps from a state; false if there are none: a run ends there.
    pub(super) fn look(&mut self, rules: &Rules<'_>, state: &State<N>) -> bool {
        let before = self.steps.len();
        rules.steps(state, &mut self.steps);
        self.steps.len() > before
    }

    /// The states that they lead to, as far as they are `wanted`, and their
    /// fingerprints. Only when all are there: to read at once what was just
    /// written, byte by byte, would wait for it.
    pub(super) fn found(
        &mut self,
        rules: &Rules<'_>,
        wanted: impl Fn(&State<N>) -> bool,
        fetch: impl Fn(Fingerprint),
    ) -> (&[Fingerprint], &[State<N>]) {
        let size = rules.layout.size;
        self.steps.retain(wanted);
        if !rules.reduced.alike.is_empty() {
            self.steps.iter_mut().for_each(|to| rules.canonical(to));
        }
        let steps = self.steps.iter();
        self.fingerprints.clear();
        self.fingerprints.extend(
            steps
                .map(|to| fingerprint(to, size))
                .inspect(|one| fetch(*one)),
        );
        (&self.fingerprints, &self.steps)
    }
}

/// Room for so many states is made at once: small programs need no more.
const AT_FIRST: usize = 16;

/// How many states are looked at before the limits are.
pub(super) const BETWEEN: usize = 1024;

impl<const N: usize> Walk<N> {
    pub(super) fn new(rules: &Rules<'_>) -> Self {
        let mut first: State<N> = rules.initial();
        rules.canonical(&mut first);
        let mut table = Table::new();
        let one = fingerprint(&first, rules.layout.size);
        table.insert(one);
        let mut open = Open::new();
        open.push(&first);
        Walk { table, open }
    }

    /// Visits every end of a run, once, until `ended` breaks off; only states
    /// that are `wanted` are looked at. False if there were more than `most`
    /// states: some are still open.
    pub(super) fn run(
        &mut self,
        rules: &Rules<'_>,
        search: &Search<'_>,
        most: usize,
        wanted: impl Fn(&State<N>) -> bool,
        mut ended: impl FnMut(&State<N>) -> ControlFlow<()>,
    ) -> Result<bool, Unanswered> {
        let mut batch = Batch::new();
        let mut looked = 0usize;
        while self.open.len() > 0 {
            batch.clear();
            let next = self.open.next(self.table.at_once());
            for state in next.iter().rev() {
                if !batch.look(rules, state) && ended(state).is_break() {
                    return Ok(true);
                }
            }
            let count = next.len();
            self.open.looked_at(count);
            looked += count;
            let (fingerprints, steps) =
                batch.found(rules, &wanted, self.table.fetch());
            self.table
                .insert_all(fingerprints.iter().copied(), |place| {
                    self.open.push(&steps[place]);
                });
            if self.table.len() > search.states || looked >= BETWEEN {
                looked = 0;
                let bytes = self.table.bytes() + self.open.bytes();
                search.allows(self.table.len(), bytes)?;
                search.goes_on()?;
                if self.table.len() > most {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// Visits every end of a run, once, until `ended` breaks off; only states that
/// are `wanted` are looked at. How many those were.
pub(super) fn each_end<const N: usize>(
    rules: &Rules<'_>,
    search: &Search<'_>,
    wanted: impl Fn(&State<N>) -> bool,
    ended: impl FnMut(&State<N>) -> ControlFlow<()>,
) -> Result<usize, Unanswered> {
    let mut walk = Walk::<N>::new(rules);
    walk.run(rules, search, usize::MAX, wanted, ended)?;
    Ok(walk.table.len())
}
