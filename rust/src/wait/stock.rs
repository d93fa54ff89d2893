//! Signals that are used again.

use super::signal::Signal;
use crate::sync::Arc;
use std::ops::{Deref, DerefMut};

/// A signal of which no token is left anywhere, from a stock of one for each
/// thread; a wait in a hot loop allocates nothing.
pub(crate) struct Stocked(Arc<Signal>);

impl Deref for Stocked {
    type Target = Arc<Signal>;

    fn deref(&self) -> &Arc<Signal> {
        &self.0
    }
}

impl DerefMut for Stocked {
    fn deref_mut(&mut self) -> &mut Arc<Signal> {
        &mut self.0
    }
}

#[cfg(not(any(chanpatterns_loom, chanpatterns_shuttle)))]
mod per_thread {
    use super::{Arc, Signal, Stocked};
    use std::cell::Cell;

    thread_local! {
        static STOCK: Cell<Option<Arc<Signal>>> = const { Cell::new(None) };
    }

    impl Stocked {
        pub(crate) fn take() -> Self {
            // A thread that is being torn down has no stock any more.
            let stocked = STOCK.try_with(Cell::take).ok().flatten();
            Stocked(stocked.unwrap_or_else(Signal::new))
        }
    }

    impl Drop for Stocked {
        fn drop(&mut self) {
            // One that somebody still holds, to wake it, is not used again.
            if let Some(signal) = Arc::get_mut(&mut self.0) {
                signal.renew_alone();
                let signal = Arc::clone(&self.0);
                let _ = STOCK.try_with(|stock| stock.set(Some(signal)));
            }
        }
    }
}

#[cfg(any(chanpatterns_loom, chanpatterns_shuttle))]
impl Stocked {
    pub(crate) fn take() -> Self {
        Stocked(Signal::new())
    }
}
