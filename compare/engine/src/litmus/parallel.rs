//! The rest of a large search, by several threads.
//!
//! The states that were seen are dealt out to tables by their fingerprints, each
//! with a lock of its own. Each thread has open states of its own, and looks at
//! many of them before it asks: so it takes each lock once for several. Who has
//! none left takes half of another one's, which that one leaves for it.

use super::rules::Rules;
use super::search::{BETWEEN, Batch, Ends, Open, Search, Unanswered, Walk};
use super::table::{Fingerprint, Table};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// A program with fewer states is done sooner by one thread.
pub(super) const FROM: usize = 100_000;

const TABLES: usize = 64;
/// How many states a thread looks at before it asks which ones are new.
const AT_ONCE: usize = 256;
/// How often the thread that may be interrupted looks whether it is.
const LOOK: Duration = Duration::from_millis(20);

struct Shared<'a, const N: usize> {
    rules: &'a Rules<'a>,
    tables: Vec<Mutex<Table>>,
    left: Mutex<Left<N>>,
    more: Condvar,
    /// How many threads look for open states.
    idle: AtomicUsize,
    threads: usize,
    states: AtomicUsize,
    /// The memory of each thread's open states and ends.
    bytes: Vec<AtomicUsize>,
    stop: AtomicBool,
}

/// Open states that wait for somebody, and what ended the search.
struct Left<const N: usize> {
    open: Vec<Open<N>>,
    over: bool,
    failed: Option<Unanswered>,
}

/// Goes on where one thread left off: how many states there are in all, and
/// where they end.
pub(super) fn rest<const N: usize>(
    rules: &Rules<'_>,
    search: &Search<'_>,
    walk: Walk<N>,
    ends: Ends,
) -> Result<(usize, Ends), Unanswered> {
    let threads = search.threads();
    let states = walk.table.len();
    let shared = Shared {
        rules,
        tables: dealt(walk.table),
        left: Mutex::new(Left {
            open: vec![walk.open],
            over: false,
            failed: None,
        }),
        more: Condvar::new(),
        idle: AtomicUsize::new(0),
        threads,
        states: AtomicUsize::new(states),
        bytes: (0..threads).map(|_| AtomicUsize::new(0)).collect(),
        stop: AtomicBool::new(false),
    };
    let (most, bytes) = (search.states, search.bytes);
    let ends = thread::scope(|scope| {
        let shared = &shared;
        let others: Vec<_> = (1..threads)
            .map(|number| {
                scope.spawn(move || {
                    let search = Search {
                        states: most,
                        bytes,
                        ..Search::default()
                    };
                    shared.work(number, &search, Ends::default())
                })
            })
            .collect();
        let mut ends = shared.work(0, search, ends);
        for other in others {
            match other.join() {
                Ok(found) => ends.join(found),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        ends
    });
    let left = shared.left.into_inner();
    match left.unwrap_or_else(|left| left.into_inner()).failed {
        Some(failed) => Err(failed),
        None => Ok((shared.states.into_inner(), ends)),
    }
}

fn dealt(table: Table) -> Vec<Mutex<Table>> {
    let mut tables = Vec::from_iter((0..TABLES).map(|_| Table::new()));
    for one in table.each() {
        tables[number(one)].insert(one);
    }
    tables.into_iter().map(Mutex::new).collect()
}

/// Fingerprints by their tables, each with its place in a batch.
struct Dealt {
    those: Vec<(Fingerprint, usize)>,
    /// Where those of each table end.
    ends: [usize; TABLES],
}

impl Dealt {
    fn new() -> Self {
        Dealt {
            those: Vec::new(),
            ends: [0; TABLES],
        }
    }

    fn deal(&mut self, all: &[Fingerprint]) {
        let mut ends = [0; TABLES];
        for &one in all {
            ends[number(one)] += 1;
        }
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        self.ends = ends;
        self.those.resize(all.len(), (0, 0));
        // Each from where its table's end is downwards.
        for (place, &one) in all.iter().enumerate() {
            let at = &mut ends[number(one)];
            *at -= 1;
            self.those[*at] = (one, place);
        }
    }

    fn each(&self) -> impl Iterator<Item = &[(Fingerprint, usize)]> {
        let starts = std::iter::once(0).chain(self.ends);
        let ranges = starts.zip(self.ends);
        ranges.map(|(start, end)| &self.those[start..end])
    }
}

/// The table of a fingerprint; its place there is of other bits.
fn number(of: Fingerprint) -> usize {
    (of >> 64) as usize % TABLES
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A thread that panics stops the others.
struct Stops<'a, 'b, const N: usize>(&'a Shared<'b, N>);

impl<const N: usize> Drop for Stops<'_, '_, N> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end(None);
        }
    }
}

impl<const N: usize> Shared<'_, N> {
    fn work(&self, number: usize, search: &Search<'_>, mut ends: Ends) -> Ends {
        let _stops = Stops(self);
        let mut batch = Batch::new();
        let mut dealt = Dealt::new();
        let mut looked = 0usize;
        while let Some(mut open) = self.take(search) {
            while open.len() > 0 {
                looked += self.look(&mut batch, &mut open, &mut ends);
                self.insert(&mut batch, &mut dealt, &mut open);
                if open.len() > 1 {
                    self.share(&mut open);
                }
                if looked >= BETWEEN {
                    looked = 0;
                    let bytes = open.bytes() + ends.bytes();
                    self.bytes[number].store(bytes, Ordering::Relaxed);
                    if let Err(failed) = self.check(search) {
                        self.end(Some(failed));
                    }
                }
                if self.stop.load(Ordering::Relaxed) {
                    return ends;
                }
            }
        }
        ends
    }

    /// Looks at open states; at how many.
    fn look(
        &self,
        batch: &mut Batch<N>,
        open: &mut Open<N>,
        ends: &mut Ends,
    ) -> usize {
        batch.clear();
        let next = open.next(AT_ONCE);
        for state in next.iter().rev() {
            if !batch.look(self.rules, state) {
                ends.add(self.rules, state);
            }
        }
        let count = next.len();
        open.looked_at(count);
        count
    }

    /// Adds those that were found to the tables, and the new ones to `open`.
    fn insert(
        &self,
        batch: &mut Batch<N>,
        dealt: &mut Dealt,
        open: &mut Open<N>,
    ) {
        let (fingerprints, steps) = batch.found(self.rules, |_| true, |_| ());
        dealt.deal(fingerprints);
        let mut new = 0;
        for (table, those) in self.tables.iter().zip(dealt.each()) {
            if those.is_empty() {
                continue;
            }
            let mut table = locked(table);
            let all = those.iter().map(|one| one.0);
            all.clone().for_each(table.fetch());
            table.insert_all(all, |place| {
                open.push(&steps[those[place].1]);
                new += 1;
            });
        }
        self.states.fetch_add(new, Ordering::Relaxed);
    }

    fn check(&self, search: &Search<'_>) -> Result<(), Unanswered> {
        let tables = self.tables.iter().map(|table| locked(table).bytes());
        let own = self.bytes.iter().map(|of| of.load(Ordering::Relaxed));
        let bytes = tables.sum::<usize>() + own.sum::<usize>();
        search.allows(self.states.load(Ordering::Relaxed), bytes)?;
        search.goes_on()
    }

    /// Leaves half of what is open for who has nothing to do.
    fn share(&self, open: &mut Open<N>) {
        if self.idle.load(Ordering::Relaxed) > 0 {
            let half = open.split();
            locked(&self.left).open.push(half);
            self.more.notify_one();
        }
    }

    /// Open states that somebody left; `None` when the search is over.
    fn take(&self, search: &Search<'_>) -> Option<Open<N>> {
        let mut left = locked(&self.left);
        let idle = self.idle.fetch_add(1, Ordering::Relaxed) + 1;
        if idle == self.threads && left.open.is_empty() {
            left.over = true;
            self.more.notify_all();
        }
        loop {
            if left.over {
                return None;
            }
            if let Some(open) = left.open.pop() {
                self.idle.fetch_sub(1, Ordering::Relaxed);
                return Some(open);
            }
            let waited = self.more.wait_timeout(left, LOOK);
            left = match waited {
                Ok((left, _)) => left,
                Err(poisoned) => poisoned.into_inner().0,
            };
            if let Err(failed) = search.goes_on() {
                drop(left);
                self.end(Some(failed));
                left = locked(&self.left);
            }
        }
    }

    /// Ends the search before it is done.
    fn end(&self, failed: Option<Unanswered>) {
        let mut left = locked(&self.left);
        left.over = true;
        left.failed = left.failed.take().or(failed);
        self.stop.store(true, Ordering::Relaxed);
        self.more.notify_all();
    }
}
