//! watch and broadcast: what every receiver sees.

use super::{NextWith, Rules};
use crate::litmus::code::result;
use crate::litmus::mutant::mutant;
use crate::litmus::program::Kind;
use crate::litmus::state::{State, pop, push};

impl Rules<'_> {
    /// A send that everybody will see.
    pub(super) fn publish<const N: usize>(
        &self,
        state: &mut State<N>,
        channel: u8,
        value: u8,
        next: NextWith<'_, N>,
    ) {
        if self.is_shut(state, channel) {
            return self.send_shut(state, next);
        }
        let pipe = &self.layout.pipes[channel as usize];
        state[pipe.sent] += 1;
        let kept = match self.compiled.pipes[channel as usize].kind {
            Kind::Watch => 1,
            _ => self.compiled.pipes[channel as usize].capacity,
        };
        if state[pipe.buffer] == kept {
            pop(state, pipe.buffer);
        }
        push(state, pipe.buffer, value);
        next(state, result::SENT);
    }

    /// A receive of what everybody sees.
    pub(super) fn see<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        next: NextWith<'_, N>,
    ) {
        let process = self.layout.slots[slot].process as usize;
        let seen = self.layout.processes[process].seen[channel as usize];
        let seen = seen as usize;
        let pipe = &self.layout.pipes[channel as usize];
        let (sent, kept) = (state[pipe.sent], state[pipe.buffer]);
        if state[seen] == sent {
            if self.is_over(state, channel) {
                next(state, result::CLOSED);
            }
            return;
        }
        let watch = self.compiled.pipes[channel as usize].kind == Kind::Watch;
        let gone = sent - kept;
        if watch {
            state[seen] = sent;
            next(state, state[pipe.buffer + 1]);
        } else if state[seen] < gone
            && !mutant!("broadcast_forgets_who_is_late")
        {
            let missed = gone - state[seen];
            state[seen] = gone + u8::from(mutant!("lag_off_by_one"));
            next(state, self.compiled.lagged(missed));
        } else {
            let place = match mutant!("broadcast_sees_newest") {
                true => pipe.buffer + kept as usize,
                false => {
                    let place = state[seen].saturating_sub(gone);
                    pipe.buffer + 1 + place as usize
                }
            };
            state[seen] += 1;
            next(state, state[place]);
        }
    }
}
