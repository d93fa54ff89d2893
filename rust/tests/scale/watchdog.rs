//! Ends the process if a run makes no progress, and says where it stands.

use crate::number::{asked, shown};
use std::fmt::Write;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often it looks, and how often it tells.
const LOOK: Duration = Duration::from_millis(500);
const TELL: Duration = Duration::from_secs(10);

/// What each party of a run has done so far.
pub(crate) struct Progress {
    name: String,
    /// How many steps there are to do; 0 if nobody knows.
    total: u64,
    parties: Vec<Party>,
}

/// On cache lines of its own, so that to count costs the run nothing.
#[repr(align(128))]
struct Party {
    name: String,
    steps: AtomicU64,
    ended: AtomicBool,
}

impl Progress {
    pub(crate) fn new(
        name: impl Into<String>,
        total: u64,
        parties: impl IntoIterator<Item = String>,
    ) -> Arc<Self> {
        let party = |name| Party {
            name,
            steps: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        };
        Arc::new(Progress {
            name: name.into(),
            total,
            parties: parties.into_iter().map(party).collect(),
        })
    }

    /// This party is under way until the guard is dropped.
    pub(crate) fn party(self: &Arc<Self>, place: usize) -> Steps {
        self.parties[place].ended.store(false, Ordering::Relaxed);
        Steps {
            progress: Arc::clone(self),
            place,
        }
    }

    fn steps(&self) -> u64 {
        let steps = |party: &Party| party.steps.load(Ordering::Relaxed);
        self.parties.iter().map(steps).sum()
    }

    fn told(&self) -> String {
        let mut text = String::new();
        for party in &self.parties {
            let steps = shown(party.steps.load(Ordering::Relaxed));
            let ended = match party.ended.load(Ordering::Relaxed) {
                true => "has ended",
                false => "is under way",
            };
            let _ = writeln!(text, "  {}: {steps} steps, {ended}", party.name);
        }
        text
    }
}

/// What one party does; nobody else counts for it.
pub(crate) struct Steps {
    progress: Arc<Progress>,
    place: usize,
}

impl Steps {
    /// One more is done.
    pub(crate) fn step(&self) {
        let steps = &self.progress.parties[self.place].steps;
        steps.store(steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        let party = &self.progress.parties[self.place];
        party.ended.store(true, Ordering::Relaxed);
    }
}

/// Watches a run until it is dropped.
pub(crate) struct Watchdog {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// `look` tells of what the parties share, should they hang.
    pub(crate) fn watch(
        progress: &Arc<Progress>,
        look: impl Fn() -> String + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let progress = Arc::clone(progress);
        let patience = Duration::from_secs(asked("PATIENCE", 60));
        let thread = thread::spawn(move || {
            let begin = Instant::now();
            let (mut last, mut changed, mut told) = (0, begin, begin);
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let steps = progress.steps();
                if steps != last {
                    (last, changed) = (steps, Instant::now());
                }
                if changed.elapsed() > patience {
                    hangs(&progress, patience, &look);
                }
                if told.elapsed() > TELL {
                    told = Instant::now();
                    println!("  {}", so_far(&progress, steps, begin));
                }
            }
        });
        Watchdog {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

fn so_far(progress: &Progress, steps: u64, begin: Instant) -> String {
    let of = match progress.total {
        0 => String::new(),
        total => format!(" of {}", shown(total)),
    };
    let seconds = begin.elapsed().as_secs();
    let name = &progress.name;
    format!("{name}: {}{of} steps in {seconds} s", shown(steps))
}

fn hangs(progress: &Progress, patience: Duration, look: &dyn Fn() -> String) {
    let Progress { name, .. } = progress;
    eprintln!("{name}: hangs, nobody has done a step for {patience:?}");
    eprint!("{}", progress.told());
    // What is shared may be locked for ever; so it comes last, with a deadline.
    let (looked, seen) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            if seen.recv_timeout(Duration::from_secs(2)).is_err() {
                eprintln!("  what they share is locked");
            }
            process::exit(1);
        });
        eprintln!("  {}", look());
        let _ = looked.send(());
    });
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It is this thread that may panic; that one only counts.
            let _ = thread.join();
        }
    }
}
