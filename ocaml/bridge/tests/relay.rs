//! A thread of OCaml's between two channels of Rust's: nothing is lost, closes
//! run through in both directions, and what goes wrong reaches all the others.
//! Every test has a process of its own, with a deadline.

mod threads;

use chanpatterns::channel::{self, Receiver, Sender};
use chanpatterns_reference::{self as reference, BridgeError, Message, System};
use ocaml_interop::OCamlRuntime;
use rusty_fork::rusty_fork_test;
use std::thread::{self, JoinHandle};

const MESSAGES: u64 = 100_000;

type Ended = Result<u64, BridgeError>;

fn in_text(number: u64) -> Message {
    Ok(number.to_string().into_bytes())
}

fn as_number(message: Message) -> u64 {
    let text = String::from_utf8(message.expect("a message")).unwrap();
    text.parse().expect("a number")
}

fn relay(
    transform: &'static str,
    from: Receiver<Message>,
    to: Sender<Message>,
) -> JoinHandle<Ended> {
    thread::spawn(move || reference::relay(transform, from, to))
}

/// A relay on channels of that capacity, and the other ends of them.
fn relayed(
    transform: &'static str,
    capacity: Option<usize>,
) -> (Sender<Message>, JoinHandle<Ended>, Receiver<Message>) {
    let (tx, from) = channel::with_capacity(capacity);
    let (to, rx) = channel::with_capacity(capacity);
    (tx, relay(transform, from, to), rx)
}

/// Sends until nobody wants more; how many were sent.
fn send_for_ever(tx: &Sender<Message>) -> u64 {
    (0..).take_while(|n| tx.send(in_text(*n)).is_ok()).count() as u64
}

/// None is, the order is kept, and the threads end.
fn nothing_is_lost(capacity: Option<usize>) {
    reference::hello(System::Event).unwrap();
    let before = threads::count();
    let (tx, ocaml, rx) = relayed("square", capacity);
    let rust = thread::spawn(move || {
        let received = rx.iter().map(as_number);
        assert!(received.eq((0..MESSAGES).map(|n| n * n)));
    });
    for n in 0..MESSAGES {
        tx.send(in_text(n)).expect("the relay receives");
    }
    drop(tx);
    rust.join().unwrap();
    assert_eq!(ocaml.join().unwrap(), Ok(MESSAGES));
    assert!(threads::settled(before) <= before);
}

rusty_fork_test! {
    #![rusty_fork(timeout_ms = 120_000)]

    #[test]
    fn nothing_is_lost_in_a_rendezvous() {
        nothing_is_lost(Some(0));
    }

    #[test]
    fn nothing_is_lost_at_1() {
        nothing_is_lost(Some(1));
    }

    #[test]
    fn nothing_is_lost_at_64() {
        nothing_is_lost(Some(64));
    }

    #[test]
    fn nothing_is_lost_without_a_bound() {
        nothing_is_lost(None);
    }

    #[test]
    fn rust_and_ocaml_receive_from_one_channel() {
        let (tx, from) = channel::bounded(8);
        let (to, rx) = channel::bounded(8);
        let ocaml = [(); 2].map(|()| relay("square", from.clone(), to.clone()));
        let rust = thread::spawn(move || {
            from.iter().for_each(|message| {
                let n = as_number(message);
                to.send(in_text(n * n)).expect("somebody collects");
            });
        });
        let sends = thread::spawn(move || {
            (0..MESSAGES).for_each(|n| tx.send(in_text(n)).unwrap());
        });
        let mut received: Vec<u64> = rx.iter().map(as_number).collect();
        received.sort_unstable();
        assert!(received.into_iter().eq((0..MESSAGES).map(|n| n * n)));
        sends.join().unwrap();
        rust.join().unwrap();
        for relay in ocaml {
            relay.join().unwrap().expect("it ends well");
        }
    }

    #[test]
    fn bytes_of_any_kind() {
        let (tx, ocaml, rx) = relayed("reverse", None);
        let all: Vec<u8> = (0..=255).collect();
        let large = [1; 1 << 20];
        for message in [&b""[..], b"\0", &all, &large] {
            tx.send(Ok(message.to_vec())).unwrap();
            let expected: Vec<u8> = message.iter().rev().copied().collect();
            assert_eq!(rx.recv(), Ok(Ok(expected)));
        }
        drop(tx);
        assert_eq!(ocaml.join().unwrap(), Ok(4));
    }

    #[test]
    fn a_receiver_that_leaves_ends_all() {
        let (tx, ocaml, rx) = relayed("square", Some(1));
        let sends = thread::spawn(move || send_for_ever(&tx));
        let received: Vec<_> = rx.iter().take(10).map(as_number).collect();
        drop(rx);
        assert_eq!(received, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
        let passed = ocaml.join().unwrap().expect("to leave is no error");
        let sent = sends.join().unwrap();
        assert!((10..=sent).contains(&passed), "{passed} of {sent}");
    }

    #[test]
    fn an_exception_reaches_both_sides() {
        for capacity in [Some(0), Some(1), None] {
            let (tx, ocaml, rx) = relayed("square", capacity);
            let sends = thread::spawn(move || {
                tx.send(in_text(3)).unwrap();
                tx.send(Ok(b"three".to_vec())).unwrap();
                send_for_ever(&tx)
            });
            assert_eq!(as_number(rx.recv().unwrap()), 9);
            let error = rx.recv().unwrap().expect_err("it raises");
            assert!(matches!(error, BridgeError::Exception(_)), "{error:?}");
            assert!(error.to_string().contains("three"), "{error}");
            assert!(rx.recv().is_err(), "it was the last message");
            assert_eq!(ocaml.join().unwrap(), Err(error));
            sends.join().unwrap();
        }
    }

    #[test]
    fn an_error_runs_through_many_relays() {
        let (tx, first, between) = relayed("square", Some(1));
        let (to, rx) = channel::bounded(1);
        let second = relay("reverse", between, to);
        tx.send(in_text(4)).unwrap();
        assert_eq!(rx.recv(), Ok(Ok(b"61".to_vec())));
        tx.send(Ok(b"four".to_vec())).unwrap();
        let error = rx.recv().unwrap().expect_err("it raises");
        assert_eq!(first.join().unwrap(), Err(error.clone()));
        assert_eq!(second.join().unwrap(), Err(error));
        assert!(tx.send(in_text(5)).is_err());
    }

    #[test]
    fn a_panic_where_it_is_collected_ends_all() {
        let (tx, ocaml, rx) = relayed("square", Some(1));
        let collects = thread::spawn(move || {
            let first = as_number(rx.recv().unwrap());
            std::panic::resume_unwind(Box::new(first));
        });
        send_for_ever(&tx);
        assert!(collects.join().is_err());
        ocaml.join().unwrap().expect("to leave is no error");
    }

    #[test]
    fn no_such_transform() {
        for name in ["cube", "", "square\n", "squäre", " square"] {
            let (tx, ocaml, rx) = relayed(name, Some(1));
            let error = ocaml.join().unwrap().expect_err("there is none");
            assert_eq!(error.kind(), "bad_input", "{name:?}");
            let known = "there is: reverse, square";
            assert!(error.to_string().ends_with(known), "{error}");
            assert_eq!(rx.recv(), Ok(Err(error)));
            assert!(tx.send(in_text(1)).is_err());
        }
    }

    #[test]
    fn a_nested_relay() {
        let (tx, from) = channel::bounded(1);
        let (to, rx) = channel::bounded(1);
        reference::hello(System::Event).unwrap();
        let nested = OCamlRuntime::with_domain_lock(|_| {
            reference::relay("square", from, to)
        });
        assert_eq!(nested, Err(BridgeError::Nested));
        assert_eq!(rx.recv(), Ok(Err(BridgeError::Nested)));
        assert!(tx.send(in_text(1)).is_err());
    }

    #[test]
    fn ocaml_goes_on_while_relays_wait() {
        let waiting: Vec<_> =
            (0..8).map(|_| relayed("square", Some(0))).collect();
        let input = serde_json::json!({"sources": [{"items": [1]}]});
        for _ in 0..100 {
            reference::run(System::Event, "fan_in", &input).unwrap();
        }
        for (tx, ocaml, rx) in waiting {
            tx.send(in_text(3)).unwrap();
            assert_eq!(as_number(rx.recv().unwrap()), 9);
            drop(tx);
            assert_eq!(ocaml.join().unwrap(), Ok(1));
        }
    }
}
