//! The states that were seen, by their fingerprints.

use xxhash_rust::xxh3::xxh3_128;

/// A fingerprint of 128 bits stands for a state: that two of 2^40 states have
/// the same one has a chance of 2^-49.
pub(super) type Fingerprint = u128;

/// What stands for a state of these bytes; never 0.
pub(super) fn fingerprint(state: &[u8]) -> Fingerprint {
    xxh3_128(state).max(1)
}

/// A set of fingerprints: one flat table, searched from the place that a
/// fingerprint names on.
#[derive(Clone)]
pub(super) struct Table {
    /// A power of two many; 0 is a free place.
    places: Vec<Fingerprint>,
    taken: usize,
}

const SMALLEST: usize = 64;
/// A table of fewer places lies in the cache.
const IN_CACHE: usize = 1 << 14;

impl Table {
    pub(super) fn new() -> Self {
        Table {
            places: vec![0; SMALLEST],
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
        match self.places.len() < IN_CACHE {
            true => 1,
            false => 8,
        }
    }

    fn home(&self, of: Fingerprint) -> usize {
        of as usize & (self.places.len() - 1)
    }

    /// Reads the places where these would stand, so that they are in the cache
    /// when each is asked for: the reads wait for memory side by side.
    pub(super) fn touch(&self, all: &[Fingerprint]) {
        if self.places.len() < IN_CACHE {
            return;
        }
        let mut read = 0;
        for &one in all {
            read ^= self.places[self.home(one)] as u8;
        }
        std::hint::black_box(read);
    }

    /// Adds one; false if it was there.
    pub(super) fn insert(&mut self, one: Fingerprint) -> bool {
        let mask = self.places.len() - 1;
        let mut place = self.home(one);
        loop {
            match self.places[place & mask] {
                0 => break,
                found if found == one => return false,
                _ => place += 1,
            }
        }
        self.places[place & mask] = one;
        self.taken += 1;
        // At most five places of eight are taken.
        if self.taken * 8 > self.places.len() * 5 {
            self.grow();
        }
        true
    }

    fn grow(&mut self) {
        let larger = vec![0; self.places.len() * 4];
        let before = std::mem::replace(&mut self.places, larger);
        let mask = self.places.len() - 1;
        for one in before.into_iter().filter(|&one| one != 0) {
            let mut place = self.home(one);
            while self.places[place & mask] != 0 {
                place += 1;
            }
            self.places[place & mask] = one;
        }
    }

    /// All of them.
    pub(super) fn into_each(self) -> impl Iterator<Item = Fingerprint> {
        self.places.into_iter().filter(|&one| one != 0)
    }
}
