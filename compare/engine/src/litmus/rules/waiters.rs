//! Who waits for what, and in which order.

use super::futures::clear;
use super::{Rules, Waiter};
use crate::litmus::code::{Move, Op, What};
use crate::litmus::mutant::mutant;
use crate::litmus::state::{Slot, State, future, status};

impl Rules<'_> {
    /// Enters behind all who wait.
    pub(super) fn enter<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
    ) {
        let last = self.layout.slots.iter().map(|slot| state[slot.rank]).max();
        state[self.layout.slots[slot].rank] = last.unwrap_or(0) + 1;
    }

    /// Leaves, if it waits; those behind it move up.
    pub(in crate::litmus) fn leave<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
    ) {
        let rank = state[self.layout.slots[slot].rank];
        if rank == 0 {
            return;
        }
        state[self.layout.slots[slot].rank] = 0;
        for slot in &self.layout.slots {
            let other = &mut state[slot.rank];
            *other -= u8::from(*other > rank);
        }
    }

    /// What one that waits on channels waits for.
    fn arms<const N: usize>(&self, state: &State<N>, slot: Slot) -> &[Move] {
        if let Some(number) = slot.future {
            let number = number as usize;
            return &self.code(slot.process).futures[number..=number];
        }
        match &self.at(state, slot.process).op {
            Op::Wait { transfer, .. } | Op::Each { transfer, .. } => {
                std::slice::from_ref(transfer)
            }
            Op::Select { arms, .. } => arms,
            _ => &[],
        }
    }

    /// Whether only the first of its arms that can complete is taken.
    fn is_biased<const N: usize>(&self, state: &State<N>, slot: Slot) -> bool {
        // The process of a future may be anywhere, also at its end.
        if slot.future.is_some() {
            return false;
        }
        match &self.at(state, slot.process).op {
            Op::Select { biased, .. } => *biased || self.dialect.first_arm,
            _ => false,
        }
    }

    /// The permit for which a slot waits, if it does.
    pub(super) fn reserves<const N: usize>(
        &self,
        state: &State<N>,
        slot: Slot,
    ) -> Option<u8> {
        if slot.future.is_some() {
            return None;
        }
        match &self.at(state, slot.process).op {
            Op::Reserve { permit, .. } => Some(*permit),
            _ => None,
        }
    }

    /// Hands on who waits on one side of `channel` beside `slot`: the first of
    /// them where it is first in, first out.
    pub(super) fn waiters<const N: usize>(
        &self,
        state: &State<N>,
        slot: usize,
        channel: u8,
        senders: bool,
        next: &mut dyn FnMut(Waiter),
    ) {
        let mut first = u8::MAX;
        if self.fifo[channel as usize] && !mutant!("fifo_broken") {
            self.all_waiters(state, slot, channel, senders, &mut |waiter| {
                let rank = state[self.layout.slots[waiter.slot].rank];
                first = first.min(rank);
            });
        }
        self.all_waiters(state, slot, channel, senders, &mut |waiter| {
            if state[self.layout.slots[waiter.slot].rank] <= first {
                next(waiter);
            }
        });
    }

    fn all_waiters<const N: usize>(
        &self,
        state: &State<N>,
        me: usize,
        channel: u8,
        senders: bool,
        next: &mut dyn FnMut(Waiter),
    ) {
        let unmarked = self.reduced.unmarked[channel as usize];
        for (number, slot) in self.layout.slots.iter().enumerate() {
            let waits = match unmarked {
                true => self.stands(state, *slot),
                false => state[slot.rank] != 0,
            };
            if !waits || number == me {
                continue;
            }
            let own = slot.process == self.layout.slots[me].process;
            if mutant!("own_future_not_met") && own {
                continue;
            }
            for (arm, transfer) in self.arms(state, *slot).iter().enumerate() {
                let sends = matches!(transfer.what, What::Send(_));
                if transfer.channel == channel && sends == senders {
                    next(Waiter { slot: number, arm });
                    if self.is_biased(state, *slot) {
                        break;
                    }
                }
            }
            if senders && slot.future.is_none() {
                let op = &self.at(state, slot.process).op;
                if let Op::Reserve { channel: of, .. } = op {
                    if *of == channel {
                        next(Waiter {
                            slot: number,
                            arm: 0,
                        });
                    }
                }
            }
        }
    }

    /// Whether an operation would overtake one that waits for the same.
    pub(super) fn would_overtake<const N: usize>(
        &self,
        state: &State<N>,
        slot: usize,
        channel: u8,
        senders: bool,
        arrives: bool,
    ) -> bool {
        if !self.fifo[channel as usize] || mutant!("overtakes") {
            return false;
        }
        let mine = match arrives {
            true => u8::MAX,
            false => state[self.layout.slots[slot].rank],
        };
        let mut overtakes = false;
        self.all_waiters(state, slot, channel, senders, &mut |waiter| {
            let rank = state[self.layout.slots[waiter.slot].rank];
            overtakes |= rank < mine;
        });
        overtakes
    }

    /// The value that a sender waits with.
    pub(super) fn offered<const N: usize>(
        &self,
        state: &State<N>,
        waiter: Waiter,
    ) -> u8 {
        let slot = self.layout.slots[waiter.slot];
        match slot.future {
            Some(number) => state[self.future_at(slot.process, number) + 1],
            None => match self.arms(state, slot)[waiter.arm].what {
                What::Send(source) => self.value(state, slot.process, source),
                What::Recv(_) => unreachable!("a sender was asked for"),
            },
        }
    }

    /// One that waits is completed by its partner, with a value or as sent: so
    /// it does not fail, and there is one way.
    pub(super) fn completed<const N: usize>(
        &self,
        state: &mut State<N>,
        waiter: Waiter,
        result: u8,
    ) {
        let slot = self.layout.slots[waiter.slot];
        let process = slot.process;
        let mut arm = None;
        if let Some(number) = slot.future {
            self.leave(state, waiter.slot);
            let at = self.future_at(process, number);
            state[at] = future::COMPLETED;
            state[at + 1] = result;
            let place = &self.layout.processes[process as usize];
            let awaits = state[place.status] == status::WAITING
                && matches!(self.at(state, process).op,
                    Op::Await(awaited) if awaited == number);
            if !awaits {
                return;
            }
            clear(state, at);
        } else if let Op::Select { .. } = self.at(state, process).op {
            arm = Some(waiter.arm);
        }
        self.finish(state, process, arm, result, &mut |_| {});
    }
}
