//! Buffered channel: a queue between two channels that have none.
//!
//! Channels  input, to the server that owns the queue; output, from it. Both
//!           are ordinary channels, so either end can be part of a choice.
//! Closing   the sender sends `None` last; it is queued like an item. Once it
//!           has left, the server has nothing more to offer, and ends.
//! Agree     exact: what is printed.
//! Sides     rust/examples/buffered_channel.rs
//!           ocaml/examples/buffered_channel.ml
//! Source    C. A. R. Hoare, *Communicating Sequential Processes* (1978), 5.1,
//!           the bounded buffer; J. H. Reppy, *CML: A Higher-Order Concurrent
//!           Language* (1991), buffered channels built from events.

use chanpatterns::event::{Channel, Event, new_channel, receive, select, send};
use std::collections::VecDeque;
use std::thread;

struct Buffer<T> {
    input: Channel<Option<T>>,
    output: Channel<Option<T>>,
}

enum Step<T> {
    Arrived(Option<T>),
    Left,
}

// The server

fn arrival<T: Send>(buffer: &Buffer<T>) -> Event<'_, Step<T>> {
    receive(&buffer.input).wrap(Step::Arrived)
}

// Differs: in OCaml the front stays in the queue while it is offered; a Rust
// value has one owner, so what is offered is a copy.
fn departure<T: Send>(
    buffer: &Buffer<T>,
    front: Option<T>,
) -> Event<'_, Step<T>> {
    send(&buffer.output, front).wrap(|()| Step::Left)
}

/// Receives while there is room, and sends the front of the queue while there
/// is one.
fn serve<T: Clone + Send>(capacity: usize, buffer: &Buffer<T>) {
    let mut queue = VecDeque::new();
    let mut ended = false;
    loop {
        let room = !ended && queue.len() < capacity;
        let arrivals = room.then(|| arrival(buffer));
        let front = queue.front().cloned();
        let departures = front.map(|front| departure(buffer, front));
        if !room && departures.is_none() {
            return; // A choice of nothing would be an error.
        }
        match select(arrivals.into_iter().chain(departures)) {
            Step::Arrived(item) => {
                ended = item.is_none();
                queue.push_back(item);
            }
            Step::Left => drop(queue.pop_front()),
        }
    }
}

const UNBOUNDED: usize = usize::MAX;

/// Runs `body`, which must send the end and receive it, with a buffer of
/// `capacity`, which is 1 or more.
fn with_buffer<T: Clone + Send, R>(
    capacity: usize,
    body: impl FnOnce(&Buffer<T>) -> R,
) -> R {
    let (input, output) = (new_channel(), new_channel());
    let buffer = Buffer { input, output };
    thread::scope(|scope| {
        scope.spawn(|| serve(capacity, &buffer));
        body(&buffer)
    })
}

// Its users

fn send_all(buffer: &Buffer<u32>, items: &[u32]) {
    for &x in items {
        send(&buffer.input, Some(x)).sync();
    }
    send(&buffer.input, None).sync();
}

fn receive_all(buffer: &Buffer<u32>) -> Vec<u32> {
    std::iter::from_fn(|| receive(&buffer.output).sync()).collect()
}

// Nobody receives before the last item has been sent.
fn fill(items: &[u32], buffer: &Buffer<u32>) -> Vec<u32> {
    send_all(buffer, items);
    receive_all(buffer)
}

fn pass(items: &[u32], buffer: &Buffer<u32>) -> Vec<u32> {
    thread::scope(|scope| {
        scope.spawn(|| send_all(buffer, items));
        receive_all(buffer)
    })
}

/// Offers both, and says which one happened.
fn send_or_receive(buffer: &Buffer<u32>, x: u32) -> String {
    select([
        send(&buffer.input, Some(x)).wrap(move |()| format!("sent {x}")),
        receive(&buffer.output).wrap(|item| {
            let item = item.expect("the end comes last");
            format!("received {item}")
        }),
    ])
}

// Empty, a buffer can only be sent to; full, only received from. One with a
// capacity of 1 is always one or the other.
fn alternate(items: &[u32], buffer: &Buffer<u32>) -> Vec<u32> {
    for &x in items {
        println!("capacity 1: {}", send_or_receive(buffer, x));
    }
    pass(&[], buffer)
}

fn report(what: &str, items: Vec<u32>) {
    let items: Vec<_> = items.iter().map(u32::to_string).collect();
    println!("{what}: {}", items.join(" "));
}

fn main() {
    let items: Vec<u32> = (1..=9).collect();
    let left_over = with_buffer(1, |buffer| alternate(&items, buffer));
    report("capacity 1, left over", left_over);
    let filled = with_buffer(UNBOUNDED, |buffer| fill(&items, buffer));
    report("unbounded, filled first", filled);
    let passed = with_buffer(3, |buffer| pass(&items, buffer));
    report("capacity 3, two threads", passed);
}
