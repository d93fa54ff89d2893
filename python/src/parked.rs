//! The tasks that wait on a channel, and how they are told.
//!
//! A task that waits stands twice: in the channel's own queue, with a waker,
//! and here, with the object that is to be told. A waker may be anywhere, out
//! of the collector's sight. So it holds no Python object, but knows a place
//! here, and `Channel` shows the collector who stands in those places.
//!
//! Whoever completes an operation wakes its waker, on any thread and holding no
//! lock. The waker attaches to the interpreter and has the event loop of the
//! task go on with it; `notice` says how.

use crate::channel::lock;
use crate::operation::Operation;
use crate::{errors, notice};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

/// Who waits, by the address of its operation.
#[derive(Default)]
pub(crate) struct Parked {
    operations: Mutex<HashMap<usize, Py<Operation>>>,
}

impl Parked {
    /// Gives `operation` a place, until what is returned is dropped.
    pub(crate) fn enter(
        self: &Arc<Self>,
        operation: &Bound<'_, Operation>,
    ) -> Place {
        let address = operation.as_ptr().addr();
        let here = operation.clone().unbind();
        let before = lock(&self.operations).insert(address, here);
        debug_assert!(before.is_none(), "it waits once");
        let parked = Arc::clone(self);
        Place(Arc::new(Address { parked, address }))
    }

    pub(crate) fn visit(
        &self,
        visit: &PyVisit<'_>,
    ) -> Result<(), PyTraverseError> {
        // Changed only by who is attached, which the collector is.
        let Ok(operations) = self.operations.try_lock() else {
            return Ok(());
        };
        operations.values().try_for_each(|here| visit.call(here))
    }

    pub(crate) fn clear(&self) {
        // Dropped after the lock: that runs Python.
        let operations = mem::take(&mut *lock(&self.operations));
        drop(operations);
    }
}

/// A place of an operation that waits.
pub(crate) struct Place(Arc<Address>);

impl Place {
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Address { parked, address } = &*self.0;
        // Dropped after the lock: that runs Python.
        let operation = lock(&parked.operations).remove(address);
        drop(operation);
    }
}

struct Address {
    parked: Arc<Parked>,
    address: usize,
}

impl Address {
    fn tell(&self, py: Python<'_>) {
        let here = {
            let operations = lock(&self.parked.operations);
            operations.get(&self.address).map(|here| here.clone_ref(py))
        };
        if let Some(here) = here {
            notice::tell(here.bind(py));
        }
    }
}

impl Wake for Address {
    fn wake(self: Arc<Self>) {
        tell(self);
    }
}

thread_local! {
    static TELLS: Cell<bool> = const { Cell::new(false) };
    static TO_TELL: RefCell<VecDeque<Arc<Address>>> =
        const { RefCell::new(VecDeque::new()) };
}

/// Tells the operation at `address`, and whoever is to be told in consequence.
///
/// One whose loop was closed passes on what it was told, which wakes the next:
/// they are told in turn, and not one inside of the other, for they may be
/// many.
fn tell(address: Arc<Address>) {
    TO_TELL.with_borrow_mut(|to_tell| to_tell.push_back(address));
    if TELLS.replace(true) {
        return;
    }
    let _end = Telling;
    // A thread that comes after the interpreter's end has nobody to tell.
    Python::try_attach(|py| {
        errors::preserving(py, || {
            while let Some(next) = TO_TELL.with_borrow_mut(VecDeque::pop_front)
            {
                next.tell(py);
            }
        });
    });
}

struct Telling;

impl Drop for Telling {
    fn drop(&mut self) {
        TELLS.set(false);
        TO_TELL.take();
    }
}
