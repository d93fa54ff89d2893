//! What is open, what has room, and a send and a receive through a buffer, with
//! the hand-off.

use super::{Next, NextWith, Rules};
use crate::litmus::code::{Move, What, result};
use crate::litmus::dialect::SendOnClosed;
use crate::litmus::mutant::mutant;
use crate::litmus::program::{Kind, Side};
use crate::litmus::state::{PipePlace, State, pop, push};

impl PipePlace {
    /// Shut for senders: it was closed, or no receiver handle lives.
    pub(in crate::litmus) fn is_shut<const N: usize>(
        &self,
        state: &State<N>,
    ) -> bool {
        state[self.closed] != 0
            || state[self.receivers] == 0 && !mutant!("drop_of_receiver_unseen")
    }

    pub(in crate::litmus) fn has_room<const N: usize>(
        &self,
        state: &State<N>,
    ) -> bool {
        let reserved = match mutant!("permit_not_counted") {
            true => 0,
            false => state[self.reserved],
        };
        let taken = state[self.buffer] + reserved;
        self.capacity == u8::MAX || taken < self.capacity
    }
}

impl Rules<'_> {
    pub(super) fn handles(&self, channel: u8, side: Side) -> usize {
        let pipe = &self.layout.pipes[channel as usize];
        match side {
            Side::Sender => pipe.senders,
            Side::Receiver => pipe.receivers,
        }
    }

    pub(in crate::litmus) fn is_shut<const N: usize>(
        &self,
        state: &State<N>,
        channel: u8,
    ) -> bool {
        self.layout.pipes[channel as usize].is_shut(state)
    }

    pub(in crate::litmus) fn has_room<const N: usize>(
        &self,
        state: &State<N>,
        channel: u8,
    ) -> bool {
        self.layout.pipes[channel as usize].has_room(state)
    }

    pub(in crate::litmus) fn is_over<const N: usize>(
        &self,
        state: &State<N>,
        channel: u8,
    ) -> bool {
        self.nothing_comes(state, &self.layout.pipes[channel as usize])
    }

    /// No more will come: it was closed, or no sender and no permit lives. A
    /// permit that outlives a close may still bring something after it.
    // Asked in most states: a call would cost more than the answer.
    #[inline(always)]
    pub(in crate::litmus) fn nothing_comes<const N: usize>(
        &self,
        state: &State<N>,
        pipe: &PipePlace,
    ) -> bool {
        match state[pipe.closed] {
            0 if mutant!("permit_keeps_nothing_open") => {
                state[pipe.senders] == 0
            }
            0 => state[pipe.senders] + state[pipe.reserved] == 0,
            _ => {
                !self.dialect.permit_outlives_close || state[pipe.reserved] == 0
            }
        }
    }

    /// One send or receive, in every way in which it completes.
    pub(super) fn transfer<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        transfer: Move,
        value: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        let channel = transfer.channel;
        let kind = self.compiled.pipes[channel as usize].kind;
        match (transfer.what, kind) {
            (What::Send(_), Kind::Watch | Kind::Broadcast) => {
                self.publish(state, channel, value, next);
            }
            (What::Recv(_), Kind::Watch | Kind::Broadcast) => {
                self.see(state, slot, channel, next);
            }
            (What::Send(_), Kind::Rendezvous) => {
                self.meet_receiver(state, slot, channel, value, arrives, next);
            }
            (What::Recv(_), Kind::Rendezvous) => {
                self.meet_sender(state, slot, channel, arrives, next);
            }
            (What::Send(_), _) => {
                self.send(state, slot, channel, value, arrives, next);
            }
            (What::Recv(_), _) => {
                self.recv(state, slot, channel, arrives, next);
            }
        }
    }

    /// A send on a channel that is shut.
    pub(super) fn send_shut<const N: usize>(
        &self,
        state: &mut State<N>,
        next: NextWith<'_, N>,
    ) {
        if self.dialect.send_on_closed != SendOnClosed::Waits {
            next(state, result::CLOSED);
        }
    }

    /// A send into a buffer.
    fn send<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        if self.is_shut(state, channel) {
            if mutant!("close_forgets_senders") && !arrives {
                return;
            }
            return self.send_shut(state, next);
        }
        if !self.has_room(state, channel)
            || self.would_overtake(state, slot, channel, true, arrives)
        {
            return;
        }
        if self.compiled.pipes[channel as usize].kind == Kind::Oneshot
            && !mutant!("oneshot_keeps_sender")
        {
            state[self.layout.pipes[channel as usize].senders] -= 1;
        }
        self.append(state, slot, channel, value, &mut |state| {
            next(state, result::SENT);
        });
    }

    /// A value goes to a receiver that waits, or to the end of the buffer.
    pub(super) fn append<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        next: Next<'_, N>,
    ) {
        let buffer = self.layout.pipes[channel as usize].buffer;
        if self.hand_off[channel as usize]
            && state[buffer] == 0
            && !mutant!("hand_off_missed")
            && self.hand(state, slot, channel, value, next)
        {
            return;
        }
        push(state, buffer, value);
        next(state);
    }

    /// Hands a value to a receiver that waits; false if none does.
    pub(super) fn hand<const N: usize>(
        &self,
        state: &State<N>,
        slot: usize,
        channel: u8,
        value: u8,
        next: Next<'_, N>,
    ) -> bool {
        let mut any = false;
        self.waiters(state, slot, channel, false, &mut |waiter| {
            any = true;
            let state = &mut { *state };
            self.completed(state, waiter, value);
            next(state);
        });
        any
    }

    /// A receive from a buffer.
    fn recv<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        arrives: bool,
        next: NextWith<'_, N>,
    ) {
        let buffer = self.layout.pipes[channel as usize].buffer;
        let forgotten = mutant!("drain_forgotten")
            && state[self.layout.pipes[channel as usize].closed] != 0;
        if state[buffer] == 0 || forgotten {
            let told = arrives || !mutant!("close_forgets_receivers");
            if self.is_over(state, channel) && told {
                next(state, result::CLOSED);
            }
            return;
        }
        if self.would_overtake(state, slot, channel, false, arrives) {
            return;
        }
        let value = pop(state, buffer);
        self.serve(state, slot, channel, &mut |state| next(state, value));
    }

    /// A place may be free: under hand-off, who waits for it gets it.
    pub(super) fn serve<const N: usize>(
        &self,
        state: &mut State<N>,
        slot: usize,
        channel: u8,
        next: Next<'_, N>,
    ) {
        let mut any = false;
        if self.hand_off[channel as usize]
            && self.has_room(state, channel)
            && !self.is_shut(state, channel)
            && !mutant!("room_not_handed_on")
        {
            self.waiters(state, slot, channel, true, &mut |waiter| {
                any = true;
                let state = &mut { *state };
                let pipe = &self.layout.pipes[channel as usize];
                let sender = self.layout.slots[waiter.slot];
                let reserves = self.reserves(state, sender);
                match reserves {
                    Some(permit) => {
                        state[pipe.reserved] += 1;
                        let place =
                            &self.layout.processes[sender.process as usize];
                        state[place.permits + permit as usize] = 1;
                        self.completed(state, waiter, result::RESERVED);
                        next(state);
                    }
                    None => {
                        let value = self.offered(state, waiter);
                        self.completed(state, waiter, result::SENT);
                        let sender = waiter.slot;
                        // A receiver may wait while the places were reserved.
                        self.append(state, sender, channel, value, &mut |s| {
                            self.serve(s, slot, channel, next);
                        });
                    }
                }
            });
        }
        if !any {
            next(state);
        }
    }
}
