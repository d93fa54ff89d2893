//! What the kernel knows of a thread: whether it sleeps, and has run meanwhile.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The number by which the kernel knows the calling thread; none where it does
/// not tell (only Linux does, in `/proc`).
pub fn own_number() -> Option<u32> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// A look at a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// How often it has given up its core, or lost it.
    switches: u64,
}

/// A look at the thread with this number; none unless it sleeps until somebody
/// wakes it. Two equal looks, one after the other, say that it has not run
/// between them: to sleep again is one more switch.
///
/// Who sleeps for a time of its own goes on by itself: kanal does so while it
/// waits for a lock. And who sleeps nowhere is on its way there, or back.
pub fn sleep_of(number: u32) -> Option<Sleep> {
    let told = |what| {
        fs::read_to_string(format!("/proc/self/task/{number}/{what}")).ok()
    };
    let sleep = parse(&told("status")?)?;
    let place = told("wchan").unwrap_or_default();
    let nowhere = place.is_empty() || place == "0";
    if !nowhere {
        TELLS.store(true, Relaxed);
    }
    let on_its_way = nowhere && TELLS.load(Relaxed);
    (!on_its_way && !place.contains("nanosleep")).then_some(sleep)
}

/// Whether this kernel tells where a thread sleeps: it has done so.
static TELLS: AtomicBool = AtomicBool::new(false);

fn parse(status: &str) -> Option<Sleep> {
    let field = |name: &str| {
        let mut lines = status.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.trim()))
    };
    let asleep = field("State:")?.starts_with('S');
    let voluntary: u64 = field("voluntary_ctxt_switches:")?.parse().ok()?;
    let other: u64 = field("nonvoluntary_ctxt_switches:")?.parse().ok()?;
    asleep.then_some(Sleep {
        switches: voluntary + other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_sleeps_for_a_time_does_not_wait() {
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tell.send(own_number()).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(300));
        });
        let number = told.recv().unwrap().unwrap();
        while !TELLS.load(Relaxed) && !thread.is_finished() {
            sleep_of(number);
        }
        while !thread.is_finished() {
            let (first, second) = (sleep_of(number), sleep_of(number));
            assert!(first.is_none() || first != second, "{first:?}");
        }
        thread.join().unwrap();
    }

    #[test]
    fn a_thread_that_waits_sleeps_and_one_that_runs_does_not() {
        let own = own_number().expect("the kernel is Linux");
        assert_eq!(sleep_of(own), None);
        let (tell, told) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            tell.send(own_number()).unwrap();
            ended.recv().unwrap_err();
        });
        let number = told.recv().unwrap().unwrap();
        while sleep_of(number).is_none() {
            std::thread::yield_now();
        }
        assert_eq!(sleep_of(number), sleep_of(number));
        drop(end);
        thread.join().unwrap();
        assert_eq!(sleep_of(number), None);
    }
}
