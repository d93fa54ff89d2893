//! First-class events: sends and receives as values that can be combined.
//!
//! An [`Event`] is something that can be synchronised on: a send, a receive, a
//! moment, the end of a thread. It is a value: it can be returned from a
//! function, put into a list, wrapped into another event; what is done with it
//! is decided by whoever calls [`sync`](Event::sync), or awaits it. So a
//! protocol can be hidden behind one event, and can still be a branch of
//! somebody else's choice, which no `select` over channels alone allows.
//!
//! The names and the semantics are those of the module `Event` of OCaml's
//! standard library, and where Concurrent ML is richer, those of CML.
//!
//! ```
//! use chanpatterns::{channel, event};
//! use std::time::Duration;
//!
//! let (tx, rx) = channel::unbounded();
//! let (quit_tx, quit) = channel::rendezvous::<()>();
//! tx.send(20).unwrap();
//!
//! let message = event::select([
//!     event::receive(&rx).wrap(|message| message.unwrap() + 1),
//!     event::receive(&quit).wrap(|_closed| -1),
//!     event::after(Duration::from_secs(60)).wrap(|()| -2),
//! ]);
//! assert_eq!(message, 21);
//! # drop(quit_tx);
//! ```
//!
//! # The semantics
//!
//! - Exactly one leaf of an event commits in each synchronisation, and no event
//!   meets itself.
//! - The choice among the leaves that are ready is uniform over all leaves,
//!   however they are nested; [`biased`](Event::biased) takes the first, and
//!   [`seeded`](Event::seeded) makes the choices repeatable.
//! - The leaves are looked at one after the other, and entered so where none is
//!   ready. So for a moment an event may be met on one channel while another,
//!   which it has not come to, is ready. A [`poll`](Event::poll) looks twice:
//!   so it finds what becomes ready behind it as what it comes to ceases to be.
//! - All [guards](guard) are forced when a synchronisation begins, left to
//!   right, the losers' too.
//! - When a leaf has committed, first the nacks of the others fire, then the
//!   [wraps](Event::wrap) around the leaf run, inside out, and then the
//!   [aborts](Event::wrap_abort) around other leaves, innermost first and right
//!   to left. A wrap that panics has committed all the same: the partner goes
//!   on, and the aborts do not run.
//! - An abort around a choice, or a nack, concerns the choice as a whole: it is
//!   for when no leaf inside commits.
//! - A [`poll`](Event::poll) that finds nothing ready, a
//!   [`sync_timeout`](Event::sync_timeout) whose time runs out and a future
//!   that is dropped choose nothing: all nacks fire and all aborts run.
//! - A channel that is closed is ready: its leaf says so by its result.
//!
//! # Again
//!
//! An event may be synchronised any number of times. Then guards are forced
//! again, and receives receive again. What holds a value gives it once: a
//! [`send`] that has sent, or an [`always`] that was chosen, is never ready
//! again, and leaves the choice to the others. Who wants to send with each
//! synchronisation makes the send in a [`guard`].
//!
//! # Threads and tasks
//!
//! The same event serves both: a thread calls [`sync`](Event::sync), a task
//! awaits it. `sync` in a task would block the thread that the task runs on,
//! like every operation without `async` in its name; the wraps and guards of an
//! event that is awaited run in the task, so they do not block either (which a
//! debug assertion finds where it is an event that they synchronise on).
//!
//! # Cost
//!
//! A choice of n that finds one ready attempts them in a random order until it
//! is found; one that has to wait enters and leaves n queues, a lock each. An
//! event has a heap allocation for each node.

mod choice;
mod future;
mod join;
mod mvar;
mod nack;
mod node;
mod rendezvous;
mod select;
mod source;
mod tap;
mod task;
mod time;
mod timer;

pub use future::SyncFuture;
pub use join::{Joinable, joined, spawn};
pub use mvar::{read, swap};
pub use rendezvous::{Channel, new_channel};
#[doc(hidden)]
pub use select::chose_nothing;
pub use source::{Sink, Source, receive, send};
pub use tap::changed;
pub use task::ready;
pub use time::{after, at};

use crate::channel::observer::watching;
use crate::wait::{Operation, Outcome, Patience, Token};
use choice::Policy;
use node::{Choose, Guard, Leaf, Node, Plain, WithNack, Wrap, WrapAbort};
use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

/// Something to synchronise on, which gives a `T`; see the
/// [module](self).
#[must_use = "an event does nothing until it is synchronised on"]
pub struct Event<'a, T> {
    node: Box<dyn Node<T> + Send + 'a>,
    policy: Policy,
    /// Whether a synchronisation has nothing to do but to choose: no guard, no
    /// nack, no abort.
    plain: bool,
}

impl<'a, T> Event<'a, T> {
    fn new(node: impl Node<T> + Send + 'a, plain: bool) -> Self {
        Event {
            node: Box::new(node),
            policy: Policy::Uniform(0),
            plain,
        }
    }

    /// The event of one operation, and what to take of it when it is complete.
    pub(crate) fn of<O>(
        operation: O,
        take: impl FnMut(&mut O) -> T + Send + 'a,
    ) -> Self
    where
        O: Operation + Send + 'a,
    {
        Event::new(Leaf { operation, take }, true)
    }

    /// The event whose result is `function` of this one's.
    ///
    /// The function runs in whoever synchronises, after the event has
    /// committed. It may block, and may synchronise on other events.
    ///
    /// ```
    /// use chanpatterns::event;
    ///
    /// let mut seven = event::always(6).wrap(|n| n + 1);
    /// assert_eq!(seven.sync(), 7);
    /// ```
    pub fn wrap<B>(
        self,
        function: impl FnMut(T) -> B + Send + 'a,
    ) -> Event<'a, B>
    where
        T: 'a,
    {
        let plain = self.plain;
        Event::new(
            Wrap {
                event: self,
                function,
            },
            plain,
        )
    }

    /// The same event, and `abort` runs whenever it is part of a
    /// synchronisation and is not chosen.
    ///
    /// ```
    /// use chanpatterns::event;
    ///
    /// let mut aborted = false;
    /// let loser = event::never().wrap_abort(|| aborted = true);
    /// assert_eq!(event::select([loser, event::always(1)]), 1);
    /// assert!(aborted);
    /// ```
    pub fn wrap_abort(self, abort: impl FnMut() + Send + 'a) -> Self
    where
        T: 'a,
    {
        Event::new(WrapAbort { event: self, abort }, false)
    }

    /// The same event, which chooses the first leaf that is ready.
    ///
    /// What another thread made ready first is not passed over for what it made
    /// ready later: where a leaf seems to be ready, those before it are looked at
    /// once more. What becomes ready in the midst of that may still be passed
    /// over: beside a leaf that was ready all along (a send that has room, say),
    /// or one that a third thread emptied and filled meanwhile.
    ///
    /// That holds where this very event is synchronised on. A part of a choice
    /// is chosen by the rule of the whole.
    ///
    /// ```
    /// use chanpatterns::event::{always, choose};
    ///
    /// for _ in 0..10 {
    ///     assert_eq!(choose([always(1), always(2)]).biased().sync(), 1);
    /// }
    /// ```
    pub fn biased(mut self) -> Self {
        self.policy = Policy::Biased;
        self
    }

    /// The same event, whose choices follow from `seed`: for tests.
    ///
    /// That holds where this very event is synchronised on, for all its
    /// synchronisations together.
    pub fn seeded(mut self, seed: u64) -> Self {
        // Spread over all bits; the generator must not begin at 0.
        let spread = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.policy = Policy::Uniform(spread.max(1));
        self
    }

    /// Synchronises: waits until a leaf can commit, and gives its result.
    ///
    /// # Panics
    ///
    /// If it is a choice of nothing, as in OCaml, where that is an invalid
    /// argument. In debug builds also if it is called from the wraps or guards
    /// of an event that a task awaits.
    pub fn sync(&mut self) -> T {
        let result = self.sync_within(&mut Patience::forever());
        result.expect("it waits as long as it takes")
    }

    /// Synchronises at most for `timeout`; `None` if the time ran out.
    ///
    /// What is ready is chosen even if the time is zero.
    ///
    /// # Panics
    ///
    /// Like [`sync`](Self::sync).
    pub fn sync_timeout(&mut self, timeout: Duration) -> Option<T> {
        self.sync_within(&mut Patience::lasting(timeout))
    }

    /// Synchronises at most until `deadline`; `None` if the time ran out.
    ///
    /// # Panics
    ///
    /// Like [`sync`](Self::sync).
    pub fn sync_deadline(&mut self, deadline: Instant) -> Option<T> {
        self.sync_within(&mut Patience::until(Some(deadline)))
    }

    /// Synchronises, and asks `go_on` every so often whether to go on waiting;
    /// `None` if it said no.
    ///
    /// This is for a host that has something else to look after while it waits:
    /// an interpreter its signals, a server its shutdown. The leaves keep their
    /// places in their queues meanwhile. If a leaf commits as `go_on` says no,
    /// it is chosen: nothing is lost.
    ///
    /// # Panics
    ///
    /// Like [`sync`](Self::sync). If `go_on` panics, the wait ends as if it had
    /// said no, and the panic goes on; a result that comes in that very moment
    /// goes with it.
    ///
    /// ```
    /// use chanpatterns::event;
    /// use std::time::Duration;
    ///
    /// let mut patience = 3;
    /// let chosen = event::never::<()>().sync_watched(Duration::ZERO, || {
    ///     patience -= 1;
    ///     patience > 0
    /// });
    /// assert_eq!((chosen, patience), (None, 0));
    /// ```
    pub fn sync_watched(
        &mut self,
        every: Duration,
        go_on: impl FnMut() -> bool,
    ) -> Option<T> {
        watching(go_on, |go_on| {
            self.sync_within(&mut Patience::forever().watched(every, go_on))
        })
    }

    /// Synchronises if that needs no waiting.
    ///
    /// A rendezvous is ready only if its partner waits.
    ///
    /// # Panics
    ///
    /// Like [`sync`](Self::sync).
    ///
    /// ```
    /// use chanpatterns::{channel, event};
    ///
    /// let (tx, rx) = channel::bounded(1);
    /// let mut received = event::receive(&rx);
    /// assert_eq!(received.poll(), None);
    /// tx.send(1).unwrap();
    /// assert_eq!(received.poll(), Some(Ok(1)));
    /// ```
    pub fn poll(&mut self) -> Option<T> {
        self.begin();
        let mut leaves = Vec::new();
        self.node.collect(&mut leaves);
        let chosen = choice::poll(&mut leaves, &mut self.policy);
        self.end(chosen)
    }

    fn sync_within(&mut self, patience: &mut Patience<'_>) -> Option<T> {
        debug_assert!(
            !IN_TASK.get(),
            "Event::sync in a guard, wrap or abort of an event that a task \
             awaits would block the task's thread"
        );
        self.begin();
        let mut leaves = Vec::new();
        self.node.collect(&mut leaves);
        let chosen = choice::choose(&mut leaves, &mut self.policy, patience);
        self.end(chosen)
    }

    fn begin(&mut self) {
        let leaves = self.node.begin();
        assert!(leaves > 0, "an Event of `choose` with no events in it");
    }

    /// Ends a synchronisation: nacks, then wraps, then aborts.
    fn end(&mut self, chosen: Option<usize>) -> Option<T> {
        if self.plain {
            return chosen.map(|leaf| self.node.finish(leaf));
        }
        self.node.settle(chosen);
        let result = chosen.map(|leaf| self.node.finish(leaf));
        let mut aborts = Vec::new();
        self.node.aborts(chosen, &mut aborts);
        aborts.into_iter().rev().for_each(|abort| abort());
        result
    }
}

thread_local! {
    /// Whether a task is being polled that awaits an event.
    static IN_TASK: Cell<bool> = const { Cell::new(false) };
}

impl<T> fmt::Debug for Event<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// The event that is always ready with `value`; once.
///
/// Synchronised again after it was chosen, it is never ready. Inside a
/// [`guard`] it is made anew each time.
///
/// ```
/// use chanpatterns::event;
///
/// assert_eq!(event::always("now").sync(), "now");
/// ```
pub fn always<'a, T: Send + 'a>(value: T) -> Event<'a, T> {
    Event::of(Always(Some(value)), |always| {
        always
            .0
            .take()
            .expect("it is ready only while it has its value")
    })
}

/// The event that is never ready.
///
/// ```
/// use chanpatterns::event::{always, never, select};
///
/// assert_eq!(select([never(), always(1)]), 1);
/// ```
pub fn never<'a, T: 'a>() -> Event<'a, T> {
    Event::of(Always(None::<()>), |_| unreachable!("it is never ready"))
}

/// The event that chooses one of `events`.
///
/// A choice of one is that event. A choice of nothing inside another choice
/// adds nothing to it; to synchronise on one is an error, as in OCaml (in CML
/// it is [`never()`]).
///
/// ```
/// use chanpatterns::event::{always, choose};
///
/// let mut either = choose([always(1), choose([always(2), always(3)])]);
/// assert!((1..=3).contains(&either.sync()));
/// ```
pub fn choose<'a, T: 'a>(
    events: impl IntoIterator<Item = Event<'a, T>>,
) -> Event<'a, T> {
    let events: Vec<_> = events.into_iter().collect();
    let plain = events.iter().all(|event| event.plain);
    Event::new(Choose::new(events, plain), plain)
}

/// Synchronises on a choice: `choose(events).sync()`.
///
/// # Panics
///
/// Like [`Event::sync`].
pub fn select<'a, T: 'a>(events: impl IntoIterator<Item = Event<'a, T>>) -> T {
    choose(events).sync()
}

/// The event that `make` makes anew for each synchronisation.
///
/// For what has to be done before: to make a channel for the reply, to compute
/// what is sent, to take the time. It is forced whether or not its event is
/// chosen.
///
/// ```
/// use chanpatterns::{channel, event};
///
/// let (tx, rx) = channel::unbounded();
/// let mut count = 0;
/// let mut next = event::guard(|| {
///     count += 1;
///     event::send(&tx, count)
/// });
/// next.sync().unwrap();
/// next.sync().unwrap();
/// drop(next);
/// assert_eq!(rx.drain().collect::<Vec<_>>(), [1, 2]);
/// ```
pub fn guard<'a, T: 'a>(
    make: impl FnMut() -> Event<'a, T> + Send + 'a,
) -> Event<'a, T> {
    Event::new(Guard::new(Plain(make)), false)
}

/// The event that `make` makes anew for each synchronisation, given an event
/// that fires if it is not the one chosen.
///
/// For a client whose request is under way when it loses: the server, which
/// holds the nack, takes the request back. The nack fires before any wrap runs,
/// so also when the chosen event's wrap panics; it fires for every
/// synchronisation on it, now and later.
///
/// ```
/// use chanpatterns::event;
///
/// let mut nacks = Vec::new();
/// let request = event::with_nack(|nack| {
///     nacks.push(nack);
///     event::never()
/// });
/// assert_eq!(event::select([request, event::always(1)]), 1);
/// nacks[0].sync(); // it was not chosen
/// ```
pub fn with_nack<'a, T: 'a>(
    make: impl FnMut(Event<'static, ()>) -> Event<'a, T> + Send + 'a,
) -> Event<'a, T> {
    Event::new(Guard::new(WithNack(make)), false)
}

/// Ready while it has a value; nothing ever changes that.
struct Always<T>(Option<T>);

impl<T> Operation for Always<T> {
    fn attempt(&mut self) -> bool {
        self.0.is_some()
    }

    fn enter(&mut self, _token: Token, _first: bool) -> bool {
        self.0.is_none()
    }

    fn meet(&mut self) {}

    fn leave(&mut self) {}

    fn pass_on(&mut self, _outcome: Outcome) {}
}
