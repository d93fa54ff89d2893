//! Faults that are put into the engine on purpose: what compares it with the
//! definition has to notice each. Only the feature `mutants` compiles them in.

/// Whether the engine has this fault just now.
macro_rules! mutant {
    ($name:literal) => {
        $crate::litmus::mutant::is($name)
    };
}
pub(super) use mutant;

#[cfg(not(feature = "mutants"))]
pub(super) const fn is(_name: &str) -> bool {
    false
}

#[cfg(feature = "mutants")]
pub(super) use with_mutants::is;
#[cfg(feature = "mutants")]
pub use with_mutants::{MUTANTS, mutate};

#[cfg(feature = "mutants")]
mod with_mutants {
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Every fault there is.
    pub const MUTANTS: &[&str] = &[
        "biased_takes_last",
        "broadcast_forgets_who_is_late",
        "broadcast_sees_newest",
        "cancel_keeps_place_in_line",
        "cancelled_value_lost",
        "cancelled_value_last",
        "close_forgets_receivers",
        "close_forgets_senders",
        "closed_once_more",
        "default_though_ready",
        "drain_forgotten",
        "drop_is_no_close",
        "drop_of_receiver_unseen",
        "failure_keeps_futures",
        "failure_keeps_handles",
        "failure_keeps_permits",
        "fifo_broken",
        "fulfil_after_close",
        "hand_off_missed",
        "join_ignores_idle",
        "lag_off_by_one",
        "no_value_is_no_failure",
        "oneshot_keeps_sender",
        "overtakes",
        "own_future_not_met",
        "permit_keeps_nothing_open",
        "permit_not_counted",
        "permit_leaks",
        "race_waits_for_the_clock",
        "reduction_drops_too_early",
        "reduction_forgets_the_clock",
        "reduction_of_any_receiver",
        "rendezvous_buffers_one",
        "room_not_handed_on",
        "sleeps_strike_together",
        "timeout_too_early",
    ];

    /// The place of the fault in the list, counted from 1; 0 is none.
    static CURRENT: AtomicUsize = AtomicUsize::new(0);

    pub(crate) fn is(name: &str) -> bool {
        match CURRENT.load(Ordering::Relaxed) {
            0 => false,
            place => MUTANTS[place - 1] == name,
        }
    }

    /// From now on the engine has this fault, one of [`MUTANTS`], or none. All
    /// threads of the process are concerned.
    pub fn mutate(name: Option<&str>) {
        let place = name.map_or(0, |name| {
            let place = MUTANTS.iter().position(|mutant| *mutant == name);
            1 + place.expect("one of MUTANTS")
        });
        CURRENT.store(place, Ordering::Relaxed);
    }
}
