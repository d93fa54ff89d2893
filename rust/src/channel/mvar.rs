//! One slot that is full or empty: take empties it, put fills it.
//!
//! Also known as an M-structure (P. Barth, R. Nikhil, Arvind, *M-structures*,
//! 1991); Haskell's `MVar` (S. Peyton Jones, A. Gordon, S. Finne, *Concurrent
//! Haskell*, 1996), CML's `SyncVar.mvar`, OCaml's `Lwt_mvar`. It is a channel of
//! one place without a direction, a lock that holds what it protects, and a
//! value that is handed around: whoever takes it is its only owner until it is
//! put again.
//!
//! Every handle does everything; clone it to share the slot.
//!
//! | operation | waits while | leaves |
//! |---|---|---|
//! | [`put`](MVar::put) | full | the new value |
//! | [`take`](MVar::take) | empty | nothing |
//! | [`read`](MVar::read) | empty | the value |
//! | [`swap`](MVar::swap) | empty | the new value |
//! | [`modify`](MVar::modify) | empty | the value, changed |
//!
//! Each is one step: between what it finds and what it leaves nobody gets in.
//! (In Haskell, `swapMVar` and `modifyMVar` are a take and a put, between which
//! another put may come.)
//!
//! # Blocking
//!
//! Puts are served in the order in which they came, and so are takes, swaps and
//! modifications together. Reads go first, all at once: whoever waits to read
//! gets the next value that is put, even if a take waits for it too. The `try_`
//! forms do not wait, others have a deadline, or are for tasks (`_async`).
//!
//! While a `modify` runs its function, its value is *lent*: the slot is full to
//! those who put, and empty to all others, who wait for the end of it.
//!
//! # Closing
//!
//! [`close`](MVar::close) ends the puts: they fail from then on, those that wait
//! included, and give their value back. A value that is there can still be
//! taken, read, swapped or modified; once it has been taken, all of these fail.
//! Nothing closes it by itself: dropping the last handle drops what is in it.
//!
//! # What is lost
//!
//! Nothing. A take or a swap that is cancelled after it got its value gives it
//! back as the next one, and beside what may have been put meanwhile: then, and
//! only then, the slot holds more than one value for a while. If several are
//! cancelled, their values come in the order in which they got them.
//!
//! # Cost
//!
//! One lock per operation; one allocation for an operation that has to wait, and
//! for the first read of each value. A value is cloned by its reader, while
//! nothing is locked. A take that comes in the middle of that clones it too,
//! instead of waiting. Reading needs a value that threads can share, taking
//! only one that they can send.
//!
//! ```
//! use chanpatterns::channel::MVar;
//! use std::thread;
//!
//! let account = MVar::new(100);
//! thread::scope(|scope| {
//!     scope.spawn(|| account.modify(|money| *money -= 30));
//!     scope.spawn(|| {
//!         let money = account.take().unwrap(); // nobody else has it now
//!         account.put(money + 5).unwrap();
//!     });
//! });
//! assert_eq!(account.read(), Ok(75));
//! ```

mod future;
mod operation;
mod slot;

pub use future::PutFuture;
pub(crate) use operation::{Putting, Reading, Taking};
pub(crate) use slot::{Held, Sharing, Slot, Stead};

use super::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySendError,
};
use super::future::ClosedFuture;
use crate::sync::Arc;
use crate::wait::{self, Operation, Patience, Pending};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::time::{Duration, Instant};

/// A slot that is full or empty; see the [module](self).
pub struct MVar<T> {
    slot: Arc<Slot<T>>,
}

/// Why [`MVar::try_swap`] did not swap: here is the new value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySwapError<T> {
    /// There is nothing to swap with now.
    Empty(T),
    /// It is closed and empty.
    Closed(T),
}

const COMPLETE: &str = "the operation is complete";

/// Completes `operation` on this thread; false if patience ran out.
fn complete<'a>(
    operation: &mut impl Operation,
    patience: impl FnOnce() -> Patience<'a>,
) -> bool {
    operation.attempt() || wait::wait(operation, &mut patience())
}

/// Completes `operation` in this task, and gives it back.
async fn complete_async<O: Operation>(operation: O) -> Pending<O> {
    let mut pending = Pending::new(operation);
    poll_fn(|context| pending.poll(context)).await;
    pending
}

impl<T> MVar<T> {
    /// A full one.
    pub fn new(value: T) -> Self {
        Self::with(Some(value))
    }

    /// An empty one.
    pub fn empty() -> Self {
        Self::with(None)
    }

    fn with(value: Option<T>) -> Self {
        MVar {
            slot: Arc::new(Slot::new(value)),
        }
    }

    pub(crate) fn slot(&self) -> &Arc<Slot<T>> {
        &self.slot
    }

    /// Puts `value`, and waits while the slot is full.
    ///
    /// # Errors
    ///
    /// The value comes back if it is closed, or closes while the put waits.
    ///
    /// ```
    /// use chanpatterns::channel::{MVar, SendError};
    ///
    /// let mvar = MVar::empty();
    /// mvar.put(1).unwrap();
    /// mvar.close();
    /// assert_eq!(mvar.put(2), Err(SendError(2)));
    /// assert_eq!(mvar.take(), Ok(1));
    /// ```
    pub fn put(&self, value: T) -> Result<(), SendError<T>> {
        self.put_with(value, Patience::forever)
            .map_err(|unsent| SendError(unsent.into_inner()))
    }

    /// Puts `value` if the slot is empty.
    ///
    /// # Errors
    ///
    /// The value comes back if it is full or closed.
    pub fn try_put(&self, value: T) -> Result<(), TrySendError<T>> {
        self.slot.try_put(value)
    }

    /// Puts `value`, and waits while the slot is full at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The value comes back if the time ran out or it is closed.
    ///
    /// ```
    /// use chanpatterns::channel::{MVar, SendTimeoutError};
    /// use std::time::Duration;
    ///
    /// let mvar = MVar::new(1);
    /// let late = mvar.put_timeout(2, Duration::from_millis(5));
    /// assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    /// ```
    pub fn put_timeout(
        &self,
        value: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        self.put_with(value, || Patience::lasting(timeout))
    }

    /// Puts `value`, and waits while the slot is full at most until `deadline`.
    ///
    /// # Errors
    ///
    /// The value comes back if the time ran out or it is closed.
    pub fn put_deadline(
        &self,
        value: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.put_with(value, || Patience::until(Some(deadline)))
    }

    fn put_with<'a>(
        &self,
        value: T,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<(), SendTimeoutError<T>> {
        let mut putting = Putting::new(&*self.slot, value);
        if complete(&mut putting, patience) {
            let result = putting.take_result().expect(COMPLETE);
            return result.map_err(SendTimeoutError::from);
        }
        let value = putting.take_value().expect("it has not been put");
        Err(SendTimeoutError::Timeout(value))
    }

    /// Puts `value` from a task.
    ///
    /// # Errors
    ///
    /// The value comes back if it is closed, or closes while the put waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up. The value is dropped with it, unless it
    /// was put; [`PutFuture::cancel`] gives it back, and so tells which it was.
    pub fn put_async(&self, value: T) -> PutFuture<'_, T> {
        PutFuture::new(Cow::Borrowed(self), value)
    }

    /// The same with a handle that becomes the future's, which may then outlive
    /// the caller.
    ///
    /// ```
    /// use chanpatterns::channel::mvar::{MVar, PutFuture};
    ///
    /// let mvar = MVar::empty();
    /// let put: PutFuture<'static, i32> = mvar.clone().into_put_async(1);
    /// assert_eq!(pollster::block_on(put), Ok(()));
    /// assert_eq!(mvar.take(), Ok(1));
    /// ```
    pub fn into_put_async(self, value: T) -> PutFuture<'static, T> {
        PutFuture::new(Cow::Owned(self), value)
    }

    /// Takes the value, and waits while there is none.
    ///
    /// # Errors
    ///
    /// It is closed and empty.
    ///
    /// ```
    /// use chanpatterns::channel::{MVar, TryRecvError};
    ///
    /// let mvar = MVar::new(1);
    /// assert_eq!(mvar.take(), Ok(1));
    /// assert_eq!(mvar.try_take(), Err(TryRecvError::Empty));
    /// ```
    pub fn take(&self) -> Result<T, RecvError> {
        self.take_with(Patience::forever).map_err(|_| RecvError)
    }

    /// Takes the value if there is one.
    ///
    /// # Errors
    ///
    /// There is none now, or it is closed and empty.
    pub fn try_take(&self) -> Result<T, TryRecvError> {
        let taken = self.slot.try_take(&mut Some(Stead::Empty));
        taken.map(Held::into_value)
    }

    /// Takes the value, and waits for one at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The time ran out, or it is closed and empty.
    pub fn take_timeout(
        &self,
        timeout: Duration,
    ) -> Result<T, RecvTimeoutError> {
        self.take_with(|| Patience::lasting(timeout))
    }

    /// Takes the value, and waits for one at most until `deadline`; a value
    /// that is there is taken even if that has passed.
    ///
    /// # Errors
    ///
    /// The time ran out, or it is closed and empty.
    pub fn take_deadline(
        &self,
        deadline: Instant,
    ) -> Result<T, RecvTimeoutError> {
        self.take_with(|| Patience::until(Some(deadline)))
    }

    fn take_with<'a>(
        &self,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<T, RecvTimeoutError> {
        let mut taking = Taking::new(&*self.slot, Stead::Empty);
        if !complete(&mut taking, patience) {
            return Err(RecvTimeoutError::Timeout);
        }
        let result = taking.take_result().expect(COMPLETE)?;
        Ok(result.into_value())
    }

    /// Takes the value from a task.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a value that it already had goes to
    /// the next in line.
    ///
    /// ```
    /// use chanpatterns::channel::MVar;
    ///
    /// let mvar = MVar::empty();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| mvar.put("from a thread to a task"));
    ///     let taken = pollster::block_on(mvar.take_async());
    ///     assert_eq!(taken, Ok("from a thread to a task"));
    /// });
    /// ```
    pub async fn take_async(&self) -> Result<T, RecvError> {
        let taking = Taking::new(&*self.slot, Stead::Empty);
        let mut taken = complete_async(taking).await;
        let result = taken.operation().take_result().expect(COMPLETE)?;
        Ok(result.into_value())
    }

    /// Puts `value` in the place of the one that is there, and gives that one
    /// out; waits while there is none.
    ///
    /// # Errors
    ///
    /// The new value comes back if it is closed and empty.
    ///
    /// ```
    /// use chanpatterns::channel::MVar;
    ///
    /// let mvar = MVar::new("old");
    /// assert_eq!(mvar.swap("new"), Ok("old"));
    /// assert_eq!(mvar.take(), Ok("new"));
    /// ```
    pub fn swap(&self, value: T) -> Result<T, SendError<T>> {
        let mut swapping = Taking::new(&*self.slot, Stead::Value(value));
        complete(&mut swapping, Patience::forever);
        swapped(&mut swapping)
    }

    /// Swaps if there is a value.
    ///
    /// # Errors
    ///
    /// The new value comes back if there is none, or if it is closed and empty.
    pub fn try_swap(&self, value: T) -> Result<T, TrySwapError<T>> {
        let mut stead = Some(Stead::Value(value));
        let tried = self.slot.try_take(&mut stead);
        match (tried, stead) {
            (Ok(old), _) => Ok(old.into_value()),
            (Err(TryRecvError::Empty), Some(Stead::Value(value))) => {
                Err(TrySwapError::Empty(value))
            }
            (Err(TryRecvError::Closed), Some(Stead::Value(value))) => {
                Err(TrySwapError::Closed(value))
            }
            (Err(_), _) => unreachable!("its value was not used"),
        }
    }

    /// Swaps from a task; see [`swap`](Self::swap).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up, and the new value is dropped with it. If
    /// the swap has come about, the old value is given back as the next one,
    /// before the new one.
    pub async fn swap_async(&self, value: T) -> Result<T, SendError<T>> {
        let swapping = Taking::new(&*self.slot, Stead::Value(value));
        let mut done = complete_async(swapping).await;
        swapped(done.operation())
    }

    /// Changes the value in its place, waiting while there is none; gives what
    /// `change` gives.
    ///
    /// `change` runs while nothing is locked and the value is lent: nobody puts,
    /// takes or reads meanwhile, and whoever waits is served afterwards. Using
    /// this very `MVar` in it waits for ever, but for the `try_` forms, which
    /// fail.
    ///
    /// # Errors
    ///
    /// It is closed and empty.
    ///
    /// # Panics
    ///
    /// If `change` panics, the value is given back as it is then, and the panic
    /// goes on.
    ///
    /// ```
    /// use chanpatterns::channel::MVar;
    ///
    /// let log = MVar::new(vec!["begin"]);
    /// let length = log.modify(|lines| {
    ///     lines.push("end");
    ///     lines.len()
    /// });
    /// assert_eq!(length, Ok(2));
    /// assert_eq!(log.take(), Ok(vec!["begin", "end"]));
    /// ```
    pub fn modify<R>(
        &self,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, RecvError> {
        let mut lending = Taking::new(&*self.slot, Stead::Loan);
        complete(&mut lending, Patience::forever);
        let lent = lending.take_result().expect(COMPLETE)?;
        Ok(Loan::change(&self.slot, lent, change))
    }

    /// Changes the value if there is one.
    ///
    /// # Errors
    ///
    /// There is none now, or it is closed and empty.
    ///
    /// # Panics
    ///
    /// Like [`modify`](Self::modify).
    pub fn try_modify<R>(
        &self,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, TryRecvError> {
        let lent = self.slot.try_take(&mut Some(Stead::Loan))?;
        Ok(Loan::change(&self.slot, lent, change))
    }

    /// Changes the value from a task; see [`modify`](Self::modify). `change`
    /// itself does not await anything.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up; then `change` does not run.
    ///
    /// # Panics
    ///
    /// Like [`modify`](Self::modify).
    pub async fn modify_async<R>(
        &self,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, RecvError> {
        let lending = Taking::new(&*self.slot, Stead::Loan);
        let mut lent = complete_async(lending).await;
        let lent = lent.operation().take_result().expect(COMPLETE)?;
        Ok(Loan::change(&self.slot, lent, change))
    }

    /// Closes it for everyone; true if it was open.
    ///
    /// Every put fails from now on, those that wait included. A value that is
    /// there can still be taken.
    pub fn close(&self) -> bool {
        self.slot.close()
    }

    /// Whether it is closed; there may still be a value to take.
    pub fn is_closed(&self) -> bool {
        self.slot.is_closed()
    }

    /// Waits until it is closed. A thread waits by [`ClosedFuture::wait`].
    pub fn closed(&self) -> ClosedFuture<'_> {
        ClosedFuture::new(&self.slot.closed)
    }

    /// Whether there is a value, so that a put would wait.
    pub fn is_full(&self) -> bool {
        self.slot.is_full()
    }

    /// Whether there is no value, so that a take would wait.
    pub fn is_empty(&self) -> bool {
        !self.is_full()
    }

    /// Whether both are handles of the same slot.
    pub fn same_slot(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }
}

/// Reading. The value is shared with the reader while that one clones it.
impl<T: Clone + Send + Sync + 'static> MVar<T> {
    /// A clone of the value, which stays there; waits while there is none.
    ///
    /// Whoever waits to read gets the next value that is put, whoever else waits
    /// for it.
    ///
    /// # Errors
    ///
    /// It is closed and empty.
    ///
    /// ```
    /// use chanpatterns::channel::MVar;
    ///
    /// let mvar = MVar::new("here to stay");
    /// assert_eq!(mvar.read(), Ok("here to stay"));
    /// assert_eq!(mvar.read(), Ok("here to stay"));
    /// ```
    pub fn read(&self) -> Result<T, RecvError> {
        self.read_with(Patience::forever).map_err(|_| RecvError)
    }

    /// A clone of the value if there is one.
    ///
    /// # Errors
    ///
    /// There is none now, or it is closed and empty.
    pub fn try_read(&self) -> Result<T, TryRecvError> {
        self.slot.try_read(slot::share).map(Sharing::into_value)
    }

    /// A clone of the value; waits for one at most for `timeout`.
    ///
    /// A timeout too long for the clock to tell is no timeout.
    ///
    /// # Errors
    ///
    /// The time ran out, or it is closed and empty.
    pub fn read_timeout(
        &self,
        timeout: Duration,
    ) -> Result<T, RecvTimeoutError> {
        self.read_with(|| Patience::lasting(timeout))
    }

    /// A clone of the value; waits for one at most until `deadline`, and reads
    /// one that is there even if that has passed.
    ///
    /// # Errors
    ///
    /// The time ran out, or it is closed and empty.
    pub fn read_deadline(
        &self,
        deadline: Instant,
    ) -> Result<T, RecvTimeoutError> {
        self.read_with(|| Patience::until(Some(deadline)))
    }

    fn read_with<'a>(
        &self,
        patience: impl FnOnce() -> Patience<'a>,
    ) -> Result<T, RecvTimeoutError> {
        let mut reading = Reading::of(&*self.slot);
        if !complete(&mut reading, patience) {
            return Err(RecvTimeoutError::Timeout);
        }
        let result = reading.take_result().expect(COMPLETE)?;
        Ok(result.into_value())
    }

    /// A clone of the value, for a task.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing: the value is where it was.
    pub async fn read_async(&self) -> Result<T, RecvError> {
        let reading = Reading::of(&*self.slot);
        let mut read = complete_async(reading).await;
        let result = read.operation().take_result().expect(COMPLETE)?;
        Ok(result.into_value())
    }
}

/// What a swap that is complete gives.
pub(crate) fn swapped<T, S>(
    swapping: &mut Taking<T, S>,
) -> Result<T, SendError<T>> {
    match swapping.take_result().expect(COMPLETE) {
        Ok(old) => Ok(old.into_value()),
        Err(RecvError) => {
            let value = swapping.take_unused();
            Err(SendError(value.expect("there was nothing to swap with")))
        }
    }
}

/// A value that is brought back, whatever happens.
struct Loan<'a, T> {
    slot: &'a Slot<T>,
    value: Option<T>,
}

impl<'a, T> Loan<'a, T> {
    fn change<R>(
        slot: &'a Slot<T>,
        lent: Held<T>,
        change: impl FnOnce(&mut T) -> R,
    ) -> R {
        let mut loan = Loan { slot, value: None };
        let value = loan.value.insert(lent.into_value());
        change(value)
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        self.slot.end_loan(self.value.take().map(Held::Own));
    }
}

impl<T> Default for MVar<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T> Clone for MVar<T> {
    fn clone(&self) -> Self {
        MVar {
            slot: Arc::clone(&self.slot),
        }
    }
}

impl<T> fmt::Debug for MVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MVar")
            .field("full", &self.is_full())
            .field("closed", &self.is_closed())
            .finish()
    }
}

impl<T> TrySwapError<T> {
    /// The value that was not put.
    pub fn into_inner(self) -> T {
        match self {
            TrySwapError::Empty(value) | TrySwapError::Closed(value) => value,
        }
    }

    /// Whether a later try could succeed.
    pub fn is_empty(&self) -> bool {
        matches!(self, TrySwapError::Empty(_))
    }

    /// Whether no later try can succeed.
    pub fn is_closed(&self) -> bool {
        matches!(self, TrySwapError::Closed(_))
    }
}

// A value need not be printable, so `Debug` names only the error.
impl<T> fmt::Debug for TrySwapError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySwapError::Empty(_) => "Empty(..)",
            TrySwapError::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for TrySwapError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySwapError::Empty(_) => "there is no value to swap with",
            TrySwapError::Closed(_) => "the MVar is closed and empty",
        })
    }
}

impl<T> Error for TrySwapError<T> {}
