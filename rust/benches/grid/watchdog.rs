//! Ends the process if a run hangs, and says which.

use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// No run takes nearly that long.
const LIMIT: Duration = Duration::from_secs(60);

/// The run under way, and when it began.
type Current = Arc<Mutex<Option<(String, Instant)>>>;

/// Looks every second, so that it costs the runs nothing.
pub(crate) struct Watchdog {
    current: Current,
}

impl Watchdog {
    /// The thread it starts ends with the process.
    pub(crate) fn start() -> Self {
        let current = Current::default();
        let watched = Arc::clone(&current);
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_secs(1));
                let current =
                    watched.lock().unwrap_or_else(PoisonError::into_inner);
                let Some((name, begin)) = &*current else {
                    continue;
                };
                if begin.elapsed() > LIMIT {
                    eprintln!("grid: {name}: hangs for {LIMIT:?}");
                    process::exit(1);
                }
            }
        });
        Watchdog { current }
    }

    /// Calls `run`, which is called `name` if it hangs.
    pub(crate) fn watch<T>(&self, name: &str, run: impl FnOnce() -> T) -> T {
        self.set(Some((name.to_owned(), Instant::now())));
        let result = run();
        self.set(None);
        result
    }

    fn set(&self, current: Option<(String, Instant)>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = current;
    }
}
