//! Swap channel: two parties meet, and each gets what the other gives.
//!
//! Channels  one, on which every party offers both to send and to receive;
//!           and one for each swap, for the answer of the party that received.
//! Closing   nobody: a party swaps as often as it likes, and ends.
//! Agree     exact: what is printed.
//! Sides     rust/examples/swap_channel.rs
//!           ocaml/examples/swap_channel.ml
//! Source    J. H. Reppy, *Concurrent Programming in ML* (1999), swap channels,
//!           an abstraction that is an event again.

use chanpatterns::event::{
    Channel, Event, choose, guard, new_channel, receive, select, send,
};
use std::thread;

struct Offer<T> {
    value: T,
    answer: Channel<T>,
}

type Swap<T> = Channel<Offer<T>>;

/// Gives `mine` to a party that swaps on the same channel, and is what that one
/// gives. A choice never meets itself, so there must be two. The answer has a
/// channel of its own, or a third party might take it; the guard makes a new
/// one for each synchronisation.
fn swap<'a, T: Copy + Send + 'a>(
    channel: &'a Swap<T>,
    mine: T,
) -> Event<'a, T> {
    guard(move || {
        let answer = new_channel();
        let offer = Offer {
            value: mine,
            answer: answer.clone(),
        };
        let sent = move |()| receive(&answer).sync();
        let received = move |offer: Offer<T>| {
            send(&offer.answer, mine).sync();
            offer.value
        };
        choose([
            send(channel, offer).wrap(sent),
            receive(channel).wrap(received),
        ])
    })
}

// Its users

fn swap_one(channel: &Swap<u32>, x: u32) -> u32 {
    swap(channel, x).sync()
}

fn swap_all(channel: &Swap<u32>, items: [u32; 3]) -> [u32; 3] {
    items.map(|x| swap_one(channel, x))
}

fn show(items: impl IntoIterator<Item = u32>) -> String {
    let items: Vec<_> = items.into_iter().map(|x| x.to_string()).collect();
    items.join(" ")
}

// Two parties swap in turn: each gets the other's items, in order.
fn pair() {
    let channel = new_channel();
    thread::scope(|scope| {
        let ann = scope.spawn(|| swap_all(&channel, [1, 2, 3]));
        let bob = scope.spawn(|| swap_all(&channel, [10, 20, 30]));
        println!("ann received {}", show(ann.join().unwrap()));
        println!("bob received {}", show(bob.join().unwrap()));
    });
}

// Who meets whom is open, but every swap has two sides.
fn crowd() {
    let channel = &new_channel();
    let swaps = thread::scope(|scope| {
        let parties = [0, 1, 2, 3, 4, 5]
            .map(|i| (i, scope.spawn(move || swap_one(channel, i))));
        parties.map(|(mine, party)| (mine, party.join().unwrap()))
    });
    let mutual = |&(mine, theirs): &(u32, u32)| {
        mine != theirs && swaps.contains(&(theirs, mine))
    };
    let all = swaps.iter().all(mutual);
    println!("{} parties, every swap mutual: {all}", swaps.len());
}

// A swap can be one of several choices, and only the chosen one happens.
fn choice() {
    let (left, right) = (new_channel(), new_channel());
    thread::scope(|scope| {
        let ann = scope.spawn(|| swap_one(&left, 1));
        let bob = scope.spawn(|| swap_one(&right, 2));
        let either = |mine| select([swap(&left, mine), swap(&right, mine)]);
        let mut chosen = [either(5), either(5)];
        chosen.sort();
        println!("left and right, chosen twice: {}", show(chosen));
        let received = [ann.join().unwrap(), bob.join().unwrap()];
        println!("left and right received {}", show(received));
    });
}

fn main() {
    pair();
    crowd();
    choice();
}
