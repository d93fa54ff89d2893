//! First in, first out: the engine that suits the capacity.

use super::buffered::Buffered;
use super::engine::{Engine, RecvPlace};
use super::error::{TryRecvError, TrySendError};
use super::handoff::Handoff;
use super::kind::Kind;
use super::store::Queue;
use crate::wait::{Ticket, Token};
use std::collections::VecDeque;

/// First in, first out: the order of [`unbounded`](super::unbounded),
/// [`bounded`](super::bounded) and [`rendezvous`](super::rendezvous).
#[derive(Debug)]
pub enum Fifo {}

impl<T> Kind<T> for Fifo {
    type Engine = FifoEngine<T>;
}

/// Capacity 0 and 1 hand over, so that who waits is served in its turn; above,
/// two locks are faster.
// As public as the trait that names it, and out of reach all the same.
pub struct FifoEngine<T>(Either<T>);

// The larger one has cache lines to spare, on purpose; a box for it would cost
// every operation a pointer.
#[allow(clippy::large_enum_variant)]
enum Either<T> {
    Handoff(Handoff<T, Queue<T>>),
    Buffered(Buffered<T>),
}

impl<T> FifoEngine<T> {
    pub(crate) fn new(capacity: Option<usize>) -> Self {
        FifoEngine(match capacity {
            Some(capacity @ 0..=1) => {
                Either::Handoff(Handoff::new(Queue::new(capacity)))
            }
            _ => Either::Buffered(Buffered::new(capacity)),
        })
    }
}

/// Calls the same method of whichever engine it is.
macro_rules! either {
    ($($method:ident($($name:ident: $type:ty),*) -> $result:ty;)*) => {
        $(
            #[inline]
            fn $method(&self, $($name: $type),*) -> $result {
                match &self.0 {
                    Either::Handoff(engine) => engine.$method($($name),*),
                    Either::Buffered(engine) => engine.$method($($name),*),
                }
            }
        )*
    };
}

impl<T> Engine<T> for FifoEngine<T> {
    either! {
        try_send(message: T) -> Result<Option<T>, TrySendError<T>>;
        try_recv() -> Result<T, TryRecvError>;
        try_reserve() -> Result<(), TrySendError<()>>;
        enter_send(
            message: &mut Option<T>, token: Token, first: bool
        ) -> Option<Ticket>;
        enter_recv(token: Token, first: bool) -> Option<RecvPlace<T>>;
        enter_reserve(token: Token, first: bool) -> Option<Ticket>;
        leave_send(ticket: Ticket) -> Option<T>;
        leave_recv(ticket: Ticket) -> ();
        pass_on_send() -> ();
        pass_on_recv() -> ();
        guess_send() -> Option<bool>;
        guess_recv() -> Option<bool>;
        look_send() -> Option<bool>;
        look_recv() -> Option<bool>;
        send_reserved(message: T) -> Result<Option<T>, T>;
        release() -> ();
        try_send_many(messages: &mut VecDeque<T>) -> bool;
        try_recv_many(taken: &mut Vec<T>, limit: usize) -> usize;
        drain() -> VecDeque<T>;
        put_back(message: T) -> ();
        hand_back(message: T, turn: Ticket) -> ();
        visit(visit: &mut dyn FnMut(&T)) -> ();
        close(discard: bool) -> bool;
        is_closed() -> bool;
        len() -> usize;
        capacity() -> Option<usize>;
    }
}
