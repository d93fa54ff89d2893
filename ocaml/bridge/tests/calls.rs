//! What a call costs, and that a million of them leave nothing behind.

mod threads;

use chanpatterns::channel::{self, Receiver, Sender};
use chanpatterns_reference::{
    self as reference, BridgeError, Message, System, faults,
};
use serde_json::json;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

type Ended = Result<u64, BridgeError>;

/// What this process has in memory, in KiB; 0 where there is no `/proc`.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The processor time that this process has used: what a call costs on a machine
/// that is busy with other things as well.
fn processor() -> Duration {
    // SAFETY: a `timespec` of zeroes is one, and it lives as long as the call.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time);
        time
    };
    let whole = Duration::from_secs(time.tv_sec as u64);
    whole + Duration::from_nanos(time.tv_nsec as u64)
}

/// More than the allocators' own play, less than ten bytes a call.
const PLAY_KIB: u64 = 8 * 1024;

/// OCaml 4.13 by itself, without anything of ours, keeps 4 KiB of every thread
/// that it ever made: `Thread.join (Thread.create ignore ())` in a loop shows it.
fn kept_by_ocaml(threads: u32) -> u64 {
    let on_4 = env!("OCAML_VERSION").starts_with("4.");
    if on_4 { u64::from(threads) * 5 } else { 0 }
}

/// The same calls twice: what is kept after the first time may not grow.
/// `threads` of OCaml's are made by each.
fn flat(what: &str, calls: u32, threads: u32, call: impl Fn()) {
    (0..calls.div_ceil(10)).for_each(|_| call());
    let before = resident();
    let (began, used) = (Instant::now(), processor());
    (0..calls).for_each(|_| call());
    let (each, used) = (began.elapsed() / calls, processor() - used);
    let after = resident();
    println!(
        "OCaml {}: {what}: {calls} calls, {} ns each ({} ns of processor), \
         {before} KiB before, {after} KiB after",
        env!("OCAML_VERSION"),
        each.as_nanos(),
        used.as_nanos() / u128::from(calls),
    );
    let most = before + PLAY_KIB + kept_by_ocaml(calls * threads);
    assert!(after <= most, "{before} KiB, then {after} KiB");
}

/// The ends of a relay's channels that are not the relay's, and the relay.
fn relayed() -> (Sender<Message>, Receiver<Message>, JoinHandle<Ended>) {
    let (tx, from) = channel::bounded(1);
    let (to, rx) = channel::bounded(1);
    let relay = move || reference::relay("reverse", from, to);
    (tx, rx, thread::spawn(relay))
}

fn there_and_back(tx: &Sender<Message>, rx: &Receiver<Message>) {
    tx.send(Ok(b"ab".to_vec())).expect("the relay receives");
    assert_eq!(rx.recv(), Ok(Ok(b"ba".to_vec())));
}

#[test]
#[ignore = "takes a minute: `ocaml/bridge/check` runs it"]
fn a_million_calls_keep_no_memory() {
    let calls = env::var("CALLS").unwrap_or_else(|_| "1000000".to_owned());
    let calls: u32 = calls.parse().expect("CALLS: the number of calls");
    flat("there and back", calls, 0, || {
        assert_eq!(faults::commit("stop").as_deref(), Ok("stop"));
    });
    flat("an error", calls, 0, || {
        let told = reference::run_text(System::Event, "tee", "{}");
        assert!(matches!(told, Err(BridgeError::UnknownPattern(_))));
    });
    let smallest =
        || reference::run_text(System::Lwt, "fan_in", r#"{"sources":[]}"#);
    flat("the smallest run", calls, 0, || {
        assert_eq!(smallest().as_deref(), Ok(r#"{"items":[]}"#));
    });
    let input = json!({"sources": [{"items": [1, 2, 3]}, {"items": [4]}]});
    flat("two promises, four items", calls / 10, 0, || {
        reference::run(System::Lwt, "fan_in", &input).unwrap();
    });
    flat("two threads, four items", calls / 100, 2, || {
        reference::run(System::Event, "fan_in", &input).unwrap();
    });
    let threads = threads::count();
    let (tx, rx, relay) = relayed();
    flat("through a relay and back", calls / 10, 0, || {
        there_and_back(&tx, &rx);
    });
    drop(tx);
    assert!(relay.join().unwrap().is_ok());
    flat("a relay of one message", calls / 100, 1, || {
        let (tx, rx, relay) = relayed();
        there_and_back(&tx, &rx);
        drop(tx);
        assert_eq!(relay.join().unwrap(), Ok(1));
    });
    flat("a thread that calls once and ends", calls / 100, 0, || {
        thread::spawn(smallest).join().unwrap().unwrap();
    });
    assert!(threads::settled(threads) <= threads);
}
