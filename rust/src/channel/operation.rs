//! The operations of a channel that can wait.

use super::engine::{Engine, Handed, Handle, RecvPlace};
use super::error::{RecvError, SendError, TryRecvError, TrySendError};
use crate::sync::{lock, mutant};
use crate::wait::{Operation, Outcome, Ticket, Token, take_error};
use std::marker::PhantomData;
use std::ptr;

/// A send on the way; then its result.
pub(crate) struct Sending<T, H> {
    handle: H,
    /// The message, while the engine does not have it.
    message: Option<T>,
    place: Option<Ticket>,
    result: Option<Result<(), SendError<T>>>,
}

/// A receive on the way; then its result.
pub(crate) struct Receiving<T, H> {
    handle: H,
    place: Option<RecvPlace<T>>,
    result: Option<Result<T, RecvError>>,
}

/// A reservation on the way; then its result.
pub(crate) struct Reserving<T, H> {
    handle: H,
    place: Option<Ticket>,
    result: Option<Result<(), SendError<()>>>,
    messages: PhantomData<fn(T)>,
}

impl<T, H> Sending<T, H> {
    pub(crate) fn new(handle: H, message: T) -> Self {
        Sending {
            handle,
            message: Some(message),
            place: None,
            result: None,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(&mut self) -> Option<Result<(), SendError<T>>> {
        self.result.take()
    }

    /// The message of a send that gave up.
    pub(crate) fn take_message(&mut self) -> Option<T> {
        self.message.take()
    }

    /// The message, while the engine does not have it.
    pub(crate) fn message(&self) -> Option<&T> {
        self.message.as_ref()
    }
}

impl<T, H> Receiving<T, H> {
    pub(crate) fn new(handle: H) -> Self {
        Receiving {
            handle,
            place: None,
            result: None,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(&mut self) -> Option<Result<T, RecvError>> {
        self.result.take()
    }

    /// Visits the message that was handed over and not taken yet.
    pub(crate) fn for_handed(&self, visit: impl FnMut(&T)) {
        let slot = self.place.as_ref().and_then(|place| place.slot.as_ref());
        if let Some((slot, _)) = slot {
            let slot = lock(slot);
            slot.iter().map(|handed| &handed.message).for_each(visit);
        }
    }
}

impl<T, H> Reserving<T, H> {
    pub(crate) fn new(handle: H) -> Self {
        Reserving {
            handle,
            place: None,
            result: None,
            messages: PhantomData,
        }
    }

    /// The result, once it is complete.
    pub(crate) fn take_result(&mut self) -> Option<Result<(), SendError<()>>> {
        self.result.take()
    }
}

impl<T, H: Handle<T>> Operation for Sending<T, H> {
    fn attempt(&mut self) -> bool {
        let Some(message) = self.message.take() else {
            return false;
        };
        match self.handle.engine().try_send(message) {
            Ok(_fell_out) => self.result = Some(Ok(())),
            Err(TrySendError::Closed(message)) => {
                self.result = Some(Err(SendError(message)));
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
        let engine = self.handle.engine();
        self.place = engine.enter_send(&mut self.message, token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {
        self.place = None;
        self.result = Some(Ok(()));
    }

    fn leave(&mut self) {
        let engine = self.handle.engine();
        let place = self.place.take();
        let back = place.and_then(|ticket| engine.leave_send(ticket));
        if back.is_some() {
            self.message = back;
        }
    }

    fn pass_on(&mut self, outcome: Outcome) {
        // A message that was met has been sent.
        if outcome == Outcome::Again {
            self.handle.engine().pass_on_send();
        }
    }

    fn guess(&self) -> Option<bool> {
        self.handle.engine().guess_send()
    }

    fn look(&self) -> Option<bool> {
        self.handle.engine().look_send()
    }

    fn take_back(&mut self) -> bool {
        let error = take_error(&mut self.result);
        self.message = self.message.take().or(error.map(|error| error.0));
        self.message.is_some()
    }

    fn order(&self) -> usize {
        ptr::from_ref(self.handle.engine()).addr()
    }
}

impl<T, H: Handle<T>> Operation for Receiving<T, H> {
    fn attempt(&mut self) -> bool {
        self.result = match self.handle.engine().try_recv() {
            Ok(message) => Some(Ok(message)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        };
        self.result.is_some()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        self.place = self.handle.engine().enter_recv(token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {
        let handed = self.place.take().and_then(RecvPlace::into_handed);
        self.result = handed.map(|(message, _turn)| Ok(message));
    }

    fn leave(&mut self) {
        let place = self.place.as_mut();
        if let Some(ticket) = place.and_then(|place| place.ticket.take()) {
            self.handle.engine().leave_recv(ticket);
        }
    }

    fn pass_on(&mut self, outcome: Outcome) {
        let place = self.place.take();
        let engine = self.handle.engine();
        match outcome {
            Outcome::Met => {
                let handed = place
                    .and_then(RecvPlace::into_handed)
                    .filter(|_| !mutant!("cancelled_message_lost"));
                if let Some((message, turn)) = handed {
                    engine.hand_back(message, turn);
                }
            }
            Outcome::Again if mutant!("notification_not_passed_on") => {}
            Outcome::Again => engine.pass_on_recv(),
        }
    }

    fn guess(&self) -> Option<bool> {
        self.handle.engine().guess_recv()
    }

    fn look(&self) -> Option<bool> {
        self.handle.engine().look_recv()
    }

    fn take_back(&mut self) -> bool {
        take_error(&mut self.result).is_some()
    }

    fn order(&self) -> usize {
        ptr::from_ref(self.handle.engine()).addr()
    }
}

impl<T> RecvPlace<T> {
    /// What the receiver was handed, and its turn should it come back.
    fn into_handed(self) -> Option<(T, Ticket)> {
        let (slot, ticket) = self.slot?;
        let Handed { message, turn } = lock(&slot).take()?;
        Some((message, turn.min(ticket)))
    }
}

impl<T, H: Handle<T>> Operation for Reserving<T, H> {
    fn attempt(&mut self) -> bool {
        self.result = match self.handle.engine().try_reserve() {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Closed(())) => Some(Err(SendError(()))),
            Err(TrySendError::Full(())) => None,
        };
        self.result.is_some()
    }

    fn enter(&mut self, token: Token, first: bool) -> bool {
        self.place = self.handle.engine().enter_reserve(token, first);
        self.place.is_some()
    }

    fn meet(&mut self) {
        self.place = None;
        self.result = Some(Ok(()));
    }

    fn leave(&mut self) {
        if let Some(ticket) = self.place.take() {
            self.handle.engine().leave_send(ticket);
        }
    }

    fn pass_on(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Met => self.handle.engine().release(),
            Outcome::Again => self.handle.engine().pass_on_send(),
        }
    }

    fn guess(&self) -> Option<bool> {
        self.handle.engine().guess_send()
    }

    fn order(&self) -> usize {
        ptr::from_ref(self.handle.engine()).addr()
    }
}
