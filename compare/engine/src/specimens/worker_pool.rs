use chanpatterns::Panicked;
use chanpatterns::channel;
use chanpatterns::patterns::worker_pool::entry::Work;
use chanpatterns::patterns::worker_pool::{
    Order, worker_pool, worker_pool_async,
};
use chanpatterns::patterns::{Numbered, Output, TaskOutput, ZeroWorkers};
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use tokio::task::JoinSet;

type Results = Result<Output<Numbered<i64>>, ZeroWorkers>;
type Jobs = BoxStream<'static, i64>;
type TaskWork = Work<BoxFuture<'static, i64>>;
type TaskResults = Result<TaskOutput<Numbered<i64>>, ZeroWorkers>;

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

pub(super) fn tasks_serial(
    jobs: Jobs,
    workers: usize,
    _order: Order,
    work: TaskWork,
) -> TaskResults {
    let jobs = Arc::new(tokio::sync::Mutex::new(jobs.enumerate()));
    let work = Arc::new(work);
    let (tx, rx) = channel::unbounded();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (jobs, work) = (Arc::clone(&jobs), Arc::clone(&work));
        let tx = tx.clone();
        tasks.spawn(async move {
            // The guard lives as long as the loop's body.
            while let Some((number, job)) = jobs.lock().await.next().await {
                let result = Panicked::catch_async(work(job)).await;
                tx.send((number, result)).expect("observed until the end");
            }
        });
    }
    Ok(TaskOutput::new(rx, tasks))
}

pub(super) fn tasks_lose_failure(
    jobs: Jobs,
    workers: usize,
    order: Order,
    work: TaskWork,
) -> TaskResults {
    let results = worker_pool_async(jobs, workers, order, work)?;
    let good = results.filter(|(_, result)| ready(result.is_ok()));
    Ok(super::replay_tasks(good))
}

pub(super) fn tasks_last_first(
    jobs: Jobs,
    workers: usize,
    order: Order,
    work: TaskWork,
) -> TaskResults {
    let results = worker_pool_async(jobs, workers, order, work)?;
    let results = stream::once(results.collect::<Vec<_>>());
    let reversed = |results: Vec<_>| stream::iter(results.into_iter().rev());
    Ok(super::replay_tasks(results.flat_map(reversed)))
}
