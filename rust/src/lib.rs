//! Channels, first-class events, and every pattern that is built from them.
//!
//! A tour, one idea a heading. Who knows channels from elsewhere may begin with
//! [coming from …](coming_from), a table of names.
//!
//! # A channel
//!
//! Many senders, many receivers, and a capacity: none
//! ([`unbounded`](channel::unbounded)), some number
//! ([`bounded`](channel::bounded)), or 0
//! ([`rendezvous`](channel::rendezvous)). Each message goes to one receiver.
//!
//! ```
//! use chanpatterns::channel;
//! use std::thread;
//!
//! let (tx, rx) = channel::bounded(2);
//! for label in ["A", "B"] {
//!     let tx = tx.clone();
//!     thread::spawn(move || {
//!         for n in 1..=2 {
//!             tx.send(format!("{label}-{n}")).unwrap();
//!         }
//!     });
//! }
//! drop(tx); // the producers hold the only senders now
//!
//! let mut items: Vec<String> = rx.iter().collect();
//! items.sort();
//! assert_eq!(items, ["A-1", "A-2", "B-1", "B-2"]);
//! ```
//!
//! # The end of a channel
//!
//! The last sender that is dropped closes it: receivers drain what is queued,
//! and are then told the end. The last receiver that is dropped closes it too:
//! sends fail, and give their message back. Either end can close it by hand.
//!
//! ```
//! use chanpatterns::channel::{self, RecvError, SendError};
//!
//! let (tx, rx) = channel::unbounded();
//! tx.send("queued").unwrap();
//! tx.close();
//! assert_eq!(tx.send("late"), Err(SendError("late")));
//! assert_eq!(rx.recv(), Ok("queued"));
//! assert_eq!(rx.recv(), Err(RecvError));
//! ```
//!
//! # Threads and tasks
//!
//! The same channel serves both, on any executor. A future that is dropped
//! loses nothing: what was on its way goes to the next in line.
//!
//! ```
//! use chanpatterns::channel;
//! use std::thread;
//!
//! let (tx, rx) = channel::rendezvous();
//! let thread = thread::spawn(move || rx.recv());
//! pollster::block_on(async { tx.send_async("from a task").await }).unwrap();
//! assert_eq!(thread.join().unwrap(), Ok("from a task"));
//! ```
//!
//! # Not for ever
//!
//! Every operation that waits has a form that does not (`try_`), and a form
//! with a deadline. What is there is taken, however short the time.
//!
//! ```
//! use chanpatterns::channel::{self, RecvTimeoutError, TrySendError};
//! use std::time::Duration;
//!
//! let (tx, rx) = channel::bounded(1);
//! tx.send(1).unwrap();
//! assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
//! assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(1));
//! let late = rx.recv_timeout(Duration::from_millis(1));
//! assert_eq!(late, Err(RecvTimeoutError::Timeout));
//! ```
//!
//! # Room that is kept
//!
//! [`reserve`](channel::Sender::reserve) waits for room before there is a
//! message; the permit then sends without waiting.
//!
//! ```
//! use chanpatterns::channel;
//!
//! let (tx, rx) = channel::bounded(1);
//! let permit = tx.reserve().unwrap();
//! let expensive = 6 * 7; // not computed for a channel that has no room
//! permit.send(expensive).unwrap();
//! assert_eq!(rx.recv(), Ok(42));
//! ```
//!
//! # Several at once
//!
//! ```
//! use chanpatterns::channel;
//!
//! let (tx, rx) = channel::unbounded();
//! tx.send_many(1..=5).unwrap();
//! let mut batch = Vec::new();
//! assert_eq!(rx.recv_many(&mut batch, 3), Ok(3));
//! assert!(rx.drain().eq([4, 5]));
//! ```
//!
//! # Other kinds
//!
//! | kind | | a full one |
//! |---|---|---|
//! | [`unbounded`](channel::unbounded) | first in, first out | is never full |
//! | [`bounded`](channel::bounded) | first in, first out | holds its senders |
//! | [`rendezvous`](channel::rendezvous) | a send ends when it is received | is always full |
//! | [`oneshot`](channel::oneshot) | one message, sent once | |
//! | [`mvar`](channel::mvar) | one place that is taken and put | holds its senders |
//! | [`lifo`](channel::lifo) | last in, first out | holds its senders |
//! | [`priority`](channel::priority) | greatest first | holds its senders |
//! | [`sliding`](channel::sliding) | first in, first out | lets the oldest fall out |
//! | [`dropping`](channel::dropping) | first in, first out | lets the newest fall out |
//! | [`broadcast`](channel::broadcast) | every receiver gets every message | holds its senders |
//! | [`ring_broadcast`](channel::ring_broadcast) | every receiver, if it keeps up | overwrites, and tells how many |
//! | [`watch`](channel::watch) | the latest value | replaces it |
//!
//! All have the same verbs, for threads and for tasks, the same close, and the
//! same form as an event.
//!
//! # Events
//!
//! A send or a receive is a value, an [`Event`](event::Event), before it is
//! done: events can be wrapped, chosen from, made conditional, returned from
//! functions. Whoever synchronises on one, or awaits it, has exactly one of its
//! leaves done. Names and semantics are those of OCaml's `Event`.
//!
//! ```
//! use chanpatterns::event::{self, Event};
//! use chanpatterns::channel::{self, Receiver};
//! use std::time::Duration;
//!
//! /// A protocol behind one event: the next word, or none in time.
//! fn word<'a>(words: &'a Receiver<String>, most: Duration) -> Event<'a, Option<String>> {
//!     event::choose([
//!         event::receive(words).wrap(Result::ok),
//!         event::after(most).wrap(|()| None),
//!     ])
//! }
//!
//! let (tx, rx) = channel::unbounded();
//! tx.send("so".to_owned()).unwrap();
//! let second = Duration::from_secs(1);
//! // Its user makes it a part of a larger choice, and need not know.
//! let chosen = event::choose([word(&rx, second), event::never()]).sync();
//! assert_eq!(chosen.as_deref(), Some("so"));
//! ```
//!
//! # A choice in place
//!
//! ```
//! use chanpatterns::event::{after, receive, send};
//! use chanpatterns::{channel, select};
//! use std::time::Duration;
//!
//! let (tx, rx) = channel::unbounded();
//! let (out, _results) = channel::rendezvous();
//! tx.send(7).unwrap();
//! select! {
//!     received = receive(&rx) => assert_eq!(received, Ok(7)),
//!     sent = send(&out, 1) => panic!("nobody receives, but {sent:?}"),
//!     () = after(Duration::from_secs(60)) => panic!("too late"),
//! }
//! ```
//!
//! # Patterns
//!
//! Fan-in, fan-out, worker pool, pipeline, work stealing and so on
//! ([`patterns`]): each a function that can be used as it is, in a file that
//! can be read alone, beside an OCaml file of the same name. What comes out of
//! a pattern is an iterator ([`patterns::Output`]); who stops iterating stops
//! the threads behind it. A panic in one role is reported as that item's result
//! ([`Panicked`]).
//!
//! ```
//! use chanpatterns::patterns::worker_pool::{Order, worker_pool};
//!
//! let squares = worker_pool(1..=3, 2, Order::Input, |n: u64| n * n)?;
//! let squares: Vec<u64> = squares.map(|(_, n)| n.unwrap()).collect();
//! assert_eq!(squares, [1, 4, 9]);
//! # Ok::<(), chanpatterns::patterns::ZeroWorkers>(())
//! ```
//!
//! Four of them have a second section, the same for tasks, with the feature
//! `tokio`: `producers_async`, `fan_in_async`, `worker_pool_async` and
//! `pipeline_async` take streams and give out a stream
//! (`patterns::TaskOutput`); who leaves it aborts the tasks behind it.
//!
//! Time is passed in ([`clock`]), so that what takes time can be tested with a
//! time of its own.
//!
//! # Safe, and checked
//!
//! There is no `unsafe` in the crate. Its waits run under loom, which tries
//! every interleaving of small programs, its choices and cancellations under
//! shuttle, its histories through a check of linearizability; and versions of
//! it that were broken on purpose must each be caught (`make models`, `make
//! mutants`).
//!
//! # Features
//!
//! The crate depends on nothing by default.
//!
//! | feature | gives | depends on |
//! |---|---|---|
//! | `futures` | a receiver as a `Stream`, a sender as a `Sink` | futures-core, futures-sink |
//! | `tokio` | the patterns for tasks, `fan_in_async` and so on | tokio (`rt`), futures-util, and those of `futures` |
//! | `work-stealing` | `patterns::work_stealing` | crossbeam-deque |
//! | `entry` | the entries by which the laboratory runs each pattern on a case | serde, serde_json, serde_path_to_error, and those of `tokio` and `work-stealing` |
#![forbid(unsafe_code)]

pub mod channel;
#[cfg(doc)]
#[doc = include_str!("coming_from.md")]
pub mod coming_from {}
pub mod event;
#[cfg(chanpatterns_mutants)]
#[doc(hidden)]
pub mod mutants;
mod panicked;
mod sync;
mod wait;

// loom has no scoped threads; the patterns need them, and it does not need the
// patterns.
#[cfg(not(chanpatterns_loom))]
pub mod clock;
#[cfg(all(feature = "entry", not(chanpatterns_loom)))]
pub mod entry;
#[cfg(not(chanpatterns_loom))]
mod output;
#[cfg(not(chanpatterns_loom))]
pub mod patterns;
#[cfg(all(feature = "tokio", not(chanpatterns_loom)))]
mod task_output;

/// The pages whose Rust examples run with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use panicked::Panicked;
