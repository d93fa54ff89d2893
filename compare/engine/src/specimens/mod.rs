//! Sabotaged patterns: the laboratory must see that each of them is wrong.
//!
//! A specimen takes the place of a pattern's function, so that everything else
//! is as in an honest run. Each has one fault that somebody could make. One
//! whose name says *tasks* takes the place of the function for tasks; the other
//! is then the honest one.

mod backpressure;
mod bounded;
mod close_on_drop;
mod fan_in;
mod fan_out;
mod mpmc;
mod pipeline;
mod producers;
mod receiver_gone;
mod rendezvous;
mod unbounded;
mod work_stealing;
mod worker_pool;

use chanpatterns::channel;
use chanpatterns::entry::Entry;
use chanpatterns::patterns::{Output, TaskOutput};
use futures_util::stream::{Stream, StreamExt as _};
use std::pin::pin;
use tokio::task::JoinSet;

/// A sabotaged pattern.
pub struct Specimen {
    /// Its name, which begins with the pattern's.
    pub name: &'static str,
    /// The pattern whose cases it runs.
    pub pattern: &'static str,
    /// What is wrong with it.
    pub wrong: &'static str,
    /// Runs it on a case.
    pub entry: Entry,
}

macro_rules! specimens {
    ($($pattern:ident::$fault:ident $($tasks:ident)? $wrong:literal),* $(,)?)
    => {
        /// Every specimen, by pattern.
        pub const SPECIMENS: &[Specimen] = &[$(Specimen {
            name: concat!(stringify!($pattern), "_", stringify!($fault)),
            pattern: stringify!($pattern),
            wrong: $wrong,
            entry: |input| {
                use chanpatterns::patterns::$pattern::entry;
                observe!(entry $($tasks)?)(input, $pattern::$fault)
            },
        }),*];
    };
}

/// Which of a pattern's functions is replaced.
macro_rules! observe {
    ($entry:ident) => {
        $entry::observe
    };
    ($entry:ident tasks) => {
        $entry::observe_tasks
    };
}

specimens! {
    backpressure::without_bound "its channels hold as much as comes",
    bounded::without_bound "it passes its items through an unbounded channel",
    bounded::one_too_many "it holds one more than its capacity",
    bounded::drops_when_full "what was refused is not sent again",
    close_on_drop::loses_backlog "the close drops what is queued",
    close_on_drop::closes_early "the first drop closes",
    fan_in::loses_one "the first item of the first source is lost",
    fan_in::doubles_one "the first item of the first source comes twice",
    fan_in::swaps_two "the first source's first two items change places",
    fan_in::hides_failure "a source that fails just ends",
    fan_in::tasks_lose_one tasks "the first item of the first task is lost",
    fan_in::tasks_hide_failure tasks "a task that fails just ends",
    fan_out::skips_failures "what cannot be consumed is not reported",
    fan_out::consumes_twice "the first item is consumed twice",
    mpmc::gives_twice "the first item of every source is given twice",
    mpmc::last_first "each source's items come newest first",
    pipeline::generates_ahead "64 items are made before the first is asked for",
    pipeline::hides_failures "an item that cannot be transformed comes as 0",
    pipeline::tasks_generate_ahead tasks "64 items are made ahead by their task",
    pipeline::tasks_hide_failures tasks "what a task cannot transform comes as 0",
    producers::counts_from_zero "the items of a producer are numbered from 0",
    producers::forgets_last "each producer makes one item too few",
    producers::never_sleeps "the delay is left out",
    producers::tasks_never_sleep tasks "the tasks leave the delay out",
    producers::tasks_one_by_one tasks "each task begins when the last one ends",
    receiver_gone::swallows "what a failed send gives back is dropped",
    receiver_gone::counts_all "sends that failed count as accepted",
    rendezvous::one_slot "a buffer of one: the first send needs nobody",
    unbounded::holds_four "there is room for four; the rest is lost",
    unbounded::hands_out_early "the receiver is there before the sources end",
    work_stealing::never_steals "every worker does its own load alone",
    work_stealing::oldest_first "the owner takes its oldest job first",
    worker_pool::serial "the lock on the jobs is held during the work",
    worker_pool::loses_failure "a job that fails has no result",
    worker_pool::dies_of_failures "each failure ends a worker",
    worker_pool::last_first "the results come in the order of a stack",
    worker_pool::tasks_serial tasks "a task locks the jobs while it works",
    worker_pool::tasks_lose_failure tasks "a job that fails has no result",
    worker_pool::tasks_last_first tasks "the results of the tasks are a stack",
}

/// The items as an output of which nothing is left to do.
fn replay<T>(items: impl IntoIterator<Item = T>) -> Output<T> {
    let (tx, rx) = channel::unbounded();
    for item in items {
        tx.send(item).expect("its receiver is here");
    }
    Output::new(rx, [])
}

/// The same for tasks: the items as an output whose one task only sends them.
fn replay_tasks<T: Send + 'static>(
    items: impl Stream<Item = T> + Send + 'static,
) -> TaskOutput<T> {
    let (tx, rx) = channel::rendezvous();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut items = pin!(items);
        while let Some(item) = items.next().await {
            tx.send_async(item).await.expect("observed until the end");
        }
    });
    TaskOutput::new(rx, tasks)
}
