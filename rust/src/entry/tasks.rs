//! How an entry runs a pattern whose roles are tasks.

use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle};
use tokio::task::yield_now;

/// On so few threads, tasks must wait for one another without blocking them.
const THREADS: usize = 2;

/// How long a task that has ended may stay on the runtime's books.
const DEADLINE: Duration = Duration::from_secs(5);

/// Runs `main` and the tasks that it spawns, on a runtime of its own.
///
/// # Panics
///
/// If `main` leaves a task behind.
pub fn run_tasks<R>(main: impl Future<Output = R>) -> R {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_time()
        .build()
        .expect("a runtime has its threads");
    let result = runtime.block_on(main);
    let left = left(runtime.handle());
    assert_eq!(left, 0, "tasks were left behind");
    result
}

/// How many tasks are left. A task is joined a moment before it is off the
/// books; so this looks until none is there, or time is up.
fn left(handle: &Handle) -> usize {
    let start = Instant::now();
    let alive = || handle.metrics().num_alive_tasks();
    while alive() > 0 && start.elapsed() < DEADLINE {
        thread::yield_now();
    }
    alive()
}

/// The items as a stream that lets other tasks run before each.
pub fn in_turn<T: Send + 'static>(
    items: impl Iterator<Item = T> + Send + 'static,
) -> BoxStream<'static, T> {
    let turn = |item| async {
        yield_now().await;
        item
    };
    stream::iter(items).then(turn).boxed()
}
