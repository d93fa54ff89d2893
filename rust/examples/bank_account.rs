//! Bank account: a thread that owns the balance and serves requests.
//!
//! Channels  requests, to the account; balances, from it: the current one is
//!           always on offer. A withdrawal brings the channel for its answers.
//! Closing   the owner closes, once nobody is left to ask. Who still waits is
//!           refused, and the account's thread ends.
//! Agree     exact: what is printed.
//! Sides     rust/examples/bank_account.rs
//!           ocaml/examples/bank_account.ml
//! Source    J. H. Reppy, *Concurrent Programming in ML* (1999): the storage
//!           cell as a thread, its first example, which here may say no.

use chanpatterns::event::{self, Channel, new_channel};
use std::collections::VecDeque;
use std::thread;

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Granted,
    Refused,
    Waits,
}

struct Withdrawal {
    amount: u32,
    /// Waits where the balance is too low.
    patient: bool,
    answers: Channel<Answer>,
}

enum Request {
    Deposit(u32),
    Withdraw(Withdrawal),
    Close,
}

struct Account {
    requests: Channel<Request>,
    balances: Channel<u32>,
}

fn send<T: Send>(channel: &Channel<T>, x: T) {
    event::send(channel, x).sync();
}

fn receive<T: Send>(channel: &Channel<T>) -> T {
    event::receive(channel).sync()
}

// The account

/// Grants what the balance covers, first come, first served; what is left of
/// it.
fn settle(mut balance: u32, waiting: &mut VecDeque<Withdrawal>) -> u32 {
    while waiting.front().is_some_and(|first| first.amount <= balance) {
        let Some(first) = waiting.pop_front() else {
            break;
        };
        send(&first.answers, Answer::Granted);
        balance -= first.amount;
    }
    balance
}

/// The next request, or `None` if somebody looked at the balance.
fn next_request(account: &Account, balance: u32) -> Option<Request> {
    event::select([
        event::receive(&account.requests).wrap(Some),
        event::send(&account.balances, balance).wrap(|()| None),
    ])
}

/// Nobody overtakes those who wait.
fn serve(mut balance: u32, account: &Account) {
    let mut waiting = VecDeque::new();
    loop {
        match next_request(account, balance) {
            None => {}
            Some(Request::Deposit(amount)) => {
                balance = settle(balance + amount, &mut waiting);
            }
            Some(Request::Withdraw(w))
                if waiting.is_empty() && w.amount <= balance =>
            {
                send(&w.answers, Answer::Granted);
                balance -= w.amount;
            }
            Some(Request::Withdraw(w)) if w.patient => {
                send(&w.answers, Answer::Waits);
                waiting.push_back(w);
            }
            Some(Request::Withdraw(w)) => send(&w.answers, Answer::Refused),
            Some(Request::Close) => break,
        }
    }
    for w in waiting {
        send(&w.answers, Answer::Refused);
    }
}

// Its customers

type Heard = Channel<(u32, Answer)>;

/// Asks for `amount`, and passes each answer on to `heard`.
fn withdraw(account: &Account, patient: bool, amount: u32, heard: &Heard) {
    let answers = new_channel();
    let withdrawal = Withdrawal {
        amount,
        patient,
        answers: answers.clone(),
    };
    send(&account.requests, Request::Withdraw(withdrawal));
    loop {
        let answer = receive(&answers);
        send(heard, (amount, answer));
        if answer != Answer::Waits {
            return;
        }
    }
}

fn save(account: &Account, times: u32) {
    for _ in 0..times {
        send(&account.requests, Request::Deposit(10));
    }
}

fn show(answer: Answer) -> &'static str {
    match answer {
        Answer::Granted => "granted",
        Answer::Refused => "refused",
        Answer::Waits => "waits",
    }
}

fn report(heard: &Heard) {
    let (amount, answer) = receive(heard);
    println!("withdraw {amount}: {}", show(answer));
}

fn main() {
    let (requests, balances) = (new_channel(), new_channel());
    let (account, heard) = (&Account { requests, balances }, &new_channel());
    let balance = || println!("balance {}", receive(&account.balances));
    thread::scope(|server| {
        server.spawn(|| serve(100, account));
        // Everyone has been served once this scope ends.
        thread::scope(|customers| {
            let start = |patient, amount| {
                customers
                    .spawn(move || withdraw(account, patient, amount, heard));
                report(heard);
            };
            start(false, 30);
            start(false, 200);
            balance();
            start(true, 300);
            start(false, 50);
            for _ in 0..3 {
                customers.spawn(|| save(account, 10));
            }
            report(heard);
        });
        balance();
        thread::scope(|customers| {
            customers.spawn(|| withdraw(account, true, 1000, heard));
            report(heard);
            send(&account.requests, Request::Close);
            report(heard);
        });
    });
}
