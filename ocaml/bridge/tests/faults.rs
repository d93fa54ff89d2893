//! Each fault that two runtimes in one process invite shows as an error, not as
//! a hang or a crash. Every test has a process of its own, with a deadline.

mod threads;

use chanpatterns_reference::{self as reference, BridgeError, System, faults};
use ocaml_interop::OCamlRuntime;
use rusty_fork::{ChildWrapper, rusty_fork_test};
use serde_json::json;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

fn works(system: System) {
    let input = json!({"sources": [{"items": [1, 2]}]});
    let observed = reference::run(system, "fan_in", &input);
    assert_eq!(observed, Ok(json!({"items": [[0, 1], [0, 2]]})));
}

/// What the child of a fork does, and its exit status.
fn in_a_fork(child: impl FnOnce() -> bool) -> i32 {
    // SAFETY: the child runs `child` and leaves by `exit`; what other threads
    // held at the fork, it does not touch (that is what is tested).
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let well = catch_unwind(AssertUnwindSafe(child)).unwrap_or(false);
        // By the ordinary way out, with what runs at the end of a thread.
        std::process::exit(if well { 0 } else { 1 });
    }
    let mut status = 0;
    // SAFETY: `status` lives as long as the call.
    let waited = unsafe { libc::waitpid(pid, &mut status, 0) };
    assert_eq!(waited, pid);
    status
}

rusty_fork_test! {
    #![rusty_fork(timeout_ms = 60_000)]

    #[test]
    fn a_nested_call() {
        works(System::Event);
        let nested = OCamlRuntime::with_domain_lock(|_| {
            reference::hello(System::Lwt)
        });
        assert_eq!(nested, Err(BridgeError::Nested));
        // A large one would wait on another thread for this one.
        let large = json!({"items": vec![1; 100_000]});
        let nested = OCamlRuntime::with_domain_lock(|_| {
            reference::run(System::Lwt, "rendezvous", &large)
        });
        assert_eq!(nested, Err(BridgeError::Nested));
        // Outside of OCaml for a while, the thread may call.
        let released = OCamlRuntime::with_domain_lock(|ocaml| {
            ocaml.releasing_runtime(|| reference::hello(System::Lwt))
        });
        assert!(released.is_ok());
        works(System::Event);
    }

    #[test]
    fn an_exception() {
        let told = faults::commit("raise");
        let told = told.expect_err("it raises").to_string();
        assert!(told.contains("raised on demand"), "{told}");
        works(System::Event);
    }

    #[test]
    fn an_exception_that_escapes() {
        let told = faults::commit("escape");
        assert!(matches!(told, Err(BridgeError::Panicked(_))), "{told:?}");
        works(System::Event);
        thread::spawn(|| works(System::Lwt)).join().unwrap();
    }

    #[test]
    fn a_panic_in_rust() {
        let told = faults::panic_inside();
        let expected = BridgeError::Panicked("a panic on demand".to_owned());
        assert_eq!(told, Err(expected));
        works(System::Event);
        thread::spawn(|| works(System::Lwt)).join().unwrap();
    }

    #[test]
    fn an_input_that_is_nested_deeply() {
        let depth = 1_000_000;
        let text = "[".repeat(depth) + &"]".repeat(depth);
        let told = reference::run_text(System::Event, "fan_in", &text);
        assert!(matches!(told, Err(BridgeError::BadInput(_))), "{told:?}");
        let value = (0..1000).fold(json!([]), |inner, _| json!([inner]));
        let told = reference::run(System::Event, "fan_in", &value);
        assert!(matches!(told, Err(BridgeError::BadInput(_))), "{told:?}");
        works(System::Event);
    }

    // Some functions of OCaml's library need a stack in proportion to a list.
    #[test]
    fn a_list_that_is_long() {
        let items: Vec<u32> = (0..1_000_000).collect();
        let input = json!({"sources": [{"items": items}]});
        let small = thread::Builder::new().stack_size(1 << 20);
        let run = move || reference::run(System::Lwt, "fan_in", &input);
        let observed = small.spawn(run).unwrap().join().unwrap().unwrap();
        let items = observed["items"].as_array().unwrap();
        assert_eq!(items.len(), 1_000_000);
        assert_eq!(items.last(), Some(&json!([0, 999_999])));
    }

    #[test]
    fn a_fork_after_the_first_call() {
        // OCaml's first thread is another one; this one it must forget at its
        // end, though not in the child.
        thread::spawn(|| works(System::Event)).join().unwrap();
        works(System::Event);
        // Another is inside OCaml when the process forks.
        let spinning = thread::spawn(|| faults::commit("spin"));
        faults::commit("spinning").unwrap();
        let parent = std::process::id();
        for _ in 0..10 {
            let status = in_a_fork(|| {
                let child = std::process::id();
                let told = reference::hello(System::Event);
                told == Err(BridgeError::Forked { parent, child })
            });
            assert_eq!(status, 0, "the child's status");
        }
        faults::commit("stop").unwrap();
        spinning.join().unwrap().unwrap();
        works(System::Event);
    }

    #[test]
    fn a_fork_before_the_first_call() {
        let status = in_a_fork(|| {
            works(System::Event);
            true
        });
        assert_eq!(status, 0, "the child's status");
        works(System::Event);
    }

    #[test]
    fn a_first_caller_that_spins() {
        let name = format!("chanpatterns-spin-{}", std::process::id());
        let begun = std::env::temp_dir().join(name);
        let spin = format!("spin {}", begun.display());
        let spinning = thread::spawn(move || faults::commit(&spin));
        // Whoever calls before it spins would start what makes callers take
        // turns; and the spin ends only when somebody else gets one.
        while !begun.exists() {
            thread::yield_now();
        }
        let stopped = faults::commit("stop");
        std::fs::remove_file(begun).unwrap();
        stopped.unwrap();
        spinning.join().unwrap().unwrap();
    }

    #[test]
    fn a_deadlock_holds_its_own_thread_only() {
        thread::spawn(|| faults::commit("deadlock"));
        let waiting = thread::spawn(|| faults::commit("wait"));
        faults::commit("wake").unwrap();
        waiting.join().unwrap().unwrap();
        for system in [System::Event, System::Lwt] {
            works(system);
        }
        // The end of this process is not held either.
    }

    #[test]
    fn many_threads_call_lwt_at_once() {
        const CALLERS: usize = 32;
        works(System::Event);
        let before = threads::count();
        let start = Barrier::new(CALLERS);
        // Long enough for OCaml to let another thread run in between.
        let items: Vec<u32> = (0..50_000).collect();
        let long = json!({"sources": [{"items": items}]});
        thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    start.wait();
                    (0..50).for_each(|_| works(System::Lwt));
                    let observed = reference::run(System::Lwt, "fan_in", &long);
                    let items = &observed.expect("a run")["items"];
                    assert_eq!(items[49_999], json!([0, 49_999]));
                });
            }
        });
        assert!(threads::settled(before) <= before);
    }

    #[test]
    fn many_threads_call_event_at_once() {
        const CALLERS: usize = 32;
        works(System::Event);
        let before = threads::count();
        thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| (0..50).for_each(|_| works(System::Event)));
            }
        });
        assert!(threads::settled(before) <= before);
    }

    #[test]
    fn the_first_caller_is_a_thread_that_ends() {
        thread::spawn(|| works(System::Lwt)).join().unwrap();
        for _ in 0..200 {
            thread::spawn(|| works(System::Lwt)).join().unwrap();
            faults::commit("collect").unwrap();
        }
        works(System::Event);
    }

    #[test]
    fn many_first_callers_at_once() {
        let start = Barrier::new(16);
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    start.wait();
                    works(System::Event);
                });
            }
        });
    }
}

/// On OCaml 5 an exception like any other. On OCaml 4 the process may end, but
/// at once and by that signal: who needs more, calls in a child process.
#[test]
fn a_stack_that_overflows() {
    let body = || {
        let told = faults::commit("recurse");
        let expected = BridgeError::Exception("Stack overflow".to_owned());
        assert_eq!(told, Err(expected));
        works(System::Event);
    };
    let judge = |child: &mut ChildWrapper, _: &mut File| {
        let ended = child.wait_timeout(Duration::from_secs(60));
        let status = ended.expect("a child").expect("it ends in time");
        let on_4 = env!("OCAML_VERSION").starts_with("4.");
        let by_signal = status.unix_signal() == Some(libc::SIGSEGV);
        assert!(status.success() || (on_4 && by_signal), "{status:?}");
    };
    let test = "a_stack_that_overflows";
    rusty_fork::fork(test, rusty_fork::rusty_fork_id!(), |_| {}, judge, body)
        .expect("a child");
}
