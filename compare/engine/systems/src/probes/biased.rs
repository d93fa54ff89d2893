//! A sender makes one channel ready and then another, over and over; who looks at
//! both, and prefers the first, should never get the second before it. Idle ones
//! stand between the two: the look at each takes a while, in which much happens.

use serde_json::{Value, json};
use std::hint::spin_loop;
use std::iter::repeat_with;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Rounds, at most: where it happens, it does so within some dozen.
const ROUNDS: usize = 20_000;
/// How many channels stand between the two.
const IDLE: usize = 500;
/// How long they may take: two threads that take turns on a machine that has no
/// core to spare wait for it in each round.
const BUDGET: Duration = Duration::from_secs(12);

/// Looks again soon, and now and then lets others run, who may have no core of
/// their own.
fn go_on(look: u32) {
    match look % 1024 {
        0 => thread::yield_now(),
        _ => spin_loop(),
    }
}

/// Sends by `first` and then by `second`, round after round, and counts on which
/// of the two `poll` comes first.
fn later_first(
    first: impl Fn() + Sync,
    second: impl Fn() + Sync,
    mut poll: impl FnMut() -> Option<usize>,
) -> Value {
    let (taken, mut found) = (AtomicUsize::new(0), false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0.. {
                first();
                second();
                for look in 1.. {
                    match taken.load(SeqCst) {
                        usize::MAX => return,
                        taken if taken > round => break,
                        _ => go_on(look),
                    }
                }
            }
        });
        let mut next = || {
            let looks = repeat_with(&mut poll).zip(1..);
            let mut looks = looks.inspect(|(_, look)| go_on(*look));
            let found = looks.find_map(|(polled, _)| polled);
            found.expect("it repeats for ever")
        };
        let began = Instant::now();
        for _ in 0..ROUNDS {
            let arm = next();
            next();
            found |= arm == 1;
            if found || began.elapsed() > BUDGET {
                break;
            }
            taken.fetch_add(1, SeqCst);
        }
        taken.store(usize::MAX, SeqCst);
    });
    json!({"later_first": found})
}

/// A biased select of crossbeam.
pub(super) fn crossbeam() -> Value {
    let (first, first_rx) = crossbeam_channel::unbounded();
    let (second, second_rx) = crossbeam_channel::unbounded();
    let idle =
        Vec::from_iter((0..IDLE).map(|_| crossbeam_channel::unbounded::<()>()));
    later_first(
        || first.send(()).expect("its receiver is there"),
        || second.send(()).expect("its receiver is there"),
        || {
            let mut select = crossbeam_channel::Select::new_biased();
            select.recv(&first_rx);
            for (_, idle_rx) in &idle {
                select.recv(idle_rx);
            }
            select.recv(&second_rx);
            let chosen = select.try_select().ok()?;
            let arm = usize::from(chosen.index() > 0);
            let from = [&first_rx, &second_rx][arm];
            chosen.recv(from).expect("its sender is there");
            Some(arm)
        },
    )
}

/// A biased choice of this repository's channels.
pub(super) fn chanpatterns() -> Value {
    use chanpatterns::event::{choose, receive};
    let (first, first_rx) = chanpatterns::channel::unbounded();
    let (second, second_rx) = chanpatterns::channel::unbounded();
    let idle = Vec::from_iter(
        (0..IDLE).map(|_| chanpatterns::channel::unbounded::<()>()),
    );
    let between = idle.iter().map(|(_, idle_rx)| receive(idle_rx).wrap(|_| 2));
    let arms = std::iter::once(receive(&first_rx).wrap(|_| 0))
        .chain(between)
        .chain([receive(&second_rx).wrap(|_| 1)]);
    let mut either = choose(arms).biased();
    later_first(
        || first.send(()).expect("its receiver is there"),
        || second.send(()).expect("its receiver is there"),
        move || either.poll(),
    )
}
