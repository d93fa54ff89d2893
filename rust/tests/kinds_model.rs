//! Every sequence of operations, those that wait included, does to each kind
//! what it does to a plain model of it.
//!
//! What waits is a future that is polled by hand: it enters at its first poll,
//! and may be dropped at any time.

use chanpatterns::channel::{
    self, Kind, MVar, Permit, Receiver, RecvError, RecvTimeoutError, SendError,
    Sender, TryRecvError, TrySendError, dropping, lifo, oneshot, priority,
    sliding,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::task::Poll;
use std::time::Duration;

mod common;
use common::poll::Task;

/// A message, compared by its rank alone; no two have the same number.
#[derive(Clone, Copy, Debug)]
struct Note {
    rank: u8,
    number: u32,
}

impl Ord for Note {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Note {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Note {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Note {}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Fifo,
    Lifo,
    Priority,
    Sliding,
    Dropping,
}

#[derive(Clone, Debug)]
enum Op {
    TrySend(u8),
    /// As many as find room, or any number where none is needed.
    SendMany(usize),
    TryRecv,
    RecvLate,
    RecvMany(usize),
    Drain,
    /// Puts back what was received last.
    PutBack,
    Close,
    Send(u8),
    Recv,
    Reserve,
    PollSend(prop::sample::Index),
    PollRecv(prop::sample::Index),
    PollReserve(prop::sample::Index),
    DropSend(prop::sample::Index),
    DropRecv(prop::sample::Index),
    DropReserve(prop::sample::Index),
    UsePermit(prop::sample::Index, u8),
    DropPermit(prop::sample::Index),
}

fn op() -> impl Strategy<Value = Op> {
    let index = any::<prop::sample::Index>;
    let rank = || 0..4_u8;
    prop_oneof![
        8 => rank().prop_map(Op::TrySend),
        2 => (0..5_usize).prop_map(Op::SendMany),
        6 => Just(Op::TryRecv),
        1 => Just(Op::RecvLate),
        2 => (0..5_usize).prop_map(Op::RecvMany),
        1 => Just(Op::Drain),
        3 => Just(Op::PutBack),
        1 => Just(Op::Close),
        4 => rank().prop_map(Op::Send),
        4 => Just(Op::Recv),
        3 => Just(Op::Reserve),
        3 => index().prop_map(Op::PollSend),
        3 => index().prop_map(Op::PollRecv),
        3 => index().prop_map(Op::PollReserve),
        2 => index().prop_map(Op::DropSend),
        3 => index().prop_map(Op::DropRecv),
        2 => index().prop_map(Op::DropReserve),
        3 => (index(), rank()).prop_map(|(i, rank)| Op::UsePermit(i, rank)),
        1 => index().prop_map(Op::DropPermit),
    ]
}

/// Of those that gave a message back, the number of the receive that had it
/// first; messages that come back stand in this order.
type Turn = usize;

/// What a user puts back goes first; what was never given back, last.
const FIRST: Turn = 0;
const LAST: Turn = Turn::MAX;

/// The turn of what a receive, or a taker, with this number gives back.
fn turn_of(number: usize) -> Turn {
    number + 1
}

/// How a future of the model stands.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Waits,
    /// It has met its partner: a receiver, with this message.
    Met(Option<(Note, Turn)>),
    /// The close told it to look again.
    Again,
}

/// A future of the sending side; no message is a reservation.
#[derive(Debug)]
struct Offer {
    message: Option<Note>,
    fate: Fate,
}

/// What a channel is, said as plainly as can be. The futures are numbered.
struct Model {
    order: Order,
    capacity: Option<usize>,
    /// What is stored, and its turn; the next one first.
    stored: VecDeque<(Note, Turn)>,
    reserved: usize,
    closed: bool,
    offers: Vec<Offer>,
    receives: Vec<Fate>,
}

impl Model {
    fn spills(&self) -> bool {
        matches!(self.order, Order::Sliding | Order::Dropping)
    }

    fn is_rendezvous(&self) -> bool {
        self.capacity == Some(0)
    }

    fn has_room(&self) -> bool {
        let beside = |turn| turn != LAST && self.order == Order::Sliding;
        let taken = self.stored.iter().filter(|note| !beside(note.1)).count();
        self.capacity
            .is_none_or(|room| taken + self.reserved < room)
    }

    fn push(&mut self, note: Note) {
        let place = match self.order {
            Order::Fifo | Order::Sliding | Order::Dropping => self.stored.len(),
            Order::Lifo => 0,
            Order::Priority => {
                let higher = self.stored.iter();
                higher.take_while(|other| other.0 >= note).count()
            }
        };
        self.stored.insert(place, (note, LAST));
    }

    /// To the receive that has waited longest.
    fn hand(&mut self, note: Note, turn: Turn) -> bool {
        let mut waiting = self.receives.iter_mut();
        let first = waiting.find(|fate| matches!(fate, Fate::Waits));
        match first {
            Some(fate) => {
                *fate = Fate::Met(Some((note, turn)));
                true
            }
            None => false,
        }
    }

    fn try_send(
        &mut self,
        note: Note,
    ) -> Result<Option<Note>, TrySendError<Note>> {
        if self.closed {
            return Err(TrySendError::Closed(note));
        }
        let room = self.has_room();
        let hands_over = room || self.spills() || self.is_rendezvous();
        if hands_over && self.hand(note, LAST) {
            return Ok(None);
        }
        if room {
            self.push(note);
            return Ok(None);
        }
        if !self.spills() {
            return Err(TrySendError::Full(note));
        }
        let oldest = self.stored.iter().position(|other| other.1 == LAST);
        match (self.order, oldest) {
            (Order::Sliding, Some(oldest)) => {
                let (oldest, _) = self.stored.remove(oldest).unwrap();
                self.push(note);
                Ok(Some(oldest))
            }
            _ => Ok(Some(note)),
        }
    }

    /// Lets those in who wait for room, as far as there is some.
    fn admit(&mut self) {
        while self.has_room() {
            let mut waiting = self.offers.iter_mut();
            let first = waiting.find(|offer| matches!(offer.fate, Fate::Waits));
            let Some(first) = first else { return };
            first.fate = Fate::Met(None);
            match first.message {
                Some(note) => {
                    if !self.hand(note, LAST) {
                        self.push(note);
                    }
                }
                None => self.reserved += 1,
            }
        }
    }

    fn try_recv(&mut self) -> Result<Note, TryRecvError> {
        if let Some((note, _)) = self.stored.pop_front() {
            self.admit();
            return Ok(note);
        }
        if let Some(note) = self.take_from_sender() {
            return Ok(note);
        }
        Err(match self.closed {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        })
    }

    /// At capacity 0: from the sender that has waited longest.
    fn take_from_sender(&mut self) -> Option<Note> {
        let rendezvous = self.is_rendezvous();
        let mut waiting = self.offers.iter_mut();
        let first = waiting.find(|offer| {
            rendezvous
                && matches!(offer.fate, Fate::Waits)
                && offer.message.is_some()
        });
        let first = first?;
        first.fate = Fate::Met(None);
        first.message
    }

    fn recv_many(&mut self, limit: usize) -> Vec<Note> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let stored = self.stored.len().min(limit - taken.len());
            taken.extend(self.stored.drain(..stored).map(|note| note.0));
            self.admit();
            if taken.len() == limit {
                break;
            }
            match self.try_recv() {
                Ok(note) => taken.push(note),
                Err(_) => break,
            }
        }
        taken
    }

    fn put_back(&mut self, note: Note, turn: Turn) {
        if self.hand(note, turn) {
            return;
        }
        let stored = self.stored.iter();
        let place = match self.order {
            Order::Lifo => 0,
            Order::Priority => stored
                .take_while(|(other, before)| {
                    *other > note || (*other == note && *before < turn)
                })
                .count(),
            _ => stored.take_while(|other| other.1 < turn).count(),
        };
        self.stored.insert(place, (note, turn));
    }

    fn close(&mut self) -> bool {
        let waiting = self.offers.iter_mut().map(|offer| &mut offer.fate);
        for fate in waiting.chain(&mut self.receives) {
            if matches!(fate, Fate::Waits) {
                *fate = Fate::Again;
            }
        }
        !std::mem::replace(&mut self.closed, true)
    }

    fn try_reserve(&mut self) -> Result<(), TrySendError<()>> {
        if self.closed {
            return Err(TrySendError::Closed(()));
        }
        if !self.has_room() {
            return Err(TrySendError::Full(()));
        }
        self.reserved += 1;
        Ok(())
    }

    fn use_permit(&mut self, note: Note) -> Result<(), SendError<Note>> {
        self.reserved -= 1;
        if self.closed {
            return Err(SendError(note));
        }
        match self.hand(note, LAST) {
            true => self.admit(),
            false => self.push(note),
        }
        Ok(())
    }

    fn release(&mut self) {
        self.reserved -= 1;
        self.admit();
    }
}

/// A future, with the number that it has in the model.
type Numbered<'a, R> = (usize, Task<'a, R>);

fn pick<T>(from: &mut Vec<T>, index: prop::sample::Index) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(index.index(from.len())))
}

fn numbers(notes: impl IntoIterator<Item = Note>) -> Vec<u32> {
    notes.into_iter().map(|note| note.number).collect()
}

type Futures<'a, K> = (
    Vec<Numbered<'a, Result<(), SendError<Note>>>>,
    Vec<Numbered<'a, Result<Note, RecvError>>>,
    Vec<Numbered<'a, Result<Permit<Note, K>, SendError<()>>>>,
);

/// Runs `ops` on a channel and on its model. `offer` is `try_send`, or what
/// also tells what fell out.
fn agree<K: Kind<Note>>(
    (tx, rx): &(Sender<Note, K>, Receiver<Note, K>),
    offer: impl Fn(&Sender<Note, K>, Note) -> Offered,
    order: Order,
    ops: Vec<Op>,
) -> Result<(), TestCaseError> {
    let mut model = Model {
        order,
        capacity: tx.capacity(),
        stored: VecDeque::new(),
        reserved: 0,
        closed: false,
        offers: Vec::new(),
        receives: Vec::new(),
    };
    let observer = tx.observer();
    let (mut sends, mut receives, mut reserves): Futures<'_, K> =
        Default::default();
    let mut permits: Vec<Permit<Note, K>> = Vec::new();
    let mut received: Vec<Note> = Vec::new();
    let mut count = 0;
    let mut new = |rank| {
        count += 1;
        Note {
            rank,
            number: count,
        }
    };
    // `Note` compares ranks; what is compared here is the number.
    macro_rules! same {
        ($left:expr, $right:expr) => {
            prop_assert_eq!(
                format!("{:?}", $left.map_err(Failed::from)),
                format!("{:?}", $right.map_err(Failed::from))
            )
        };
    }
    for op in ops {
        match op {
            Op::TrySend(rank) => {
                let note = new(rank);
                same!(offer(tx, note), model.try_send(note));
            }
            Op::SendMany(most) => {
                let room = match model.spills() || model.closed {
                    true => most,
                    false => model.capacity.map_or(most, |room| {
                        let taken = model.stored.len() + model.reserved;
                        room.saturating_sub(taken).min(most)
                    }),
                };
                let notes: Vec<_> = (0..room).map(|_| new(1)).collect();
                let unsent: Vec<_> = notes
                    .iter()
                    .filter_map(|note| model.try_send(*note).err())
                    .map(TrySendError::into_inner)
                    .collect();
                let sent = tx.send_many(notes);
                let back = sent.err().map_or(Vec::new(), |e| e.into_inner());
                prop_assert_eq!(numbers(back), numbers(unsent));
            }
            Op::TryRecv => {
                let there = rx.try_recv();
                received.extend(there.ok());
                same!(there, model.try_recv());
            }
            Op::RecvLate => {
                let there = rx.recv_timeout(Duration::ZERO);
                received.extend(there.ok());
                let expected = model.try_recv();
                same!(
                    there.map_err(|error| match error {
                        RecvTimeoutError::Timeout => TryRecvError::Empty,
                        RecvTimeoutError::Closed => TryRecvError::Closed,
                    }),
                    expected
                );
            }
            Op::RecvMany(limit) => {
                let expected = model.recv_many(limit);
                if expected.is_empty() && !model.closed && limit > 0 {
                    continue; // it would wait
                }
                let mut batch = Vec::new();
                let there = rx.recv_many(&mut batch, limit);
                prop_assert_eq!(there.unwrap_or(0), batch.len());
                received.extend(&batch);
                prop_assert_eq!(numbers(batch), numbers(expected));
            }
            Op::Drain => {
                let expected = model.recv_many(usize::MAX);
                prop_assert_eq!(numbers(rx.drain()), numbers(expected));
            }
            Op::PutBack => {
                let Some(note) = received.pop() else { continue };
                model.put_back(note, FIRST);
                rx.put_back(note);
            }
            Op::Close => prop_assert_eq!(tx.close(), model.close()),

            Op::Send(rank) => {
                let note = new(rank);
                let mut task = Task::new(tx.send_async(note));
                match (task.poll(), model.try_send(note)) {
                    (Poll::Ready(sent), Ok(_fell_out)) => {
                        same!(sent, Ok::<_, Failed>(()));
                    }
                    (Poll::Pending, Err(TrySendError::Full(_))) => {
                        sends.push((model.offers.len(), task));
                        let message = Some(note);
                        let fate = Fate::Waits;
                        model.offers.push(Offer { message, fate });
                    }
                    (Poll::Ready(sent), Err(closed)) => {
                        same!(sent, Err::<(), _>(closed));
                    }
                    (polled, expected) => {
                        prop_assert!(false, "{polled:?} for {expected:?}");
                    }
                }
            }
            Op::PollSend(index) => {
                let Some((number, mut task)) = pick(&mut sends, index) else {
                    continue;
                };
                let Offer { message, fate } = &model.offers[number];
                match (task.poll(), fate) {
                    (Poll::Pending, Fate::Waits) => {
                        prop_assert_eq!(task.woken(), 0);
                        sends.push((number, task));
                    }
                    (Poll::Ready(Ok(())), Fate::Met(_)) => {
                        prop_assert_eq!(task.woken(), 1);
                    }
                    (Poll::Ready(Err(SendError(back))), Fate::Again) => {
                        prop_assert_eq!(task.woken(), 1);
                        let sent = message.unwrap().number;
                        prop_assert_eq!(back.number, sent);
                    }
                    (polled, fate) => {
                        prop_assert!(false, "{polled:?} for {fate:?}");
                    }
                }
            }
            Op::DropSend(index) => {
                let Some((number, task)) = pick(&mut sends, index) else {
                    continue;
                };
                drop(task);
                let fate = &mut model.offers[number].fate;
                if let Fate::Waits = fate {
                    *fate = Fate::Again;
                }
            }

            Op::Recv => {
                let mut task = Task::new(rx.recv_async());
                match (task.poll(), model.try_recv()) {
                    (Poll::Pending, Err(TryRecvError::Empty)) => {
                        receives.push((model.receives.len(), task));
                        model.receives.push(Fate::Waits);
                    }
                    (Poll::Ready(there), expected) => {
                        received.extend(there.ok());
                        same!(there.map_err(TryRecvError::from), expected);
                    }
                    (Poll::Pending, expected) => {
                        prop_assert!(false, "it waits for {expected:?}");
                    }
                }
            }
            Op::PollRecv(index) => {
                let Some((number, mut task)) = pick(&mut receives, index)
                else {
                    continue;
                };
                match (task.poll(), model.receives[number]) {
                    (Poll::Pending, Fate::Waits) => {
                        prop_assert_eq!(task.woken(), 0);
                        receives.push((number, task));
                    }
                    (Poll::Ready(Ok(note)), Fate::Met(expected)) => {
                        prop_assert_eq!(task.woken(), 1);
                        received.push(note);
                        let (expected, _) = expected.unwrap();
                        prop_assert_eq!(note.number, expected.number);
                    }
                    (Poll::Ready(there), Fate::Again) => {
                        received.extend(there.ok());
                        let expected = model.try_recv();
                        same!(there.map_err(TryRecvError::from), expected);
                    }
                    (polled, fate) => {
                        prop_assert!(false, "{polled:?} for {fate:?}");
                    }
                }
            }
            Op::DropRecv(index) => {
                let Some((number, task)) = pick(&mut receives, index) else {
                    continue;
                };
                drop(task);
                let fate =
                    std::mem::replace(&mut model.receives[number], Fate::Again);
                if let Fate::Met(Some((note, turn))) = fate {
                    model.put_back(note, turn.min(turn_of(number)));
                }
            }

            // At capacity 0 a place is a receiver, which is another matter.
            Op::Reserve if model.capacity == Some(0) => {}
            Op::Reserve => {
                let mut task = Task::new(tx.reserve_async());
                match (task.poll(), model.try_reserve()) {
                    (Poll::Pending, Err(TrySendError::Full(()))) => {
                        reserves.push((model.offers.len(), task));
                        let (message, fate) = (None, Fate::Waits);
                        model.offers.push(Offer { message, fate });
                    }
                    (Poll::Ready(Ok(permit)), Ok(())) => permits.push(permit),
                    (Poll::Ready(Err(_)), Err(TrySendError::Closed(()))) => {}
                    (polled, expected) => {
                        prop_assert!(false, "{polled:?} for {expected:?}");
                    }
                }
            }
            Op::PollReserve(index) => {
                let Some((number, mut task)) = pick(&mut reserves, index)
                else {
                    continue;
                };
                match (task.poll(), model.offers[number].fate) {
                    (Poll::Pending, Fate::Waits) => {
                        reserves.push((number, task));
                    }
                    (Poll::Ready(Ok(permit)), Fate::Met(_)) => {
                        permits.push(permit);
                    }
                    (Poll::Ready(Err(_)), Fate::Again) => {}
                    (polled, fate) => {
                        prop_assert!(false, "{polled:?} for {fate:?}");
                    }
                }
            }
            Op::DropReserve(index) => {
                let Some((number, task)) = pick(&mut reserves, index) else {
                    continue;
                };
                drop(task);
                let offer = &mut model.offers[number];
                match std::mem::replace(&mut offer.fate, Fate::Again) {
                    Fate::Met(_) => model.release(),
                    Fate::Waits | Fate::Again => {}
                }
            }
            Op::UsePermit(index, rank) => {
                let Some(permit) = pick(&mut permits, index) else {
                    continue;
                };
                let note = new(rank);
                same!(permit.send(note), model.use_permit(note));
            }
            Op::DropPermit(index) => {
                let Some(permit) = pick(&mut permits, index) else {
                    continue;
                };
                drop(permit);
                model.release();
            }
        }
        prop_assert_eq!(observer.len(), model.stored.len());
        prop_assert_eq!(observer.is_closed(), model.closed);
        let mut seen = Vec::new();
        observer.for_each_queued(|note| seen.push(*note));
        seen.truncate(model.stored.len()); // else those that wait, too
        let stored = model.stored.iter().map(|note| note.0);
        prop_assert_eq!(numbers(seen), numbers(stored));
    }
    // Nothing is lost: what was taken out and what is left is what was sent.
    drop((sends, receives, reserves, permits));
    Ok(())
}

type Offered = Result<Option<Note>, TrySendError<Note>>;

/// Any error of a send or a receive, with the message's number.
#[derive(Debug, PartialEq)]
enum Failed {
    NotNow(#[allow(dead_code)] Option<u32>),
    Never(#[allow(dead_code)] Option<u32>),
}

impl From<TrySendError<Note>> for Failed {
    fn from(error: TrySendError<Note>) -> Self {
        match error {
            TrySendError::Full(note) => Failed::NotNow(Some(note.number)),
            TrySendError::Closed(note) => Failed::Never(Some(note.number)),
        }
    }
}

impl From<SendError<Note>> for Failed {
    fn from(error: SendError<Note>) -> Self {
        TrySendError::from(error).into()
    }
}

impl From<TryRecvError> for Failed {
    fn from(error: TryRecvError) -> Self {
        match error {
            TryRecvError::Empty => Failed::NotNow(None),
            TryRecvError::Closed => Failed::Never(None),
        }
    }
}

fn try_send<K: Kind<Note>>(tx: &Sender<Note, K>, note: Note) -> Offered {
    tx.try_send(note).map(|()| None)
}

fn bound() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![1 => Just(None), 5 => (0..4_usize).prop_map(Some)]
}

proptest! {
    /// Capacities 0 and 1 are the engine's own first in, first out.
    #[test]
    fn a_queue_that_hands_over(
        capacity in 0..2_usize, ops in vec(op(), 0..80)
    ) {
        let ends = channel::bounded(capacity);
        agree(&ends, try_send, Order::Fifo, ops)?;
    }

    #[test]
    fn lifo(capacity in bound(), ops in vec(op(), 0..80)) {
        let ends = match capacity {
            Some(capacity) => lifo::bounded(capacity),
            None => lifo::unbounded(),
        };
        agree(&ends, try_send, Order::Lifo, ops)?;
    }

    #[test]
    fn priority(capacity in bound(), ops in vec(op(), 0..80)) {
        let ends = match capacity {
            Some(capacity) => priority::bounded(capacity),
            None => priority::unbounded(),
        };
        agree(&ends, try_send, Order::Priority, ops)?;
    }

    #[test]
    fn sliding(capacity in 0..4_usize, ops in vec(op(), 0..80)) {
        let offer = |tx: &sliding::Sender<Note>, note| {
            tx.offer(note).map_err(TrySendError::from)
        };
        agree(&sliding::bounded(capacity), offer, Order::Sliding, ops)?;
    }

    #[test]
    fn dropping(capacity in 0..4_usize, ops in vec(op(), 0..80)) {
        let offer = |tx: &dropping::Sender<Note>, note| {
            tx.offer(note).map_err(TrySendError::from)
        };
        agree(&dropping::bounded(capacity), offer, Order::Dropping, ops)?;
    }
}

#[derive(Clone, Debug)]
enum OnceOp {
    Send,
    DropSender,
    TryRecv,
    RecvLate,
    Recv,
    PollRecv(prop::sample::Index),
    DropRecv(prop::sample::Index),
    Close,
}

fn once_op() -> impl Strategy<Value = OnceOp> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        2 => Just(OnceOp::Send),
        1 => Just(OnceOp::DropSender),
        3 => Just(OnceOp::TryRecv),
        1 => Just(OnceOp::RecvLate),
        4 => Just(OnceOp::Recv),
        4 => index().prop_map(OnceOp::PollRecv),
        4 => index().prop_map(OnceOp::DropRecv),
        1 => Just(OnceOp::Close),
    ]
}

proptest! {
    #[test]
    fn oneshot(ops in vec(once_op(), 0..30)) {
        let (tx, rx) = oneshot::channel();
        let mut tx = Some(tx);
        let mut tasks: Vec<Numbered<'_, Result<u8, RecvError>>> = Vec::new();
        // Where the value is, if anywhere; and the futures of the model.
        let (mut there, mut closed) = (None, false);
        let mut fates: Vec<Fate> = Vec::new();
        let nothing = |closed| match closed {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        };
        let end = |fates: &mut Vec<Fate>, closed: &mut bool| {
            *closed = true;
            for fate in fates {
                if let Fate::Waits = fate {
                    *fate = Fate::Again;
                }
            }
        };
        let hand = |fates: &mut Vec<Fate>, there: &mut Option<u8>, value| {
            let mut waiting = fates.iter_mut();
            match waiting.find(|fate| matches!(fate, Fate::Waits)) {
                Some(fate) => *fate = Fate::Met(None),
                None => *there = Some(value),
            }
        };
        for op in ops {
            match op {
                OnceOp::Send => {
                    let Some(tx) = tx.take() else { continue };
                    match closed {
                        true => prop_assert_eq!(tx.send(7), Err(SendError(7))),
                        false => {
                            hand(&mut fates, &mut there, 7);
                            prop_assert_eq!(tx.send(7), Ok(()));
                        }
                    }
                    end(&mut fates, &mut closed);
                }
                OnceOp::DropSender => {
                    if tx.take().is_some() {
                        end(&mut fates, &mut closed);
                    }
                }
                OnceOp::TryRecv => {
                    let expected = there.take().ok_or(nothing(closed));
                    prop_assert_eq!(rx.try_recv(), expected);
                }
                OnceOp::RecvLate => {
                    let value = rx.recv_timeout(Duration::ZERO);
                    prop_assert_eq!(value.ok(), there.take());
                }
                OnceOp::Recv => {
                    let mut task = Task::new(rx.recv_async());
                    match (task.poll(), there.take()) {
                        (Poll::Ready(value), expected) => {
                            prop_assert_eq!(value.ok(), expected);
                            prop_assert!(expected.is_some() || closed);
                        }
                        (Poll::Pending, expected) => {
                            prop_assert!(expected.is_none() && !closed);
                            tasks.push((fates.len(), task));
                            fates.push(Fate::Waits);
                        }
                    }
                }
                OnceOp::PollRecv(index) => {
                    let Some((number, mut task)) = pick(&mut tasks, index)
                    else {
                        continue;
                    };
                    match (task.poll(), fates[number]) {
                        (Poll::Pending, Fate::Waits) => {
                            tasks.push((number, task));
                        }
                        (Poll::Ready(value), Fate::Met(_)) => {
                            prop_assert_eq!(value, Ok(7));
                        }
                        (Poll::Ready(value), Fate::Again) => {
                            prop_assert_eq!(value.ok(), there.take());
                        }
                        (polled, fate) => {
                            prop_assert!(false, "{polled:?} for {fate:?}");
                        }
                    }
                }
                OnceOp::DropRecv(index) => {
                    let Some((number, task)) = pick(&mut tasks, index) else {
                        continue;
                    };
                    drop(task);
                    let fate =
                        std::mem::replace(&mut fates[number], Fate::Again);
                    if let Fate::Met(_) = fate {
                        hand(&mut fates, &mut there, 7);
                    }
                }
                OnceOp::Close => {
                    prop_assert_eq!(rx.close(), !closed);
                    end(&mut fates, &mut closed);
                }
            }
            prop_assert_eq!(rx.is_full(), there.is_some());
            prop_assert_eq!(rx.is_closed(), closed);
        }
        drop(tasks);
    }
}

#[derive(Clone, Copy, Debug)]
enum Wish {
    Put,
    Take,
    Read,
    Swap,
    Modify,
}

#[derive(Clone, Debug)]
enum MVarOp {
    Try(Wish),
    /// A future.
    Begin(Wish),
    Poll(prop::sample::Index),
    Drop(prop::sample::Index),
    Close,
}

fn mvar_op() -> impl Strategy<Value = MVarOp> {
    let wish = || {
        prop_oneof![
            3 => Just(Wish::Put),
            3 => Just(Wish::Take),
            2 => Just(Wish::Read),
            2 => Just(Wish::Swap),
            2 => Just(Wish::Modify),
        ]
    };
    let index = any::<prop::sample::Index>;
    prop_oneof![
        8 => wish().prop_map(MVarOp::Try),
        10 => wish().prop_map(MVarOp::Begin),
        8 => index().prop_map(MVarOp::Poll),
        6 => index().prop_map(MVarOp::Drop),
        1 => Just(MVarOp::Close),
    ]
}

/// What an operation on an MVar gives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Got {
    /// It was put.
    Put,
    /// This was taken, read, swapped out, or was there before the change.
    Value(u32),
    /// It cannot be, now or for good; what was to be put comes back.
    NotNow(Option<u32>),
    Never(Option<u32>),
}

/// What a change makes of a value.
fn changed(value: u32) -> u32 {
    value + 1_000_000
}

fn change(value: &mut u32) -> u32 {
    let before = *value;
    *value = changed(before);
    before
}

fn got(result: Result<u32, TryRecvError>) -> Got {
    match result {
        Ok(value) => Got::Value(value),
        Err(TryRecvError::Empty) => Got::NotNow(None),
        Err(TryRecvError::Closed) => Got::Never(None),
    }
}

fn attempt(mvar: &MVar<u32>, wish: Wish, value: u32) -> Got {
    use chanpatterns::channel::mvar::TrySwapError;
    match wish {
        Wish::Put => match mvar.try_put(value) {
            Ok(()) => Got::Put,
            Err(TrySendError::Full(value)) => Got::NotNow(Some(value)),
            Err(TrySendError::Closed(value)) => Got::Never(Some(value)),
        },
        Wish::Take => got(mvar.try_take()),
        Wish::Read => got(mvar.try_read()),
        Wish::Modify => got(mvar.try_modify(change)),
        Wish::Swap => match mvar.try_swap(value) {
            Ok(old) => Got::Value(old),
            Err(TrySwapError::Empty(value)) => Got::NotNow(Some(value)),
            Err(TrySwapError::Closed(value)) => Got::Never(Some(value)),
        },
    }
}

async fn wait(mvar: &MVar<u32>, wish: Wish, value: u32) -> Got {
    let closed = |_: RecvError| TryRecvError::Closed;
    match wish {
        Wish::Put => match mvar.put_async(value).await {
            Ok(()) => Got::Put,
            Err(SendError(value)) => Got::Never(Some(value)),
        },
        Wish::Take => got(mvar.take_async().await.map_err(closed)),
        Wish::Read => got(mvar.read_async().await.map_err(closed)),
        Wish::Modify => got(mvar.modify_async(change).await.map_err(closed)),
        Wish::Swap => match mvar.swap_async(value).await {
            Ok(old) => Got::Value(old),
            Err(SendError(value)) => Got::Never(Some(value)),
        },
    }
}

/// What an MVar is, said as plainly as can be.
#[derive(Default)]
struct Slot {
    /// Each with its turn, the next one first; more than one only where some
    /// were given back.
    values: VecDeque<(u32, Turn)>,
    /// The turn of the value that is lent.
    lent: Option<Turn>,
    closed: bool,
    /// Who came, in their order: wish, value, how it stands, and the turn of
    /// the value that it met.
    futures: Vec<(Wish, u32, MVarFate, Turn)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum MVarFate {
    Waits,
    Met(Got),
    Again,
}

impl Slot {
    fn attempt(&mut self, wish: Wish, value: u32) -> Got {
        let full = self.lent.is_some() || !self.values.is_empty();
        if let Wish::Put = wish {
            return match (self.closed, full) {
                (true, _) => Got::Never(Some(value)),
                (false, true) => Got::NotNow(Some(value)),
                (false, false) => {
                    self.values.push_back((value, LAST));
                    self.settle();
                    Got::Put
                }
            };
        }
        let back = matches!(wish, Wish::Swap).then_some(value);
        let there = self.values.front().filter(|_| self.lent.is_none());
        let Some(&(there, turn)) = there else {
            return match self.closed && !full {
                true => Got::Never(back),
                false => Got::NotNow(back),
            };
        };
        match wish {
            Wish::Put | Wish::Read => {}
            Wish::Take => drop(self.values.pop_front()),
            Wish::Swap => self.values[0] = (value, turn),
            Wish::Modify => self.values[0] = (changed(there), turn),
        }
        self.settle();
        Got::Value(there)
    }

    /// Serves those who wait, until nobody can be served.
    fn settle(&mut self) {
        while self.lent.is_none() {
            let waits = |future: &&mut (Wish, u32, MVarFate, Turn)| {
                future.2 == MVarFate::Waits
            };
            let Some(&(there, turn)) = self.values.front() else {
                let mut putters = self.futures.iter_mut().filter(waits);
                let first = putters.find(|f| matches!(f.0, Wish::Put));
                let Some((_, value, fate, _)) = first else {
                    break;
                };
                *fate = MVarFate::Met(Got::Put);
                self.values.push_back((*value, LAST));
                continue;
            };
            for (wish, _, fate, _) in self.futures.iter_mut().filter(waits) {
                if let Wish::Read = wish {
                    *fate = MVarFate::Met(Got::Value(there));
                }
            }
            let mut takers = self.futures.iter_mut().filter(waits);
            let first = takers.find(|f| !matches!(f.0, Wish::Put));
            let Some((wish, value, fate, met)) = first else {
                break;
            };
            *fate = MVarFate::Met(Got::Value(there));
            *met = turn;
            match wish {
                Wish::Swap => self.values[0] = (*value, turn),
                Wish::Modify => {
                    self.values.pop_front();
                    self.lent = Some(turn);
                }
                _ => drop(self.values.pop_front()),
            }
        }
        if self.closed {
            let drained = self.lent.is_none() && self.values.is_empty();
            for (wish, _, fate, _) in &mut self.futures {
                let ends = drained || matches!(wish, Wish::Put);
                if ends && *fate == MVarFate::Waits {
                    *fate = MVarFate::Again;
                }
            }
        }
    }

    fn bring_back(&mut self, value: u32, turn: Turn) {
        let values = self.values.iter();
        let place = values.take_while(|other| other.1 < turn).count();
        self.values.insert(place, (value, turn));
        self.settle();
    }

    fn end_loan(&mut self, value: u32) {
        let turn = self.lent.take().expect("it is lent");
        self.bring_back(value, turn);
    }
}

proptest! {
    #[test]
    fn mvar(full in any::<bool>(), ops in vec(mvar_op(), 0..80)) {
        let mvar = match full {
            true => MVar::new(0),
            false => MVar::empty(),
        };
        let mut model = Slot::default();
        model.values.extend(full.then_some((0, LAST)));
        let mut tasks: Vec<Numbered<'_, Got>> = Vec::new();
        for (op, value) in ops.into_iter().zip(1..) {
            match op {
                MVarOp::Try(wish) => {
                    prop_assert_eq!(
                        attempt(&mvar, wish, value),
                        model.attempt(wish, value)
                    );
                }
                MVarOp::Begin(wish) => {
                    let mut task = Task::new(wait(&mvar, wish, value));
                    match (task.poll(), model.attempt(wish, value)) {
                        (Poll::Pending, Got::NotNow(_)) => {
                            tasks.push((model.futures.len(), task));
                            let fate = MVarFate::Waits;
                            model.futures.push((wish, value, fate, LAST));
                        }
                        (polled, expected) => {
                            prop_assert_eq!(polled, Poll::Ready(expected));
                        }
                    }
                }
                MVarOp::Poll(index) => {
                    let Some((number, mut task)) = pick(&mut tasks, index)
                    else {
                        continue;
                    };
                    let (wish, value, fate, _) = model.futures[number];
                    match fate {
                        MVarFate::Waits => {
                            prop_assert_eq!(task.woken(), 0);
                            prop_assert_eq!(task.poll(), Poll::Pending);
                            tasks.push((number, task));
                        }
                        MVarFate::Met(got) => {
                            prop_assert_eq!(task.woken(), 1);
                            prop_assert_eq!(task.poll(), Poll::Ready(got));
                            if let (Wish::Modify, Got::Value(lent)) =
                                (wish, got)
                            {
                                model.end_loan(changed(lent));
                            }
                        }
                        MVarFate::Again => {
                            let expected = model.attempt(wish, value);
                            prop_assert_eq!(
                                task.poll(),
                                Poll::Ready(expected)
                            );
                        }
                    }
                }
                MVarOp::Drop(index) => {
                    let Some((number, task)) = pick(&mut tasks, index) else {
                        continue;
                    };
                    drop(task);
                    let (wish, _, fate, turn) = &mut model.futures[number];
                    let fate = std::mem::replace(fate, MVarFate::Again);
                    let turn = turn_of(number).min(*turn);
                    match (*wish, fate) {
                        (Wish::Take | Wish::Swap, MVarFate::Met(met)) => {
                            if let Got::Value(value) = met {
                                model.bring_back(value, turn);
                            }
                        }
                        (Wish::Modify, MVarFate::Met(Got::Value(value))) => {
                            model.end_loan(value);
                        }
                        _ => {}
                    }
                }
                MVarOp::Close => {
                    prop_assert_eq!(mvar.close(), !model.closed);
                    model.closed = true;
                    model.settle();
                }
            }
            let full = model.lent.is_some() || !model.values.is_empty();
            prop_assert_eq!(mvar.is_full(), full);
            prop_assert_eq!(mvar.is_closed(), model.closed);
        }
        drop(tasks);
    }
}
