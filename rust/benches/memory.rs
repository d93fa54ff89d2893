//! The memory of the channel, beside crossbeam's and tokio's.
//!
//! `cargo bench --package chanpatterns --bench memory`
//!
//! Counts the bytes that are asked of the allocator, which is exact and the
//! same in each run; what the allocator adds to them is not counted. It is not
//! part of the grid, whose times the counting would disturb.
//!
//! Prints Markdown; `--out FILE` writes it too, from the root of the
//! repository, for the grid's `--append`.
#![forbid(unsafe_code)]

use chanpatterns::channel;
use clap::Parser;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Compare the channel with its peers: memory
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench memory --")]
struct Arguments {
    /// Write the table to FILE too, from the root of the repository
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

const SOME: usize = 10_000;
const QUEUED: usize = 100_000;
const MILLION: usize = 1_000_000;

/// So many tasks begin at once.
const BATCH: usize = 1_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let table = table();
    print!("{table}");
    let Some(out) = arguments.out else {
        return ExitCode::SUCCESS;
    };
    // Cargo runs a bench in the crate's folder.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = here.parent().unwrap_or(here).join(out);
    match std::fs::write(&out, table) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("memory: {}: {error}", out.display());
            ExitCode::FAILURE
        }
    }
}

/// Ours, crossbeam's, tokio's; `None` where a system has no such thing.
type Row = [Option<usize>; 3];

fn table() -> String {
    let mut rows: Vec<(String, Row)> = Vec::new();
    rows.push(("an idle channel, unbounded".into(), idle(None, SOME)));
    for (capacity, name) in
        [(0, "rendezvous"), (1, "bounded 1"), (64, "bounded 64")]
    {
        let name = format!("an idle channel, {name}");
        rows.push((name, idle(Some(capacity), SOME)));
    }
    rows.push((
        "a queued message of 8 bytes, of 100,000 on an unbounded channel"
            .into(),
        queued(),
    ));
    let name = "a task in a receive, and its own unbounded channel";
    rows.push((name.into(), parked(SOME)));
    let name = "the same without its idle channel and its bare task";
    rows.push((name.into(), waits(SOME)));
    let name = "a million idle channels, unbounded: MiB";
    rows.push((name.into(), together(idle(None, MILLION), MILLION)));
    let name = "a million tasks in a receive, with their channels: MiB";
    rows.push((name.into(), together(parked(MILLION), MILLION)));

    let mut text = String::from(
        "## Memory\n\n\
         Bytes asked of the allocator, with messages of 8 bytes. The handles \
         themselves, and what the allocator adds, are not counted. ",
    );
    text += &format!(
        "A bare task, which waits for nothing, takes {} bytes on tokio.\n\n",
        bare_tasks(SOME)
    );
    text += "| bytes | ours | crossbeam | tokio |\n|---|--:|--:|--:|\n";
    for (name, row) in rows {
        let figures = row.map(|bytes| match bytes {
            Some(bytes) => bytes.to_string(),
            None => "–".into(),
        });
        text += &format!("| {name} | {} |\n", figures.join(" | "));
    }
    text
}

/// Each of `count` channels that nobody has used; no capacity is unbounded.
fn idle(capacity: Option<usize>, count: usize) -> Row {
    let ours = held(count, || channel::with_capacity::<u64>(capacity));
    let crossbeam = held(count, || match capacity {
        None => crossbeam_channel::unbounded::<u64>(),
        Some(capacity) => crossbeam_channel::bounded(capacity),
    });
    let tokio = match capacity {
        None => Some(held(count, mpsc::unbounded_channel::<u64>)),
        Some(0) => None,
        Some(capacity) => Some(held(count, || mpsc::channel::<u64>(capacity))),
    };
    [Some(ours), Some(crossbeam), tokio]
}

/// Each of many messages on one unbounded channel.
fn queued() -> Row {
    let (ours, _receiver) = channel::unbounded();
    let (crossbeam, _receiver2) = crossbeam_channel::unbounded();
    let (tokio, _receiver3) = mpsc::unbounded_channel();
    let sent = |send: &dyn Fn(u64) -> bool| {
        let region = Region::new(ALLOCATOR);
        assert!((0..QUEUED as u64).all(send), "a send failed");
        Some(each(&region, QUEUED))
    };
    [
        sent(&|number| ours.send(number).is_ok()),
        sent(&|number| crossbeam.send(number).is_ok()),
        sent(&|number| tokio.send(number).is_ok()),
    ]
}

/// Each of `count` tasks that wait in a receive, with their channels.
fn parked(count: usize) -> Row {
    let ours = tasks(count, channel::unbounded::<u64>, |rx| async move {
        rx.recv_async().await.ok()
    });
    let tokio =
        tasks(count, mpsc::unbounded_channel::<u64>, |mut rx| async move {
            rx.recv().await
        });
    [Some(ours), None, Some(tokio)]
}

/// The same, less what a channel and a task take by themselves.
fn waits(count: usize) -> Row {
    let (idle, bare) = (idle(None, count), bare_tasks(count));
    let mut waits = parked(count);
    for (wait, idle) in waits.iter_mut().zip(idle) {
        *wait = wait.map(|wait| {
            wait.saturating_sub(idle.unwrap_or(0)).saturating_sub(bare)
        });
    }
    waits
}

/// Each of `count` tasks that wait for ever.
fn bare_tasks(count: usize) -> usize {
    tasks(count, || ((), ()), |()| future::pending::<Option<u64>>())
}

/// The mebibytes that `count` of them take, each of so many bytes.
fn together(row: Row, count: usize) -> Row {
    row.map(|each| each.map(|bytes| (bytes * count) >> 20))
}

/// The bytes that each of `count` things holds.
fn held<T>(count: usize, make: impl Fn() -> T) -> usize {
    drop(make()); // what is allocated once is not counted
    let mut things = Vec::with_capacity(count);
    let region = Region::new(ALLOCATOR);
    things.extend((0..count).map(|_| make()));
    each(&region, count)
}

/// The bytes that each of `count` tasks holds, with the channel on which it
/// waits. One thread runs them: those that have begun to receive wait.
fn tasks<S, R, F>(
    count: usize,
    open: impl Fn() -> (S, R),
    receive: impl Fn(R) -> F,
) -> usize
where
    F: Future<Output = Option<u64>> + Send + 'static,
{
    let begun = Arc::new(AtomicUsize::new(0));
    let mut senders = Vec::with_capacity(count);
    runtime().block_on(async {
        let region = Region::new(ALLOCATOR);
        while senders.len() < count {
            // Not all at once: the queue of those to run is not counted.
            for _ in 0..BATCH.min(count - senders.len()) {
                let (tx, rx) = open();
                senders.push(tx);
                let (begun, received) = (Arc::clone(&begun), receive(rx));
                task::spawn(async move {
                    begun.fetch_add(1, Ordering::Relaxed);
                    let received = received.await;
                    unreachable!("nothing is sent, and yet {received:?}");
                });
            }
            while begun.load(Ordering::Relaxed) < senders.len() {
                task::yield_now().await;
            }
        }
        each(&region, count)
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .build()
        .expect("a runtime needs nothing")
}

/// The bytes now in use that were not when `region` began, by `count`.
fn each(region: &Region<'_, System>, count: usize) -> usize {
    let change = region.change();
    let in_use = change.bytes_allocated - change.bytes_deallocated;
    (in_use + count / 2) / count
}
