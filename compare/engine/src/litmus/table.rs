//! The states that were seen, by their fingerprints.

use super::lines::{IN_LINE, Line, Lines, add, each, has};
use super::state::State;
use prefetch_index::prefetch_index;
use xxhash_rust::xxh3::xxh3_128;

/// A fingerprint of 127 bits stands for a state: that two of 2^40 states have
/// the same one has a chance of 2^-48. The lowest bit is set: its lower half is
/// never 0.
pub(super) type Fingerprint = u128;

/// What stands for a state of `size` bytes.
pub(super) fn fingerprint<const N: usize>(
    state: &State<N>,
    size: usize,
) -> Fingerprint {
    // What is behind its own bytes is 0, and a length that is known beforehand
    // saves more than the bytes cost where there are few.
    let bytes = if N <= 64 { N } else { size };
    xxh3_128(&state[..bytes]) | 1
}

/// A set of fingerprints: one flat table of lines, searched from the line that
/// a fingerprint names on. Its first bits name it, so a table has them nearly in
/// order, and a larger one is filled from the front to the back.
pub(super) struct Table {
    /// A power of two.
    lines: Lines,
    /// How many of 64 bits do not name a line.
    unused: u32,
    taken: usize,
}

const SMALLEST: usize = 16;

impl Table {
    pub(super) fn new() -> Self {
        Table::of(SMALLEST)
    }

    fn of(lines: usize) -> Self {
        Table {
            lines: Lines::free(lines),
            unused: 64 - lines.ilog2(),
            taken: 0,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.taken
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val::<[_]>(&self.lines)
    }

    /// Of how many states the next ones should be asked for together: the more
    /// wait for memory at once, the less each waits.
    pub(super) fn at_once(&self) -> usize {
        match self.lines.are_many() {
            true => 32,
            false => 1,
        }
    }

    /// Has the lines where fingerprints would stand read from memory meanwhile.
    pub(super) fn fetch(&self) -> impl Fn(Fingerprint) {
        let (lines, unused) = (&self.lines[..], self.unused);
        move |one| prefetch_index(lines, line(one as u64, unused))
    }

    /// Adds one; false if it was there.
    pub(super) fn insert(&mut self, one: Fingerprint) -> bool {
        let mut is_new = false;
        self.insert_all(std::iter::once(one), |_| is_new = true);
        is_new
    }

    /// Adds each, and says which ones were not there, by their place in `all`.
    pub(super) fn insert_all(
        &mut self,
        all: impl Iterator<Item = Fingerprint>,
        mut new: impl FnMut(usize),
    ) {
        let mut all = all.enumerate();
        loop {
            let (lines, unused) = (&mut self.lines[..], self.unused);
            // At most five places of eight are taken.
            let most = lines.len() * IN_LINE * 5 / 8;
            while self.taken <= most {
                let Some((place, one)) = all.next() else {
                    return;
                };
                if insert(lines, unused, one) {
                    self.taken += 1;
                    new(place);
                }
            }
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let larger = Table::of(self.lines.len() * 4);
        let smaller = std::mem::replace(self, larger);
        self.taken = smaller.taken;
        let unused = self.unused;
        let lines = &mut self.lines[..];
        // Each is there once, so it is enough to look for a free place.
        for (lower, upper) in smaller.lines.iter().flat_map(each) {
            let mut place = line(lower, unused);
            while !add(&mut lines[place], lower, upper) {
                place = behind(place, lines);
            }
        }
    }

    /// All of them.
    pub(super) fn each(&self) -> impl Iterator<Item = Fingerprint> {
        let halves = self.lines.iter().flat_map(each);
        halves.map(|(lower, upper)| {
            Fingerprint::from(upper) << 64 | Fingerprint::from(lower)
        })
    }
}

/// The line that the lower half of a fingerprint names.
fn line(lower: u64, unused: u32) -> usize {
    (lower >> unused) as usize
}

/// The line behind another one; behind the last one is the first.
fn behind(place: usize, lines: &[Line]) -> usize {
    (place + 1) & (lines.len() - 1)
}

/// Adds one; false if it was there.
#[inline(always)]
fn insert(lines: &mut [Line], unused: u32, one: Fingerprint) -> bool {
    let (lower, upper) = (one as u64, (one >> 64) as u64);
    let mut place = line(lower, unused);
    loop {
        let line = &mut lines[place];
        if has(line, lower, upper) {
            return false;
        }
        if add(line, lower, upper) {
            return true;
        }
        place = behind(place, lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Fingerprints that crowd in the first line and in the last one, behind
    /// which is the first; three each have the same lower half.
    fn crowded() -> impl Iterator<Item = Fingerprint> {
        let lower = (0..100u64).flat_map(|n| [n | 1, (u64::MAX - n) | 1]);
        lower.flat_map(|lower| {
            (0..3u128).map(move |upper| upper << 64 | u128::from(lower))
        })
    }

    #[test]
    fn each_is_new_once_whatever_stands_where_it_would() {
        let (mut table, mut set) = (Table::new(), BTreeSet::new());
        let first = table.bytes();
        for one in crowded().chain(crowded()) {
            assert_eq!(table.insert(one), set.insert(one), "{one:x}");
            assert_eq!(table.len(), set.len());
        }
        assert!(table.bytes() > first, "it has grown");
        assert_eq!(table.each().count(), set.len());
    }

    #[test]
    fn a_larger_table_has_all_of_the_smaller_one() {
        let mut table = Table::new();
        let set: BTreeSet<_> =
            crowded().filter(|&one| table.insert(one)).collect();
        let each: BTreeSet<_> = table.each().collect();
        assert_eq!(each, set);
    }

    #[test]
    fn many_at_once_are_new_where_they_first_stand() {
        // A third of them stand there twice, and a table of so many has grown into
        // pages of its own.
        let all: Vec<_> = (0..200_000u128)
            .map(|n| xxh3_128(&(n % 133_333).to_le_bytes()) | 1)
            .collect();
        let (mut table, mut set) = (Table::new(), BTreeSet::new());
        for some in all.chunks(999) {
            some.iter().copied().for_each(table.fetch());
            let first = Vec::from_iter(
                (0..some.len()).filter(|&place| set.insert(some[place])),
            );
            let mut new = Vec::new();
            table.insert_all(some.iter().copied(), |place| new.push(place));
            assert_eq!(new, first);
        }
        assert!(table.at_once() > 1, "it is large");
        assert_eq!(table.len(), 133_333);
        assert_eq!(BTreeSet::from_iter(table.each()), set);
    }
}
