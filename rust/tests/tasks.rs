//! Threads and tasks on the same channel.

use chanpatterns::channel::{self, RecvError, SendError, TryRecvError};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// A waker that counts.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counter() -> (Arc<Counter>, Waker) {
    let counter = Arc::new(Counter::default());
    (Arc::clone(&counter), Waker::from(counter))
}

const CAPACITIES: [Option<usize>; 4] = [None, Some(0), Some(1), Some(3)];

#[test]
fn a_task_receives_what_a_thread_sends() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity(capacity);
        thread::scope(|scope| {
            scope.spawn(move || (0..100).for_each(|n| tx.send(n).unwrap()));
            pollster::block_on(async {
                for n in 0..100 {
                    assert_eq!(rx.recv_async().await, Ok(n));
                }
                assert_eq!(rx.recv_async().await, Err(RecvError));
            });
        });
    }
}

#[test]
fn a_thread_receives_what_a_task_sends() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity(capacity);
        thread::scope(|scope| {
            scope.spawn(move || {
                pollster::block_on(async {
                    for n in 0..100 {
                        tx.send_async(n).await.unwrap();
                    }
                });
            });
            assert!(rx.iter().eq(0..100));
        });
    }
}

#[test]
fn a_receive_that_is_dropped_passes_its_message_on() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity(capacity);
        let (first, first_waker) = counter();
        let (second, second_waker) = counter();
        let mut one = Box::pin(rx.recv_async());
        let mut two = pin!(rx.recv_async());
        let polled = one.as_mut().poll(&mut Context::from_waker(&first_waker));
        assert!(polled.is_pending());
        let mut context = Context::from_waker(&second_waker);
        assert!(two.as_mut().poll(&mut context).is_pending());
        tx.try_send(7).unwrap();
        assert_eq!(first.0.load(Ordering::SeqCst), 1);
        assert_eq!(second.0.load(Ordering::SeqCst), 0);
        drop(one);
        assert_eq!(second.0.load(Ordering::SeqCst), 1);
        assert_eq!(two.as_mut().poll(&mut context), Poll::Ready(Ok(7)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn a_send_that_is_dropped_passes_its_room_on() {
    for capacity in [1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send_many(0..capacity).unwrap();
        let (_, first_waker) = counter();
        let (second, second_waker) = counter();
        let mut one = Box::pin(tx.send_async(10));
        let mut two = pin!(tx.send_async(11));
        let polled = one.as_mut().poll(&mut Context::from_waker(&first_waker));
        assert!(polled.is_pending());
        let mut context = Context::from_waker(&second_waker);
        assert!(two.as_mut().poll(&mut context).is_pending());
        drop(one);
        assert_eq!(rx.recv(), Ok(0));
        assert_eq!(second.0.load(Ordering::SeqCst), 1);
        assert_eq!(two.as_mut().poll(&mut context), Poll::Ready(Ok(())));
        let rest: Vec<_> = rx.try_iter().collect();
        assert_eq!(rest.last(), Some(&11));
        assert_eq!(rest.len(), capacity);
    }
}

#[test]
fn a_waker_that_is_replaced_is_not_woken() {
    let (tx, rx) = channel::rendezvous();
    let (old, old_waker) = counter();
    let (new, new_waker) = counter();
    let mut receive = pin!(rx.recv_async());
    for waker in [&old_waker, &new_waker] {
        let polled = receive.as_mut().poll(&mut Context::from_waker(waker));
        assert!(polled.is_pending());
    }
    tx.try_send(1).unwrap();
    assert_eq!(old.0.load(Ordering::SeqCst), 0);
    assert_eq!(new.0.load(Ordering::SeqCst), 1);
    let mut context = Context::from_waker(&new_waker);
    assert_eq!(receive.as_mut().poll(&mut context), Poll::Ready(Ok(1)));
}

#[test]
#[should_panic(expected = "polled after its completion")]
fn a_future_that_is_polled_after_its_completion_says_so() {
    let (tx, rx) = channel::unbounded();
    tx.send(1).unwrap();
    let mut receive = pin!(rx.recv_async());
    let mut context = Context::from_waker(Waker::noop());
    assert!(receive.as_mut().poll(&mut context).is_ready());
    let _ = receive.as_mut().poll(&mut context);
}

#[test]
fn a_permit_keeps_room_and_the_channel_open() {
    for capacity in [1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        tx.send_many(1..capacity).unwrap();
        let permit = tx.try_reserve().unwrap();
        assert!(tx.try_reserve().unwrap_err().is_full());
        assert!(tx.try_send(0).unwrap_err().is_full());
        drop(tx);
        assert!(!rx.is_closed());
        permit.send(capacity).unwrap();
        assert!(rx.iter().eq(1..=capacity));
    }
}

#[test]
fn a_permit_that_is_dropped_gives_its_room_to_the_next() {
    for capacity in [1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        let mut permits: Vec<_> =
            (0..capacity).map(|_| tx.reserve().unwrap()).collect();
        let (woken, waker) = counter();
        let mut context = Context::from_waker(&waker);
        let mut send = pin!(tx.send_async(1));
        assert!(send.as_mut().poll(&mut context).is_pending());
        permits.pop();
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert_eq!(send.as_mut().poll(&mut context), Poll::Ready(Ok(())));
        assert_eq!(rx.recv(), Ok(1));
    }
}

#[test]
fn room_that_a_permit_gives_back_is_not_overtaken() {
    let (tx, rx) = channel::bounded(1);
    let permit = tx.reserve().unwrap();
    let (woken, waker) = counter();
    let mut context = Context::from_waker(&waker);
    let mut send = pin!(tx.send_async(1));
    assert!(send.as_mut().poll(&mut context).is_pending());
    drop(permit);
    // The one that waits is done, before it has been polled again.
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(send.as_mut().poll(&mut context), Poll::Ready(Ok(())));
}

#[test]
fn what_finds_only_reserved_room_is_not_handed_over_either() {
    for capacity in [1, 3] {
        let (tx, rx) = channel::bounded(capacity);
        let mut permits: Vec<_> =
            (0..capacity).map(|_| tx.reserve().unwrap()).collect();
        let (woken, waker) = counter();
        let mut context = Context::from_waker(&waker);
        let mut receives: Vec<_> =
            (0..3).map(|_| Box::pin(rx.recv_async())).collect();
        for receive in &mut receives {
            assert!(receive.as_mut().poll(&mut context).is_pending());
        }
        assert!(tx.try_send(0).unwrap_err().is_full());
        let mut sends: Vec<_> =
            (1..=3).map(|n| Box::pin(tx.send_async(n))).collect();
        for send in &mut sends {
            assert!(send.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(woken.0.load(Ordering::SeqCst), 0);
        // One place is enough for all, one after another.
        permits.pop();
        let mut received = Vec::new();
        while woken.0.swap(0, Ordering::SeqCst) > 0 {
            sends.retain_mut(|send| {
                send.as_mut().poll(&mut context).is_pending()
            });
            receives.retain_mut(|receive| {
                match receive.as_mut().poll(&mut context) {
                    Poll::Ready(message) => received.push(message.unwrap()),
                    Poll::Pending => return true,
                }
                false
            });
        }
        assert_eq!((received, sends.len()), (vec![1, 2, 3], 0));
    }
}

#[test]
fn a_permit_of_a_rendezvous_is_a_receiver_that_waits() {
    let (tx, rx) = channel::rendezvous();
    assert!(tx.try_reserve().unwrap_err().is_full());
    let (granted, waker) = counter();
    let mut context = Context::from_waker(&waker);
    let mut reserve = pin!(tx.reserve_async());
    assert!(reserve.as_mut().poll(&mut context).is_pending());
    let mut receive = pin!(rx.recv_async());
    assert!(receive.as_mut().poll(&mut context).is_pending());
    assert_eq!(granted.0.load(Ordering::SeqCst), 1);
    let Poll::Ready(Ok(permit)) = reserve.as_mut().poll(&mut context) else {
        panic!("a receiver waits");
    };
    // That receiver is promised.
    assert_eq!(tx.try_send(1).unwrap_err().into_inner(), 1);
    permit.send(2).unwrap();
    assert_eq!(receive.as_mut().poll(&mut context), Poll::Ready(Ok(2)));
}

#[test]
fn a_permit_outlives_the_receivers_and_says_so() {
    for capacity in [None, Some(1), Some(3)] {
        let (tx, rx) = channel::with_capacity(capacity);
        let permit = tx.reserve().unwrap();
        drop((tx, rx));
        assert_eq!(permit.send('m'), Err(SendError('m')));
    }
}

#[test]
fn weak_ends_keep_nothing_open() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity::<u8>(capacity);
        let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
        assert!(weak_tx.upgrade().is_some() && weak_rx.upgrade().is_some());
        assert_eq!((tx.sender_count(), tx.receiver_count()), (1, 1));
        drop(tx);
        assert!(rx.is_closed() && weak_tx.upgrade().is_none());
        drop(rx);
        assert!(weak_rx.upgrade().is_none());
    }
}

#[test]
fn a_close_is_awaited_by_threads_and_tasks() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity::<u8>(capacity);
        let (told, waker) = counter();
        let mut context = Context::from_waker(&waker);
        let mut closed = pin!(tx.closed());
        assert!(closed.as_mut().poll(&mut context).is_pending());
        thread::scope(|scope| {
            let waiting = scope.spawn(|| tx.closed().wait());
            drop(rx);
            waiting.join().unwrap();
        });
        assert_eq!(told.0.load(Ordering::SeqCst), 1);
        assert!(closed.as_mut().poll(&mut context).is_ready());
    }
}

#[test]
fn batches_keep_their_order_and_come_back_unsent() {
    for capacity in [None, Some(1), Some(3)] {
        let (tx, rx) = channel::with_capacity(capacity);
        thread::scope(|scope| {
            let sender = scope.spawn(|| tx.send_many(0..10));
            let mut received = Vec::new();
            while received.len() < 10 {
                let before = received.len();
                let count = rx.recv_many(&mut received, 4).unwrap();
                assert!((1..=4).contains(&count));
                assert_eq!(received.len(), before + count);
            }
            assert!(received.into_iter().eq(0..10));
            sender.join().unwrap().unwrap();
        });
        assert_eq!(rx.recv_many(&mut Vec::new(), 0), Ok(0));
        rx.close();
        assert_eq!(rx.recv_many(&mut Vec::new(), 2), Err(RecvError));
        let unsent = tx.send_many(vec![1, 2]).unwrap_err();
        assert_eq!(unsent.into_inner(), [1, 2]);
    }
}

#[test]
fn a_channel_that_goes_wakes_every_task_that_waits() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity::<u8>(capacity);
        let (woken, waker) = counter();
        let mut context = Context::from_waker(&waker);
        let mut waiting: Vec<_> =
            (0..3).map(|_| Box::pin(rx.recv_async())).collect();
        for receive in &mut waiting {
            assert!(receive.as_mut().poll(&mut context).is_pending());
        }
        drop(tx);
        assert_eq!(woken.0.load(Ordering::SeqCst), 3);
        for receive in &mut waiting {
            let polled = receive.as_mut().poll(&mut context);
            assert_eq!(polled, Poll::Ready(Err(RecvError)));
        }
    }
}

/// A waker that polls its task at once, as an executor may that runs a task on
/// the thread that wakes it.
struct Inline(Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>);

impl Wake for Inline {
    fn wake(self: Arc<Self>) {
        let mut task = self.0.lock().unwrap();
        let waker = Waker::from(Arc::clone(&self));
        let mut context = Context::from_waker(&waker);
        let future = task.as_mut().expect("it is there until it is ready");
        if future.as_mut().poll(&mut context).is_ready() {
            *task = None;
        }
    }
}

#[test]
fn a_waker_may_poll_its_task_at_once() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::with_capacity(capacity);
        let (done, finished) = mpsc::channel();
        let task = Arc::new(Inline(Mutex::new(Some(Box::pin(async move {
            for n in 0..3 {
                assert_eq!(rx.recv_async().await, Ok(n));
            }
            assert_eq!(rx.recv_async().await, Err(RecvError));
            done.send(()).unwrap();
        })))));
        task.wake();
        thread::spawn(move || (0..3).for_each(|n| tx.try_send(n).unwrap()));
        let finished = finished.recv_timeout(Duration::from_secs(60));
        assert_eq!(finished, Ok(()), "the waker met a lock");
    }
}
