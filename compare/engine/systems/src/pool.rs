//! Threads that are used again, since a thread costs more than a run.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for something to do.
#[derive(Clone, Debug, Default)]
pub struct Pool(Arc<Idle>);

#[derive(Debug, Default)]
struct Idle {
    threads: Mutex<Vec<Sender<Job>>>,
    busy: AtomicUsize,
}

/// A process is a few calls deep.
const STACK: usize = 256 * 1024;

impl Pool {
    /// Has a thread do this.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub fn run(
        &self,
        job: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        self.0.busy.fetch_add(1, SeqCst);
        let thread = self.0.idle().pop();
        let thread = match thread {
            Some(thread) => thread,
            None => self.begin().inspect_err(|_| {
                self.0.busy.fetch_sub(1, SeqCst);
            })?,
        };
        let sent = thread.send(Box::new(job));
        sent.expect("a thread ends only when the pool does");
        Ok(())
    }

    /// How many threads are doing something.
    pub fn busy(&self) -> usize {
        self.0.busy.load(SeqCst)
    }

    fn begin(&self) -> std::io::Result<Sender<Job>> {
        let (jobs, to_do) = channel::<Job>();
        let (pool, own) = (Arc::downgrade(&self.0), jobs.clone());
        Builder::new().stack_size(STACK).spawn(move || {
            while let Ok(job) = to_do.recv() {
                job();
                let Some(pool) = pool.upgrade() else { return };
                pool.idle().push(own.clone());
                pool.busy.fetch_sub(1, SeqCst);
            }
        })?;
        Ok(jobs)
    }
}

impl Idle {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sender<Job>>> {
        self.threads.lock().expect("no holder of it panics")
    }
}
