//! An `MVar` and a oneshot in a choice.

use super::source::{Sink, Source};
use super::{Event, receive, send};
use crate::channel::mvar::{self, MVar, Putting, Reading, Stead, Taking};
use crate::channel::{RecvError, SendError, oneshot};
use crate::sync::Arc;

const COMPLETE: &str = "a leaf that was chosen is complete";

/// The event of reading `mvar`: its result is that of [`MVar::read`].
///
/// CML's `mGetEvt`. The value is cloned when the event has been chosen.
///
/// ```
/// use chanpatterns::channel::MVar;
/// use chanpatterns::event;
///
/// let config = MVar::new("here to stay");
/// assert_eq!(event::read(&config).sync(), Ok("here to stay"));
/// assert!(config.is_full());
/// ```
pub fn read<'a, T>(mvar: &MVar<T>) -> Event<'a, Result<T, RecvError>>
where
    T: Clone + Send + Sync + 'static,
{
    let reading = Reading::of(Arc::clone(mvar.slot()));
    Event::of(reading, |reading| {
        let result = reading.take_result().expect(COMPLETE)?;
        Ok(result.into_value())
    })
}

/// The event of swapping the value of `mvar` for another; once. Its result is
/// that of [`MVar::swap`].
///
/// CML's `mSwapEvt`. A value that was not used, because something else was
/// chosen, stays in the event for the next synchronisation.
///
/// ```
/// use chanpatterns::channel::MVar;
/// use chanpatterns::event;
///
/// let mvar = MVar::new(1);
/// assert_eq!(event::swap(&mvar, 2).sync(), Ok(1));
/// assert_eq!(mvar.take(), Ok(2));
/// ```
pub fn swap<'a, T: Send + 'a>(
    mvar: &MVar<T>,
    value: T,
) -> Event<'a, Result<T, SendError<T>>> {
    let slot = Arc::clone(mvar.slot());
    Event::of(Taking::new(slot, Stead::Value(value)), mvar::swapped)
}

fn taking<'a, T: Send + 'a>(mvar: &MVar<T>) -> Event<'a, Result<T, RecvError>> {
    let slot = Arc::clone(mvar.slot());
    Event::of(Taking::new(slot, Stead::Empty), |taking| {
        let result = taking.take_result().expect(COMPLETE)?;
        Ok(result.into_value())
    })
}

fn putting<'a, T: Send + 'a>(
    mvar: &MVar<T>,
    value: T,
) -> Event<'a, Result<(), SendError<T>>> {
    let slot = Arc::clone(mvar.slot());
    Event::of(Putting::new(slot, value), |putting| {
        putting.take_result().expect(COMPLETE)
    })
}

/// A receive takes; its result is that of [`MVar::take`].
impl<'a, T: Send + 'a> Source<'a> for &MVar<T> {
    type Item = Result<T, RecvError>;

    fn receive_event(self) -> Event<'a, Self::Item> {
        taking(self)
    }
}

/// A receive takes; its result is that of [`MVar::take`].
impl<'a, T: Send + 'a> Source<'a> for MVar<T> {
    type Item = Result<T, RecvError>;

    fn receive_event(self) -> Event<'a, Self::Item> {
        taking(&self)
    }
}

/// A send puts; its result is that of [`MVar::put`].
impl<'a, T: Send + 'a> Sink<'a, T> for &MVar<T> {
    type Sent = Result<(), SendError<T>>;

    fn send_event(self, value: T) -> Event<'a, Self::Sent> {
        putting(self, value)
    }
}

/// A send puts; its result is that of [`MVar::put`].
impl<'a, T: Send + 'a> Sink<'a, T> for MVar<T> {
    type Sent = Result<(), SendError<T>>;

    fn send_event(self, value: T) -> Event<'a, Self::Sent> {
        putting(&self, value)
    }
}

impl<'a, T: Send + 'a> Source<'a> for &'a oneshot::Receiver<T> {
    type Item = Result<T, RecvError>;

    fn receive_event(self) -> Event<'a, Self::Item> {
        receive(self.inner())
    }
}

impl<'a, T: Send + 'a> Source<'a> for oneshot::Receiver<T> {
    type Item = Result<T, RecvError>;

    fn receive_event(self) -> Event<'a, Self::Item> {
        receive(self.into_inner())
    }
}

/// A send on a oneshot is always ready. The sender is dropped with the event.
impl<'a, T: Send + 'a> Sink<'a, T> for oneshot::Sender<T> {
    type Sent = Result<(), SendError<T>>;

    fn send_event(self, value: T) -> Event<'a, Self::Sent> {
        send(self.into_inner(), value)
    }
}
