//! The states that were seen, by their fingerprints.

use super::state::State;
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

/// So many stand in a line of the cache, which is what is read from memory at
/// once.
const IN_LINE: usize = 4;

/// The free places of a line are its last ones, and 0. The halves of its
/// fingerprints stand apart, so that all are looked at with one half.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    lower: [u64; IN_LINE],
    upper: [u64; IN_LINE],
}

impl Line {
    const FREE: Line = Line {
        lower: [0; IN_LINE],
        upper: [0; IN_LINE],
    };

    /// How many there are.
    fn taken(&self) -> usize {
        let [a, b, c, d] = self.lower.map(|lower| usize::from(lower != 0));
        a + b + c + d
    }

    fn each(self) -> impl Iterator<Item = Fingerprint> {
        let halves = self.lower.into_iter().zip(self.upper);
        let taken = halves.take_while(|halves| halves.0 != 0);
        taken.map(|(lower, upper)| u128::from(upper) << 64 | u128::from(lower))
    }
}

/// A set of fingerprints: one flat table of lines, searched from the line that
/// a fingerprint names on. Its first bits name it, so a table has them nearly in
/// order, and a larger one is filled from the front to the back.
#[derive(Clone)]
pub(super) struct Table {
    /// A power of two.
    lines: Vec<Line>,
    /// How many of 64 bits do not name a line.
    unused: u32,
    taken: usize,
}

const SMALLEST: usize = 16;
/// A table of fewer lines lies in the cache.
const IN_CACHE: usize = 1 << 12;

impl Table {
    pub(super) fn new() -> Self {
        Table::of(SMALLEST)
    }

    fn of(lines: usize) -> Self {
        Table {
            lines: vec![Line::FREE; lines],
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
        self.lines.len() * size_of::<Line>()
    }

    /// Of how many states the next ones should be asked for together: the more
    /// wait for memory at once, the less each waits.
    pub(super) fn at_once(&self) -> usize {
        match self.lines.len() < IN_CACHE {
            true => 1,
            false => 32,
        }
    }

    /// The line that the lower half of a fingerprint names.
    fn line(&self, lower: u64) -> usize {
        (lower >> self.unused) as usize
    }

    /// Reads the lines where these would stand, so that they are in the cache
    /// when each is asked for: the reads wait for memory side by side.
    pub(super) fn touch(&self, all: impl Iterator<Item = Fingerprint>) {
        if self.lines.len() < IN_CACHE {
            return;
        }
        let mut read = 0;
        for one in all {
            read ^= self.lines[self.line(one as u64)].lower[0];
        }
        std::hint::black_box(read);
    }

    /// Adds one; false if it was there.
    #[inline]
    pub(super) fn insert(&mut self, one: Fingerprint) -> bool {
        let (lower, upper) = (one as u64, (one >> 64) as u64);
        let mut place = self.line(lower);
        loop {
            let line = &mut self.lines[place];
            // All of a line are looked at: to branch on each costs more.
            let [a, b, c, d] = line.lower.map(|other| other == lower);
            if a | b | c | d {
                let mut both = line.lower.iter().zip(&line.upper);
                if both.any(|halves| halves == (&lower, &upper)) {
                    return false;
                }
            }
            let free = line.taken();
            if free < IN_LINE {
                line.lower[free] = lower;
                line.upper[free] = upper;
                break;
            }
            place = (place + 1) & (self.lines.len() - 1);
        }
        self.taken += 1;
        // At most five places of eight are taken.
        if self.taken * 8 > self.lines.len() * IN_LINE * 5 {
            self.grow();
        }
        true
    }

    #[cold]
    fn grow(&mut self) {
        let larger = Table::of(self.lines.len() * 4);
        for one in std::mem::replace(self, larger).into_each() {
            self.insert(one);
        }
    }

    /// All of them.
    pub(super) fn into_each(self) -> impl Iterator<Item = Fingerprint> {
        self.lines.into_iter().flat_map(Line::each)
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
        assert_eq!(table.into_each().count(), set.len());
    }

    #[test]
    fn a_larger_table_has_all_of_the_smaller_one() {
        let mut table = Table::new();
        let set: BTreeSet<_> =
            crowded().filter(|&one| table.insert(one)).collect();
        let each: BTreeSet<_> = table.into_each().collect();
        assert_eq!(each, set);
    }
}
