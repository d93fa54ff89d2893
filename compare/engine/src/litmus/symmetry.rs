//! Identical processes: states and outcomes that differ by which is which.

use super::code::Compiled;
use super::rules::Rules;
use super::search::Unanswered;
use super::state::State;
use std::ops::Range;

impl Rules<'_> {
    /// Puts the identical processes of a state in order.
    pub(super) fn canonical<const N: usize>(&self, state: &mut State<N>) {
        for group in &self.reduced.alike {
            // They are few, and mostly in order.
            for from in 1..group.len() {
                for at in (1..=from).rev() {
                    let before = self.block(group[at - 1]);
                    let behind = self.block(group[at]);
                    if state[before.clone()] <= state[behind.clone()] {
                        break;
                    }
                    for (one, other) in before.zip(behind) {
                        state.swap(one, other);
                    }
                }
            }
        }
    }

    fn block(&self, process: u8) -> Range<usize> {
        let place = &self.layout.processes[process as usize];
        place.pc..place.end
    }
}

/// Hands on the key of every outcome that differs from that of `key` by which
/// of the identical processes is which, that one among them.
pub(super) fn permuted(
    compiled: &Compiled,
    alike: &[Vec<u8>],
    key: &[u8],
    next: &mut dyn FnMut(&[u8]) -> Result<(), Unanswered>,
) -> Result<(), Unanswered> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut rest = key;
    for code in &compiled.codes {
        let length = match code.observed {
            true => 3 + rest[2] as usize,
            false => 0,
        };
        let (part, behind) = rest.split_at(length);
        parts.push(part);
        rest = behind;
    }
    each_order(&mut parts, alike, next)
}

fn each_order(
    parts: &mut [&[u8]],
    alike: &[Vec<u8>],
    next: &mut dyn FnMut(&[u8]) -> Result<(), Unanswered>,
) -> Result<(), Unanswered> {
    let Some((group, others)) = alike.split_first() else {
        return next(&parts.concat());
    };
    let mut order: Vec<&[u8]> = group
        .iter()
        .map(|&process| parts[process as usize])
        .collect();
    order.sort_unstable();
    loop {
        for (&process, part) in group.iter().zip(&order) {
            parts[process as usize] = part;
        }
        each_order(parts, others, next)?;
        if !next_order(&mut order) {
            return Ok(());
        }
    }
}

/// The next of the different orders, from the sorted one on; false behind the
/// last.
fn next_order(order: &mut [&[u8]]) -> bool {
    let rises = order.windows(2).rposition(|pair| pair[0] < pair[1]);
    let Some(rises) = rises else {
        return false;
    };
    let larger = order.iter().rposition(|part| *part > order[rises]);
    order.swap(rises, larger.expect("the one behind it is larger"));
    order[rises + 1..].reverse();
    true
}
