//! A state, packed into bytes, and where each thing stands in it.

use super::code::{Compiled, Invalid, MOST};
use super::program::Kind;

/// A state of at most `N` bytes; those behind its own are 0.
pub(super) type State<const N: usize> = [u8; N];

/// The largest states there are.
pub(super) const LARGEST: usize = 1024;

/// What a process is doing.
pub(super) mod status {
    pub(crate) const IDLE: u8 = 0;
    pub(crate) const READY: u8 = 1;
    pub(crate) const WAITING: u8 = 2;
    pub(crate) const DONE: u8 = 3;
    pub(crate) const NO_VALUE: u8 = 4;
    pub(crate) const SEND_ON_CLOSED: u8 = 5;
    pub(crate) const CLOSED_TWICE: u8 = 6;
}

/// What has become of a future.
pub(super) mod future {
    /// Not started, or used up.
    pub(crate) const NONE: u8 = 0;
    pub(crate) const WAITING: u8 = 1;
    /// It completed when it was started.
    pub(crate) const AT_START: u8 = 2;
    /// Somebody completed it while it waited.
    pub(crate) const COMPLETED: u8 = 3;
}

/// Where a process stands in a state.
#[derive(Clone, Debug)]
pub(super) struct ProcessPlace {
    pub(super) pc: usize,
    pub(super) status: usize,
    /// Two bytes: how much of its time is left.
    pub(super) left: usize,
    pub(super) registers: usize,
    /// Three bytes each: what has become of it, its value or result, its rank.
    pub(super) futures: usize,
    pub(super) permits: usize,
    /// Its length, then its results.
    pub(super) log: usize,
    /// Where all of this ends.
    pub(super) end: usize,
    /// How many versions or messages it has seen of each channel.
    pub(super) seen: [u16; MOST],
}

/// Where a channel stands in a state, and what it has room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct PipePlace {
    /// `u8::MAX` is no bound.
    pub(super) capacity: u8,
    pub(super) closed: usize,
    pub(super) senders: usize,
    pub(super) receivers: usize,
    pub(super) reserved: usize,
    /// How many were ever sent, for those that every receiver sees.
    pub(super) sent: usize,
    /// Its length, then its messages.
    pub(super) buffer: usize,
}

/// Something that can wait on channels: a process, or a future of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) process: u8,
    pub(super) future: Option<u8>,
    /// Where its rank among those that wait stands; 0 if it does not.
    pub(super) rank: usize,
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) processes: Vec<ProcessPlace>,
    pub(super) pipes: Vec<PipePlace>,
    pub(super) slots: Vec<Slot>,
    pub(super) size: usize,
}

impl Layout {
    pub(super) fn new(compiled: &Compiled) -> Result<Self, Invalid> {
        let mut size = 0;
        let mut take = |count: usize| {
            size += count;
            size - count
        };
        let mut slots = Vec::with_capacity(compiled.codes.len());
        let mut processes = Vec::with_capacity(compiled.codes.len());
        for (process, code) in compiled.codes.iter().enumerate() {
            let pc = take(1);
            let status = take(1);
            slots.push(Slot {
                process: process as u8,
                future: None,
                rank: take(1),
            });
            let mut seen = [u16::MAX; MOST];
            for (seen, pipe) in seen.iter_mut().zip(&compiled.pipes) {
                if let Kind::Watch | Kind::Broadcast = pipe.kind {
                    *seen = take(1) as u16;
                }
            }
            let mut place = ProcessPlace {
                pc,
                status,
                seen,
                left: take(2),
                registers: take(code.registers),
                futures: take(3 * code.futures.len()),
                permits: take(code.permits.len()),
                log: take(if code.observed { 1 + code.log } else { 0 }),
                end: 0,
            };
            place.end = take(0);
            processes.push(place);
        }
        for (process, code) in compiled.codes.iter().enumerate() {
            for future in 0..code.futures.len() {
                slots.push(Slot {
                    process: process as u8,
                    future: Some(future as u8),
                    rank: processes[process].futures + 3 * future + 2,
                });
            }
        }
        let mut pipes = Vec::with_capacity(compiled.pipes.len());
        for pipe in &compiled.pipes {
            let kept = match pipe.kind {
                Kind::Watch => 1,
                Kind::Broadcast => pipe.most.min(pipe.capacity as usize),
                // What is given back may stand beside what fills it.
                _ => pipe.most,
            };
            pipes.push(PipePlace {
                capacity: pipe.capacity,
                closed: take(1),
                senders: take(1),
                receivers: take(1),
                reserved: take(1),
                sent: take(1),
                buffer: take(1 + kept),
            });
        }
        if size > LARGEST {
            return Err(Invalid {
                path: "$".into(),
                problem: format!(
                    "a state of it takes {size} bytes, and at most {LARGEST} \
                     are allowed"
                ),
                too_large: true,
            });
        }
        Ok(Layout {
            processes,
            pipes,
            slots,
            size,
        })
    }
}

/// Adds to the end of a list that begins with its length.
pub(super) fn push<const N: usize>(
    state: &mut State<N>,
    list: usize,
    item: u8,
) {
    state[list] += 1;
    let length = state[list] as usize;
    state[list + length] = item;
}

/// Adds to the front of a list.
pub(super) fn push_front<const N: usize>(
    state: &mut State<N>,
    list: usize,
    item: u8,
) {
    let length = state[list] as usize;
    state.copy_within(list + 1..list + 1 + length, list + 2);
    state[list] += 1;
    state[list + 1] = item;
}

/// Takes the first of a list that is not empty.
pub(super) fn pop<const N: usize>(state: &mut State<N>, list: usize) -> u8 {
    let length = state[list] as usize;
    let items = &mut state[list + 1..=list + length];
    let first = items[0];
    // They are few: this is faster than a call that moves bytes.
    for place in 1..items.len() {
        items[place - 1] = items[place];
    }
    items[length - 1] = 0;
    state[list] -= 1;
    first
}
