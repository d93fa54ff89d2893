//! The operations of an [`MVar`](super::MVar) that can wait.

use super::super::error::{RecvError, SendError, TryRecvError, TrySendError};
use super::slot::{
    Held, ReadPlace, Share, Shared, Slot, Stead, TakePlace, share,
};
use crate::sync::Arc;
use crate::wait::{Operation, Outcome, Ticket, Token, take_error};
use std::ops::Deref;
use std::ptr;

/// A put on the way; then its result.
pub(crate) struct Putting<T, S> {
    slot: S,
    /// The value, while the slot does not have it.
    value: Option<T>,
    place: Option<Ticket>,
    result: Option<Result<(), SendError<T>>>,
}

/// A take, a swap or a loan on the way; then its result.
pub(crate) struct Taking<T, S> {
    slot: S,
    /// What it leaves for the value, while the slot does not have that.
    stead: Option<Stead<T>>,
    /// Whether it takes again, once it has taken.
    again: bool,
    lends: bool,
    place: Option<(Ticket, Arc<TakePlace<T>>)>,
    result: Option<Result<Held<T>, RecvError>>,
}

/// A read on the way; then its result.
pub(crate) struct Reading<T, S> {
    slot: S,
    share: Share<T>,
    place: Option<(Ticket, Arc<ReadPlace<T>>)>,
    result: Option<Result<Shared<T>, RecvError>>,
}

impl<T, S> Putting<T, S> {
    pub(crate) fn new(slot: S, value: T) -> Self {
        Putting {
            slot,
            value: Some(value),
            place: None,
            result: None,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(&mut self) -> Option<Result<(), SendError<T>>> {
        self.result.take()
    }

    /// The value of a put that gave up.
    pub(super) fn take_value(&mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T, S> Taking<T, S> {
    pub(crate) fn new(slot: S, stead: Stead<T>) -> Self {
        Taking {
            slot,
            again: matches!(stead, Stead::Empty),
            lends: matches!(stead, Stead::Loan),
            stead: Some(stead),
            place: None,
            result: None,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(&mut self) -> Option<Result<Held<T>, RecvError>> {
        self.result.take()
    }

    /// The new value of a swap that did not come about.
    pub(crate) fn take_unused(&mut self) -> Option<T> {
        match self.stead.take() {
            Some(Stead::Value(value)) => Some(value),
            _ => None,
        }
    }
}

impl<T, S> Reading<T, S> {
    pub(crate) fn of(slot: S) -> Self
    where
        T: Clone + Send + Sync + 'static,
    {
        Reading {
            slot,
            share,
            place: None,
            result: None,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(
        &mut self,
    ) -> Option<Result<Shared<T>, RecvError>> {
        self.result.take()
    }
}

/// What an attempt means: `None` is to wait.
fn settled<R>(tried: Result<R, TryRecvError>) -> Option<Result<R, RecvError>> {
    match tried {
        Ok(value) => Some(Ok(value)),
        Err(TryRecvError::Closed) => Some(Err(RecvError)),
        Err(TryRecvError::Empty) => None,
    }
}

impl<T, S: Deref<Target = Slot<T>>> Operation for Putting<T, S> {
    fn attempt(&mut self) -> bool {
        let Some(value) = self.value.take() else {
            return false;
        };
        self.result = match self.slot.try_put(value) {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Closed(value)) => Some(Err(SendError(value))),
            Err(TrySendError::Full(value)) => {
                self.value = Some(value);
                None
            }
        };
        self.result.is_some()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        if self.value.is_none() {
            // It was put before, in a choice that is made again.
            return true;
        }
        self.place = self.slot.enter_put(&mut self.value, token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {
        self.place = None;
        self.result = Some(Ok(()));
    }

    fn leave(&mut self) {
        let place = self.place.take();
        let back = place.and_then(|ticket| self.slot.leave_put(ticket));
        if back.is_some() {
            self.value = back;
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // A value that was met has been put, and a close tells everyone.
    }

    fn look(&self) -> Option<bool> {
        Some(self.value.is_some() && self.slot.can_be_put())
    }

    fn take_back(&mut self) -> bool {
        let error = take_error(&mut self.result);
        self.value = self.value.take().or(error.map(|error| error.0));
        self.value.is_some()
    }

    fn order(&self) -> usize {
        ptr::from_ref::<Slot<T>>(&self.slot).addr()
    }
}

impl<T, S: Deref<Target = Slot<T>>> Operation for Taking<T, S> {
    fn attempt(&mut self) -> bool {
        if self.stead.is_none() {
            return false;
        }
        self.result = settled(self.slot.try_take(&mut self.stead));
        if self.again {
            self.stead = Some(Stead::Empty);
        }
        self.result.is_some()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        if self.stead.is_none() {
            // It swapped before, in a choice that is made again.
            return true;
        }
        self.place = self.slot.enter_take(&mut self.stead, token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {
        let place = self.place.take();
        let value = place.and_then(|(_, place)| place.take_value());
        self.result = value.map(|(value, _turn)| Ok(value));
        if self.again {
            self.stead = Some(Stead::Empty);
        }
    }

    fn leave(&mut self) {
        let Some((ticket, place)) = &self.place else {
            return;
        };
        self.slot.leave_take(*ticket);
        if let Some(stead) = place.take_stead() {
            self.stead = Some(stead);
            self.place = None;
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        let Some((ticket, place)) = self.place.take() else {
            return;
        };
        let Some((value, turn)) = place.take_value() else {
            // A close tells everyone.
            return;
        };
        match self.lends {
            true => self.slot.end_loan(Some(value)),
            false => self.slot.give_back(value, turn.min(ticket)),
        }
    }

    fn look(&self) -> Option<bool> {
        Some(self.stead.is_some() && self.slot.can_be_taken())
    }

    fn take_back(&mut self) -> bool {
        take_error(&mut self.result).is_some()
    }

    fn order(&self) -> usize {
        ptr::from_ref::<Slot<T>>(&self.slot).addr()
    }
}

impl<T, S: Deref<Target = Slot<T>>> Operation for Reading<T, S> {
    fn attempt(&mut self) -> bool {
        self.result = settled(self.slot.try_read(self.share));
        self.result.is_some()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        self.place = self.slot.enter_read(self.share, token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {
        let place = self.place.take();
        let value = place.and_then(|(_, place)| place.take_value());
        self.result = value.map(Ok);
    }

    fn leave(&mut self) {
        if let Some((ticket, _)) = &self.place {
            self.slot.leave_read(*ticket);
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // The value is where it was: a reader takes nothing away.
        self.place = None;
    }

    fn look(&self) -> Option<bool> {
        Some(self.slot.can_be_taken())
    }

    fn take_back(&mut self) -> bool {
        take_error(&mut self.result).is_some()
    }

    fn order(&self) -> usize {
        ptr::from_ref::<Slot<T>>(&self.slot).addr()
    }
}
