//! One value: it arrives, it comes back, or its end is told.

use chanpatterns::channel::{
    self, RecvError, RecvTimeoutError, SendError, TryRecvError, oneshot,
};
use chanpatterns::event;
use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::poll::Task;

#[test]
fn a_value_that_was_sent_is_received_once() {
    let (tx, rx) = oneshot::channel();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(1).unwrap();
    assert!(rx.is_full() && rx.is_closed());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(rx.recv(), Err(RecvError));
}

/// Looks, as it is woken, whether the channel is closed.
struct Looks {
    receiver: oneshot::Receiver<u8>,
    closed: AtomicBool,
}

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        self.closed
            .store(self.receiver.is_closed(), Ordering::SeqCst);
    }
}

#[test]
fn whoever_is_woken_by_the_value_finds_the_channel_closed() {
    let (tx, receiver) = oneshot::channel();
    let closed = AtomicBool::new(false);
    let looks = Arc::new(Looks { receiver, closed });
    let waker = Waker::from(Arc::clone(&looks));
    let mut receive = pin!(looks.receiver.recv_async());
    let mut context = Context::from_waker(&waker);
    assert!(receive.as_mut().poll(&mut context).is_pending());
    tx.send(1).unwrap();
    assert!(looks.closed.load(Ordering::SeqCst));
    assert_eq!(receive.as_mut().poll(&mut context), Poll::Ready(Ok(1)));
    assert!(!looks.receiver.close());
}

#[test]
fn all_who_wait_are_told() {
    let (tx, rx) = oneshot::channel();
    let mut first = Task::waiting(rx.recv_async());
    let mut second = Task::waiting(rx.recv_async());
    tx.send(1).unwrap();
    assert_eq!(first.poll(), Poll::Ready(Ok(1)));
    assert_eq!(second.woken(), 1);
    assert_eq!(second.poll(), Poll::Ready(Err(RecvError)));
}

#[test]
fn a_thread_waits_for_it() {
    let (tx, rx) = oneshot::channel();
    let (ready, go) = oneshot::channel();
    thread::scope(|scope| {
        let receiver = scope.spawn(move || {
            ready.send(()).unwrap();
            rx.recv()
        });
        go.recv().unwrap();
        tx.send("here").unwrap();
        assert_eq!(receiver.join().unwrap(), Ok("here"));
    });
}

#[test]
fn a_deadline_ends_the_wait_and_not_the_channel() {
    let (tx, rx) = oneshot::channel();
    let late = Err(RecvTimeoutError::Timeout);
    assert_eq!(rx.recv_timeout(Duration::from_millis(2)), late);
    let past = Instant::now();
    assert_eq!(rx.recv_deadline(past), late);
    tx.send(1).unwrap();
    assert_eq!(rx.recv_deadline(past), Ok(1));
    let never = Err(RecvTimeoutError::Closed);
    assert_eq!(rx.recv_timeout(Duration::ZERO), never);
}

#[test]
fn a_sender_that_is_dropped_ends_the_wait() {
    let (tx, rx) = oneshot::channel::<u8>();
    let task = Task::waiting(rx.recv_async());
    drop(tx);
    assert_eq!(task.woken(), 1);
    assert_eq!(task.ready(), Err(RecvError));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_value_comes_back_from_a_receiver_that_has_left() {
    let (tx, rx) = oneshot::channel();
    assert!(!tx.is_closed());
    let closed = Task::waiting(tx.closed());
    drop(rx);
    assert_eq!(closed.woken(), 1);
    closed.ready();
    assert!(tx.is_closed());
    assert_eq!(tx.send(1), Err(SendError(1)));

    let (tx, rx) = oneshot::channel();
    assert!(rx.close() && !rx.close());
    assert_eq!(tx.send(1), Err(SendError(1)));
    assert_eq!(rx.recv(), Err(RecvError));
}

#[test]
fn a_close_after_the_send_leaves_the_value_there() {
    let (tx, rx) = oneshot::channel();
    tx.send(1).unwrap();
    assert!(!rx.close());
    assert_eq!(rx.recv(), Ok(1));
}

#[test]
fn a_task_awaits_it_by_value_and_by_reference() {
    let (tx, rx) = oneshot::channel();
    let mut by_value = Task::waiting(rx.into_future());
    tx.send(1).unwrap();
    assert_eq!(by_value.woken(), 1);
    assert_eq!(by_value.poll(), Poll::Ready(Ok(1)));

    let (tx, rx) = oneshot::channel();
    drop(Task::waiting((&rx).into_future()));
    tx.send(2).unwrap();
    assert_eq!(Task::new(async { (&rx).await }).ready(), Ok(2));
    assert_eq!(Task::new(async { rx.await }).ready(), Err(RecvError));
}

#[test]
#[should_panic(expected = "polled after its completion")]
fn a_future_that_is_polled_after_its_completion_says_so() {
    let (tx, rx) = oneshot::channel();
    tx.send(1).unwrap();
    let mut task = Task::new(rx.into_future());
    assert!(task.poll().is_ready());
    let _ = task.poll();
}

#[test]
fn a_receive_that_is_dropped_with_its_value_leaves_it_there() {
    let (tx, rx) = oneshot::channel();
    let task = Task::waiting(rx.recv_async());
    tx.send(1).unwrap();
    assert!(!rx.is_full(), "the task has it");
    drop(task);
    assert_eq!(rx.recv(), Ok(1));
}

#[test]
fn a_value_is_dropped_with_its_receiver() {
    let value = Rc::new(());
    let (tx, rx) = oneshot::channel();
    tx.send(Rc::clone(&value)).unwrap();
    drop(rx);
    assert_eq!(Rc::strong_count(&value), 1);

    let (tx, rx) = oneshot::channel();
    let task = Task::waiting(rx.into_future());
    tx.send(Rc::clone(&value)).unwrap();
    drop(task); // which had the value
    assert_eq!(Rc::strong_count(&value), 1);
}

#[test]
fn a_dropped_await_gives_a_later_value_back() {
    let (tx, rx) = oneshot::channel();
    drop(Task::waiting(rx.into_future()));
    assert_eq!(tx.send(1), Err(SendError(1)));
}

#[test]
fn it_stands_in_a_choice_with_another_kind() {
    let (tx, rx) = channel::unbounded();
    let (reply, answer) = oneshot::channel();
    let mut either =
        event::choose([event::receive(&rx), event::receive(&answer)]).biased();
    assert_eq!(either.poll(), None);
    thread::scope(|scope| {
        scope.spawn(|| reply.send(1));
        assert_eq!(either.sync(), Ok(1));
        scope.spawn(|| tx.send(2));
        // The reply has come, and will not come again: that is ready.
        assert_eq!(event::receive(&answer).sync(), Err(RecvError));
        assert_eq!(event::receive(&rx).sync(), Ok(2));
    });
    tx.send(3).unwrap();
    assert_eq!(pollster::block_on(&mut either), Ok(3));
    assert_eq!(pollster::block_on(&mut either), Err(RecvError));
}

#[test]
fn a_send_is_ready_at_once_and_only_once() {
    let (tx, rx) = oneshot::channel();
    let mut sent = event::send(tx, 1);
    assert_eq!(sent.sync(), Ok(()));
    assert_eq!(sent.poll(), None);
    assert_eq!(event::receive(rx).sync(), Ok(1));

    let (tx, rx) = oneshot::channel::<u8>();
    let loser = event::choose([event::always(Ok(())), event::send(tx, 1)]);
    assert_eq!(loser.biased().sync(), Ok(()));
    assert_eq!(rx.recv(), Err(RecvError), "the event took the sender along");
}

#[test]
fn threads_race_to_send_to_take_and_to_leave() {
    for round in 0..400 {
        let value = std::sync::Arc::new(());
        let (tx, rx) = oneshot::channel();
        thread::scope(|scope| {
            let theirs = std::sync::Arc::clone(&value);
            let sender = scope.spawn(move || tx.send(theirs));
            let receiver = scope.spawn(move || match round % 3 {
                0 => rx.recv().is_ok(),
                1 => pollster::block_on(async { rx.await }).is_ok(),
                _ => rx.try_recv().is_ok(),
            });
            let received = receiver.join().unwrap();
            let sent = sender.join().unwrap().is_ok();
            assert!(sent || !received);
            assert!(round % 3 == 2 || (sent && received));
        });
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    }
}
