//! The uniform choice takes each of k ready parts as often as any other.
//!
//! A share may be off by 2 % of 1/k. With n choices the standard deviation of a
//! share is √((k-1)/n) of 1/k, so that n ≥ 62,500 (k-1) make 2 % more than five
//! of them: a fair choice fails once in some millions of runs.

use crate::number::{asked, shown};
use crate::watchdog::{Progress, Watchdog};
use chanpatterns::channel;
use chanpatterns::event::{choose, receive};
use std::env;
use std::time::Instant;

/// Parts, each as likely as the next one; off by so much of 1/k.
const OFF: f64 = 0.02;

/// How often each of `ways` parts is chosen; all are ready each time.
fn counts(ways: usize, choices: u64, seed: Option<u64>) -> Vec<u64> {
    let ends: Vec<_> = (0..ways).map(|_| channel::unbounded()).collect();
    let receives = ends.iter().enumerate().map(|(place, (tx, rx))| {
        tx.send(()).unwrap();
        receive(rx).wrap(move |received| received.map(|()| place).unwrap())
    });
    let mut event = choose(receives);
    if let Some(seed) = seed {
        event = event.seeded(seed);
    }
    let name = format!("fairness among {ways}");
    let parties = ["the only thread".to_owned()];
    let progress = Progress::new(name, choices, parties);
    let steps = progress.party(0);
    let _watchdog = Watchdog::watch(&progress, String::new);
    let mut counts = vec![0; ways];
    for _ in 0..choices {
        let chosen = event.sync();
        counts[chosen] += 1;
        ends[chosen].0.send(()).unwrap();
        steps.step();
    }
    counts
}

/// How far the share that is off most is off, as a part of 1/k.
fn off(counts: &[u64]) -> f64 {
    let all: u64 = counts.iter().sum();
    let fair = all as f64 / counts.len() as f64;
    let off = counts
        .iter()
        .map(|count| (*count as f64 / fair - 1.0).abs());
    off.fold(0.0, f64::max)
}

/// Seeded, so that it never fails by chance; with CHOICES, which says how many
/// at least are made for each k, it is not.
#[test]
fn every_ready_part_is_chosen_equally_often() {
    let seed = env::var_os("CHOICES").is_none().then_some(1);
    let least = asked("CHOICES", 4) / 4;
    for ways in [2, 3, 5, 16] {
        let choices = (62_500 * (ways as u64 - 1) + 1).max(least);
        let begin = Instant::now();
        let counts = counts(ways, choices, seed);
        let off = off(&counts);
        println!(
            "among {ways}: {} choices, off by {:.2} % at most, {:.1} s",
            shown(choices),
            100.0 * off,
            begin.elapsed().as_secs_f64()
        );
        assert!(off <= OFF, "{off} among {ways}: {counts:?}");
    }
}

#[test]
fn a_choice_that_is_not_fair_is_seen() {
    assert!(off(&[10_000, 10_000, 10_000]) < OFF);
    assert!(off(&[10_300, 9_850, 9_850]) > OFF);
}
