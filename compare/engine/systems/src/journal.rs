//! What each process of a run has done, for all to see.

use crate::answer::Answer;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It did everything.
    Done,
    /// It failed, and why.
    Failed(String),
}

/// What one process has done.
#[derive(Debug, Default)]
pub struct Journal {
    begun: AtomicU32,
    ended: AtomicU32,
    number: AtomicU32,
    timed: AtomicBool,
    log: Mutex<Vec<String>>,
    end: Mutex<Option<End>>,
}

/// How far a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How many operations it has begun.
    pub begun: u32,
    /// How many of them have returned.
    pub ended: u32,
    /// The number of the last one, in the text.
    pub number: u32,
    /// Whether that one has a deadline.
    pub timed: bool,
}

impl Look {
    /// Whether it is in the middle of an operation.
    pub fn inside(self) -> bool {
        self.begun > self.ended
    }
}

impl Journal {
    /// An operation begins.
    pub fn begin(&self, number: u32, timed: bool) {
        self.number.store(number, SeqCst);
        self.timed.store(timed, SeqCst);
        self.begun.fetch_add(1, SeqCst);
    }

    /// It has returned.
    pub fn end(&self) {
        self.ended.fetch_add(1, SeqCst);
    }

    /// It logs a result.
    pub fn log(&self, result: String) {
        self.lines().push(result);
    }

    /// It logs an answer.
    pub fn answer(&self, answer: Answer) {
        self.log(answer.to_string());
    }

    /// The process has ended.
    pub fn finish(&self, end: End) {
        *self.end.lock().expect("no holder of it panics") = Some(end);
    }

    /// How far it is.
    pub fn look(&self) -> Look {
        // What has returned was begun before: read in this order, an operation
        // between the two reads counts as being inside, never the reverse.
        let ended = self.ended.load(SeqCst);
        Look {
            ended,
            begun: self.begun.load(SeqCst),
            number: self.number.load(SeqCst),
            timed: self.timed.load(SeqCst),
        }
    }

    /// Its results so far.
    pub fn results(&self) -> Vec<String> {
        self.lines().clone()
    }

    /// How it ended, if it has.
    pub fn ending(&self) -> Option<End> {
        self.end.lock().expect("no holder of it panics").clone()
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.end.lock().expect("no holder of it panics").is_some()
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.log.lock().expect("no holder of it panics")
    }
}
