//! Faults that are put into the core on purpose: each must be caught by a check
//! (`make mutants`) and by random programs (`make hunt`). Only
//! `--cfg chanpatterns_mutants` compiles them in, all of them; one at most is
//! switched on.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every fault there is.
pub const MUTANTS: &[&str] = &[
    "biased_looks_once",
    "cancelled_message_lost",
    "cancelled_out_of_order",
    "capacity_exceeded",
    "choice_commits_twice",
    "close_forgets_a_waiter",
    "default_looks_once",
    "double_commit",
    "drain_forgotten",
    "fifo_broken",
    "hand_off_before_take",
    "late_wake_up_counts",
    "lost_wake_up",
    "meets_itself",
    "nack_forgotten",
    "no_second_look",
    "notification_not_passed_on",
    "permit_leaks",
    "permit_passed_by",
    "stale_ticket",
];

/// The place of the fault in the list; beyond its end there is none.
fn current() -> &'static AtomicUsize {
    static CURRENT: OnceLock<AtomicUsize> = OnceLock::new();
    CURRENT.get_or_init(|| {
        let name = std::env::var("CHANPATTERNS_MUTANT").ok();
        AtomicUsize::new(place(name.as_deref()))
    })
}

fn place(name: Option<&str>) -> usize {
    let Some(name) = name else {
        return MUTANTS.len();
    };
    let place = MUTANTS.iter().position(|mutant| *mutant == name);
    place.unwrap_or_else(|| {
        panic!(
            "no mutant is called {name:?}; there is {}",
            MUTANTS.join(", ")
        )
    })
}

/// Whether the core has this fault just now.
pub(crate) fn is(name: &str) -> bool {
    MUTANTS.get(current().load(Ordering::Relaxed)) == Some(&name)
}

/// From now on the core has this fault, one of [`MUTANTS`], or none. All
/// threads of the process are concerned. At first it has the one that the
/// environment variable `CHANPATTERNS_MUTANT` names, if it is set.
///
/// # Panics
///
/// There is no fault of this name.
pub fn mutate(name: Option<&str>) {
    current().store(place(name), Ordering::Relaxed);
}
