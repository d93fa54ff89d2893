//! The MVar: what is one step, who is served, what a leaver gives back.

use chanpatterns::channel::mvar::TrySwapError;
use chanpatterns::channel::{
    self, MVar, RecvError, RecvTimeoutError, SendError, SendTimeoutError,
    TryRecvError, TrySendError,
};
use chanpatterns::{Panicked, event};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

mod common;
use common::poll::Task;

#[test]
fn it_is_full_or_empty() {
    let mvar = MVar::empty();
    assert_eq!(mvar.try_take(), Err(TryRecvError::Empty));
    assert_eq!(mvar.try_read(), Err(TryRecvError::Empty));
    assert_eq!(mvar.try_swap(0), Err(TrySwapError::Empty(0)));
    assert_eq!(mvar.try_modify(|_| ()), Err(TryRecvError::Empty));
    mvar.put(1).unwrap();
    assert!(mvar.is_full() && !mvar.is_empty());
    assert_eq!(mvar.try_put(2), Err(TrySendError::Full(2)));
    assert_eq!(mvar.try_read(), Ok(1));
    assert_eq!(mvar.try_swap(3), Ok(1));
    assert_eq!(mvar.try_modify(|value| std::mem::replace(value, 4)), Ok(3));
    assert_eq!(mvar.take(), Ok(4));
    assert!(mvar.is_empty());
    let other = mvar.clone();
    assert!(mvar.same_slot(&other) && !mvar.same_slot(&MVar::default()));
}

#[test]
fn a_deadline_ends_the_wait() {
    let mvar = MVar::empty();
    let soon = Duration::from_millis(2);
    assert_eq!(mvar.take_timeout(soon), Err(RecvTimeoutError::Timeout));
    assert_eq!(mvar.read_timeout(soon), Err(RecvTimeoutError::Timeout));
    let past = Instant::now();
    assert_eq!(mvar.take_deadline(past), Err(RecvTimeoutError::Timeout));
    mvar.put_deadline(1, past).unwrap();
    let late = mvar.put_timeout(2, soon);
    assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    assert_eq!(mvar.read_deadline(past), Ok(1));
    assert_eq!(mvar.take_deadline(past), Ok(1));
    // Nobody is left in a queue.
    mvar.put(3).unwrap();
    assert_eq!(mvar.try_take(), Ok(3));
    assert!(mvar.is_empty());
}

#[test]
fn who_waits_is_served_first_come_first_served() {
    let mvar = MVar::empty();
    let takes = [1, 2].map(|_| Task::waiting(mvar.take_async()));
    let puts = [10, 11, 12, 13];
    mvar.try_put(puts[0]).unwrap();
    mvar.try_put(puts[1]).unwrap();
    let taken = takes.map(Task::ready);
    assert_eq!(taken, [Ok(10), Ok(11)]);
    mvar.try_put(puts[2]).unwrap();
    let waiting = Task::waiting(mvar.put_async(puts[3]));
    assert_eq!(mvar.take(), Ok(12));
    assert_eq!(waiting.woken(), 1);
    assert_eq!(mvar.try_put(0), Err(TrySendError::Full(0)));
    assert_eq!(mvar.take(), Ok(13));
    waiting.ready().unwrap();
}

#[test]
fn all_who_wait_to_read_get_the_next_value_before_it_is_taken() {
    let mvar = MVar::empty();
    let take = Task::waiting(mvar.take_async());
    let reads = [1, 2, 3].map(|_| Task::waiting(mvar.read_async()));
    mvar.put("once").unwrap();
    assert!(mvar.is_empty(), "it was taken");
    for read in reads {
        assert_eq!(read.ready(), Ok("once"));
    }
    assert_eq!(take.ready(), Ok("once"));
}

#[test]
fn a_read_leaves_the_value_there() {
    let mvar = MVar::empty();
    let reads = [1, 2].map(|_| Task::waiting(mvar.read_async()));
    mvar.put(vec![7]).unwrap();
    let [one, two] = reads;
    drop(one); // it changes nothing
    assert_eq!(two.ready(), Ok(vec![7]));
    assert_eq!(mvar.read(), Ok(vec![7]));
    assert_eq!(mvar.take(), Ok(vec![7]));
}

#[test]
fn a_swap_that_waits_leaves_its_value_to_the_next_in_line() {
    let mvar = MVar::empty();
    let swap = Task::waiting(mvar.swap_async(20));
    let take = Task::waiting(mvar.take_async());
    mvar.put(10).unwrap();
    assert_eq!(swap.ready(), Ok(10));
    assert_eq!(take.ready(), Ok(20));
    assert!(mvar.is_empty());

    let swap = Task::waiting(mvar.swap_async(20));
    mvar.put(10).unwrap();
    // In one step: the put made it full, with the other value.
    assert_eq!(mvar.try_take(), Ok(20));
    assert_eq!(swap.ready(), Ok(10));
}

#[test]
fn while_a_value_is_lent_nobody_gets_in() {
    let mvar = MVar::new(1);
    let (put, taken) = mvar
        .modify(|value| {
            *value += 1;
            assert!(mvar.is_full());
            assert_eq!(mvar.try_put(9), Err(TrySendError::Full(9)));
            assert_eq!(mvar.try_take(), Err(TryRecvError::Empty));
            assert_eq!(mvar.try_read(), Err(TryRecvError::Empty));
            assert_eq!(mvar.try_modify(|_| ()), Err(TryRecvError::Empty));
            let put = Task::waiting(mvar.put_async(3));
            let take = Task::waiting(mvar.take_async());
            (put, take)
        })
        .unwrap();
    // The value comes first, and makes room for the put that waited.
    assert_eq!(taken.ready(), Ok(2));
    put.ready().unwrap();
    assert_eq!(mvar.take(), Ok(3));
}

#[test]
fn a_change_that_panics_gives_the_value_back() {
    let mvar = MVar::new(1);
    let change = |value: &mut i32| {
        *value = 2;
        panic!("halfway");
    };
    let panicked = Panicked::catch(|| mvar.modify(change)).unwrap_err();
    assert_eq!(panicked.message(), "halfway");
    assert_eq!(mvar.take(), Ok(2));
}

#[test]
fn a_take_that_is_dropped_gives_its_value_to_the_next() {
    let mvar = MVar::empty();
    let one = Task::waiting(mvar.take_async());
    let two = Task::waiting(mvar.take_async());
    mvar.put(1).unwrap();
    drop(one);
    assert_eq!(two.ready(), Ok(1));

    let one = Task::waiting(mvar.take_async());
    mvar.put(1).unwrap();
    mvar.put(2).unwrap();
    let put = Task::waiting(mvar.put_async(3));
    drop(one);
    assert_eq!(mvar.try_read(), Ok(1));
    assert_eq!(mvar.take(), Ok(1));
    assert_eq!(put.woken(), 0, "the slot is still full");
    assert_eq!(mvar.take(), Ok(2));
    assert_eq!(put.woken(), 1);
    assert_eq!(mvar.take(), Ok(3));
}

#[test]
fn a_put_that_is_cancelled_tells_whether_it_was_put() {
    let mvar = MVar::new(1);
    let mut context = Context::from_waker(Waker::noop());
    let mut put = mvar.put_async(2);
    assert!(Pin::new(&mut put).poll(&mut context).is_pending());
    assert_eq!(put.cancel(), Some(2));
    assert_eq!(mvar.take(), Ok(1));
    assert_eq!(mvar.try_take(), Err(TryRecvError::Empty));

    mvar.put(3).unwrap();
    let mut put = mvar.put_async(4);
    assert!(Pin::new(&mut put).poll(&mut context).is_pending());
    assert_eq!(mvar.take(), Ok(3));
    assert_eq!(put.cancel(), None, "its turn had come");
    assert_eq!(mvar.take(), Ok(4));

    mvar.put(5).unwrap();
    let mut put = mvar.put_async(6);
    assert!(Pin::new(&mut put).poll(&mut context).is_pending());
    mvar.close();
    assert_eq!(put.cancel(), Some(6), "a close puts nothing");
    assert_eq!(mvar.take(), Ok(5));
}

#[test]
fn a_put_a_swap_and_a_loan_that_are_dropped_leave_no_trace() {
    let mvar = MVar::new(1);
    let put = Task::waiting(mvar.put_async(2));
    let next = Task::waiting(mvar.put_async(3));
    drop(put);
    assert_eq!(mvar.take(), Ok(1));
    next.ready().unwrap();
    assert_eq!(mvar.take(), Ok(3));

    drop(Task::waiting(mvar.swap_async(9)));
    drop(Task::waiting(mvar.modify_async(|_| unreachable!())));
    mvar.put(4).unwrap();
    assert_eq!(mvar.take(), Ok(4));

    // Those that had met their partner.
    let modify = Task::waiting(mvar.modify_async(|_| unreachable!()));
    mvar.put(5).unwrap();
    assert_eq!(mvar.try_take(), Err(TryRecvError::Empty), "it is lent");
    drop(modify);
    assert_eq!(mvar.take(), Ok(5));
    let swap = Task::waiting(mvar.swap_async(7));
    mvar.put(6).unwrap();
    drop(swap);
    assert_eq!((mvar.take(), mvar.take()), (Ok(6), Ok(7)));
    assert!(mvar.is_empty());
}

#[test]
fn a_close_ends_the_puts_and_leaves_the_value() {
    let mvar = MVar::new(1);
    let put = Task::waiting(mvar.put_async(2));
    let closed = Task::waiting(mvar.closed());
    assert!(mvar.close() && !mvar.close());
    assert_eq!((put.woken(), closed.woken()), (1, 1));
    assert_eq!(put.ready(), Err(SendError(2)));
    assert_eq!(mvar.try_put(3), Err(TrySendError::Closed(3)));
    let late = mvar.put_timeout(3, Duration::ZERO);
    assert_eq!(late, Err(SendTimeoutError::Closed(3)));
    assert_eq!(mvar.read(), Ok(1));
    assert_eq!(mvar.swap(4), Ok(1));
    assert_eq!(mvar.modify(|value| *value += 1), Ok(()));
    assert_eq!(mvar.take(), Ok(5));
    assert_eq!(mvar.take(), Err(RecvError));
    assert_eq!(mvar.read(), Err(RecvError));
    assert_eq!(mvar.swap(6), Err(SendError(6)));
    assert_eq!(mvar.try_swap(6), Err(TrySwapError::Closed(6)));
    assert_eq!(mvar.modify(|_| ()), Err(RecvError));
    let never = Err(RecvTimeoutError::Closed);
    assert_eq!(mvar.take_timeout(Duration::ZERO), never);
}

#[test]
fn a_close_wakes_who_waits_on_an_empty_one() {
    let mvar = MVar::<u32>::empty();
    let take = Task::waiting(mvar.take_async());
    let read = Task::waiting(mvar.read_async());
    let swap = Task::waiting(mvar.swap_async(1));
    let modify = Task::waiting(mvar.modify_async(|_| ()));
    thread::scope(|scope| {
        let (told, waits) = mpsc::channel();
        let other = mvar.clone();
        let thread = scope.spawn(move || {
            told.send(()).unwrap();
            other.take()
        });
        waits.recv().unwrap();
        mvar.close();
        assert_eq!(thread.join().unwrap(), Err(RecvError));
    });
    assert_eq!(take.ready(), Err(RecvError));
    assert_eq!(read.ready(), Err(RecvError));
    assert_eq!(swap.ready(), Err(SendError(1)));
    assert_eq!(modify.ready(), Err(RecvError));
}

#[test]
fn a_value_that_is_lent_at_the_close_comes_back_all_the_same() {
    let mvar = MVar::new(1);
    let (one, two) = mvar
        .modify(|value| {
            *value = 2;
            let one = Task::waiting(mvar.take_async());
            let two = Task::waiting(mvar.take_async());
            mvar.close();
            assert_eq!(mvar.try_take(), Err(TryRecvError::Empty));
            assert_eq!((one.woken(), two.woken()), (0, 0));
            (one, two)
        })
        .unwrap();
    assert_eq!(one.ready(), Ok(2));
    assert_eq!(two.woken(), 1);
    assert_eq!(two.ready(), Err(RecvError));
}

/// A value whose clone does something first, once.
struct Cloned<F: Fn()> {
    before: Arc<F>,
    count: Arc<AtomicUsize>,
}

impl<F: Fn()> Clone for Cloned<F> {
    fn clone(&self) -> Self {
        if self.count.fetch_add(1, Ordering::SeqCst) == 0 {
            (self.before)();
        }
        Cloned {
            before: Arc::clone(&self.before),
            count: Arc::clone(&self.count),
        }
    }
}

#[test]
fn a_take_in_the_middle_of_a_clone_does_not_wait_for_it() {
    let count = Arc::new(AtomicUsize::new(0));
    let mvar = MVar::empty();
    let taken = Arc::new(AtomicUsize::new(0));
    let (weak, took) = (mvar.clone(), Arc::clone(&taken));
    // The clone takes the value that is being cloned.
    let before = Arc::new(Box::new(move || {
        let value: Result<Cloned<Box<dyn Fn() + Send + Sync>>, _> =
            weak.try_take();
        took.fetch_add(value.is_ok() as usize, Ordering::SeqCst);
    }) as Box<dyn Fn() + Send + Sync>);
    let (before, counter) = (before, Arc::clone(&count));
    let value = Cloned {
        before,
        count: counter,
    };
    mvar.put(value).ok().unwrap();
    assert!(mvar.read().is_ok());
    assert_eq!(taken.load(Ordering::SeqCst), 1);
    assert!(mvar.is_empty());
    assert_eq!(count.load(Ordering::SeqCst), 2, "the take cloned, too");
    mvar.close();
}

#[test]
fn who_only_takes_need_not_be_able_to_clone_or_to_share() {
    // `Cell` cannot be shared, `Rc` not even sent.
    let mvar = MVar::new(Cell::new(1));
    thread::scope(|scope| {
        scope.spawn(|| mvar.modify(|cell| cell.set(2)).unwrap());
    });
    assert_eq!(mvar.take().unwrap().get(), 2);
    let mvar = MVar::new(std::rc::Rc::new(3));
    assert_eq!(*mvar.swap(std::rc::Rc::new(4)).unwrap(), 3);
    assert_eq!(*mvar.take().unwrap(), 4);
}

#[test]
fn a_take_is_a_lock_and_a_change_is_one_step() {
    const EACH: u32 = 400;
    let mvar = MVar::new(0_u32);
    let inside = AtomicUsize::new(0);
    thread::scope(|scope| {
        for party in 0..6 {
            let (mvar, inside) = (&mvar, &inside);
            let alone = move || {
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                thread::yield_now();
                inside.fetch_sub(1, Ordering::SeqCst);
            };
            scope.spawn(move || {
                for _ in 0..EACH {
                    match party % 3 {
                        0 => {
                            let count = mvar.take().unwrap();
                            alone();
                            mvar.put(count + 1).unwrap();
                        }
                        1 => mvar
                            .modify(|count| {
                                alone();
                                *count += 1;
                            })
                            .unwrap(),
                        _ => pollster::block_on(async {
                            // Leaves now and then, with the value or without.
                            let mut leaver = Task::new(mvar.take_async());
                            if let std::task::Poll::Ready(count) = leaver.poll()
                            {
                                mvar.put(count.unwrap()).unwrap();
                            }
                            drop(leaver);
                            mvar.modify_async(|count| {
                                alone();
                                *count += 1;
                            })
                            .await
                            .unwrap();
                        }),
                    }
                }
            });
        }
    });
    assert_eq!(mvar.take(), Ok(6 * EACH));
}

/// No value is lost or doubled, and a reader sees only values that were there.
#[test]
fn threads_put_take_swap_and_read() {
    const EACH: u32 = 300;
    let mvar = MVar::empty();
    let taken = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        let readers = (0..2).map(|_| {
            scope.spawn(|| {
                while let Ok(value) = mvar.read() {
                    assert!(value <= 2 * EACH);
                    thread::yield_now();
                }
            })
        });
        let readers: Vec<_> = readers.collect();
        let takers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    while let Ok(value) = mvar.take() {
                        taken.lock().unwrap().push(value);
                    }
                })
            })
            .collect();
        let putters: Vec<_> = (0..2)
            .map(|party| {
                let mvar = &mvar;
                scope.spawn(move || {
                    let numbers = party * EACH..(party + 1) * EACH;
                    numbers.for_each(|n| mvar.put(n).unwrap());
                })
            })
            .collect();
        let swapper = scope.spawn(|| {
            let mut hand = 2 * EACH;
            loop {
                match mvar.swap(hand) {
                    Ok(old) => hand = old,
                    Err(SendError(back)) => break back,
                }
            }
        });
        putters
            .into_iter()
            .for_each(|putter| putter.join().unwrap());
        mvar.close();
        takers.into_iter().for_each(|taker| taker.join().unwrap());
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
        taken.lock().unwrap().push(swapper.join().unwrap());
    });
    let mut taken = taken.into_inner().unwrap();
    taken.sort();
    assert!(taken.into_iter().eq(0..=2 * EACH));
}

/// A value that looks at its MVar when it is dropped.
struct Looks(MVar<Looks>);

impl Drop for Looks {
    fn drop(&mut self) {
        self.0.is_full();
    }
}

#[test]
fn values_are_dropped_when_nothing_is_locked() {
    let mvar = MVar::empty();
    let looks = || Looks(mvar.clone());
    let swap = Task::waiting(mvar.swap_async(looks()));
    let late = Task::waiting(mvar.swap_async(looks()));
    mvar.put(looks()).ok().unwrap();
    drop(swap);
    drop(late);
    drop((mvar.try_take(), mvar.try_take(), mvar.try_take()));
    let put = (mvar.put(looks()), Task::waiting(mvar.put_async(looks())));
    mvar.close();
    drop(put);
    drop(mvar.try_take());
    assert!(mvar.is_empty());
}

/// A waker that uses the MVar.
struct Puts(MVar<u32>);

impl std::task::Wake for Puts {
    fn wake(self: Arc<Self>) {
        let _ = self.0.try_put(2);
    }
}

#[test]
fn wakers_run_when_nothing_is_locked() {
    use std::future::Future;
    let mvar = MVar::empty();
    let waker = std::task::Waker::from(Arc::new(Puts(mvar.clone())));
    let mut context = std::task::Context::from_waker(&waker);
    let mut take = Box::pin(mvar.take_async());
    assert!(take.as_mut().poll(&mut context).is_pending());
    mvar.put(1).unwrap();
    assert_eq!(mvar.take(), Ok(2));
    let polled = take.as_mut().poll(&mut context);
    assert_eq!(polled, std::task::Poll::Ready(Ok(1)));
    let mut put = Box::pin(mvar.put_async(3));
    mvar.put(4).unwrap();
    assert!(put.as_mut().poll(&mut context).is_pending());
    mvar.close();
    let polled = put.as_mut().poll(&mut context);
    assert_eq!(polled, std::task::Poll::Ready(Err(SendError(3))));
}

#[test]
fn it_stands_in_a_choice_with_other_kinds() {
    let mvar = MVar::empty();
    let (tx, rx) = channel::rendezvous();
    let mut either = event::choose([
        event::receive(&mvar).wrap(|taken| taken.unwrap()),
        event::receive(&rx).wrap(|received| received.unwrap()),
    ]);
    assert_eq!(either.poll(), None);
    thread::scope(|scope| {
        scope.spawn(|| mvar.put(1).unwrap());
        assert_eq!(either.sync(), 1);
        scope.spawn(|| tx.send(2).unwrap());
        assert_eq!(either.sync(), 2);
        // And as a task.
        scope.spawn(|| mvar.put(3).unwrap());
        assert_eq!(pollster::block_on(&mut either), 3);
    });
    mvar.put(4).unwrap();
    assert_eq!(either.sync(), 4);
    assert!(mvar.is_empty());
}

#[test]
fn a_put_a_read_and_a_swap_are_events() {
    let mvar = MVar::new(1);
    let (_tx, rx) = channel::unbounded::<u8>();
    let mut put = event::choose([
        event::send(&mvar, 2).wrap(|put| put.is_ok()),
        event::receive(&rx).wrap(|_| false),
    ]);
    assert_eq!(put.poll(), None);
    thread::scope(|scope| {
        let putting = scope.spawn(|| put.sync());
        assert_eq!(mvar.take(), Ok(1));
        assert!(putting.join().unwrap());
    });
    assert_eq!(put.poll(), None, "it has nothing to put any more");

    let mut read = event::read(&mvar);
    assert_eq!((read.sync(), read.sync()), (Ok(2), Ok(2)));
    let mut swap = event::swap(&mvar, 3);
    assert_eq!(swap.sync(), Ok(2));
    assert_eq!(swap.poll(), None);
    assert_eq!(mvar.take(), Ok(3));

    let mut read = Task::waiting(std::future::IntoFuture::into_future(read));
    let mut swap = Task::waiting(std::future::IntoFuture::into_future(
        event::swap(&mvar, 5),
    ));
    mvar.put(4).unwrap();
    assert_eq!(read.poll(), std::task::Poll::Ready(Ok(4)));
    assert_eq!(swap.poll(), std::task::Poll::Ready(Ok(4)));
    mvar.close();
    assert_eq!(mvar.take(), Ok(5));
    assert_eq!(event::receive(&mvar).sync(), Err(RecvError));
    assert_eq!(event::read(&mvar).sync(), Err(RecvError));
    assert_eq!(event::send(&mvar, 6).sync(), Err(SendError(6)));
    assert_eq!(event::swap(&mvar, 6).sync(), Err(SendError(6)));
}

#[test]
fn a_choice_does_not_meet_itself() {
    let mvar = MVar::empty();
    let mut both = event::choose([
        event::receive(&mvar).wrap(|taken| taken.unwrap()),
        event::send(&mvar, 1).wrap(|put| put.map(|()| 0).unwrap()),
    ]);
    // The slot is empty: the put commits, and the value stays there.
    assert_eq!(both.sync(), 0);
    assert!(mvar.is_full());
    assert_eq!(both.sync(), 1);
    assert_eq!(both.poll(), None);
}

#[test]
fn a_choice_that_is_lost_gives_nothing_away() {
    let mvar = MVar::empty();
    let (tx, rx) = channel::unbounded();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut either = event::choose([
                    event::receive(&mvar).wrap(|taken| taken.is_ok()),
                    event::receive(&rx)
                        .wrap(|received: Result<(), _>| received.is_ok()),
                ]);
                while either.sync() {}
            });
        }
        for n in 0..500 {
            mvar.put(n).unwrap();
            tx.send(()).unwrap();
        }
        // Both are ready to say so only when what was there has been taken.
        mvar.close();
        drop(tx);
    });
    assert!(mvar.is_empty() && rx.is_closed());
}
