//! The operations that can wait.

use super::super::error::{RecvError, SendError, TryRecvError, TrySendError};
use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::Shared;
use super::{Kind, Memory, Taken, unsent};
use crate::sync::Arc;
use crate::wait::{Operation, Outcome, Ticket, Token, take_error};
use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ptr;

/// A send on the way, by a sender that it owns or borrows; then its result.
pub(crate) struct Sending<T, K: Kind<T>, H> {
    sender: H,
    message: Option<Arc<T>>,
    place: Option<Ticket>,
    result: Option<Result<(), SendError<T>>>,
    kind: PhantomData<fn(K)>,
}

/// A receive on the way, by a tap that it owns or borrows; then its result.
pub(crate) struct Receiving<T, K: Kind<T>, H> {
    tap: H,
    place: Option<Ticket>,
    taken: Option<Result<Taken<T, K>, RecvError>>,
}

/// The wait until no send can succeed.
pub(crate) struct Closing<'a, M> {
    shared: &'a Shared<M>,
    place: Option<Ticket>,
}

impl<T, K: Kind<T>, H> Sending<T, K, H> {
    pub(crate) fn new(sender: H, message: T) -> Self {
        Sending {
            sender,
            message: Some(Arc::new(message)),
            place: None,
            result: None,
            kind: PhantomData,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(&mut self) -> Option<Result<(), SendError<T>>> {
        self.result.take()
    }

    /// The message of a send that gave up.
    pub(crate) fn take_message(&mut self) -> Option<T> {
        self.message.take().map(unsent)
    }
}

impl<T, K: Kind<T>, H> Receiving<T, K, H> {
    pub(crate) fn new(tap: H) -> Self {
        Receiving {
            tap,
            place: None,
            taken: None,
        }
    }

    /// What was taken, once it is complete.
    pub(crate) fn take(&mut self) -> Option<Result<Taken<T, K>, RecvError>> {
        self.taken.take()
    }

    /// The result, once it is complete. It may clone the message.
    pub(crate) fn take_result(&mut self) -> Option<Result<K::Item, RecvError>>
    where
        T: Clone,
    {
        self.take().map(|taken| taken.map(K::Memory::item))
    }
}

impl<'a, M> Closing<'a, M> {
    pub(crate) fn new(shared: &'a Shared<M>) -> Self {
        Closing {
            shared,
            place: None,
        }
    }
}

impl<T, K: Kind<T>, H: Borrow<Sender<T, K>>> Operation for Sending<T, K, H> {
    fn attempt(&mut self) -> bool {
        let Some(message) = self.message.take() else {
            return false;
        };
        match self.sender.borrow().shared().try_send(message) {
            Ok(()) => self.result = Some(Ok(())),
            Err(TrySendError::Closed(message)) => {
                self.result = Some(Err(SendError(unsent(message))));
            }
            Err(TrySendError::Full(message)) => {
                self.message = Some(message);
                return false;
            }
        }
        true
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        if self.message.is_none() {
            // It was sent before, in a choice that is made again.
            return true;
        }
        self.place = self.sender.borrow().shared().enter_send(token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {
        if let Some(ticket) = self.place.take() {
            self.sender.borrow().shared().leave_send(ticket);
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        self.sender.borrow().shared().pass_on_send();
    }

    fn guess(&self) -> Option<bool> {
        Some(self.sender.borrow().shared().guess_send())
    }

    fn take_back(&mut self) -> bool {
        let error = take_error(&mut self.result);
        let back = error.map(|error| Arc::new(error.0));
        self.message = self.message.take().or(back);
        self.message.is_some()
    }

    fn order(&self) -> usize {
        Arc::as_ptr(self.sender.borrow().shared()).addr()
    }
}

impl<T, K: Kind<T>, H: Borrow<Receiver<T, K>>> Operation
    for Receiving<T, K, H>
{
    fn attempt(&mut self) -> bool {
        let tap = self.tap.borrow();
        self.taken = match tap.shared().try_take(tap.position()) {
            Ok(taken) => Some(Ok(taken)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        };
        self.taken.is_some()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        let tap = self.tap.borrow();
        self.place = tap.shared().enter_take(tap.position(), token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {
        if let Some(ticket) = self.place.take() {
            self.tap.borrow().shared().leave_take(ticket);
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // Everyone was told.
    }

    fn guess(&self) -> Option<bool> {
        let tap = self.tap.borrow();
        Some(tap.shared().guess_take(tap.position()))
    }

    fn take_back(&mut self) -> bool {
        take_error(&mut self.taken).is_some()
    }

    fn order(&self) -> usize {
        Arc::as_ptr(self.tap.borrow().shared()).addr()
    }
}

impl<M: Memory> Operation for Closing<'_, M> {
    fn attempt(&mut self) -> bool {
        self.shared.is_closed()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        self.place = self.shared.enter_closing(token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {
        if let Some(ticket) = self.place.take() {
            self.shared.leave_closing(ticket);
        }
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // Everyone was told.
    }

    fn order(&self) -> usize {
        ptr::from_ref(self.shared).addr()
    }
}
