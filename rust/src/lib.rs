//! Channels, and every pattern that is built from them.
//!
//! This crate is two things.
//!
//! **A channel** ([`channel`]): many senders and many receivers, of any
//! capacity, 0 included; closed by drop or by hand; every operation with a form
//! that does not wait and a form with a deadline; a failed send gives its
//! message back.
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
//! **The patterns** ([`patterns`]): fan-in, fan-out, worker pool, pipeline,
//! work stealing and so on. Each is a function that can be used as it is, in a
//! file that can be read alone, beside an OCaml file of the same name. What
//! comes out of a pattern is an iterator ([`patterns::Output`]); who stops
//! iterating stops the threads behind it. A panic in one role is reported as
//! that item's result ([`Panicked`]).
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
//! Time is passed in ([`clock`]), so that what takes time can be tested with a
//! time of its own.
//!
//! # Features
//!
//! The crate depends on nothing by default.
//!
//! | feature | gives | depends on |
//! |---|---|---|
//! | `work-stealing` | `patterns::work_stealing` | crossbeam-deque |
//! | `entry` | the entries by which the laboratory runs each pattern on a case | serde, serde_json, serde_path_to_error, and those of `work-stealing` |
#![forbid(unsafe_code)]

pub mod channel;
#[cfg(doc)]
#[doc = include_str!("coming_from.md")]
pub mod coming_from {}
pub mod event;
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

/// The pages whose Rust examples run with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use panicked::Panicked;
