//! The plain channel, one step at a time.
//!
//! A call takes its steps between its begin and its end. Most calls take one.
//! At capacity 0 and 1, where the channel hands over, a send and a receive may
//! take theirs together, if one of the two stands in the queue: so at capacity
//! 0 two calls that do not wait never meet. Whether a call stands there already
//! cannot be seen from outside, so a call that has begun may be thought to.
//!
//! A future that is dropped may have met somebody without knowing. A send is
//! then done; a receive puts its message back, as the next one but for those
//! that were handed out before it.

use super::{Manner, Message, Op, Outcome};
use std::collections::VecDeque;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Channel {
    /// `None` is no bound.
    pub(crate) capacity: Option<usize>,
    pub(crate) queue: VecDeque<Message>,
    /// The turns of those in the queue that came back; they stand first.
    pub(crate) turns: Vec<Turn>,
    /// How many were handed to a call that may put them back.
    pub(crate) handed: Turn,
    pub(crate) reserved: usize,
    pub(crate) closed: bool,
    pub(crate) senders: usize,
    pub(crate) receivers: usize,
}

/// When a message that came back was handed out; 0 for one that a user puts
/// back, which goes before all.
pub(crate) type Turn = u8;

/// A call of a program, with its result if that is known.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) op: Op,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) began: usize,
    pub(crate) ended: usize,
}

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Progress {
    Begun,
    /// It found that it has to wait.
    Standing,
    /// It was handed a message that it will not use.
    Holding(Message, Turn),
    /// It has a reservation.
    Reserved,
    /// It has used it, and will drop the sender that a permit is.
    Leaving(Outcome),
    /// So many of a batch are sent.
    Sent(usize),
    /// These were received.
    Received(Vec<Message>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    channel: Channel,
    /// Of each thread, its call and how far that has come.
    threads: Vec<(usize, Progress)>,
    /// The thread whose call is one step for everyone else.
    alone: Option<usize>,
}

impl Channel {
    fn hands_over(&self) -> bool {
        matches!(self.capacity, Some(0..=1))
    }

    fn is_rendezvous(&self) -> bool {
        self.capacity == Some(0)
    }

    /// Whether nothing that is sent finds a place in the queue.
    fn is_full(&self) -> bool {
        let taken = self.queue.len() + self.reserved;
        self.capacity.is_some_and(|capacity| taken >= capacity)
    }

    fn drop_sender(&mut self) {
        self.senders -= 1;
        self.closed |= self.senders == 0;
    }

    fn drop_receiver(&mut self) {
        self.receivers -= 1;
        if self.receivers == 0 {
            self.closed = true;
            self.queue.clear();
            self.turns.clear();
        }
    }

    fn pop(&mut self) {
        self.queue.pop_front();
        if !self.turns.is_empty() {
            self.turns.remove(0);
        }
    }

    fn put_back(&mut self, message: Message, turn: Turn) {
        let place = self.turns.partition_point(|other| *other < turn);
        self.turns.insert(place, turn);
        self.queue.insert(place, message);
    }
}

impl State {
    pub(super) fn new(channel: &Channel, threads: usize) -> Self {
        State {
            channel: channel.clone(),
            threads: vec![(0, Progress::Begun); threads],
            alone: None,
        }
    }

    pub(super) fn is_over(&self, threads: &[Vec<Call>]) -> bool {
        let mut all = self.threads.iter().zip(threads);
        all.all(|(now, calls)| now.0 == calls.len())
    }

    /// Every state that one step leads to.
    pub(super) fn steps(&self, threads: &[Vec<Call>]) -> Vec<State> {
        let mut steps = Vec::new();
        for thread in 0..threads.len() {
            let runs = self.alone.is_none_or(|alone| alone == thread);
            if runs && self.has_begun(thread, threads) {
                Step {
                    before: self,
                    threads,
                    thread,
                    steps: &mut steps,
                }
                .take();
            }
        }
        steps
    }

    fn call<'a>(
        &self,
        thread: usize,
        threads: &'a [Vec<Call>],
    ) -> Option<&'a Call> {
        threads[thread].get(self.threads[thread].0)
    }

    /// Whether nothing that ended before it began is still to be done.
    fn has_begun(&self, thread: usize, threads: &[Vec<Call>]) -> bool {
        let Some(call) = self.call(thread, threads) else {
            return false;
        };
        (0..threads.len()).all(|other| {
            let other = self.call(other, threads);
            other.is_none_or(|other| other.ended >= call.began)
        })
    }

    /// The message that this thread would hand over, and what then becomes of
    /// its call.
    fn offer(&self, thread: usize, call: &Call) -> Option<(Message, After)> {
        match (&call.op, &self.threads[thread].1) {
            (Op::Send(_, message), Progress::Begun) => {
                Some((*message, After::Over(Outcome::Done)))
            }
            (Op::Send(Manner::Dropped, message), Progress::Standing) => {
                Some((*message, After::Over(Outcome::NotNow)))
            }
            (Op::SendMany(messages), progress) => {
                let sent = progress.sent();
                let next = After::Progress(Progress::Sent(sent + 1));
                messages.get(sent).map(|message| (*message, next))
            }
            _ => None,
        }
    }

    /// The same, of what goes to a receiver that stands in the queue, whether
    /// a permit was promised that receiver or not.
    fn urgent(&self, thread: usize, call: &Call) -> Option<(Message, After)> {
        match (&call.op, &self.threads[thread].1) {
            (Op::ReserveSend(_, message), Progress::Reserved) => {
                let left = Progress::Leaving(Outcome::Done);
                Some((*message, After::Progress(left)))
            }
            (Op::PutBack(message), _) => {
                Some((*message, After::Over(Outcome::Done)))
            }
            (Op::Recv(_), Progress::Holding(message, _)) => {
                Some((*message, After::Over(Outcome::NotNow)))
            }
            _ => None,
        }
    }

    /// What becomes of this thread's call if it is given `message`.
    fn accept(
        &self,
        thread: usize,
        call: &Call,
        message: Message,
        turn: Turn,
    ) -> Option<After> {
        match (&call.op, &self.threads[thread].1) {
            (Op::Recv(_), Progress::Begun) => {
                Some(After::Over(Outcome::Got(message)))
            }
            (Op::Recv(Manner::Dropped), Progress::Standing) => {
                Some(After::Progress(Progress::Holding(message, turn)))
            }
            (Op::RecvMany(limit), progress) => {
                let mut received = progress.received();
                received.push(message);
                (received.len() <= *limit)
                    .then_some(After::Progress(Progress::Received(received)))
            }
            (Op::Drain, progress) => {
                let mut received = progress.received();
                received.push(message);
                Some(After::Progress(Progress::Received(received)))
            }
            _ => None,
        }
    }

    /// Whether this thread's call may stand in the queue with what it offers,
    /// or for what it accepts.
    fn stands(&self, thread: usize, call: &Call) -> bool {
        match (&call.op, &self.threads[thread].1) {
            (Op::Send(manner, _) | Op::Recv(manner), _) => manner.stands(),
            (Op::SendMany(_), _) => true,
            (Op::RecvMany(_), progress) => *progress == Progress::Begun,
            _ => false,
        }
    }

    /// How many receivers may stand in the queue.
    fn receivers(&self, threads: &[Vec<Call>]) -> usize {
        let stands = |thread: &usize| {
            self.has_begun(*thread, threads)
                && self.call(*thread, threads).is_some_and(|call| {
                    self.stands(*thread, call)
                        && self.accept(*thread, call, 0, 0).is_some()
                })
        };
        (0..threads.len()).filter(stands).count()
    }
}

impl Progress {
    fn sent(&self) -> usize {
        match self {
            Progress::Sent(sent) => *sent,
            _ => 0,
        }
    }

    fn received(&self) -> Vec<Message> {
        match self {
            Progress::Received(messages) => messages.clone(),
            _ => Vec::new(),
        }
    }
}

/// What becomes of a call by a step.
enum After {
    Progress(Progress),
    Over(Outcome),
}

/// The steps of one thread, from one state.
struct Step<'a> {
    before: &'a State,
    threads: &'a [Vec<Call>],
    thread: usize,
    steps: &'a mut Vec<State>,
}

impl Step<'_> {
    /// A step of this thread, if its call can have that outcome.
    fn to(&mut self, after: After, change: impl FnOnce(&mut State)) {
        let mut state = self.before.clone();
        if self.settle(&mut state, self.thread, after) {
            change(&mut state);
            self.steps.push(state);
        }
    }

    fn over(&mut self, outcome: Outcome, change: impl FnOnce(&mut Channel)) {
        self.to(After::Over(outcome), |state| change(&mut state.channel));
    }

    fn goes_on(
        &mut self,
        progress: Progress,
        change: impl FnOnce(&mut Channel),
    ) {
        self.to(After::Progress(progress), |state| {
            change(&mut state.channel)
        });
    }

    /// Whether the thread's call can become that.
    fn settle(&self, state: &mut State, thread: usize, after: After) -> bool {
        let place = &mut state.threads[thread];
        match after {
            After::Progress(progress) => place.1 = progress,
            After::Over(outcome) => {
                let known = &self.threads[thread][place.0].outcome;
                if known.as_ref().is_some_and(|known| *known != outcome) {
                    return false;
                }
                *place = (place.0 + 1, Progress::Begun);
            }
        }
        true
    }

    fn take(&mut self) {
        let before = self.before;
        let thread = self.thread;
        let call = before.call(thread, self.threads).expect("it has begun");
        for other in (0..self.threads.len()).filter(|other| *other != thread) {
            self.meet(thread, other);
            self.meet(other, thread);
        }
        match before.offer(thread, call) {
            Some((message, after)) if !before.channel.closed => {
                self.push(message, after);
            }
            _ => self.pop(call),
        }
        let progress = &before.threads[thread].1;
        match &call.op {
            Op::Send(manner, _) => self.send_otherwise(*manner, progress),
            Op::Recv(manner) => self.recv_otherwise(*manner, progress),
            Op::ReserveSend(manner, message) => {
                self.reserve(*manner, progress, Some(*message));
            }
            Op::ReserveDrop(manner) => {
                self.reserve(*manner, progress, None);
            }
            Op::SendMany(messages) => {
                let unsent = messages.len() - progress.sent();
                if unsent == 0 || before.channel.closed {
                    self.over(Outcome::Unsent(unsent), |_| {});
                }
            }
            Op::RecvMany(limit) => self.end_of_batch(*limit, progress),
            Op::Drain => {
                if before.channel.queue.is_empty() {
                    let received = progress.received();
                    let after = After::Over(Outcome::GotMany(received));
                    self.to(after, |state| state.alone = None);
                }
            }
            Op::PutBack(message) => self.over(Outcome::Done, |channel| {
                channel.put_back(*message, 0);
            }),
            Op::Len => {
                let length = before.channel.queue.len();
                self.over(Outcome::Count(length), |_| {});
            }
            Op::Close => {
                let first = !before.channel.closed;
                self.over(Outcome::First(first), |c| c.closed = true);
            }
            Op::DropSender => self.over(Outcome::Done, Channel::drop_sender),
            Op::DropReceiver => {
                self.over(Outcome::Done, Channel::drop_receiver);
            }
        }
    }

    /// What this thread offers goes into the queue, if there is room.
    fn push(&mut self, message: Message, after: After) {
        let channel = &self.before.channel;
        let waited = self.progress() == &Progress::Standing;
        if !channel.is_full() && (channel.hands_over() || !waited) {
            self.to(after, |state| state.channel.queue.push_back(message));
        }
    }

    /// What is first in the queue goes to this thread.
    fn pop(&mut self, call: &Call) {
        let Some(message) = self.before.channel.queue.front() else {
            return;
        };
        let after = self.before.accept(self.thread, call, *message, 0);
        let waited = self.progress() == &Progress::Standing;
        if let (Some(after), false) = (after, waited) {
            let alone = (call.op == Op::Drain).then_some(self.thread);
            self.to(after, |state| {
                state.channel.pop();
                state.alone = alone;
            });
        }
    }

    /// One thread hands its message to another, in one step of both.
    fn meet(&mut self, sender: usize, receiver: usize) {
        let State { channel, .. } = self.before;
        if !channel.hands_over() || channel.closed || !channel.queue.is_empty()
        {
            return;
        }
        let (Some(sending), Some(receiving)) =
            (self.begun(sender), self.begun(receiver))
        else {
            return;
        };
        let stands = self.before.stands(receiver, receiving);
        let (offer, may_meet) = match self.before.urgent(sender, sending) {
            Some(offer) => (Some(offer), stands),
            // A place that was promised to a permit is nobody else's: at
            // capacity 0 a receiver, at capacity 1 the room.
            None => {
                let waits = self.before.stands(sender, sending);
                let offer = self.before.offer(sender, sending);
                let receivers = || self.before.receivers(self.threads);
                let may_meet = match channel.is_rendezvous() {
                    true => waits || (stands && receivers() > channel.reserved),
                    false => !channel.is_full() && (waits || stands),
                };
                (offer, may_meet)
            }
        };
        let Some((message, sent)) = offer.filter(|_| may_meet) else {
            return;
        };
        let (turn, handed) = match (&sending.op, &self.before.threads[sender].1)
        {
            (Op::PutBack(_), _) => (0, channel.handed),
            (_, Progress::Holding(_, turn)) => (*turn, channel.handed),
            _ => (channel.handed + 1, channel.handed + 1),
        };
        let accepted = self.before.accept(receiver, receiving, message, turn);
        let Some(accepted) = accepted else {
            return;
        };
        let mut state = self.before.clone();
        if let After::Progress(Progress::Holding(..)) = accepted {
            state.channel.handed = handed;
        }
        if matches!(sending.op, Op::ReserveSend(..)) {
            state.channel.reserved -= 1;
        }
        if self.settle(&mut state, sender, sent)
            && self.settle(&mut state, receiver, accepted)
        {
            state.alone = (receiving.op == Op::Drain).then_some(receiver);
            self.steps.push(state);
        }
    }

    /// The call of a thread, if it may take a step.
    fn begun(&self, thread: usize) -> Option<&Call> {
        let begun = self.before.has_begun(thread, self.threads);
        let call = self.before.call(thread, self.threads);
        call.filter(|_| begun)
    }

    fn progress(&self) -> &Progress {
        &self.before.threads[self.thread].1
    }

    fn send_otherwise(&mut self, manner: Manner, progress: &Progress) {
        let channel = &self.before.channel;
        if *progress == Progress::Standing {
            return self.over(Outcome::NotNow, |_| {});
        }
        if channel.closed {
            return self.over(Outcome::Closed, |_| {});
        }
        if channel.is_full() {
            self.waits(manner);
        }
    }

    fn recv_otherwise(&mut self, manner: Manner, progress: &Progress) {
        let channel = &self.before.channel;
        match progress {
            Progress::Standing => self.over(Outcome::NotNow, |_| {}),
            Progress::Holding(message, turn) => {
                self.over(Outcome::NotNow, |channel| {
                    channel.put_back(*message, *turn);
                });
            }
            _ if !channel.queue.is_empty() => {}
            _ if channel.closed => self.over(Outcome::Closed, |_| {}),
            _ => self.waits(manner),
        }
    }

    /// It found that it has to wait.
    fn waits(&mut self, manner: Manner) {
        match manner {
            Manner::Try | Manner::Until => self.over(Outcome::NotNow, |_| {}),
            Manner::Dropped => self.goes_on(Progress::Standing, |_| {}),
            Manner::Wait | Manner::Await => {}
        }
    }

    fn reserve(
        &mut self,
        manner: Manner,
        progress: &Progress,
        message: Option<Message>,
    ) {
        let before = self.before;
        let channel = &before.channel;
        let room = match channel.is_rendezvous() {
            true => before.receivers(self.threads) > channel.reserved,
            false => !channel.is_full(),
        };
        match progress {
            Progress::Reserved if channel.closed && message.is_some() => {
                let left = Progress::Leaving(Outcome::Closed);
                self.goes_on(left, |channel| channel.reserved -= 1);
            }
            Progress::Reserved => {
                let left = Progress::Leaving(Outcome::Done);
                self.goes_on(left, |channel| {
                    channel.reserved -= 1;
                    channel.queue.extend(message);
                });
            }
            Progress::Leaving(outcome) => {
                self.over(outcome.clone(), Channel::drop_sender);
            }
            Progress::Standing => {
                self.over(Outcome::NotNow, |_| {});
                if room && channel.hands_over() && !channel.closed {
                    // It was granted, and let go.
                    self.goes_on(Progress::Holding(0, 0), |channel| {
                        channel.reserved += 1;
                    });
                }
            }
            Progress::Holding(..) => {
                self.over(Outcome::NotNow, |channel| channel.reserved -= 1);
            }
            _ if channel.closed => self.over(Outcome::Closed, |_| {}),
            _ => {
                if room {
                    self.goes_on(Progress::Reserved, |channel| {
                        channel.reserved += 1;
                        channel.senders += 1;
                    });
                }
                if !room || channel.is_rendezvous() {
                    self.waits(manner);
                }
            }
        }
    }

    /// A batch ends at its limit, or where nothing more is there.
    fn end_of_batch(&mut self, limit: usize, progress: &Progress) {
        let channel = &self.before.channel;
        let received = progress.received();
        let ends = match received.len() {
            0 => channel.closed && channel.queue.is_empty(),
            count => count == limit || channel.queue.is_empty(),
        };
        if ends {
            self.over(Outcome::GotMany(received), |_| {});
        }
    }
}
