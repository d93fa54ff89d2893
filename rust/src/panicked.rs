//! A panic in a role, as an error.

use crate::sync::{Mutex, PoisonError};
use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;

/// A role's code panicked; this is what it panicked with.
///
/// A pattern runs each role's code by [`Panicked::catch`], or for a task by
/// [`Panicked::catch_async`], and puts the panic where the result would have
/// stood, so that one bad item costs one item.
pub struct Panicked {
    // The mutex only makes the payload `Sync`, so that this is an ordinary
    // error; nobody locks it to wait.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl Panicked {
    /// Runs `code`; a panic comes back as an error.
    ///
    /// What `code` borrows may be left half changed by a panic.
    ///
    /// ```
    /// use chanpatterns::Panicked;
    ///
    /// assert_eq!(Panicked::catch(|| 6 * 7).unwrap(), 42);
    /// let panicked = Panicked::catch(|| panic!("no {}", 7)).unwrap_err();
    /// assert_eq!(panicked.message(), "no 7");
    /// ```
    pub fn catch<R>(code: impl FnOnce() -> R) -> Result<R, Panicked> {
        catch_unwind(AssertUnwindSafe(code)).map_err(|payload| Panicked {
            payload: Mutex::new(payload),
        })
    }

    /// Runs `code` to its end; a panic on the way comes back as an error.
    ///
    /// It runs within the calling task: there is no other that could be left
    /// behind.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `code`, wherever that is.
    ///
    /// ```
    /// use chanpatterns::Panicked;
    ///
    /// # pollster::block_on(async {
    /// let answer = Panicked::catch_async(async { 6 * 7 }).await;
    /// assert_eq!(answer.unwrap(), 42);
    /// let code = async { panic!("no {}", 7) };
    /// let panicked = Panicked::catch_async(code).await.unwrap_err();
    /// assert_eq!(panicked.message(), "no 7");
    /// # });
    /// ```
    pub async fn catch_async<R>(
        code: impl Future<Output = R>,
    ) -> Result<R, Panicked> {
        let mut code = pin!(code);
        poll_fn(|context| {
            match Panicked::catch(|| code.as_mut().poll(context)) {
                Ok(poll) => poll.map(Ok),
                Err(panicked) => Poll::Ready(Err(panicked)),
            }
        })
        .await
    }

    /// The message of the panic.
    pub fn message(&self) -> String {
        let payload =
            self.payload.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = payload.downcast_ref::<&str>() {
            (*text).to_owned()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.clone()
        } else {
            "a panic whose payload is not text".to_owned()
        }
    }

    /// What the role panicked with.
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with the panic, on this thread.
    pub fn resume(self) -> ! {
        resume_unwind(self.into_payload())
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panicked").field(&self.message()).finish()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.message())
    }
}

impl Error for Panicked {}
