//! A workload beside others that want the cores.

use crate::run::Run;
use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const BUSY_LOOPS: usize = 2;

/// The same run, while two other threads compute without a pause.
pub(crate) fn beside_busy_loops(run: Run) -> Run {
    Box::new(move |items| {
        let stop = AtomicBool::new(false);
        let compute = || {
            let mut number = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                number = hint::black_box(number.wrapping_mul(3) + 1);
            }
        };
        thread::scope(|scope| {
            for _ in 0..BUSY_LOOPS {
                scope.spawn(compute);
            }
            let timed = run(items);
            stop.store(true, Ordering::Relaxed);
            timed
        })
    })
}
