//! The dropping buffer: the first n, and who is told what fell out.

use chanpatterns::channel::{SendError, TryRecvError, dropping};
use chanpatterns::event;
use std::sync::Mutex;
use std::thread;

mod common;
use common::poll::Task;

#[test]
fn the_first_ones_remain_in_their_order() {
    for capacity in 1..=4 {
        let (tx, rx) = dropping::bounded(capacity);
        tx.send_many(0..10).unwrap();
        assert!(tx.is_full());
        assert!(rx.try_iter().eq(0..capacity as u32));
        tx.send(10).unwrap();
        assert_eq!(rx.recv(), Ok(10), "there was room again");
    }
}

#[test]
fn no_send_waits_whatever_its_form() {
    let (tx, rx) = dropping::bounded(1);
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    tx.try_send(3).unwrap();
    tx.send_timeout(4, std::time::Duration::ZERO).unwrap();
    Task::new(tx.send_async(5)).ready().unwrap();
    Task::new(tx.send_many_async([6, 7])).ready().unwrap();
    assert_eq!(event::send(&tx, 8).poll(), Some(Ok(())));
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1]);
}

#[test]
fn an_offer_gives_back_what_fell_out() {
    let (tx, rx) = dropping::bounded(2);
    assert_eq!(tx.offer(1), Ok(None));
    assert_eq!(tx.offer(2), Ok(None));
    assert_eq!(tx.offer(3), Ok(Some(3)));
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(tx.offer(4), Ok(None));
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [2, 4]);
    let receive = Task::waiting(rx.recv_async());
    assert_eq!(tx.offer(5), Ok(None));
    assert_eq!(receive.ready(), Ok(5));
    tx.close();
    assert_eq!(tx.offer(6), Err(SendError(6)));
}

#[test]
fn what_is_sent_by_a_permit_does_not_fall_out() {
    let (tx, rx) = dropping::bounded(2);
    let permit = tx.reserve().unwrap();
    assert_eq!(tx.offer(1), Ok(None));
    assert_eq!(tx.offer(2), Ok(Some(2)));
    let next = Task::waiting(tx.reserve_async());
    permit.send(3).unwrap();
    assert_eq!(next.woken(), 0);
    assert_eq!(rx.recv(), Ok(1));
    // The place goes to who waits for one, not to whoever sends next.
    assert_eq!(tx.offer(4), Ok(Some(4)));
    next.ready().unwrap().send(5).unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [3, 5]);
}

#[test]
fn room_that_is_given_back_is_room() {
    let (tx, rx) = dropping::bounded(1);
    let permit = tx.reserve().unwrap();
    let next = Task::waiting(tx.reserve_async());
    let third = Task::waiting(tx.reserve_async());
    drop(permit);
    assert_eq!((next.woken(), third.woken()), (1, 0));
    drop(next); // it was granted, and leaves
    assert_eq!(third.woken(), 1);
    drop(third);
    assert_eq!(tx.offer(1), Ok(None));
    assert_eq!(rx.recv(), Ok(1));
}

#[test]
fn what_is_put_back_takes_up_room() {
    let (tx, rx) = dropping::bounded(1);
    let receive = Task::waiting(rx.recv_async());
    tx.send(1).unwrap();
    drop(receive);
    assert_eq!(tx.offer(2), Ok(Some(2)));
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(tx.offer(3), Ok(None));
    rx.put_back(1);
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn at_capacity_zero_only_who_waits_receives() {
    let (tx, rx) = dropping::bounded(0);
    assert_eq!(tx.offer(1), Ok(Some(1)));
    let receive = Task::waiting(rx.recv_async());
    assert_eq!(tx.offer(2), Ok(None));
    assert_eq!(receive.ready(), Ok(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    // A receiver that waits is a place to reserve.
    let reserve = Task::waiting(tx.reserve_async());
    let receive = Task::waiting(rx.recv_async());
    let permit = reserve.ready().unwrap();
    assert_eq!(tx.offer(3), Ok(Some(3)), "that receiver is promised");
    permit.send(4).unwrap();
    assert_eq!(receive.ready(), Ok(4));
}

/// A message that looks at its channel when it is dropped.
struct Looks(dropping::Receiver<Looks>);

impl Drop for Looks {
    fn drop(&mut self) {
        self.0.len();
    }
}

#[test]
fn what_falls_out_is_dropped_when_nothing_is_locked() {
    let (tx, rx) = dropping::bounded(1);
    let looks = || Looks(rx.clone());
    tx.send(looks()).ok().unwrap();
    tx.send(looks()).ok().unwrap();
    tx.send_many([looks(), looks()]).ok().unwrap();
    drop(tx.offer(looks()));
    drop(rx.recv());
}

#[test]
fn every_message_is_received_once_or_falls_out_once() {
    const EACH: u32 = 500;
    let (tx, rx) = dropping::bounded(3);
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for producer in 0..3 {
            let (tx, all) = (tx.clone(), &all);
            scope.spawn(move || {
                let numbers = producer * EACH..(producer + 1) * EACH;
                let fell_out: Vec<_> =
                    numbers.filter_map(|n| tx.offer(n).unwrap()).collect();
                all.lock().unwrap().extend(fell_out);
            });
        }
        drop(tx);
        for _ in 0..2 {
            let (rx, all) = (rx.clone(), &all);
            scope.spawn(move || {
                let received: Vec<_> = rx.iter().collect();
                all.lock().unwrap().extend(received);
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.sort();
    assert!(all.into_iter().eq(0..3 * EACH));
}
