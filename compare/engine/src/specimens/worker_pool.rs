use chanpatterns::Panicked;
use chanpatterns::channel;
use chanpatterns::patterns::worker_pool::entry::Work;
use chanpatterns::patterns::worker_pool::{Order, worker_pool};
use chanpatterns::patterns::{Numbered, Output, ZeroWorkers};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

type Results = Result<Output<Numbered<i64>>, ZeroWorkers>;

pub(super) fn serial(
    jobs: Vec<i64>,
    workers: usize,
    _order: Order,
    work: Work,
) -> Results {
    let (jobs_tx, jobs_rx) = mpsc::channel();
    for job in jobs.into_iter().enumerate() {
        jobs_tx.send(job).expect("its receiver is here");
    }
    let (jobs_rx, work) = (Arc::new(Mutex::new(jobs_rx)), Arc::new(work));
    let (tx, rx) = channel::unbounded();
    let threads = (0..workers).map(|_| {
        let (jobs, work) = (Arc::clone(&jobs_rx), Arc::clone(&work));
        let tx = tx.clone();
        thread::spawn(move || {
            // The guard lives as long as the loop's body.
            while let Ok((number, job)) = jobs.lock().unwrap().recv() {
                let result = Panicked::catch(|| work(job));
                tx.send((number, result)).expect("observed until the end");
            }
        })
    });
    let threads: Vec<_> = threads.collect();
    Ok(Output::new(rx, threads))
}

pub(super) fn loses_failure(
    jobs: Vec<i64>,
    workers: usize,
    order: Order,
    work: Work,
) -> Results {
    let results = worker_pool(jobs, workers, order, work)?;
    Ok(super::replay(results.filter(|(_, result)| result.is_ok())))
}

pub(super) fn dies_of_failures(
    jobs: Vec<i64>,
    workers: usize,
    order: Order,
    work: Work,
) -> Results {
    let results = worker_pool(jobs, workers, order, work)?;
    let mut alive = workers;
    Ok(super::replay(results.take_while(|(_, result)| {
        let told = alive > 0;
        alive = alive.saturating_sub(usize::from(result.is_err()));
        told
    })))
}

pub(super) fn last_first(
    jobs: Vec<i64>,
    workers: usize,
    order: Order,
    work: Work,
) -> Results {
    let results: Vec<_> = worker_pool(jobs, workers, order, work)?.collect();
    Ok(super::replay(results.into_iter().rev()))
}
