//! Sieve: a daisy chain of filters, one for each prime.
//!
//! Channels  one between any two neighbours of the chain: the counter first,
//!           then a filter for each prime so far, and the head at the end.
//! Closing   the counter sends `None` after its last number. Each filter
//!           passes it on and ends; at the head it ends the program.
//! Agree     exact: what is printed.
//! Sides     rust/examples/sieve.rs
//!           ocaml/examples/sieve.ml
//! Source    C. A. R. Hoare, *Communicating Sequential Processes* (1978), 6.1;
//!           J. H. Reppy, *Concurrent Programming in ML* (1999), the sieve,
//!           one of its first examples, where the numbers have no end.

use chanpatterns::event::{self, Channel};
use std::thread;

type Numbers = Channel<Option<u32>>;

fn send(channel: &Numbers, x: Option<u32>) {
    event::send(channel, x).sync();
}

fn receive(channel: &Numbers) -> Option<u32> {
    event::receive(channel).sync()
}

/// Sends 2, 3, and so on up to `limit`.
fn count(limit: u32, output: &Numbers) {
    (2..=limit).for_each(|n| send(output, Some(n)));
    send(output, None);
}

/// Passes on what `prime` does not divide.
fn filter(prime: u32, input: &Numbers, output: &Numbers) {
    while let Some(n) = receive(input) {
        if n % prime != 0 {
            send(output, Some(n));
        }
    }
    send(output, None);
}

/// The primes up to `limit`. What comes out of the chain is divided by none of
/// its primes: it is the next one, and gets a filter.
fn sieve(limit: u32) -> Vec<u32> {
    let mut input = event::new_channel();
    let numbers = input.clone();
    let counter = thread::spawn(move || count(limit, &numbers));
    let (mut threads, mut primes) = (vec![counter], Vec::new());
    while let Some(prime) = receive(&input) {
        let output = event::new_channel();
        let (from, to) = (input, output.clone());
        threads.push(thread::spawn(move || filter(prime, &from, &to)));
        primes.push(prime);
        input = output;
    }
    for thread in threads {
        thread.join().expect("no filter panics");
    }
    primes
}

fn main() {
    let primes = sieve(100);
    let shown: Vec<_> = primes.iter().map(u32::to_string).collect();
    println!("{}", shown.join(" "));
    println!("{} primes up to 100", primes.len());
}
