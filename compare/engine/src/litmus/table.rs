//! The states that were seen, by their fingerprints.

use super::state::State;
use xxhash_rust::xxh3::xxh3_128;

/// A fingerprint of 127 bits stands for a state: that two of 2^40 states have
/// the same one has a chance of 2^-48. The highest bit is set: its upper half is
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
    xxh3_128(&state[..bytes]) | 1 << 127
}

fn high(of: Fingerprint) -> u64 {
    (of >> 64) as u64
}

/// So many stand in a line of the cache, which is what is read from memory at
/// once.
const LINE: usize = 4;

/// A set of fingerprints: one flat table of lines, searched from the line that
/// a fingerprint names on. Its first bits name it, so a table has them nearly in
/// order, and a larger one is filled from the front to the back.
#[derive(Clone)]
pub(super) struct Table {
    /// The free places of a line are its last ones, and 0.
    places: Vec<Fingerprint>,
    /// Where the first line begins: at a line of the cache.
    start: usize,
    /// A power of two.
    lines: usize,
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
        let places = vec![0; (lines + 1) * LINE - 1];
        let line = LINE * size_of::<Fingerprint>();
        Table {
            start: places.as_ptr().align_offset(line).min(LINE - 1),
            places,
            lines,
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
        self.places.len() * size_of::<Fingerprint>()
    }

    /// Of how many states the next ones should be asked for together: the more
    /// wait for memory at once, the less each waits.
    pub(super) fn at_once(&self) -> usize {
        match self.lines < IN_CACHE {
            true => 1,
            false => 32,
        }
    }

    /// Where the line begins that a fingerprint names, or one behind it.
    fn line(&self, of: Fingerprint, behind: usize) -> usize {
        let first = (of as u64 >> self.unused) as usize;
        let line = first.wrapping_add(behind) & (self.lines - 1);
        self.start + line * LINE
    }

    /// Reads the lines where these would stand, so that they are in the cache
    /// when each is asked for: the reads wait for memory side by side.
    pub(super) fn touch(&self, all: impl Iterator<Item = Fingerprint>) {
        if self.lines < IN_CACHE {
            return;
        }
        let mut read = 0;
        for one in all {
            read ^= self.places[self.line(one, 0)] as u8;
        }
        std::hint::black_box(read);
    }

    /// Adds one; false if it was there.
    pub(super) fn insert(&mut self, one: Fingerprint) -> bool {
        for behind in 0.. {
            let from = self.line(one, behind);
            let line = self.places[from..].first_chunk_mut::<LINE>();
            let line = line.expect("each line has all of its places");
            // All of a line are looked at: to branch on each costs more.
            let differs = line.map(|at| (at ^ one) as u64 | high(at ^ one));
            let [a, b, c, d] = differs;
            if a.min(b).min(c.min(d)) == 0 {
                return false;
            }
            let [a, b, c, d] = line.map(|at| usize::from(high(at) != 0));
            if let Some(free) = line.get_mut(a + b + c + d) {
                *free = one;
                break;
            }
        }
        self.taken += 1;
        // At most five places of eight are taken.
        if self.taken * 8 > self.lines * LINE * 5 {
            self.grow();
        }
        true
    }

    fn grow(&mut self) {
        let larger = Table::of(self.lines * 4);
        for one in std::mem::replace(self, larger).into_each() {
            self.insert(one);
        }
    }

    /// All of them.
    pub(super) fn into_each(self) -> impl Iterator<Item = Fingerprint> {
        self.places.into_iter().filter(|&one| one != 0)
    }
}
