//! The patterns for tasks, where a case cannot show it: leaving early, roles
//! that panic in odd places, and that no task is left.
#![cfg(feature = "tokio")]

use chanpatterns::Panicked;
use chanpatterns::channel::{self, RecvError};
use chanpatterns::clock::{AsyncClock, AsyncTimer, Clock, Timer, VirtualClock};
use chanpatterns::patterns::TaskOutput;
use chanpatterns::patterns::fan_in::fan_in_async;
use chanpatterns::patterns::pipeline::{pipeline_async, stages_async};
use chanpatterns::patterns::producers::{Producer, producers_async};
use chanpatterns::patterns::worker_pool::{Order, worker_pool_async};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use futures_util::stream::{self, FusedStream, Stream, StreamExt};
use std::future::{Future, pending, ready};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Runs `test` on one thread, and then on two.
fn on_each_runtime<F: Future<Output = ()>>(test: impl Fn() -> F) {
    let one = Builder::new_current_thread().enable_time().build().unwrap();
    one.block_on(test());
    let mut two = Builder::new_multi_thread();
    let two = two.worker_threads(2).enable_time().build().unwrap();
    two.block_on(test());
}

/// Something that shows, by its count, who still holds it.
fn token() -> (Arc<()>, impl Fn() -> usize) {
    let token = Arc::new(());
    let watched = Arc::clone(&token);
    (token, move || Arc::strong_count(&watched) - 1)
}

/// A stream without an end that holds `token`.
fn endless<T: Send + 'static>(token: T) -> impl Stream<Item = u64> + Send {
    stream::iter(0..).map(move |n| {
        let _held = &token;
        n
    })
}

/// A stream that yields nothing and does not end.
fn silent<T: Send + 'static>(token: T) -> impl Stream<Item = u64> + Send {
    stream::once(async move {
        let _held = token;
        pending().await
    })
}

fn text<T>(result: Result<T, Panicked>) -> Result<T, String> {
    result.map_err(|panicked| panicked.message())
}

#[test]
fn fan_in_that_is_shut_down_leaves_no_source() {
    on_each_runtime(|| async {
        let (token, held) = token();
        let sources = [
            endless(Arc::clone(&token)).boxed(),
            silent(Arc::clone(&token)).boxed(),
            endless(token).boxed(),
        ];
        let mut output = fan_in_async(sources);
        assert!(output.recv_async().await.is_ok());
        output.shutdown().await;
        assert_eq!(held(), 0, "a source outlived the output");
    });
}

#[test]
fn fan_in_that_is_dropped_ends_its_sources() {
    on_each_runtime(|| async {
        let (held, all_dropped) = channel::unbounded::<()>();
        let sources = [endless(held.clone()).boxed(), silent(held).boxed()];
        let mut output = fan_in_async(sources);
        assert!(output.recv_async().await.is_ok());
        drop(output);
        // Both sources hold a sender; this waits until neither does.
        assert_eq!(all_dropped.recv_async().await, Err(RecvError));
    });
}

#[test]
fn who_reads_to_the_end_leaves_no_task() {
    on_each_runtime(|| async {
        let (token, held) = token();
        let mut output = fan_in_async([endless(token).take(3)]);
        assert!(!output.is_terminated());
        assert_eq!(output.by_ref().count().await, 3);
        assert_eq!(held(), 0, "a source outlived the end");
        assert!(output.is_terminated());
        assert_eq!(output.recv_async().await.err(), Some(RecvError));
    });
}

#[test]
fn fan_in_reports_a_panic_after_what_was_yielded() {
    on_each_runtime(|| async {
        let source =
            stream::iter(1..).map(|n| if n == 3 { panic!("three") } else { n });
        let items = fan_in_async([source]).map(|(_, item)| text(item));
        let items: Vec<_> = items.collect().await;
        assert_eq!(items, [Ok(1), Ok(2), Err("three".to_owned())]);
    });
}

#[test]
fn a_receive_that_is_dropped_loses_nothing() {
    on_each_runtime(|| async {
        let (tx, rx) = channel::rendezvous();
        let source = stream::unfold(rx, |rx| async {
            rx.recv_async().await.ok().map(|n| (n, rx))
        });
        let mut output = fan_in_async([source]);
        for n in 0..100 {
            assert!(output.recv_async().now_or_never().is_none());
            tx.send_async(n).await.unwrap();
            let received = output.recv_async().now_or_never();
            let (_, item) = match received {
                Some(received) => received.unwrap(),
                None => output.recv_async().await.unwrap(),
            };
            assert_eq!(item.unwrap(), n);
        }
    });
}

/// The fault of a pattern, not of a role.
#[test]
fn a_task_that_panics_is_not_taken_for_the_end() {
    on_each_runtime(|| async {
        let (tx, rx) = channel::bounded(1);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            tx.send_async(1).await.unwrap();
            panic!("a fault");
        });
        let mut output = TaskOutput::new(rx, tasks);
        assert_eq!(output.recv_async().await, Ok(1));
        let end = AssertUnwindSafe(output.recv_async()).catch_unwind().await;
        assert!(end.is_err(), "the panic passed unseen");
    });
}

#[test]
fn a_pool_that_is_shut_down_leaves_no_worker() {
    on_each_runtime(|| async {
        for order in [Order::Completed, Order::Input] {
            let (token, held) = token();
            let held_by_jobs = Arc::clone(&token);
            let work = move |n: u64| {
                let token = Arc::clone(&token);
                async move { n + Arc::strong_count(&token) as u64 }
            };
            let jobs = endless(held_by_jobs);
            let mut results = worker_pool_async(jobs, 4, order, work).unwrap();
            assert!(results.recv_async().await.is_ok());
            results.shutdown().await;
            assert_eq!(held(), 0, "{order:?}: a task outlived the output");
        }
    });
}

#[test]
fn a_pool_whose_jobs_never_end_can_be_left() {
    on_each_runtime(|| async {
        let (token, held) = token();
        let (begun, begins) = channel::unbounded();
        let work = move |n: u64| {
            let (token, begun) = (Arc::clone(&token), begun.clone());
            async move {
                begun.send(n).unwrap();
                pending::<()>().await;
                drop(token);
            }
        };
        let jobs = stream::iter(0..2);
        let results = worker_pool_async(jobs, 2, Order::Input, work).unwrap();
        assert!(begins.recv_async().await.is_ok());
        assert!(begins.recv_async().await.is_ok());
        assert!(held() > 0);
        results.shutdown().await;
        assert_eq!(held(), 0, "a job outlived the output");
    });
}

#[test]
fn a_pool_reports_a_feeder_that_panics() {
    on_each_runtime(|| async {
        for order in [Order::Completed, Order::Input] {
            let jobs = stream::iter(0..);
            let jobs = jobs.map(|n| if n == 5 { panic!("dry") } else { n });
            let work = async |n: usize| n * 10;
            let results = worker_pool_async(jobs, 2, order, work).unwrap();
            let results = results.map(|(number, result)| (number, result.ok()));
            let mut results: Vec<_> = results.collect().await;
            if order == Order::Completed {
                results.sort();
            }
            let done = (0..5).map(|n| (n, Some(n * 10)));
            assert!(results.into_iter().eq(done.chain([(5, None)])));
        }
    });
}

#[test]
fn a_job_that_panics_is_its_result_wherever_it_panics() {
    on_each_runtime(|| async {
        let work = |n: u8| {
            assert_ne!(n, 1, "no future comes of 1");
            async move {
                tokio::task::yield_now().await;
                assert_ne!(n, 2, "the future of 2 breaks off");
                n
            }
        };
        let jobs = stream::iter(0..4);
        // One worker, which no panic may end.
        let results = worker_pool_async(jobs, 1, Order::Input, work).unwrap();
        let results = results.map(|(_, result)| text(result));
        let results: Vec<_> = results.collect().await;
        assert_eq!(results[0], Ok(0));
        let message = |n: usize| results[n].clone().unwrap_err();
        assert!(message(1).contains("no future comes of 1"));
        assert!(message(2).contains("the future of 2 breaks off"));
        assert_eq!(results[3], Ok(3));
    });
}

/// The first job ends only after all others: results in input order wait for
/// it, results as completed do not.
#[test]
fn a_pool_keeps_the_order_that_it_was_asked_for() {
    on_each_runtime(|| async {
        for (order, expected) in
            [(Order::Completed, [1, 2, 0]), (Order::Input, [0, 1, 2])]
        {
            let (tx, rx) = channel::unbounded::<()>();
            let count = Arc::new(AtomicUsize::new(0));
            let work = move |job: usize| {
                let (tx, rx) = (tx.clone(), rx.clone());
                let count = Arc::clone(&count);
                async move {
                    if job == 0 {
                        rx.closed().await;
                    } else if count.fetch_add(1, Ordering::SeqCst) == 1 {
                        tx.close();
                    }
                }
            };
            let jobs = stream::iter(0..3);
            let results = worker_pool_async(jobs, 2, order, work).unwrap();
            let numbers = results.map(|(number, _)| number);
            let numbers: Vec<_> = numbers.collect().await;
            assert_eq!(numbers, expected, "{order:?}");
        }
    });
}

#[test]
fn a_pool_runs_as_many_jobs_at_once_as_it_has_workers() {
    on_each_runtime(|| async {
        // Fifty jobs that wait for one another: with fewer than fifty at once
        // this would not end.
        let barrier = Arc::new(Barrier::new(50));
        let work = move |_job| {
            let barrier = Arc::clone(&barrier);
            async move { barrier.wait().await.is_leader() }
        };
        let jobs = stream::iter(0..50);
        let results = worker_pool_async(jobs, 50, Order::Completed, work);
        let leaders = results
            .unwrap()
            .filter(|(_, leads)| ready(*leads.as_ref().unwrap()));
        assert_eq!(leaders.count().await, 1);
    });
}

#[test]
fn a_pipeline_whose_generator_panics_reports_it_last() {
    on_each_runtime(|| async {
        let numbers = stream::iter(1..);
        let generate = numbers.map(|n| if n == 3 { panic!("dry") } else { n });
        let square = async |n: i32| n * n;
        let items = pipeline_async(generate, square, 1, async |items| {
            items.map(text).collect::<Vec<_>>().await
        });
        assert_eq!(items.await, [Ok(1), Ok(4), Err("dry".to_owned())]);
    });
}

#[test]
fn a_pipeline_whose_aggregator_panics_has_stopped_its_stages() {
    on_each_runtime(|| async {
        let (token, held) = token();
        let same = async |n: u64| n;
        let aggregate = async |items: &mut TaskOutput<_>| -> u64 {
            assert!(items.next().await.is_some());
            panic!("aggregator")
        };
        let pipeline = pipeline_async(endless(token), same, 2, aggregate);
        let panic = AssertUnwindSafe(pipeline).catch_unwind().await;
        let payload = panic.expect_err("the panic goes on");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"aggregator"));
        assert_eq!(held(), 0, "a stage outlived the pipeline");
    });
}

#[test]
fn a_pipeline_whose_generator_waits_for_ever_can_be_left() {
    on_each_runtime(|| async {
        let (token, held) = token();
        let same = async |n: u64| n;
        let generate = stream::iter([7]).chain(silent(token));
        let first = pipeline_async(generate, same, 0, async |items| {
            items.recv_async().await.unwrap().unwrap()
        });
        assert_eq!(first.await, 7);
        assert_eq!(held(), 0, "the generator outlived the pipeline");
    });
}

#[test]
fn a_pipeline_that_is_dropped_ends_its_stages() {
    on_each_runtime(|| async {
        let (held, all_dropped) = channel::unbounded::<()>();
        let (told, begins) = channel::unbounded();
        let same = async |n: u64| n;
        let aggregate = async |items: &mut TaskOutput<_>| {
            told.send(items.next().await.is_some()).unwrap();
            pending::<()>().await;
        };
        let pipeline = pipeline_async(endless(held), same, 2, aggregate);
        let begun = select(Box::pin(pipeline), begins.recv_async()).await;
        let Either::Right((Ok(true), pipeline)) = begun else {
            panic!("it ended, or began without an item");
        };
        drop(pipeline);
        assert_eq!(all_dropped.recv_async().await, Err(RecvError));
    });
}

/// A pipeline is a task like any other: its future can go to another thread.
#[test]
fn a_pipeline_can_be_spawned() {
    on_each_runtime(|| async {
        let square = async |n: u64| n * n;
        let numbers = stream::iter(1..);
        let sum = async |squares: &mut TaskOutput<Result<u64, Panicked>>| {
            let mut sum = 0;
            for _ in 0..3 {
                sum += squares.recv_async().await.unwrap().unwrap();
            }
            sum
        };
        let sum = tokio::spawn(pipeline_async(numbers, square, 1, sum));
        assert_eq!(sum.await.unwrap(), 14);
    });
}

/// Nobody receives: a generator is held by the two channels and the stages.
#[test]
fn stages_hold_a_generator_back() {
    let one = Builder::new_current_thread().build().unwrap();
    one.block_on(async {
        let generated = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&generated);
        let numbers = stream::iter(0..).inspect(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let output = stages_async(numbers, async |n: u64| n, 3);
        // On one thread, whoever can run has run after this many turns.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(generated.load(Ordering::SeqCst), 3 + 1 + 3 + 1);
        output.shutdown().await;
    });
}

fn producer(label: &str, items: usize, seconds: u64) -> Producer {
    Producer {
        label: label.to_owned(),
        items,
        delay: Duration::from_secs(seconds),
    }
}

#[test]
fn producers_that_fail_end_and_the_others_go_on() {
    on_each_runtime(|| async {
        let make = |label: &str, number: usize| {
            assert_ne!((label, number), ("A", 1), "A stops");
            ready(number)
        };
        let staff = [producer("A", 2, 1), producer("B", 2, 1)];
        let clock = VirtualClock::new();
        let items = producers_async(&clock, staff, Some(0), make);
        let items = items.map(|(label, item)| (label, item.ok()));
        let mut items: Vec<_> = items.collect().await;
        items.sort();
        let item = |label: &str, number| (label.to_owned(), number);
        let expected =
            [item("A", None), item("B", Some(1)), item("B", Some(2))];
        assert_eq!(items, expected);
        assert_eq!(clock.now(), Duration::from_secs(2));
    });
}

#[test]
fn producers_that_sleep_can_be_left() {
    on_each_runtime(|| async {
        let (token, held) = token();
        let make = move |_: &str, _| {
            let _held = &token;
            ready(())
        };
        let staff = [producer("soon", 1, 0), producer("never", 1, 1_000_000)];
        let clock = tokio::time::sleep;
        let mut items = producers_async(&clock, staff, None, make);
        let (label, _) = items.recv_async().await.unwrap();
        assert_eq!(label, "soon");
        items.shutdown().await;
        assert_eq!(held(), 0, "a producer outlived the output");
    });
}

/// A sleeper that is aborted leaves the clock, and time goes on without it.
#[test]
fn virtual_time_does_not_wait_for_who_was_aborted() {
    on_each_runtime(|| async {
        let clock = VirtualClock::new();
        let mut mine = clock.task_timer();
        let make = |_: &str, _| ready(());
        let staff = [producer("A", 9, 3), producer("B", 9, 4)];
        let items = producers_async(&clock, staff, None, make);
        items.shutdown().await;
        assert_eq!(clock.now(), Duration::ZERO, "I am awake");
        mine.sleep_async(Duration::from_secs(10)).await;
        assert_eq!(clock.now(), Duration::from_secs(10));
    });
}

#[test]
fn threads_and_tasks_share_a_virtual_clock() {
    on_each_runtime(|| async {
        let clock = VirtualClock::new();
        let (thread, mut task) = (clock.timer(), clock.task_timer());
        let (tx, rx) = channel::unbounded();
        let (told, time) = (tx.clone(), clock.clone());
        let thread = std::thread::spawn(move || {
            for seconds in [2, 4] {
                thread.sleep(Duration::from_secs(seconds));
                told.send(("thread", time.now().as_secs())).unwrap();
            }
        });
        for seconds in [1, 2, 4] {
            task.sleep_async(Duration::from_secs(seconds)).await;
            tx.send(("task", clock.now().as_secs())).unwrap();
        }
        drop(tx);
        drop(task);
        let log: Vec<_> = rx.iter().collect();
        let expected = [
            ("task", 1),
            ("thread", 2),
            ("task", 3),
            ("thread", 6),
            ("task", 7),
        ];
        assert_eq!(log, expected);
        thread.join().unwrap();
    });
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_virtual_sleep_wakes_the_waker_it_was_polled_with_last() {
    let clock = VirtualClock::new();
    let (mut asleep, mut other) = (clock.task_timer(), clock.task_timer());
    let (old, new) = (Arc::<Counter>::default(), Arc::<Counter>::default());
    let mut sleep = pin!(asleep.sleep_async(Duration::from_secs(1)));
    for counter in [&old, &new] {
        let waker = Waker::from(Arc::clone(counter));
        let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    assert_eq!(clock.now(), Duration::ZERO, "the other is awake");
    let other_sleep = other.sleep_async(Duration::from_secs(5));
    assert!(other_sleep.now_or_never().is_none(), "a dropped sleep");
    assert_eq!(clock.now(), Duration::from_secs(1));
    assert_eq!(old.0.load(Ordering::SeqCst), 0);
    assert_eq!(new.0.load(Ordering::SeqCst), 1);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(sleep.as_mut().poll(&mut context), Poll::Ready(()));
    // Who has dropped its sleep is awake, until it drops its timer too.
    drop(other);
    assert_eq!(clock.now(), Duration::from_secs(1));
}
