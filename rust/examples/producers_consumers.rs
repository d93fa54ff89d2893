//! Producers and consumers: several of each, and an end.
//!
//! Channels  one for each producer's items, to whichever consumer chooses it;
//!           and one for the stop, to every consumer.
//! Closing   the main thread. A send ends when it is received, so once the
//!           producers have ended, nothing is on its way: then it sends one
//!           stop for each consumer.
//! Agree     exact: what is printed.
//! Sides     rust/examples/producers_consumers.rs
//!           ocaml/examples/producers_consumers.ml
//! Source    E. W. Dijkstra, *Cooperating Sequential Processes* (1965), the
//!           problem; J. H. Reppy, *Concurrent Programming in ML* (1999), the
//!           events to state it with: choose, wrap, guard.

use chanpatterns::event::{
    Channel, Event, choose, guard, new_channel, receive, send,
};
use std::sync::Mutex;
use std::thread;

#[derive(Clone, Copy)]
struct Item {
    producer: usize,
    number: u32,
}

fn produce(count: u32, channel: &Channel<u32>) {
    for number in 1..=count {
        send(channel, number).sync();
    }
}

/// The next item of any producer, labelled with where it comes from.
fn item(channels: &[Channel<u32>]) -> Event<'_, Option<Item>> {
    choose(channels.iter().enumerate().map(|(producer, channel)| {
        receive(channel).wrap(move |number| Some(Item { producer, number }))
    }))
}

fn ending(stop: &Channel<()>) -> Event<'_, Option<Item>> {
    receive(stop).wrap(|()| None)
}

/// The next item, or `None` at the stop. Without room it is the stop alone: the
/// guard looks each time when the event is synchronised.
fn next<'a>(
    channels: &'a [Channel<u32>],
    stop: &'a Channel<()>,
    has_room: impl Fn() -> bool + Send + 'a,
) -> Event<'a, Option<Item>> {
    guard(move || {
        if has_room() {
            choose([item(channels), ending(stop)])
        } else {
            ending(stop)
        }
    })
}

/// The items received, at most `room`.
fn consume(
    channels: &[Channel<u32>],
    room: usize,
    stop: &Channel<()>,
) -> Vec<Item> {
    // Differs: the guard looks at what the loop changes, which Rust allows
    // through a lock; an event may be sent to another thread.
    let items = Mutex::new(Vec::new());
    let has_room = || items.lock().unwrap().len() < room;
    let mut next = next(channels, stop, has_room);
    while let Some(item) = next.sync() {
        items.lock().unwrap().push(item);
    }
    drop(next);
    items.into_inner().unwrap()
}

// What is sure, whoever consumed what.

fn numbers<'a>(
    producer: usize,
    items: impl IntoIterator<Item = &'a Item>,
) -> Vec<u32> {
    let own = items.into_iter().filter(|item| item.producer == producer);
    own.map(|item| item.number).collect()
}

fn main() {
    let room = 7;
    let channels = &[(); 3].map(|()| new_channel());
    let stop = &new_channel();
    let consumed = thread::scope(|scope| {
        let consumers =
            [(); 2].map(|()| scope.spawn(|| consume(channels, room, stop)));
        thread::scope(|scope| {
            for channel in channels {
                scope.spawn(|| produce(4, channel));
            }
        });
        consumers.iter().for_each(|_| send(stop, ()).sync());
        consumers.map(|consumer| consumer.join().unwrap())
    });
    for producer in 0..3 {
        let mut all = numbers(producer, consumed.iter().flatten());
        all.sort();
        let shown: Vec<_> = all.iter().map(u32::to_string).collect();
        println!("producer {producer}: {}", shown.join(" "));
    }
    let in_order = |items: &Vec<Item>| {
        (0..3).all(|producer| numbers(producer, items).is_sorted())
    };
    println!(
        "each consumer has each producer's in order: {}",
        consumed.iter().all(in_order)
    );
    println!(
        "no consumer has more than its room: {}",
        consumed.iter().all(|items| items.len() <= room)
    );
}
