//! What a case cannot show of the patterns: leaving early, roles that panic in
//! odd places, and that no thread is left.

use chanpatterns::channel;
use chanpatterns::clock::{Clock, Timer, VirtualClock};
use chanpatterns::patterns::backpressure::{Stage, chain};
use chanpatterns::patterns::fan_in::fan_in;
use chanpatterns::patterns::fan_out::fan_out;
use chanpatterns::patterns::pipeline::pipeline;
use chanpatterns::patterns::producers::{Producer, producers};
use chanpatterns::patterns::worker_pool::{Order, worker_pool};
use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

/// Something that shows, by its count, who still holds it.
fn token() -> (Arc<()>, impl Fn() -> usize) {
    let token = Arc::new(());
    let watched = Arc::clone(&token);
    (token, move || Arc::strong_count(&watched) - 1)
}

#[test]
fn fan_in_that_is_left_ends_endless_sources() {
    let (token, held) = token();
    let source = move || {
        let token = Arc::clone(&token);
        iter::repeat_with(move || Arc::strong_count(&token))
    };
    let mut output = fan_in([source(), source()]);
    assert!(output.next().is_some());
    drop((output, source));
    assert_eq!(held(), 0, "a source outlived the output");
}

#[test]
fn fan_in_reports_a_panic_after_what_was_yielded() {
    let source = (1..=3).map(|n| if n == 3 { panic!("three") } else { n });
    let items: Vec<_> = fan_in([source])
        .map(|(_, item)| item.map_err(|panicked| panicked.message()))
        .collect();
    assert_eq!(items, [Ok(1), Ok(2), Err("three".to_owned())]);
}

#[test]
fn fan_out_that_is_left_ends_consumers_and_source() {
    let (token, held) = token();
    let (tx, rx) = channel::unbounded();
    let consume = move |_consumer, _item: usize| {
        let _ = tx.send(Arc::strong_count(&token));
    };
    let failures = fan_out(0.., 3, consume).unwrap();
    assert!(rx.recv().is_ok(), "nothing was consumed");
    drop(failures);
    assert_eq!(held(), 0, "a consumer outlived the output");
}

#[test]
fn fan_out_reports_a_source_that_panics() {
    let items = (0..).map(|n| if n == 2 { panic!("no more") } else { n });
    let failures: Vec<_> = fan_out(items, 2, |_, _| ())
        .unwrap()
        .map(|(number, panicked)| (number, panicked.message()))
        .collect();
    assert_eq!(failures, [(2, "no more".to_owned())]);
}

#[test]
fn a_pool_that_is_left_ends_workers_and_feeder() {
    for order in [Order::Completed, Order::Input] {
        let (token, held) = token();
        let work = move |n: u64| n + Arc::strong_count(&token) as u64;
        let mut results = worker_pool(0.., 4, order, work).unwrap();
        assert!(results.next().is_some());
        drop(results);
        assert_eq!(held(), 0, "a worker outlived the output");
    }
}

#[test]
fn a_pool_reports_a_feeder_that_panics() {
    for order in [Order::Completed, Order::Input] {
        let jobs = (0..).map(|n| if n == 5 { panic!("dry") } else { n });
        let mut results: Vec<_> = worker_pool(jobs, 2, order, |n| n * 10)
            .unwrap()
            .map(|(number, result)| (number, result.ok()))
            .collect();
        results.sort();
        let done = (0..5).map(|n| (n, Some(n * 10)));
        assert!(results.into_iter().eq(done.chain([(5, None)])));
    }
}

/// The first job ends only after all others: results in input order wait for
/// it, results as completed do not.
#[test]
fn a_pool_keeps_the_order_that_it_was_asked_for() {
    for (order, first) in [(Order::Completed, 1), (Order::Input, 0)] {
        let (tx, rx) = channel::unbounded::<()>();
        let others = Mutex::new(Some(tx));
        let count = AtomicUsize::new(0);
        let work = move |job: usize| {
            if job == 0 {
                let _ = rx.recv(); // closed by the last of the others
            } else if count.fetch_add(1, Ordering::SeqCst) == 1 {
                *others.lock().unwrap() = None;
            }
        };
        let results = worker_pool(0..3, 2, order, work).unwrap();
        let numbers: Vec<_> = results.map(|(number, _)| number).collect();
        assert_eq!(numbers[0], first, "{order:?}: {numbers:?}");
    }
}

#[test]
fn a_pool_runs_as_many_jobs_at_once_as_it_has_workers() {
    // Five jobs that wait for one another: with fewer than five at once this
    // would not end.
    let barrier = Barrier::new(5);
    let work = move |_job| barrier.wait().is_leader();
    let results = worker_pool(0..5, 5, Order::Completed, work).unwrap();
    let leaders = results.filter(|(_, leads)| *leads.as_ref().unwrap());
    assert_eq!(leaders.count(), 1);
}

#[test]
fn a_pipeline_whose_generator_panics_reports_it_last() {
    let generate = (1..).map(|n| if n == 3 { panic!("empty") } else { n });
    let items = pipeline(
        generate,
        |n| n * n,
        1,
        |items| {
            let text = |item: Result<i32, chanpatterns::Panicked>| {
                item.map_err(|panicked| panicked.message())
            };
            items.map(text).collect::<Vec<_>>()
        },
    );
    assert_eq!(items, [Ok(1), Ok(4), Err("empty".to_owned())]);
}

#[test]
fn a_pipeline_whose_aggregator_panics_stops_its_stages() {
    let (token, held) = token();
    let transform = move |n: u64| n + Arc::strong_count(&token) as u64;
    let left = std::panic::catch_unwind(move || {
        pipeline(0.., transform, 2, |_items| panic!("aggregator"))
    });
    let () = left.map(|never: ()| never).unwrap_or_default();
    assert_eq!(held(), 0, "a stage outlived the pipeline");
}

#[test]
fn a_chain_whose_stage_panics_closes_on_both_sides() {
    let stage: Stage<u8> = Box::new(|n| if n == 2 { panic!("jam") } else { n });
    let (tx, sink) = chain(1, [stage]);
    // Sent until the chain is found closed; nobody waits for ever.
    let refused = (1..).find(|n| tx.send(*n).is_err());
    assert!(refused.is_some_and(|n| n >= 3));
    let mut sink = sink;
    assert_eq!(sink.by_ref().collect::<Vec<_>>(), [1]);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(sink);
    }));
    assert!(panic.is_err(), "the stage's panic passed unseen");
}

#[test]
fn producers_that_fail_end_and_the_others_go_on() {
    let producer = |label: &str| Producer {
        label: label.to_owned(),
        items: 2,
        delay: Duration::from_secs(1),
    };
    let make = |label: &str, number| {
        assert_ne!((label, number), ("A", 1), "A stops");
        number
    };
    let staff = [producer("A"), producer("B")];
    let clock = VirtualClock::new();
    let mut items: Vec<_> = producers(&clock, staff, Some(0), make)
        .map(|(label, item)| (label, item.ok()))
        .collect();
    items.sort();
    let item = |label: &str, number| (label.to_owned(), number);
    let expected = [item("A", None), item("B", Some(1)), item("B", Some(2))];
    assert_eq!(items, expected);
    assert_eq!(clock.now(), Duration::from_secs(2));
}

#[test]
fn virtual_time_waits_for_who_is_awake() {
    let clock = VirtualClock::new();
    let (awake, asleep) = (clock.timer(), clock.timer());
    let (tx, rx) = channel::rendezvous();
    let sleeper = std::thread::spawn(move || {
        tx.send(()).unwrap();
        asleep.sleep(Duration::from_secs(5));
    });
    rx.recv().unwrap();
    // Whether the other sleeps by now or not, time stands while this thread
    // is awake.
    assert_eq!(clock.now(), Duration::ZERO);
    awake.sleep(Duration::from_secs(2));
    assert_eq!(clock.now(), Duration::from_secs(2));
    drop(awake);
    sleeper.join().unwrap();
    assert_eq!(clock.now(), Duration::from_secs(5));
}

#[cfg(feature = "work-stealing")]
#[test]
fn work_stealing_that_is_left_ends_its_workers() {
    use chanpatterns::patterns::work_stealing::{Form, work_stealing};
    for form in [Form::Shared, Form::Deques] {
        let (token, held) = token();
        let (done, watched) = (Arc::new(AtomicUsize::new(0)), 100_000);
        let work = {
            let done = Arc::clone(&done);
            move |n: usize| {
                done.fetch_add(1, Ordering::SeqCst);
                n + Arc::strong_count(&token)
            }
        };
        let loads = [(0..watched).collect(), vec![], vec![]];
        let mut output = work_stealing(form, loads, work).unwrap();
        assert!(output.next().is_some());
        drop(output);
        assert_eq!(held(), 0, "{form:?}: a worker outlived the output");
        let done = done.load(Ordering::SeqCst);
        assert!(done < watched, "{form:?}: all {done} jobs were done");
    }
}
