//! The slot of an [`MVar`](super::MVar), and who waits for it.
//!
//! # Invariants
//!
//! 1. Who waits for a value (to take, swap, modify or read it) does so only
//!    while there is nothing to give: the slot is empty, or its value is *lent*
//!    to one who modifies it.
//! 2. Who waits to put does so only while the slot is full or lent.
//! 3. Nobody waits to put on a closed slot, and nobody waits for anything on
//!    one that is closed, empty and not lent.
//! 4. The slot holds more than one value only while it holds some that were
//!    taken before and given back. Those stand in front, in the order in which
//!    they were taken, which is that of the takers' tickets.
//!
//! Every operation makes its change and then *settles* the slot, which restores
//! 1 to 3 in a loop: a value goes to all readers that wait and to the taker that
//! has waited longest; an empty slot takes the value of the putter that has
//! waited longest. A value stands where its taker finds it before the taker is
//! claimed, so whoever was claimed need not lock the slot again.
//!
//! # Values that are read
//!
//! A value is cloned by its reader, after the slot has been unlocked. For that
//! the reader *shares* it with the slot. A taker that finds it still shared
//! clones it too: nobody waits for anybody's clone. What is shared hides that
//! it can be, so only `read` asks for a value that can.

use super::super::error::{TryRecvError, TrySendError};
use crate::sync::{Arc, Mutex, lock};
use crate::wait::{Latch, Outcome, Ticket, Token, WaitQueue, Wake};
use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;

/// A value that several parties hold.
pub(crate) trait Sharing<T>: Send + Sync {
    /// The value, or a clone of it if somebody else holds it too.
    fn into_value(self: Arc<Self>) -> T;
}

pub(crate) type Shared<T> = Arc<dyn Sharing<T>>;

/// How a value is shared: what a reader brings along.
pub(crate) type Share<T> = fn(T) -> Shared<T>;

struct Plain<T>(T);

impl<T: Clone + Send + Sync> Sharing<T> for Plain<T> {
    fn into_value(self: Arc<Self>) -> T {
        match Arc::try_unwrap(self) {
            Ok(Plain(value)) => value,
            Err(shared) => shared.0.clone(),
        }
    }
}

/// Lets several parties hold `value`.
pub(super) fn share<T>(value: T) -> Shared<T>
where
    T: Clone + Send + Sync + 'static,
{
    Arc::new(Plain(value))
}

/// A value in the slot, or on its way out of it.
pub(crate) enum Held<T> {
    Own(T),
    Shared(Shared<T>),
}

impl<T> Held<T> {
    /// May run the value's `clone`, so no lock may be held.
    pub(crate) fn into_value(self) -> T {
        match self {
            Held::Own(value) => value,
            Held::Shared(value) => value.into_value(),
        }
    }

    /// The same value, shared, and a second hold of it.
    fn shared(self, share: Share<T>) -> (Self, Shared<T>) {
        let shared = match self {
            Held::Own(value) => share(value),
            Held::Shared(shared) => shared,
        };
        (Held::Shared(Arc::clone(&shared)), shared)
    }
}

/// A value in the slot, with the place of the first taker that gave it back;
/// [`Ticket::LAST`] if there was none.
struct Value<T> {
    held: Held<T>,
    turn: Ticket,
}

impl<T> Value<T> {
    fn new(value: T) -> Self {
        Value {
            held: Held::Own(value),
            turn: Ticket::LAST,
        }
    }
}

/// What a taker leaves in the slot.
pub(crate) enum Stead<T> {
    /// Nothing: it takes.
    Empty,
    /// Another value: it swaps.
    Value(T),
    /// The promise to bring the value back: it modifies.
    Loan,
}

/// Where a taker that waits finds the value, and what it leaves for it.
pub(crate) struct TakePlace<T>(Mutex<Meeting<T>>);

enum Meeting<T> {
    Before(Stead<T>),
    After(Value<T>),
    Over,
}

impl<T> TakePlace<T> {
    fn exchange(&self, meeting: Meeting<T>) -> Meeting<T> {
        mem::replace(&mut *lock(&self.0), meeting)
    }

    /// What the taker wanted to leave, if it has not met anybody.
    pub(super) fn take_stead(&self) -> Option<Stead<T>> {
        let mut meeting = lock(&self.0);
        match mem::replace(&mut *meeting, Meeting::Over) {
            Meeting::Before(stead) => Some(stead),
            other => {
                *meeting = other;
                None
            }
        }
    }

    /// The value, if the taker has met somebody, and its turn.
    pub(super) fn take_value(&self) -> Option<(Held<T>, Ticket)> {
        match self.exchange(Meeting::Over) {
            Meeting::After(value) => Some((value.held, value.turn)),
            Meeting::Before(_) | Meeting::Over => None,
        }
    }
}

/// Where a reader that waits finds the value.
pub(crate) struct ReadPlace<T> {
    share: Share<T>,
    value: Mutex<Option<Shared<T>>>,
}

impl<T> ReadPlace<T> {
    pub(super) fn take_value(&self) -> Option<Shared<T>> {
        lock(&self.value).take()
    }
}

pub(crate) struct Slot<T> {
    state: Mutex<State<T>>,
    /// Fires when the slot has been closed.
    pub(super) closed: Latch,
}

struct State<T> {
    /// At most one, and in front of it those that were given back.
    values: VecDeque<Value<T>>,
    /// The turn of the first value, if somebody has taken it to bring it back.
    lent: Option<Ticket>,
    closed: bool,
    putters: WaitQueue<T>,
    takers: WaitQueue<Arc<TakePlace<T>>>,
    readers: WaitQueue<Arc<ReadPlace<T>>>,
}

impl<T> State<T> {
    fn is_full(&self) -> bool {
        self.lent.is_some() || !self.values.is_empty()
    }

    fn can_give(&self) -> bool {
        self.lent.is_none() && !self.values.is_empty()
    }

    /// Why nothing can be given.
    fn nothing(&self) -> TryRecvError {
        match self.closed && !self.is_full() {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        }
    }

    /// Puts what a taker leaves where the value was.
    fn leave_behind(&mut self, stead: Stead<T>, turn: Ticket) {
        match stead {
            Stead::Empty => {}
            Stead::Value(value) => {
                let held = Held::Own(value);
                self.values.push_front(Value { held, turn });
            }
            Stead::Loan => self.lent = Some(turn),
        }
    }

    /// Puts a value in front, behind those that were taken before it.
    fn come_back(&mut self, value: Value<T>) {
        let earlier = |other: &Value<T>| other.turn < value.turn;
        let place = self.values.partition_point(earlier);
        self.values.insert(place, value);
    }

    /// Restores the invariants: those who are to be woken.
    fn settle(&mut self) -> Vec<Wake> {
        let mut wakes = Vec::new();
        while self.lent.is_none() {
            let Some(value) = self.values.pop_front() else {
                match self.putters.claim_first(Outcome::Met, |_| true) {
                    Some((value, putter)) => {
                        self.values.push_back(Value::new(value));
                        wakes.push(putter);
                        continue;
                    }
                    None => break,
                }
            };
            let turn = value.turn;
            let held = self.show(value.held, &mut wakes);
            match self.give(Value { held, turn }) {
                Ok((stead, taker)) => {
                    wakes.push(taker);
                    self.leave_behind(stead, turn);
                }
                Err(value) => {
                    self.values.push_front(value);
                    break;
                }
            }
        }
        if self.closed && !self.is_full() {
            wakes.extend(self.takers.claim_all());
            wakes.extend(self.readers.claim_all());
        }
        wakes
    }

    /// Shares `value` with all readers that wait.
    fn show(&mut self, value: Held<T>, wakes: &mut Vec<Wake>) -> Held<T> {
        if self.readers.is_empty() {
            return value;
        }
        let value = Cell::new(Some(value));
        let put_there = |place: &Arc<ReadPlace<T>>| {
            let held = value.take().expect("it is always put back");
            let (held, shared) = held.shared(place.share);
            value.set(Some(held));
            *lock(&place.value) = Some(shared);
        };
        let take_back = |place: &Arc<ReadPlace<T>>| drop(place.take_value());
        while let Some(reader) =
            self.readers
                .claim_prepared(Outcome::Met, put_there, take_back)
        {
            wakes.push(reader);
        }
        value.into_inner().expect("it is always put back")
    }

    /// Gives `value` to the taker that has waited longest: what that one leaves
    /// in its stead.
    fn give(&mut self, value: Value<T>) -> Result<(Stead<T>, Wake), Value<T>> {
        if self.takers.is_empty() {
            return Err(value);
        }
        let value = Cell::new(Some(value));
        let stead = Cell::new(None);
        let taker = self.takers.claim_prepared(
            Outcome::Met,
            |place| {
                let value = value.take().expect("it is put back in between");
                if let Meeting::Before(left) =
                    place.exchange(Meeting::After(value))
                {
                    stead.set(Some(left));
                }
            },
            |place| {
                let left = stead.take().expect("it was there");
                if let Meeting::After(back) =
                    place.exchange(Meeting::Before(left))
                {
                    value.set(Some(back));
                }
            },
        );
        match taker {
            Some(wake) => Ok((stead.take().expect("it was there"), wake)),
            None => Err(value.take().expect("nobody took it")),
        }
    }
}

/// After the lock.
fn wake_all(wakes: Vec<Wake>) {
    wakes.into_iter().for_each(Wake::wake);
}

impl<T> Slot<T> {
    pub(super) fn new(value: Option<T>) -> Self {
        Slot {
            state: Mutex::new(State {
                values: value.into_iter().map(Value::new).collect(),
                lent: None,
                closed: false,
                putters: WaitQueue::new(),
                takers: WaitQueue::new(),
                readers: WaitQueue::new(),
            }),
            closed: Latch::new(),
        }
    }

    pub(super) fn try_put(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(TrySendError::Closed(value));
        }
        if state.is_full() {
            return Err(TrySendError::Full(value));
        }
        state.values.push_back(Value::new(value));
        let wakes = state.settle();
        drop(state);
        wake_all(wakes);
        Ok(())
    }

    /// Whether a put need not wait.
    pub(super) fn can_be_put(&self) -> bool {
        let state = lock(&self.state);
        state.closed || !state.is_full()
    }

    /// Whether a take, or a read, need not wait.
    pub(super) fn can_be_taken(&self) -> bool {
        let state = lock(&self.state);
        state.can_give() || state.nothing() == TryRecvError::Closed
    }

    /// A putter enters, and the slot has its value.
    pub(super) fn enter_put(
        &self,
        value: &mut Option<T>,
        token: Token,
        first: bool,
    ) -> Option<Ticket> {
        let mut state = lock(&self.state);
        if state.closed || !state.is_full() {
            return None;
        }
        Some(state.putters.enter(token, value.take()?, first))
    }

    pub(super) fn leave_put(&self, ticket: Ticket) -> Option<T> {
        lock(&self.state).putters.leave(ticket)
    }

    /// Takes the value, and leaves `stead` for it.
    pub(super) fn try_take(
        &self,
        stead: &mut Option<Stead<T>>,
    ) -> Result<Held<T>, TryRecvError> {
        let mut state = lock(&self.state);
        if !state.can_give() {
            return Err(state.nothing());
        }
        let Value { held, turn } =
            state.values.pop_front().expect("it can give");
        state.leave_behind(stead.take().expect("a taker takes once"), turn);
        let wakes = state.settle();
        drop(state);
        wake_all(wakes);
        Ok(held)
    }

    /// A taker enters, and leaves there what it leaves for the value.
    pub(super) fn enter_take(
        &self,
        stead: &mut Option<Stead<T>>,
        token: Token,
        first: bool,
    ) -> Option<(Ticket, Arc<TakePlace<T>>)> {
        let mut state = lock(&self.state);
        if state.can_give() || state.nothing() == TryRecvError::Closed {
            return None;
        }
        let meeting = Meeting::Before(stead.take()?);
        let place = Arc::new(TakePlace(Mutex::new(meeting)));
        let ticket = state.takers.enter(token, Arc::clone(&place), first);
        Some((ticket, place))
    }

    pub(super) fn leave_take(&self, ticket: Ticket) {
        let place = lock(&self.state).takers.leave(ticket);
        drop(place);
    }

    pub(super) fn try_read(
        &self,
        share: Share<T>,
    ) -> Result<Shared<T>, TryRecvError> {
        let mut state = lock(&self.state);
        if !state.can_give() {
            return Err(state.nothing());
        }
        let Value { held, turn } =
            state.values.pop_front().expect("it can give");
        let (held, shared) = held.shared(share);
        state.values.push_front(Value { held, turn });
        Ok(shared)
    }

    pub(super) fn enter_read(
        &self,
        share: Share<T>,
        token: Token,
        first: bool,
    ) -> Option<(Ticket, Arc<ReadPlace<T>>)> {
        let mut state = lock(&self.state);
        if state.can_give() || state.nothing() == TryRecvError::Closed {
            return None;
        }
        let value = Mutex::new(None);
        let place = Arc::new(ReadPlace { share, value });
        let ticket = state.readers.enter(token, Arc::clone(&place), first);
        Some((ticket, place))
    }

    pub(super) fn leave_read(&self, ticket: Ticket) {
        let place = lock(&self.state).readers.leave(ticket);
        drop(place);
    }

    /// Gives back a value that was taken: it is the next one, but for those
    /// that were taken before it and given back.
    pub(super) fn give_back(&self, held: Held<T>, turn: Ticket) {
        let mut state = lock(&self.state);
        state.come_back(Value { held, turn });
        let wakes = state.settle();
        drop(state);
        wake_all(wakes);
    }

    /// Ends a loan. Without a value the slot is empty.
    pub(super) fn end_loan(&self, value: Option<Held<T>>) {
        let mut state = lock(&self.state);
        let turn = state.lent.take();
        if let (Some(held), Some(turn)) = (value, turn) {
            state.come_back(Value { held, turn });
        }
        let wakes = state.settle();
        drop(state);
        wake_all(wakes);
    }

    /// Closes; true if it was open.
    pub(super) fn close(&self) -> bool {
        let mut state = lock(&self.state);
        let was_open = !mem::replace(&mut state.closed, true);
        let mut wakes = state.putters.claim_all();
        wakes.extend(state.settle());
        drop(state);
        wake_all(wakes);
        if was_open {
            self.closed.fire();
        }
        was_open
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    /// Whether there is a value, be it lent.
    pub(super) fn is_full(&self) -> bool {
        lock(&self.state).is_full()
    }
}
