//! The semantics of events, as `chanpatterns::event` states them.

use chanpatterns::event::{
    self, Event, after, always, at, choose, guard, never, new_channel, receive,
    select, send, with_nack,
};
use chanpatterns::{Panicked, channel, select};
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) -> impl FnMut() + Send + 'static {
        let log = self.clone();
        move || log.0.lock().unwrap().push(what)
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn the_choice_is_uniform_over_the_flattened_leaves() {
    let nested = || {
        let inner = choose([guard(|| always(1)), guard(|| always(2))]);
        choose([guard(|| always(0)), inner, guard(|| always(3))])
    };
    let mut counts = [0_u32; 4];
    let mut event = nested().seeded(7);
    for _ in 0..40_000 {
        counts[event.sync()] += 1;
    }
    for count in counts {
        assert!((9_600..=10_400).contains(&count), "{counts:?}");
    }
    let run = |seed| {
        let mut event = nested().seeded(seed);
        (0..50).map(|_| event.sync()).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn the_choice_is_uniform_over_channels_too() {
    let pairs = [(); 5].map(|()| channel::unbounded());
    for (tx, _) in &pairs {
        tx.send_many(0..4_000).unwrap();
    }
    let receives = pairs.iter().enumerate().map(|(place, (_, rx))| {
        receive(rx).wrap(move |received| received.map(|_| place).unwrap())
    });
    let mut event = choose(receives).seeded(3);
    let mut counts = [0_u32; 5];
    for _ in 0..15_000 {
        counts[event.sync()] += 1;
    }
    for count in counts {
        assert!((2_850..=3_150).contains(&count), "{counts:?}");
    }
}

#[test]
fn biased_is_the_first_that_is_ready() {
    let (tx, rx) = channel::unbounded();
    let mut event = choose([
        receive(&rx).wrap(|received| received.unwrap()),
        guard(|| always(2)),
        guard(|| always(3)),
    ])
    .biased();
    assert_eq!(event.sync(), 2);
    tx.send(1).unwrap();
    assert_eq!([event.sync(), event.sync()], [1, 2]);
}

/// A sender makes the first channel ready and then the second, over and over,
/// while a receiver looks at both, or waits for either.
#[test]
fn what_was_ready_first_is_taken_before_what_comes_later() {
    const ROUNDS: usize = 20_000;
    let capacities = [None, Some(1), Some(2)];
    for (capacity, waits) in capacities
        .iter()
        .flat_map(|one| [(*one, false), (*one, true)])
    {
        let (first, first_rx) = channel::with_capacity(capacity);
        let (second, second_rx) = channel::with_capacity(capacity);
        let taken = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    first.send(1).unwrap();
                    second.send(2).unwrap();
                    while taken.load(Ordering::SeqCst) <= round {
                        std::hint::spin_loop();
                    }
                }
            });
            let mut either =
                choose([receive(&first_rx), receive(&second_rx)]).biased();
            let mut next = || match waits {
                true => either.sync(),
                false => std::iter::repeat_with(|| either.poll())
                    .find_map(|polled| polled)
                    .expect("it repeats for ever"),
            };
            for _ in 0..ROUNDS {
                let both = [next(), next()];
                taken.fetch_add(1, Ordering::SeqCst);
                assert_eq!(both, [Ok(1), Ok(2)], "{capacity:?}, {waits}");
            }
        });
    }
}

/// Between the looks at two arms of a biased choice something happens.
fn meanwhile<'a, T: 'a>(
    first: Event<'a, T>,
    mut happens: impl FnMut(&mut Context<'_>) + Send + 'a,
    second: Event<'a, T>,
) -> Event<'a, (char, T)> {
    let between = event::ready(poll_fn(move |context| {
        happens(context);
        Poll::<()>::Pending
    }));
    choose([
        first.wrap(|result| ('1', result)),
        between.wrap(|()| unreachable!("it is never ready")),
        second.wrap(|result| ('2', result)),
    ])
    .biased()
}

#[test]
fn what_becomes_ready_while_the_arms_are_looked_at_is_taken_in_order() {
    for capacity in [None, Some(0), Some(1), Some(3)] {
        let (tx, rx) = channel::with_capacity(capacity);
        let mut sending = Box::pin(tx.send_async(1));
        let mut sent = false;
        let happens = |context: &mut Context<'_>| {
            if !std::mem::replace(&mut sent, true) {
                let _ = sending.as_mut().poll(context);
            }
        };
        let mut either = meanwhile(receive(&rx), happens, receive(&rx));
        assert_eq!(either.sync(), ('1', Ok(1)), "{capacity:?}");
    }
}

/// A choice of which the first is not ready and the second is, each of which
/// tells whether it succeeded; `close` is called when the arm between them is
/// polled for the `time`th time: at the first look, or as what was ready is
/// attempted.
fn closed_meanwhile<'a>(
    first: Event<'a, bool>,
    mut close: impl FnMut() + Send + 'a,
    second: Event<'a, bool>,
    time: usize,
) -> Event<'a, (char, bool)> {
    let mut polls = 0;
    let close = move |_: &mut Context<'_>| {
        polls += 1;
        if polls == time {
            close();
        }
    };
    meanwhile(first, close, second)
}

#[test]
fn what_is_closed_while_the_arms_are_looked_at_ends_the_first() {
    let ends_the_first = |mut either: Event<'_, _>, what: &str| {
        assert_eq!(either.sync(), ('1', false), "{what}");
    };
    for time in [1, 2] {
        for capacity in [None, Some(1), Some(3)] {
            let (tx, rx) = channel::with_capacity(capacity);
            let received = receive(&rx).wrap(|received| received.is_ok());
            let sent = send(&tx, 1).wrap(|sent| sent.is_ok());
            let close = || assert!(rx.close());
            let either = closed_meanwhile(received, close, sent, time);
            ends_the_first(either, &format!("{capacity:?}, {time}"));
        }
        for capacity in [1, 3] {
            let (tx, rx) = channel::bounded(capacity);
            tx.send_many(0..capacity).unwrap();
            let sent = send(&tx, 1).wrap(|sent| sent.is_ok());
            let received = receive(&rx).wrap(|received| received.is_ok());
            let close = || {
                drop(rx.drain());
                assert!(rx.close());
            };
            let either = closed_meanwhile(sent, close, received, time);
            ends_the_first(either, &format!("full {capacity}, {time}"));
        }
        let mvar = channel::MVar::empty();
        let taken = receive(&mvar).wrap(|taken| taken.is_ok());
        let put = send(&mvar, 1).wrap(|put| put.is_ok());
        let close = || assert!(mvar.close());
        let either = closed_meanwhile(taken, close, put, time);
        ends_the_first(either, &format!("an empty mvar, {time}"));
        let mvar = channel::MVar::new(1);
        let put = send(&mvar, 2).wrap(|put| put.is_ok());
        let taken = receive(&mvar).wrap(|taken| taken.is_ok());
        let close = || {
            mvar.try_take().unwrap();
            assert!(mvar.close());
        };
        let either = closed_meanwhile(put, close, taken, time);
        ends_the_first(either, &format!("a full mvar, {time}"));
        let (tx, rx) = channel::watch::channel(0);
        let received = receive(&rx).wrap(|received| received.is_ok());
        let sent = send(&tx, 1).wrap(|sent| sent.is_ok());
        let close = || assert!(tx.close());
        let either = closed_meanwhile(received, close, sent, time);
        ends_the_first(either, &format!("a watch, {time}"));
        let (other, other_rx) = channel::unbounded::<u8>();
        let first = receive(&other_rx).wrap(|received| received.is_ok());
        let (tx, rx) = channel::watch::channel(0);
        tx.send(1).unwrap();
        let received = receive(&rx).wrap(|received| received.is_ok());
        let close = || {
            rx.try_recv().unwrap();
            assert!(tx.close() && other.close());
        };
        let either = closed_meanwhile(first, close, received, time);
        ends_the_first(either, &format!("a watch that was read, {time}"));
        let (other, other_rx) = channel::unbounded::<u8>();
        let first = receive(&other_rx).wrap(|received| received.is_ok());
        let mvar = channel::MVar::new(1);
        let read = event::read(&mvar).wrap(|read| read.is_ok());
        let close = || {
            mvar.try_take().unwrap();
            assert!(mvar.close() && other.close());
        };
        let either = closed_meanwhile(first, close, read, time);
        ends_the_first(either, &format!("an mvar that is read, {time}"));
    }
}

#[test]
fn where_one_of_two_is_always_ready_a_poll_finds_it() {
    for capacity in [1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        // What is empty is filled before the send is looked at.
        let fill = |_: &mut Context<'_>| while tx.try_send(1).is_ok() {};
        let received = receive(&rx).wrap(|received| received.is_ok());
        let sent = send(&tx, 2).wrap(|sent| sent.is_ok());
        assert_eq!(meanwhile(received, fill, sent).poll(), Some(('1', true)));
    }
    let never = choose([never::<()>(), never()]).poll();
    assert_eq!(never, None);
}

#[test]
fn what_was_sent_before_the_close_stays_sent() {
    let (tx, rx) = channel::unbounded();
    let mut context = Context::from_waker(Waker::noop());
    let received = receive(&rx).wrap(|received| received.is_ok());
    let sent = send(&tx, 1).wrap(|sent| sent.is_ok());
    let mut choice = pin!(meanwhile(received, |_| {}, sent).into_future());
    assert_eq!(choice.as_mut().poll(&mut context), Poll::Ready(('2', true)));
    rx.close();
    assert_eq!(rx.recv(), Ok(1));
}

#[test]
#[should_panic(expected = "`choose` with no events")]
fn a_choice_of_nothing_is_an_error() {
    select(Vec::<Event<'_, ()>>::new());
}

#[test]
#[should_panic(expected = "`choose` with no events")]
fn to_poll_a_choice_of_nothing_is_an_error() {
    choose(Vec::<Event<'_, ()>>::new()).poll();
}

#[test]
fn a_choice_of_nothing_adds_nothing_to_another() {
    let mut event = choose([choose([]), always(1), choose([])]);
    assert_eq!(event.sync(), 1);
}

#[test]
fn all_guards_are_forced_left_to_right() {
    let log = Log::default();
    let forced = |what| {
        let mut note = log.note(what);
        guard(move || {
            note();
            guard(move || always(what))
        })
    };
    let mut event = choose([forced("a"), choose([forced("b"), forced("c")])]);
    event.sync();
    assert_eq!(log.take(), ["a", "b", "c"]);
    event.poll();
    assert_eq!(log.take(), ["a", "b", "c"], "again for the next one");
}

#[test]
fn the_wrap_runs_before_the_aborts_of_the_losers() {
    let log = Log::default();
    let (mut first, mut outer) = (log.note("wrap 1"), log.note("wrap 2"));
    let winner = always(())
        .wrap(move |()| first())
        .wrap(move |()| outer())
        .wrap_abort(log.note("abort of the winner"));
    let inner = never().wrap_abort(log.note("inner"));
    let loser = inner.wrap_abort(log.note("outer"));
    let last = never().wrap_abort(log.note("last"));
    select([loser, winner, last]);
    // As in OCaml: the last abort first.
    assert_eq!(log.take(), ["wrap 1", "wrap 2", "last", "inner", "outer"]);
}

#[test]
fn an_abort_around_a_choice_is_skipped_if_a_leaf_inside_wins() {
    let log = Log::default();
    let inside = choose([
        always(1).wrap_abort(log.note("the leaf")),
        never().wrap_abort(log.note("its neighbour")),
    ]);
    let mut event = choose([
        inside.wrap_abort(log.note("the choice")),
        never().wrap_abort(log.note("outside")),
    ]);
    assert_eq!(event.sync(), 1);
    assert_eq!(log.take(), ["outside", "its neighbour"]);
}

#[test]
fn a_poll_that_finds_nothing_runs_every_abort_and_fires_every_nack() {
    let log = Log::default();
    let (nacks, taken) = mpsc::channel();
    let mut event = choose([
        never().wrap_abort(log.note("a")),
        with_nack(move |nack| {
            nacks.send(nack).unwrap();
            never().wrap_abort(|| ())
        }),
        never().wrap_abort(log.note("b")),
    ]);
    assert_eq!(event.poll(), None::<()>);
    assert_eq!(log.take(), ["b", "a"]);
    taken.recv().unwrap().sync();
    let soon = Duration::from_millis(1);
    assert_eq!(event.sync_timeout(soon), None);
    assert_eq!(log.take(), ["b", "a"]);
    taken.recv().unwrap().sync();
    drop(event);
    assert_eq!(taken.iter().count(), 0, "there were two synchronisations");
}

#[test]
fn who_is_watched_keeps_its_place_and_may_be_stopped() {
    let log = Log::default();
    let channel = new_channel();
    let (asked, questions) = mpsc::channel();
    let received = thread::scope(|scope| {
        let first = scope.spawn(|| {
            choose([receive(&channel), never().wrap_abort(log.note("lost"))])
                .sync_watched(Duration::ZERO, || asked.send(()).is_ok())
        });
        // It has been asked, so it stands in the queue, and is asked again.
        (0..3).for_each(|_| questions.recv().unwrap());
        let late = scope.spawn(|| receive(&channel).sync());
        while send(&channel, 1).poll().is_none() {
            thread::yield_now();
        }
        let first = first.join().unwrap();
        send(&channel, 2).sync();
        (first, late.join().unwrap())
    });
    assert_eq!(received, (Some(1), 2));
    assert_eq!(log.take(), ["lost"]);
    let mut stopped =
        choose([receive(&channel), never().wrap_abort(log.note("stopped"))]);
    assert_eq!(stopped.sync_watched(Duration::ZERO, || false), None);
    assert_eq!(log.take(), ["stopped"]);
    assert_eq!(send(&channel, 3).poll(), None);
}

#[test]
fn a_wrap_that_panics_has_committed() {
    let log = Log::default();
    let (tx, rx) = channel::rendezvous();
    let (nacks, taken) = mpsc::channel();
    let loser = with_nack(move |nack| {
        nacks.send(nack).unwrap();
        never()
    });
    thread::scope(|scope| {
        let sender = scope.spawn(|| tx.send(1));
        let mut event = choose([
            receive(&rx).wrap(|_| -> () { panic!("in the wrap") }),
            loser.wrap_abort(log.note("never runs")),
        ]);
        let panicked = Panicked::catch(|| event.sync()).unwrap_err();
        assert_eq!(panicked.message(), "in the wrap");
        assert_eq!(sender.join().unwrap(), Ok(()), "the partner goes on");
        taken.recv().unwrap().sync();
        assert_eq!(log.take(), [""; 0]);
        // Nothing is poisoned.
        scope.spawn(|| tx.send(2));
        assert_eq!(rx.recv(), Ok(2));
    });
}

#[test]
fn a_guard_that_panics_chooses_nothing_and_fires_the_nacks_before_it() {
    let (tx, rx) = channel::unbounded();
    tx.send(1).unwrap();
    let (nacks, taken) = mpsc::channel();
    let before = with_nack(move |nack| {
        nacks.send(nack).unwrap();
        never()
    });
    let received = receive(&rx).wrap(|received| received.unwrap());
    let panics = guard(|| panic!("in the guard"));
    let mut event = choose([before, received, panics]);
    let panicked = Panicked::catch(|| event.sync()).unwrap_err();
    assert_eq!(panicked.message(), "in the guard");
    drop(event);
    taken.recv().unwrap().sync();
    assert_eq!(rx.recv(), Ok(1), "nothing was received");
}

#[test]
fn a_nack_does_not_fire_for_the_one_that_is_chosen() {
    let (nacks, taken) = mpsc::channel();
    let mut event = with_nack(move |nack| {
        nacks.send(nack).unwrap();
        choose([never(), always(1), never()])
    });
    assert_eq!(event.sync(), 1);
    drop(event);
    let mut nack: Event<'_, ()> = taken.recv().unwrap();
    assert_eq!(nack.poll(), None);
}

#[test]
fn nobody_meets_itself() {
    for capacity in [0, 1] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send_many((0..capacity).map(|_| 0)).unwrap();
        let mut event = choose([
            send(&tx, 1).wrap(|_| "sent"),
            receive(&rx).wrap(|_| "received"),
        ]);
        let soon = Duration::from_millis(5);
        let expected = (capacity > 0).then_some("received");
        assert_eq!(event.sync_timeout(soon), expected);
    }
}

#[test]
fn two_choices_meet_once() {
    // Each offers both directions on both channels, in opposite orders.
    let (a, b) = (new_channel(), new_channel());
    for _ in 0..2_000 {
        let party = |one: &event::Channel<u8>, two: &event::Channel<u8>, me| {
            select([
                send(one, me).wrap(|()| None),
                receive(two).wrap(Some),
                send(two, me).wrap(|()| None),
                receive(one).wrap(Some),
            ])
        };
        let (left, right) = thread::scope(|scope| {
            let left = scope.spawn(|| party(&a, &b, 1));
            let right = party(&b, &a, 2);
            (left.join().unwrap(), right)
        });
        assert!(matches!((left, right), (None, Some(1)) | (Some(2), None)));
    }
}

#[test]
fn a_choice_that_was_claimed_is_nobody_elses() {
    let ((tx, rx), (other_tx, other)) =
        (channel::rendezvous(), channel::rendezvous());
    let event = choose([receive(&rx), receive(&other)]);
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(event.into_future());
    assert!(future.as_mut().poll(&mut context).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!(other_tx.try_send(2).unwrap_err().into_inner(), 2);
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(Ok(1)));
}

#[test]
fn exactly_one_leaf_commits() {
    const ROUNDS: usize = 20_000;
    let pairs = [(); 3].map(|()| channel::bounded(1));
    let received = AtomicUsize::new(0);
    thread::scope(|scope| {
        for (_, rx) in &pairs {
            let received = &received;
            scope.spawn(move || {
                received.fetch_add(rx.iter().count(), Ordering::SeqCst)
            });
        }
        let mut sent =
            choose(pairs.iter().map(|(tx, _)| guard(move || send(tx, ()))));
        for _ in 0..ROUNDS {
            sent.sync().unwrap();
        }
        for (tx, _) in &pairs {
            tx.close();
        }
    });
    assert_eq!(received.into_inner(), ROUNDS);
}

#[test]
fn a_choice_mixes_kinds_types_directions_and_times() {
    let (numbers_tx, numbers) = channel::unbounded::<u8>();
    let (words_tx, words) = channel::rendezvous::<&str>();
    let (full_tx, full) = channel::bounded::<char>(1);
    full_tx.send('x').unwrap();
    let soon = || Instant::now() + Duration::from_millis(2);
    let once = || {
        choose([
            receive(&numbers).wrap(|n| format!("number {}", n.unwrap())),
            receive(&words).wrap(|word| format!("word {}", word.unwrap())),
            send(&full_tx, 'y').wrap(|_| "sent".to_owned()),
            at(soon()).wrap(|()| "too late".to_owned()),
        ])
        .sync()
    };
    assert_eq!(once(), "too late");
    numbers_tx.send(7).unwrap();
    assert_eq!(once(), "number 7");
    thread::scope(|scope| {
        scope.spawn(|| words_tx.send("hello").unwrap());
        while once() != "word hello" {}
    });
    assert_eq!(full.recv(), Ok('x'));
    assert_eq!(once(), "sent");
    assert_eq!(full.recv(), Ok('y'));
}

#[test]
fn a_loser_keeps_its_message_and_a_winner_gives_it_once() {
    let (tx, rx) = channel::bounded(1);
    let mut event =
        choose([send(&tx, 1).wrap(|_| 's'), guard(|| always('a'))]).biased();
    assert_eq!((event.sync(), event.sync()), ('s', 'a'));
    assert_eq!(rx.recv(), Ok(1));
    let mut held = send(&tx, 2);
    tx.send(0).unwrap();
    assert_eq!(held.poll(), None);
    assert_eq!(held.sync_timeout(Duration::from_millis(1)), None);
    assert_eq!(rx.recv(), Ok(0));
    assert_eq!(held.sync(), Ok(()));
    assert_eq!(rx.recv(), Ok(2));
}

#[test]
fn a_closed_channel_is_ready() {
    for capacity in [None, Some(0), Some(1), Some(3)] {
        let (tx, rx) = channel::with_capacity::<u8>(capacity);
        thread::scope(|scope| {
            let waiting = scope
                .spawn(|| select([receive(&rx).wrap(|r| r.is_err()), never()]));
            tx.close();
            assert!(waiting.join().unwrap());
        });
        assert_eq!(send(&tx, 1).sync().unwrap_err().into_inner(), 1);
    }
}

#[test]
fn a_select_that_times_out_in_a_queue_leaves_no_trace() {
    let (tx, rx) = channel::rendezvous();
    let (other_tx, other) = channel::bounded(2);
    for _ in 0..50 {
        let mut event = choose([receive(&rx), receive(&other)]);
        assert_eq!(event.sync_timeout(Duration::from_micros(10)), None);
    }
    assert!(tx.try_send(1).is_err(), "nobody waits any more");
    other_tx.send(2).unwrap();
    assert_eq!(other.try_recv(), Ok(2));
}

#[test]
fn the_end_of_a_thread_is_an_event() {
    let (tx, rx) = channel::rendezvous();
    let worker = event::spawn(move || rx.iter().sum::<i32>());
    let mut joined = event::joined(&worker);
    assert!(joined.poll().is_none());
    tx.send_many([1, 2, 3]).unwrap();
    drop(tx);
    assert_eq!(joined.sync().unwrap().unwrap(), 6);
    assert!(worker.is_finished());
    assert!(worker.join().is_none(), "the event got it");
    let panics = event::spawn(|| -> () { panic!("no") });
    let ended = event::joined(&panics).sync().unwrap().unwrap_err();
    assert_eq!(ended.message(), "no");
}

#[test]
fn a_future_is_an_event() {
    let (tx, rx) = channel::unbounded();
    let other = new_channel::<u8>();
    let mut event = choose([
        event::ready(async { rx.recv_async().await.unwrap() }),
        receive(&other),
    ]);
    assert_eq!(event.poll(), None);
    thread::scope(|scope| {
        scope.spawn(|| tx.send(1).unwrap());
        assert_eq!(event.sync(), 1);
    });
    let mut panics = event::ready(async { panic!("in the future") });
    let panicked = Panicked::catch(|| -> () { panics.sync() }).unwrap_err();
    assert_eq!(panicked.message(), "in the future");
}

#[test]
fn a_task_awaits_what_a_thread_synchronises_on() {
    let (there, back) = (new_channel(), new_channel());
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..100 {
                select([send(&there, n), after(Duration::MAX)]);
                assert_eq!(receive(&back).sync(), n);
            }
        });
        pollster::block_on(async {
            for n in 0..100 {
                let received = choose([receive(&there), never()]).await;
                assert_eq!(received, n);
                send(&back, n).await;
            }
        });
    });
}

#[test]
fn a_task_is_woken_by_its_time() {
    let begin = Instant::now();
    let delay = Duration::from_millis(3);
    pollster::block_on(async {
        choose([never(), after(delay), after(Duration::from_secs(90))]).await;
    });
    assert!(begin.elapsed() >= delay);
}

#[test]
fn a_future_that_is_dropped_loses_nothing_and_was_not_chosen() {
    for capacity in [None, Some(0), Some(1), Some(3)] {
        let log = Log::default();
        let (tx, rx) = channel::with_capacity(capacity);
        let (_other, never_sent) = channel::unbounded();
        let event = choose([receive(&never_sent), receive(&rx)]);
        let event = event.wrap_abort(log.note("aborted"));
        let mut context = Context::from_waker(Waker::noop());
        let mut future = Box::pin(event.into_future());
        assert!(future.as_mut().poll(&mut context).is_pending());
        tx.try_send(1).unwrap();
        assert_eq!(log.take(), [""; 0]);
        drop(future);
        assert_eq!(log.take(), ["aborted"]);
        assert_eq!(rx.try_recv(), Ok(1), "capacity {capacity:?}");
    }
}

#[test]
fn an_awaited_event_can_be_awaited_again() {
    let (tx, rx) = channel::unbounded();
    tx.send_many([1, 2]).unwrap();
    let mut event = receive(&rx);
    pollster::block_on(async {
        assert_eq!((&mut event).await, Ok(1));
        assert_eq!((&mut event).await, Ok(2));
    });
    let mut context = Context::from_waker(Waker::noop());
    let mut pending = pin!((&mut event).into_future());
    assert!(pending.as_mut().poll(&mut context).is_pending());
    tx.send(3).unwrap();
    assert_eq!(pending.as_mut().poll(&mut context), Poll::Ready(Ok(3)));
}

#[test]
#[cfg(debug_assertions)]
fn to_synchronise_inside_a_task_is_found() {
    let blocks = always(()).wrap(|()| always(1).sync());
    let panicked = Panicked::catch(|| pollster::block_on(blocks.into_future()));
    assert!(panicked.unwrap_err().message().contains("block the task"));
}

#[test]
fn the_macro_lets_bodies_break_and_bind() {
    let (tx, rx) = channel::unbounded();
    tx.send_many(1..=3).unwrap();
    drop(tx);
    let mut seen = Vec::new();
    let last = loop {
        select! {
            received = receive(&rx) => match received {
                Ok(n) => seen.push(n),
                Err(closed) => break closed,
            },
            () = never() => {}
            _ = never::<u8>() => unreachable!(),
        }
    };
    assert_eq!((seen, last), (vec![1, 2, 3], channel::RecvError));
    let nothing = select! {
        () = never() => false,
        default => true,
    };
    assert!(nothing);
}

#[test]
fn ten_thousand_leaves() {
    let pairs: Vec<_> =
        (0..10_000).map(|_| channel::unbounded::<usize>()).collect();
    let mut event = choose(pairs.iter().map(|(_, rx)| receive(rx)));
    thread::scope(|scope| {
        let (asked, ask) = mpsc::channel();
        let pairs = &pairs;
        scope.spawn(move || {
            for place in ask {
                let (tx, _): &(channel::Sender<usize>, _) = &pairs[place];
                tx.send(place).unwrap();
            }
        });
        for place in [0, 9_999, 5_000, 77] {
            asked.send(place).unwrap();
            assert_eq!(event.sync(), Ok(place));
        }
    });
}
