//! Where and of what the figures are: the head of the report.

use crate::systems::System;
use clap::ValueEnum;
use std::env;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

/// "AMD EPYC, 2 cores, Debian GNU/Linux 12 (bookworm), Linux 6.1".
pub(crate) fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let processor = field("/proc/cpuinfo", "model name", ':');
    let system = field("/etc/os-release", "PRETTY_NAME", '=');
    let kernel = read("/proc/sys/kernel/osrelease");
    let (os, arch) = (env::consts::OS, env::consts::ARCH);
    format!(
        "{}, {cores} cores, {}, kernel {}",
        processor.unwrap_or_else(|| arch.to_owned()),
        system.unwrap_or_else(|| os.to_owned()),
        kernel.as_deref().map_or("unknown", str::trim),
    )
}

/// What other processes take meanwhile: the figures of two cores that are
/// half taken are not those of two cores.
pub(crate) struct Others {
    /// Since the machine began, in ticks: all processes, this one, all time.
    busy: u64,
    own: u64,
    total: u64,
}

impl Others {
    /// `None` where the system does not tell.
    pub(crate) fn now() -> Option<Others> {
        // user, nice, system, idle, iowait, irq, softirq, steal: proc(5).
        let all = read("/proc/stat")?;
        let all = numbers(all.lines().next()?.strip_prefix("cpu")?);
        let total = all.iter().take(8).sum();
        // The name, in parentheses, may hold anything; utime and stime are
        // the 14th and 15th field, the name the second.
        let stat = read("/proc/self/stat")?;
        let (_, own) = stat.rsplit_once(") ")?;
        let own = numbers(own.split_once(' ')?.1); // from the 4th field
        Some(Others {
            busy: total - all.get(3)? - all.get(4)?,
            own: own.get(10)? + own.get(11)?,
            total,
        })
    }

    /// Their part of the time of all cores since `earlier`, from 0 to 1.
    pub(crate) fn since(&self, earlier: &Others) -> f64 {
        let own = self.own - earlier.own;
        let busy = self.busy.saturating_sub(earlier.busy); // iowait may shrink
        let others = busy.saturating_sub(own);
        let total = (self.total - earlier.total).max(1);
        others as f64 / total as f64
    }
}

/// The numbers in a line, in their places; one below 0 is 0.
fn numbers(line: &str) -> Vec<u64> {
    let words = line.split_whitespace();
    words.map(|word| word.parse().unwrap_or(0)).collect()
}

/// The compiler that this folder chooses.
pub(crate) fn rustc() -> String {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(
            || "unknown".to_owned(),
            |version| version.trim().to_owned(),
        )
}

/// The versions of all systems, as they are locked.
pub(crate) fn versions() -> Vec<String> {
    System::value_variants()
        .iter()
        .filter_map(|system| system.package())
        .map(|package| format!("{package} {}", locked(package)))
        .collect()
}

const LOCK: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"));

fn locked(package: &str) -> &str {
    let name = format!("name = \"{package}\"");
    let mut lines = LOCK.lines().skip_while(|line| *line != name);
    lines
        .nth(1)
        .and_then(|line| line.strip_prefix("version = "))
        .map_or("unknown", |version| version.trim_matches('"'))
}

/// The command that makes this report.
pub(crate) fn command() -> String {
    let options = env::args().skip(1).filter(|option| option != "--bench");
    let mut command =
        vec!["cargo bench --package chanpatterns --bench grid".to_owned()];
    let options: Vec<String> = options.map(quoted).collect();
    if !options.is_empty() {
        command.push("--".to_owned());
        command.extend(options);
    }
    command.join(" ")
}

fn quoted(word: String) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Today, in universal time, as year-month-day.
pub(crate) fn date() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let (year, month, day) =
        civil(now.map_or(0, |now| now.as_secs() / (24 * 60 * 60)));
    format!("{year}-{month:02}-{day:02}")
}

/// The date that is so many days after 1970-01-01. Years begin in March, so
/// that the leap day is the last one of its year:
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // from March, which is 0
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + u64::from(month >= 10);
    (year, (month + 2) % 12 + 1, day)
}

/// What `file` says of `key`, without quotes.
fn field(file: &str, key: &str, separator: char) -> Option<String> {
    read(file)?
        .lines()
        .filter_map(|line| line.split_once(separator))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

fn read(file: &str) -> Option<String> {
    fs::read_to_string(file).ok()
}
