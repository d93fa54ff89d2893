//! The sliding buffer: the last n, and who is told what fell out.

use chanpatterns::channel::{SendError, TryRecvError, sliding};
use chanpatterns::event;
use std::sync::Mutex;
use std::thread;

mod common;
use common::poll::Task;

fn queued(rx: &sliding::Receiver<u32>) -> Vec<u32> {
    let mut queued = Vec::new();
    rx.observer()
        .for_each_queued(|message| queued.push(*message));
    queued
}

#[test]
fn the_last_ones_remain_in_their_order() {
    for capacity in 1..=4 {
        let (tx, rx) = sliding::bounded(capacity);
        tx.send_many(0..10).unwrap();
        let last = 10 - capacity as u32..10;
        assert!(queued(&rx).into_iter().eq(last.clone()));
        assert!(tx.is_full());
        assert!(rx.try_iter().eq(last));
    }
}

#[test]
fn no_send_waits_whatever_its_form() {
    let (tx, rx) = sliding::bounded(1);
    tx.send(1).unwrap();
    tx.try_send(2).unwrap();
    tx.send_timeout(3, std::time::Duration::ZERO).unwrap();
    Task::new(tx.send_async(4)).ready().unwrap();
    Task::new(tx.send_many_async([5, 6])).ready().unwrap();
    assert_eq!(event::send(&tx, 7).poll(), Some(Ok(())));
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [7]);
}

#[test]
fn an_offer_tells_what_fell_out() {
    let (tx, rx) = sliding::bounded(2);
    assert_eq!(tx.offer(1), Ok(None));
    assert_eq!(tx.offer(2), Ok(None));
    assert_eq!(tx.offer(3), Ok(Some(1)));
    assert_eq!(rx.recv(), Ok(2));
    assert_eq!(tx.offer(4), Ok(None));
    let receive = (rx.recv(), rx.recv());
    assert_eq!(receive, (Ok(3), Ok(4)));
    let receive = Task::waiting(rx.recv_async());
    assert_eq!(tx.offer(5), Ok(None));
    assert_eq!(receive.ready(), Ok(5));
    tx.close();
    assert_eq!(tx.offer(6), Err(SendError(6)));
}

#[test]
fn a_message_that_was_given_out_once_never_falls_out() {
    let (tx, rx) = sliding::bounded(2);
    let receive = Task::waiting(rx.recv_async());
    tx.send_many([1, 2, 3]).unwrap();
    drop(receive);
    assert_eq!(queued(&rx), [1, 2, 3]);
    assert_eq!(tx.offer(4), Ok(Some(2)));
    assert_eq!(queued(&rx), [1, 3, 4]);
    let again = rx.recv().unwrap();
    rx.put_back(again);
    assert_eq!(tx.offer(5), Ok(Some(3)));
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 4, 5]);
    // The places are free again.
    assert_eq!(tx.offer(6), Ok(None));
    assert_eq!(tx.offer(7), Ok(None));
    assert_eq!(tx.offer(8), Ok(Some(6)));
}

#[test]
fn a_permit_waits_for_a_place_and_pushes_nothing_out() {
    let (tx, rx) = sliding::bounded(2);
    tx.send_many([1, 2]).unwrap();
    assert!(tx.try_reserve().unwrap_err().is_full());
    let reserve = Task::waiting(tx.reserve_async());
    // Who reserves does not keep others from sending.
    assert_eq!(tx.offer(3), Ok(Some(1)));
    assert_eq!(rx.recv(), Ok(2));
    assert_eq!(reserve.woken(), 1);
    let permit = reserve.ready().unwrap();
    // There is one place for the others now.
    assert_eq!(tx.offer(4), Ok(Some(3)));
    permit.send(5).unwrap();
    assert_eq!(queued(&rx), [4, 5]);
    assert_eq!(tx.offer(6), Ok(Some(4)));
}

#[test]
fn where_all_places_are_reserved_the_message_itself_falls_out() {
    let (tx, rx) = sliding::bounded(1);
    let permit = tx.reserve().unwrap();
    assert_eq!(tx.offer(1), Ok(Some(1)));
    drop(permit);
    assert_eq!(tx.offer(2), Ok(None));
    assert_eq!(rx.recv(), Ok(2));
}

#[test]
fn at_capacity_zero_only_who_waits_receives() {
    let (tx, rx) = sliding::bounded(0);
    assert_eq!(tx.offer(1), Ok(Some(1)));
    let receive = Task::waiting(rx.recv_async());
    assert_eq!(tx.offer(2), Ok(None));
    drop(receive);
    // It was given out once.
    assert_eq!(tx.offer(3), Ok(Some(3)));
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[cfg(feature = "futures")]
#[test]
fn a_sink_does_not_hold_its_stream_back() {
    use futures_util::{SinkExt, stream};
    let (tx, rx) = sliding::bounded(2);
    let mut sink = tx.into_sink();
    let mut numbers = stream::iter([1, 2, 3, 4].map(Ok));
    Task::new(sink.send_all(&mut numbers)).ready().unwrap();
    assert_eq!(queued(&rx), [3, 4]);
    drop(rx);
    assert_eq!(Task::new(sink.send(5)).ready(), Err(SendError(())));
    Task::new(sink.close()).ready().unwrap();
    assert_eq!(Task::new(sink.send(6)).ready(), Err(SendError(())));
}

/// A message that looks at its channel when it is dropped.
struct Looks(sliding::Receiver<Looks>);

impl Drop for Looks {
    fn drop(&mut self) {
        self.0.len();
    }
}

#[test]
fn what_falls_out_is_dropped_when_nothing_is_locked() {
    let (tx, rx) = sliding::bounded(1);
    let looks = || Looks(rx.clone());
    tx.send(looks()).ok().unwrap();
    tx.send(looks()).ok().unwrap();
    tx.send_many([looks(), looks()]).ok().unwrap();
    drop(tx.offer(looks()));
    // The last one has a receiver, which it takes with it.
    drop(rx.recv());
}

#[test]
fn every_message_is_received_once_or_falls_out_once() {
    const EACH: u32 = 500;
    let (tx, rx) = sliding::bounded(3);
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
                let mut received = Vec::new();
                pollster::block_on(async {
                    loop {
                        // Gives up now and then, with a message or without.
                        let mut task = Task::new(rx.recv_async());
                        if let std::task::Poll::Ready(message) = task.poll() {
                            received.extend(message);
                        }
                        drop(task);
                        match rx.recv_async().await {
                            Ok(message) => received.push(message),
                            Err(_closed) => break,
                        }
                    }
                });
                all.lock().unwrap().extend(received);
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.sort();
    assert!(all.into_iter().eq(0..3 * EACH));
}
