//! What a search may leave out: the reductions, and where each is sound.
//!
//! Each keeps every outcome. Where it is not known to, for an operation or a
//! channel of a program under a dialect, it switches itself off there.

use super::code::{Compiled, Move, Op, What};
use super::dialect::{CloseTwice, Dialect, SendOnClosed, Time};
use super::mutant::mutant;
use super::program::{Kind, Side};
use super::rules::Rules;
use super::state::{Slot, State, future, status};

/// Which reductions a search uses. They change how many states it looks at, and
/// no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reductions {
    /// To begin to wait is no step, where nobody can tell who waits from who
    /// has not come yet.
    pub waits: bool,
    /// A step that commutes with all that the others can do before it is the
    /// only one that is taken (a persistent set of one process).
    pub eager: bool,
    /// Of states that differ by which of several identical processes is where,
    /// one stands for all.
    pub symmetry: bool,
}

impl Reductions {
    /// All of them.
    pub const ALL: Reductions = Reductions {
        waits: true,
        eager: true,
        symmetry: true,
    };
    /// None: every state is looked at.
    pub const NONE: Reductions = Reductions {
        waits: false,
        eager: false,
        symmetry: false,
    };
}

impl Default for Reductions {
    fn default() -> Self {
        Reductions::ALL
    }
}

/// When the step of an operation is the only one that has to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Eager {
    /// Never.
    #[default]
    Never,
    /// Whenever its process is ready: nobody else notices it.
    Local,
    /// When the channel is over, or has a message and only this process
    /// receives from it.
    Recv { only: bool },
    /// When the channel is shut, or has room and only this process sends.
    Send { shut: bool, only: bool },
    /// When the only sender and the only receiver both stand there.
    Meet { receiver: u8 },
    /// When the other process has ended.
    Join,
    /// When the future has completed.
    Await,
    /// When the channel was closed before.
    Close,
    /// When the sleep may end.
    Sleep,
}

/// Where the reductions hold in a program.
#[derive(Clone, Debug)]
pub(super) struct Reduced {
    /// Per channel: nobody is ever marked as waiting on it.
    pub(super) unmarked: Vec<bool>,
    /// Per process and instruction: to begin to wait at it is no step.
    pub(super) lazy: Vec<Vec<bool>>,
    /// Per process and instruction.
    pub(super) eager: Vec<Vec<Eager>>,
    pub(super) any_eager: bool,
    /// The processes that are identical, if there are several.
    pub(super) alike: Vec<Vec<u8>>,
}

impl Reduced {
    /// No reduction.
    pub(super) fn none(compiled: &Compiled<'_>) -> Self {
        Reduced {
            unmarked: vec![false; compiled.pipes.len()],
            lazy: Vec::new(),
            eager: Vec::new(),
            any_eager: false,
            alike: Vec::new(),
        }
    }

    pub(super) fn new(
        compiled: &Compiled<'_>,
        dialect: &Dialect,
        time: Time,
        (fifo, hand_off): (&[bool], &[bool]),
        reductions: Reductions,
    ) -> Self {
        let mut facts = Facts {
            compiled,
            dialect,
            time,
            plain: fifo.iter().zip(hand_off).map(|(f, h)| !f && !h).collect(),
            unmarked: vec![false; compiled.pipes.len()],
            on: reductions.waits,
        };
        facts.mark();
        let lazy = facts.each_op(|_, _, op| facts.is_lazy(op));
        let eager = facts.each_op(|process, pc, op| match reductions.eager {
            true => facts.eager(process, pc, op),
            false => Eager::Never,
        });
        let alike = match reductions.symmetry {
            true => alike(compiled),
            false => Vec::new(),
        };
        let of_all = |each: &[Eager]| each.iter().any(|e| *e != Eager::Never);
        Reduced {
            any_eager: eager.iter().any(|each| of_all(each)),
            lazy,
            eager,
            alike,
            unmarked: facts.unmarked,
        }
    }
}

impl Rules<'_> {
    /// Whether it is no step to begin to wait where `process` stands.
    pub(super) fn is_lazy<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
    ) -> bool {
        let pc = state[self.layout.processes[process as usize].pc] as usize;
        match self.reduced.lazy.get(process as usize) {
            Some(lazy) => lazy[pc],
            None => false,
        }
    }

    /// Whether a process stands at an operation at which it could wait.
    pub(super) fn stands<const N: usize>(
        &self,
        state: &State<N>,
        slot: Slot,
    ) -> bool {
        let place = &self.layout.processes[slot.process as usize];
        slot.future.is_none()
            && state[place.status] == status::READY
            && self.is_lazy(state, slot.process)
            && self.all_bound(state, slot.process)
    }

    /// Whether the steps of `process` are the only ones that have to be taken.
    pub(super) fn is_eager<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
    ) -> bool {
        let place = &self.layout.processes[process as usize];
        let is = state[place.status];
        if is != status::READY && is != status::WAITING {
            return false;
        }
        let pc = state[place.pc] as usize;
        let eager = self.reduced.eager[process as usize][pc];
        if is == status::WAITING {
            return eager == Eager::Sleep && self.may_strike(state, process);
        }
        if eager == Eager::Never || !self.all_bound(state, process) {
            return false;
        }
        let op = &self.at(state, process).op;
        match (eager, op) {
            (Eager::Local | Eager::Sleep, _) => true,
            (Eager::Join, Op::Join(other)) => self.has_ended(state, *other),
            (Eager::Await, Op::Await(future)) => {
                self.is_there(state, process, *future)
            }
            (Eager::Close, Op::Close(channel)) => {
                state[self.layout.pipes[*channel as usize].closed] != 0
            }
            (eager, op) => self.is_eager_move(state, eager, op),
        }
    }

    /// Whether a future has a result that its await does not fail for.
    fn is_there<const N: usize>(
        &self,
        state: &State<N>,
        process: u8,
        future: u8,
    ) -> bool {
        let at = self.future_at(process, future);
        let code = &self.compiled.codes[process as usize];
        let binds = code.futures[future as usize].what;
        state[at] != future::WAITING
            && (!matches!(binds, What::Recv(Some(_)))
                || self.compiled.is_value(state[at + 1]))
    }

    fn is_eager_move<const N: usize>(
        &self,
        state: &State<N>,
        eager: Eager,
        op: &Op,
    ) -> bool {
        let [Move { channel, what }] = *moves(op) else {
            return false;
        };
        let pipe = &self.layout.pipes[channel as usize];
        match eager {
            Eager::Recv { only } if state[pipe.buffer] > 0 => only,
            Eager::Recv { .. } => {
                let binds = matches!(what, What::Recv(Some(_)))
                    && !matches!(op, Op::Each { .. });
                !binds && self.is_over(state, channel)
            }
            Eager::Send { shut, only } => match self.is_shut(state, channel) {
                true => shut,
                false => only && self.has_room(state, channel),
            },
            Eager::Meet { receiver } => {
                let there = &self.layout.processes[receiver as usize];
                let receives = |op: &Op| {
                    matches!(op, Op::Wait { .. } | Op::Each { .. })
                        && moves(op)
                            .iter()
                            .any(|is| is.channel == channel && !sends(is))
                };
                state[there.status] == status::READY
                    && receives(&self.at(state, receiver).op)
                    && !self.is_shut(state, channel)
            }
            _ => false,
        }
    }
}

/// Who owns, runs and is the same, and is neither spawned nor joined.
fn alike(compiled: &Compiled<'_>) -> Vec<Vec<u8>> {
    let count = compiled.codes.len();
    let mut named = vec![false; count];
    for instruction in compiled.codes.iter().flat_map(|c| &c.instructions) {
        if let Op::Spawn(other) | Op::Join(other) = instruction.op {
            named[other as usize] = true;
        }
    }
    let mut groups: Vec<Vec<u8>> = Vec::new();
    for process in (0..count).filter(|&process| !named[process]) {
        let same = |group: &&mut Vec<u8>| {
            compiled.codes[group[0] as usize] == compiled.codes[process]
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(process as u8),
            None => groups.push(vec![process as u8]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// What the text of a program says about its channels.
struct Facts<'a> {
    compiled: &'a Compiled<'a>,
    dialect: &'a Dialect,
    time: Time,
    /// Whether nothing on a channel depends on who waits.
    plain: Vec<bool>,
    unmarked: Vec<bool>,
    on: bool,
}

/// The sends and receives of an operation.
fn moves(op: &Op) -> &[Move] {
    match op {
        Op::Wait { transfer, .. }
        | Op::Try { transfer }
        | Op::Each { transfer, .. }
        | Op::Start(_, transfer) => std::slice::from_ref(transfer),
        Op::Select { arms, .. } => arms,
        _ => &[],
    }
}

fn sends(transfer: &Move) -> bool {
    matches!(transfer.what, What::Send(_))
}

impl Facts<'_> {
    fn each_op<T>(&self, of: impl Fn(u8, usize, &Op) -> T) -> Vec<Vec<T>> {
        let each = self.compiled.codes.iter().enumerate().map(|(p, code)| {
            let ops = code.instructions.iter().enumerate();
            ops.map(|(pc, is)| of(p as u8, pc, &is.op)).collect()
        });
        each.collect()
    }

    fn ops(&self) -> impl Iterator<Item = (u8, &Op)> {
        let codes = self.compiled.codes.iter().enumerate();
        codes.flat_map(|(process, code)| {
            code.instructions
                .iter()
                .map(move |is| (process as u8, &is.op))
        })
    }

    /// The operations that send or receive on `channel`, reservations too.
    fn on(&self, channel: u8) -> impl Iterator<Item = (u8, &Op)> {
        self.ops().filter(move |(_, op)| match op {
            Op::Reserve { channel: of, .. } => *of == channel,
            op => moves(op).iter().any(|is| is.channel == channel),
        })
    }

    /// Finds the channels on which nobody has to be marked as waiting: at first
    /// all that may be; then fewer, since an operation marks all of its own.
    fn mark(&mut self) {
        if !self.on {
            return;
        }
        // A clock that moves shows that everybody has come.
        let timed = self.time == Time::Exact
            && !mutant!("reduction_forgets_the_clock")
            && self.ops().any(|(_, op)| op.has_deadline());
        let count = self.compiled.pipes.len() as u8;
        let may = |channel: u8| {
            !self.plain[channel as usize]
                && !timed
                && self.on(channel).all(|(_, op)| self.is_patient(op))
                && (self.compiled.pipes[channel as usize].kind
                    != Kind::Rendezvous
                    || self.one_side_is_single(channel))
        };
        self.unmarked = (0..count).map(may).collect();
        loop {
            let fewer = (0..count).map(|channel| {
                self.unmarked[channel as usize]
                    && self.on(channel).all(|(_, op)| self.is_lazy(op))
            });
            let fewer: Vec<bool> = fewer.collect();
            if fewer == self.unmarked {
                return;
            }
            self.unmarked = fewer;
        }
    }

    /// Waits as long as it takes, and takes what comes.
    fn is_patient(&self, op: &Op) -> bool {
        match op {
            Op::Wait { within, .. } => within.is_none(),
            Op::Each { .. } | Op::Reserve { .. } => true,
            Op::Select {
                arms,
                biased,
                default,
                after,
            } => {
                let biased = *biased || self.dialect.first_arm;
                !default && after.is_none() && (!biased || arms.len() == 1)
            }
            _ => false,
        }
    }

    /// Of two selects that meet, neither might have been able to wait.
    fn one_side_is_single(&self, channel: u8) -> bool {
        [false, true].into_iter().any(|side| {
            self.on(channel).all(|(_, op)| {
                let mut moves = moves(op).iter();
                !matches!(op, Op::Select { .. })
                    || !moves
                        .any(|is| is.channel == channel && sends(is) == side)
            })
        })
    }

    /// Nobody can tell whether who stands at it waits.
    fn is_lazy(&self, op: &Op) -> bool {
        let hidden = |channel: u8| {
            self.plain[channel as usize] || self.unmarked[channel as usize]
        };
        self.on
            && match op {
                Op::Join(_) | Op::Await(_) => true,
                Op::Reserve { channel, .. } => hidden(*channel),
                Op::Wait { .. } | Op::Each { .. } | Op::Select { .. } => {
                    self.is_patient(op)
                        && moves(op).iter().all(|is| hidden(is.channel))
                }
                _ => false,
            }
    }

    fn eager(&self, process: u8, pc: usize, op: &Op) -> Eager {
        let code = &self.compiled.codes[process as usize];
        match op {
            Op::Clone(..) | Op::Spawn(_) => Eager::Local,
            Op::Drop(channel, side) => {
                let held = code.held(pc as u8)[*channel as usize];
                let last = match side {
                    Side::Sender => held.0 == 1,
                    Side::Receiver => held.1 == 1,
                };
                match !last || self.drop_commutes(*channel, *side) {
                    true => Eager::Local,
                    false => Eager::Never,
                }
            }
            Op::Sleep(_) => Eager::Sleep,
            Op::Join(_) => Eager::Join,
            Op::Await(_) => Eager::Await,
            Op::Close(_) if self.dialect.close_twice == CloseTwice::Already => {
                Eager::Close
            }
            Op::Wait {
                transfer,
                within: None,
            }
            | Op::Try { transfer }
            | Op::Each { transfer, .. } => self.eager_move(process, *transfer),
            _ => Eager::Never,
        }
    }

    fn eager_move(&self, process: u8, transfer: Move) -> Eager {
        let channel = transfer.channel;
        let kind = self.compiled.pipes[channel as usize].kind;
        if matches!(kind, Kind::Watch | Kind::Broadcast)
            || self.has_futures(channel)
        {
            return Eager::Never;
        }
        let rendezvous = kind == Kind::Rendezvous;
        match transfer.what {
            What::Send(_) if rendezvous && self.unmarked[channel as usize] => {
                self.meet(process, channel)
            }
            What::Send(_) => Eager::Send {
                shut: self.dialect.send_on_closed == SendOnClosed::Error,
                only: !rendezvous && self.send_commutes(process, channel),
            },
            What::Recv(_) => Eager::Recv {
                only: !rendezvous && self.recv_commutes(process, channel),
            },
        }
    }

    fn has_futures(&self, channel: u8) -> bool {
        self.on(channel).any(|(_, op)| matches!(op, Op::Start(..)))
    }

    /// Whether all that is done on a side of `channel` hides whether it waits.
    fn is_hidden(&self, channel: u8, senders: bool) -> bool {
        self.on(channel).all(|(_, op)| {
            let reserves = matches!(op, Op::Reserve { .. }) && senders;
            let mut moves = moves(op).iter();
            !(reserves
                || moves
                    .any(|is| is.channel == channel && sends(is) == senders))
                || self.is_lazy(op)
        })
    }

    /// The one process that does something on a side of `channel`.
    fn only(&self, channel: u8, senders: bool) -> Option<u8> {
        let mut found = None;
        for (process, op) in self.on(channel) {
            let reserves = matches!(op, Op::Reserve { .. }) && senders;
            let mut moves = moves(op).iter();
            if reserves
                || moves.any(|is| is.channel == channel && sends(is) == senders)
            {
                if found.is_some_and(|found| found != process) {
                    return None;
                }
                found = Some(process);
            }
        }
        found
    }

    /// The last sender handle of a process: who receives may be told *closed*
    /// once it is gone, and can do all that it could before.
    fn drop_commutes(&self, channel: u8, side: Side) -> bool {
        if mutant!("reduction_drops_too_early") {
            return true;
        }
        side == Side::Sender
            && !self.has_futures(channel)
            && self.is_hidden(channel, false)
            && !(self.dialect.drop_closes
                && self.is_closed_by(channel, |_| true))
    }

    fn recv_commutes(&self, process: u8, channel: u8) -> bool {
        let roomy = self.plain[channel as usize]
            && self.compiled.pipes[channel as usize].capacity == u8::MAX;
        (self.only(channel, false) == Some(process)
            || mutant!("reduction_of_any_receiver"))
            && (roomy || self.is_hidden(channel, true))
            && (self.plain[channel as usize] || self.unmarked[channel as usize])
    }

    fn send_commutes(&self, process: u8, channel: u8) -> bool {
        self.only(channel, true) == Some(process)
            && (self.plain[channel as usize] || self.unmarked[channel as usize])
            && self.is_hidden(channel, false)
            && !self.is_closed_by(channel, |other| other != process)
            && self.keeps_a_receiver(channel)
    }

    fn meet(&self, process: u8, channel: u8) -> Eager {
        let (sender, receiver) =
            (self.only(channel, true), self.only(channel, false));
        match receiver {
            Some(receiver)
                if sender == Some(process)
                    && receiver != process
                    && !self.is_closed_by(channel, |other| {
                        other != process && other != receiver
                    }) =>
            {
                Eager::Meet { receiver }
            }
            _ => Eager::Send {
                shut: self.dialect.send_on_closed == SendOnClosed::Error,
                only: false,
            },
        }
    }

    fn is_closed_by(&self, channel: u8, by: impl Fn(u8) -> bool) -> bool {
        self.ops().any(|(process, op)| {
            by(process) && matches!(op, Op::Close(of) if *of == channel)
        })
    }

    /// Whether a receiver handle lives as long as the program.
    fn keeps_a_receiver(&self, channel: u8) -> bool {
        self.compiled.codes.iter().any(|code| {
            code.owned[channel as usize].1 > 0
                && code.instructions.iter().all(|instruction| {
                    !matches!(instruction.op,
                        Op::Drop(of, Side::Receiver) if of == channel)
                        && !self.may_fail(&instruction.op)
                })
        })
    }

    fn may_fail(&self, op: &Op) -> bool {
        let fails = self.dialect.send_on_closed == SendOnClosed::Fails;
        let moves = match op {
            // What it binds may be missing.
            Op::Await(_) => return true,
            Op::Close(_) => {
                return self.dialect.close_twice == CloseTwice::Fails;
            }
            Op::Reserve { .. } => return fails,
            Op::Fulfil { .. } => return true,
            op => moves(op),
        };
        moves.iter().any(|is| match is.what {
            What::Send(super::code::Source::Constant(_)) => fails,
            What::Send(_) => true,
            What::Recv(register) => register.is_some(),
        })
    }
}
