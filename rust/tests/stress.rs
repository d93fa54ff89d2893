//! Many threads at once: nothing lost, nothing twice, order kept.

use chanpatterns::channel::{
    self, Receiver, RecvTimeoutError, SendTimeoutError, Sender,
};
use std::thread;
use std::time::Duration;

const PRODUCERS: usize = 8;
const CONSUMERS: usize = 4;

type Message = (usize, usize);

/// What one consumer saw of each producer.
#[derive(Clone, Copy, Default)]
struct Seen {
    count: usize,
    sum: usize,
    /// The number of the last message, and one.
    next: usize,
}

/// Sends numbered messages from every producer, and checks what arrives.
fn stress(
    capacity: Option<usize>,
    messages: usize,
    send: impl Fn(&Sender<Message>, Message) + Copy + Send + Sync,
    receive: impl Fn(&Receiver<Message>) -> Option<Message> + Copy + Send + Sync,
) {
    let (tx, rx) = channel::with_capacity(capacity);
    let seen: Vec<[Seen; PRODUCERS]> = thread::scope(|scope| {
        let consumers = [(); CONSUMERS].map(|()| {
            let rx = rx.clone();
            scope.spawn(move || {
                let mut seen = [Seen::default(); PRODUCERS];
                while let Some((producer, number)) = receive(&rx) {
                    let seen = &mut seen[producer];
                    assert!(number >= seen.next, "out of order, or twice");
                    seen.next = number + 1;
                    seen.count += 1;
                    seen.sum += number;
                }
                seen
            })
        });
        for producer in 0..PRODUCERS {
            let tx = tx.clone();
            scope.spawn(move || {
                for number in 0..messages {
                    send(&tx, (producer, number));
                }
            });
        }
        drop(tx);
        consumers.map(|consumer| consumer.join().unwrap()).to_vec()
    });
    for producer in 0..PRODUCERS {
        let of_producer = seen.iter().map(|seen| seen[producer]);
        let count: usize = of_producer.clone().map(|seen| seen.count).sum();
        let sum: usize = of_producer.map(|seen| seen.sum).sum();
        assert_eq!(count, messages);
        assert_eq!(sum, messages * messages.saturating_sub(1) / 2);
    }
    assert!(rx.is_closed() && rx.is_empty());
}

fn patient(capacity: Option<usize>, messages: usize) {
    stress(
        capacity,
        messages,
        |tx, message| tx.send(message).unwrap(),
        |rx| rx.recv().ok(),
    );
}

#[test]
fn eight_producers_four_consumers() {
    for capacity in [Some(0), Some(1), Some(64), None] {
        patient(capacity, 2_000);
    }
}

#[test]
fn eight_producers_four_consumers_that_give_up_all_the_time() {
    let moment = Duration::from_nanos(1);
    for capacity in [Some(0), Some(1), Some(3), None] {
        stress(
            capacity,
            1_000,
            move |tx, mut message| {
                while let Err(back) = tx.send_timeout(message, moment) {
                    assert!(matches!(back, SendTimeoutError::Timeout(_)));
                    message = back.into_inner();
                    thread::yield_now();
                }
            },
            move |rx| loop {
                match rx.recv_timeout(moment) {
                    Ok(message) => return Some(message),
                    Err(RecvTimeoutError::Closed) => return None,
                    Err(RecvTimeoutError::Timeout) => thread::yield_now(),
                }
            },
        );
    }
}

/// 10⁷ messages without a bound, and 10⁷ through 1,024 places:
/// `cargo test --release --test stress -- --ignored`.
#[test]
#[ignore = "some seconds in release, a minute or more in debug"]
fn ten_million_messages() {
    for capacity in [None, Some(1024)] {
        patient(capacity, 10_000_000 / PRODUCERS);
    }
}
