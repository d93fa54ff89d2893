//! A future as an event: the end of a task, a request, a timer of a runtime.

use super::Event;
use crate::Panicked;
use crate::sync::{Arc, Mutex, lock};
use crate::wait::{Operation, Outcome, Token};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

/// The event that is ready when `future` is, with its output; once.
///
/// So what only a future tells can stand in a choice: the end of a task (the
/// handle that a runtime's `spawn` returns is a future), a reply, a timer of a
/// runtime. The future is polled by whoever synchronises; it makes progress
/// only then, unless something else drives it. If another event is chosen it
/// stays as it is, for the next synchronisation.
///
/// A future that panics has completed: the panic goes on in whoever
/// synchronises, as if in a wrap.
///
/// ```
/// use chanpatterns::event;
///
/// let mut answer = event::ready(async { 6 * 7 });
/// assert_eq!(answer.sync(), 42);
/// ```
pub fn ready<'a, F>(future: F) -> Event<'a, F::Output>
where
    F: Future + Send + 'a,
    F::Output: Send,
{
    let polling = Polling {
        future: Some(Box::pin(future)),
        output: None,
        relay: Arc::default(),
    };
    Event::of(polling, |polling| {
        let output = polling.output.take();
        match output.expect("a leaf that was chosen is complete") {
            Ok(output) => output,
            Err(panicked) => panicked.resume(),
        }
    })
}

struct Polling<F: Future> {
    /// `None` when it has completed.
    future: Option<Pin<Box<F>>>,
    output: Option<Result<F::Output, Panicked>>,
    relay: Arc<Relay>,
}

/// The waker of the future: it passes a wake-up on to the choice.
#[derive(Default)]
struct Relay(Mutex<Relayed>);

#[derive(Default)]
struct Relayed {
    /// Whether it was woken since the last poll.
    woken: bool,
    /// Whom to tell; there while the operation has entered.
    token: Option<Token>,
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        let mut relayed = lock(&self.0);
        relayed.woken = true;
        let token = relayed.token.as_ref();
        let claimed = token.and_then(|token| token.claim(Outcome::Again));
        drop(relayed);
        if let Some(wake) = claimed {
            wake.wake();
        }
    }
}

impl<F: Future> Operation for Polling<F> {
    fn attempt(&mut self) -> bool {
        let Some(future) = &mut self.future else {
            return false;
        };
        lock(&self.relay.0).woken = false;
        let waker = Waker::from(Arc::clone(&self.relay));
        let poll = || future.as_mut().poll(&mut Context::from_waker(&waker));
        self.output = match Panicked::catch(poll) {
            Ok(Poll::Pending) => return false,
            Ok(Poll::Ready(output)) => Some(Ok(output)),
            Err(panicked) => Some(Err(panicked)),
        };
        self.future = None;
        true
    }

    fn enter(&mut self, token: Token, _first: bool) -> bool {
        let mut relayed = lock(&self.relay.0);
        if relayed.woken && self.future.is_some() {
            return false;
        }
        relayed.token = Some(token);
        true
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {
        let token = lock(&self.relay.0).token.take();
        drop(token);
    }

    fn pass_on(&mut self, _outcome: Outcome) {
        // A wake-up of this future is nobody else's.
    }
}
