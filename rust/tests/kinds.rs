//! What a case cannot show of the kinds of channels and of their ends: leaving
//! early, roles that panic, and that no thread is left.

use chanpatterns::channel::{RecvError, TryRecvError};
use chanpatterns::patterns::bounded::read_ahead;
use chanpatterns::patterns::close_on_drop::senders;
use chanpatterns::patterns::mpmc::share_out;
use chanpatterns::patterns::receiver_gone::offer;
use chanpatterns::patterns::rendezvous::lockstep;
use chanpatterns::patterns::unbounded::spool;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

/// The text that `code` panics with.
fn panic_of<R>(code: impl FnOnce() -> R) -> &'static str {
    let result = catch_unwind(AssertUnwindSafe(code));
    let payload = result.err().expect("it panics");
    payload
        .downcast_ref::<&str>()
        .copied()
        .expect("with a text")
}

/// Numbers from 1 on, without end, and how many of them have been made.
fn endless() -> (impl Iterator<Item = u32> + Send, Arc<AtomicU32>) {
    let made = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&made);
    let numbers = (1..).inspect(move |n| counted.store(*n, SeqCst));
    (numbers, made)
}

#[test]
fn spool_passes_a_panic_on_when_all_have_ended() {
    let (numbers, made) = endless();
    let bad: Box<dyn Iterator<Item = u32> + Send> =
        Box::new(iter::once_with(|| panic!("no paper")));
    let good = Box::new(numbers.take(1000));
    assert_eq!(panic_of(|| spool([bad, good])), "a scoped thread panicked");
    assert_eq!(made.load(SeqCst), 1000);
}

#[test]
fn read_ahead_makes_no_more_than_there_is_room_for_and_one() {
    for capacity in [0, 1, 5] {
        let (numbers, made) = endless();
        let (tx, full) = mpsc::channel();
        let full_at = move |n: &u32| tx.send(*n).unwrap();
        let mut output = read_ahead(numbers, capacity as usize, full_at);
        // It waits with the item that found no room.
        assert_eq!(full.recv(), Ok(capacity + 1));
        assert_eq!(made.load(SeqCst), capacity + 1);
        assert_eq!(output.next().unwrap().unwrap(), 1);
        assert_eq!(full.recv(), Ok(capacity + 2));
        assert_eq!(made.load(SeqCst), capacity + 2);
        drop(output); // returns when the endless thread has ended
        assert_eq!(Arc::strong_count(&made), 1);
    }
}

#[test]
fn read_ahead_reports_a_panic_after_what_was_made() {
    let items = (1..=3).inspect(|n| assert_ne!(*n, 3, "three"));
    let items: Vec<_> = read_ahead(items, 8, |_| {}).collect();
    assert_eq!(items.len(), 3);
    assert_eq!(*items[0].as_ref().unwrap(), 1);
    assert_eq!(*items[1].as_ref().unwrap(), 2);
    let panicked = items[2].as_ref().unwrap_err();
    assert!(panicked.message().contains(": three"), "{panicked}");
}

#[test]
fn lockstep_is_never_more_than_one_item_ahead() {
    let (numbers, made) = endless();
    let (tx, early) = mpsc::channel();
    let mut output = lockstep(numbers, move |n| tx.send(*n).unwrap());
    for n in 1..=100 {
        // Nobody receives: item n is made, and no other.
        assert_eq!(early.recv(), Ok(n));
        assert_eq!(made.load(SeqCst), n);
        assert_eq!(output.next().unwrap().unwrap(), n);
    }
    drop(output);
    assert_eq!(Arc::strong_count(&made), 1);
}

#[test]
fn lockstep_reports_a_panic_of_either_closure() {
    let items = (1..=2).inspect(|n| assert_ne!(*n, 2, "two"));
    let items: Vec<_> = lockstep(items, |_| {}).collect();
    assert_eq!(items.len(), 2);
    assert!(items[1].as_ref().unwrap_err().message().contains(": two"));
    let (tx, early) = mpsc::channel();
    let mut output = lockstep(1..=2, move |n| {
        tx.send(*n).unwrap();
        panic!("too early");
    });
    assert_eq!(early.recv(), Ok(1));
    let panicked = output.next().unwrap().unwrap_err();
    assert_eq!(panicked.message(), "too early");
    assert!(output.next().is_none());
}

#[test]
fn share_out_ends_endless_sources_when_all_receivers_leave() {
    for capacity in [None, Some(0), Some(3)] {
        let numbers = || endless().0;
        let taken = share_out([numbers(), numbers()], 3, capacity, |rx| {
            rx.iter().take(5).count()
        });
        assert_eq!(taken, [5, 5, 5]);
        let nobody = share_out([numbers()], 0, capacity, |_| ());
        assert!(nobody.is_empty());
    }
}

#[test]
fn share_out_goes_on_without_a_receiver_that_left() {
    let turn = AtomicU32::new(0);
    let taken: Vec<Vec<u32>> = share_out([1..=100], 2, Some(1), |rx| {
        let leaves = turn.fetch_add(1, SeqCst) == 0;
        rx.iter().take(if leaves { 1 } else { 100 }).collect()
    });
    let mut all: Vec<u32> = taken.concat();
    all.sort();
    assert!(all.into_iter().eq(1..=100));
}

#[test]
fn share_out_passes_panics_on() {
    let taken = |rx: chanpatterns::channel::Receiver<u32>| rx.iter().count();
    let bad = || (1..=3).inspect(|n| assert_ne!(*n, 2, "two"));
    let panic = panic_of(|| share_out([bad()], 2, None, taken));
    assert_eq!(panic, "a scoped thread panicked");
    let panic = panic_of(|| {
        share_out([endless().0], 2, Some(1), |_| -> u32 { panic!("no") })
    });
    assert_eq!(panic, "no");
}

#[test]
fn senders_of_nobody_are_closed_from_the_start() {
    let (none, rx) = senders::<u32>(0);
    assert!(none.is_empty());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_role_that_panics_drops_its_sender_all_the_same() {
    let (senders, rx) = senders(3);
    thread::scope(|scope| {
        let roles: Vec<_> = (0..)
            .zip(senders)
            .map(|(number, tx)| {
                scope.spawn(move || {
                    tx.send(number).unwrap();
                    assert_ne!(number, 1, "one");
                })
            })
            .collect();
        let mut items: Vec<u32> = rx.iter().collect(); // ends
        items.sort();
        assert_eq!(items, [0, 1, 2]);
        assert_eq!(rx.recv(), Err(RecvError));
        let failed = roles.into_iter().filter_map(|role| role.join().err());
        assert_eq!(failed.count(), 1);
    });
}

#[test]
fn offer_tells_what_was_queued_from_what_came_back() {
    for capacity in [Some(0), Some(2)] {
        let offered = offer(1..=9, capacity, |rx| rx.recv());
        assert_eq!(offered.received, Ok(1));
        // What is queued when the receiver leaves was sent.
        let most = 1 + capacity.unwrap_or(0);
        assert!((1..=most).contains(&offered.accepted), "{offered:?}");
        let returned = offered.accepted as u32 + 1..=9;
        assert!(returned.eq(offered.returned));
    }
}

#[test]
fn offer_passes_panics_on() {
    let leaves = |_rx| panic!("no time");
    let offered = || offer(1..=3, Some(0), leaves);
    assert_eq!(panic_of(offered), "no time");
    let items = iter::once_with(|| -> u32 { panic!("no paper") });
    let offered = || offer(items, Some(0), |rx| rx.recv());
    assert_eq!(panic_of(offered), "no paper");
}
