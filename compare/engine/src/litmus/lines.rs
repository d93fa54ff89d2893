//! The memory of a table of fingerprints: lines of the cache.

use memmap2::MmapMut;
use std::ops::{Deref, DerefMut};

/// What is read from memory at once. Its free places are its last ones, and 0.
/// The halves of its fingerprints stand apart, the lower ones first, so that all
/// are looked at with one half.
pub(super) type Line = [u64; 2 * IN_LINE];

/// So many fingerprints stand in a line.
pub(super) const IN_LINE: usize = 4;

const FREE: Line = [0; 2 * IN_LINE];

/// Whether it is there.
#[inline(always)]
pub(super) fn has(line: &Line, lower: u64, upper: u64) -> bool {
    let (lowers, uppers) = line.split_at(IN_LINE);
    // All are looked at: to branch on each costs more.
    let same = lowers.iter().map(|&other| other == lower);
    same.fold(false, |any, same| any | same)
        && lowers.iter().zip(uppers).any(|one| one == (&lower, &upper))
}

/// Adds one at the first free place; false if there is none.
#[inline(always)]
pub(super) fn add(line: &mut Line, lower: u64, upper: u64) -> bool {
    let taken = line[..IN_LINE].iter().map(|&lower| usize::from(lower != 0));
    let free = taken.sum::<usize>();
    if free < IN_LINE {
        line[free] = lower;
        line[free + IN_LINE] = upper;
    }
    free < IN_LINE
}

/// The halves of those that are there.
pub(super) fn each(line: &Line) -> impl Iterator<Item = (u64, u64)> {
    let (lowers, uppers) = line.split_at(IN_LINE);
    let halves = lowers.iter().copied().zip(uppers.iter().copied());
    halves.take_while(|halves| halves.0 != 0)
}

/// Lines, all free at first.
pub(super) enum Lines {
    Few(Vec<Line>),
    /// Pages of their own, large ones where the system has them: to find out
    /// where a page lies takes time, too.
    Many(MmapMut),
}

/// Fewer lie in the cache.
const MANY: usize = 1 << 12;

impl Lines {
    pub(super) fn free(count: usize) -> Self {
        if count >= MANY {
            if let Ok(pages) = MmapMut::map_anon(count * size_of::<Line>()) {
                // A system that has no large pages, or none to give, says so.
                #[cfg(target_os = "linux")]
                let _ = pages.advise(memmap2::Advice::HugePage);
                return Lines::Many(pages);
            }
        }
        Lines::Few(vec![FREE; count])
    }

    pub(super) fn are_many(&self) -> bool {
        self.len() >= MANY
    }
}

impl Deref for Lines {
    type Target = [Line];

    #[inline(always)]
    fn deref(&self) -> &[Line] {
        match self {
            Lines::Few(lines) => lines,
            Lines::Many(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl DerefMut for Lines {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Line] {
        match self {
            Lines::Few(lines) => lines,
            Lines::Many(pages) => bytemuck::cast_slice_mut(pages),
        }
    }
}
