//! The report, in Markdown, and every single time, in JSON.

use crate::cell::{BUSY, GROUPS, Group, IDLE, MANY, SINGLE};
use crate::head::Head;
use crate::kind::Kind;
use crate::measure::{Column, Measured};
use crate::systems::System;
use serde_json::json;
use std::fmt::Write;

const INTRODUCTION: &str = "\
# The channel beside its peers

<!-- `make bench` writes this file: change rust/benches, not this. -->
";

const EXPLANATION: &str = "
## How to read it

- A figure is the time of one item in **nanoseconds**, from the first party's
  beginning to the last one's end, and the median over the rounds. In each round
  every cell is run once by each system, and another system comes first each
  time. A run whose messages are not exactly those sent ends the bench.
- **best / ours** is the time of the best sound peer, which stands in bold,
  divided by ours: above 1, ours is faster. Sound peers are std, crossbeam,
  flume, async-channel and tokio. kanal is shown and not counted: a cancelled
  receive loses its message, and safe code can free twice (kanal#63).
- **spread** is (slowest − fastest) / median over the rounds, of ours and of the
  best peer. A lead smaller than that has to show twice to be believed.
- **taken by others** is what other processes took of the machine meanwhile.
  Above a few percent, parties that should run side by side took turns: that
  flatters locks and blurs the rest. Measure again on an idle machine.
- – is a system that has no such channel, or that was not asked for.
- 4p1c is four producers and one consumer; 8B and 256B is the size of a message.
- The cells can be listed with `--list` and chosen with `--only`.
";

const SUMMARY: &str = "
## Summary: best / ours

| group | cells | geometric mean | smallest | in |
|---|--:|--:|--:|---|
";

pub(crate) fn markdown(head: &Head, measured: &[Measured]) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n| | |\n|---|---|\n");
    for (name, value) in head.rows() {
        line(&mut text, &[name, value.as_str()]);
    }
    text.push_str(EXPLANATION);
    text.push_str(&summary(measured));
    for group in GROUPS {
        let cells = of_group(measured, group);
        if !cells.is_empty() {
            text.push_str(&section(group, &cells));
        }
    }
    text
}

fn of_group(measured: &[Measured], group: Group) -> Vec<&Measured> {
    let is_in = |cell: &&Measured| cell.group == group;
    measured.iter().filter(is_in).collect()
}

/// One line for each group: how ours does in it.
fn summary(measured: &[Measured]) -> String {
    let mut text = String::new();
    for group in GROUPS {
        let ratios: Vec<(f64, &str)> = of_group(measured, group)
            .into_iter()
            .filter_map(|cell| Some((cell.ratio()?, cell.name.as_str())))
            .collect();
        let smallest = ratios.iter().min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((smallest, name)) = smallest else {
            continue;
        };
        if text.is_empty() {
            text.push_str(SUMMARY);
        }
        let logarithms: f64 = ratios.iter().map(|(ratio, _)| ratio.ln()).sum();
        let mean = (logarithms / ratios.len() as f64).exp();
        line(
            &mut text,
            &[
                title(group),
                &ratios.len().to_string(),
                &format!("**{mean:.2}**"),
                &format!("{smallest:.2}"),
                name,
            ],
        );
    }
    text
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Threads(Kind::Unbounded) => "threads, unbounded",
        Group::Threads(Kind::Bounded(0)) => "threads, rendezvous",
        Group::Threads(Kind::Bounded(1)) => "threads, bounded 1",
        Group::Threads(Kind::Bounded(_)) => "threads, bounded 64",
        Group::PingPong => "ping-pong",
        Group::SameThread => "same thread",
        Group::Tasks => "tasks",
        Group::Select => "select",
        Group::Batch => "batch",
        Group::Load => "under load",
    }
}

fn note(group: Group) -> &'static str {
    match group {
        Group::Threads(_) => "Threads send to threads, as fast as they can.",
        Group::PingPong => {
            "Two threads, two channels. An item is a message there and one back."
        }
        Group::SameThread => {
            "One thread alone. An item is a send and the receive of it."
        }
        Group::Tasks => {
            "Tasks send to tasks, on one tokio runtime of two workers; 8 bytes."
        }
        Group::Select => {
            "One thread sends to one of so many channels, another one each \
             time, and receives from any of them. Reused: the selector, or our \
             event, is built once. Rebuilt: for each receive."
        }
        Group::Batch => {
            "A queue of 100,000 messages is received by one thread, one by \
             one or up to 1,000 at once. Filling it does not count."
        }
        Group::Load => {
            "A rendezvous, 1p1c, 8B: on the idle machine, and beside two \
             threads that compute without a pause."
        }
    }
}

fn section(group: Group, cells: &[&Measured]) -> String {
    let mut labels: Vec<(System, &str)> = Vec::new();
    for column in cells.iter().flat_map(|cell| &cell.columns) {
        let label = (column.system, column.label.as_str());
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    // Stable: the ways of one system stay in their order.
    labels.sort_by_key(|(system, _)| *system as usize);

    let mut text = format!("\n## {}\n\n{}\n\n", title(group), note(group));
    let heading = labels.iter().map(|(system, label)| match system {
        System::Kanal => format!("*{label} (unsound)*"),
        _ => (*label).to_owned(),
    });
    let mut heading: Vec<String> = heading.collect();
    heading.insert(0, "ns an item".into());
    heading.extend(["best / ours", "spread"].map(String::from));
    line(&mut text, &heading);
    text.push_str(&rule(heading.len()));
    for cell in cells {
        line(&mut text, &row(cell, &labels));
    }
    match group {
        Group::Batch => {
            let note = "recv_many, times as fast as recv";
            text.push_str(&by_system(note, cells, SINGLE, MANY));
        }
        Group::Load => {
            let note = "busy, as a part of the speed when idle";
            text.push_str(&by_system(note, cells, IDLE, BUSY));
        }
        _ => {}
    }
    text
}

fn row(cell: &Measured, labels: &[(System, &str)]) -> Vec<String> {
    let best = cell.best_peer().map(|column| &column.label);
    let figures = labels.iter().map(|(_, label)| {
        let column = cell.columns.iter().find(|column| column.label == *label);
        match column {
            None => "–".into(),
            Some(column) if Some(&column.label) == best => {
                format!("**{}**", figure(column.median()))
            }
            Some(column) if column.system == System::Kanal => {
                format!("*{}*", figure(column.median()))
            }
            Some(column) => figure(column.median()),
        }
    });
    let spread = |column: Option<&Column>| match column {
        None => "–".into(),
        Some(column) => format!("{:.0} %", column.spread() * 100.0),
    };
    let ratio = cell.ratio();
    let mut row = vec![cell.name.clone()];
    row.extend(figures);
    row.push(ratio.map_or("–".into(), |ratio| format!("{ratio:.2}")));
    row.push(format!(
        "{}, {}",
        spread(cell.ours()),
        spread(cell.best_peer())
    ));
    row
}

/// For each system, its time in one cell divided by its time in another.
fn by_system(
    note: &str,
    cells: &[&Measured],
    dividend: &str,
    divisor: &str,
) -> String {
    let columns = |name: &str| {
        let cell = cells.iter().find(|cell| cell.name == name);
        cell.map_or(&[][..], |cell| &cell.columns)
    };
    let (mut heading, mut row) = (vec![String::new()], vec![note.to_owned()]);
    for column in columns(dividend) {
        let other = columns(divisor).iter();
        let other = other.filter(|other| other.label == column.label);
        for other in other {
            heading.push(column.label.clone());
            let ratio = column.median() / other.median();
            let digits = if ratio < 0.1 { 3 } else { 2 };
            row.push(format!("{ratio:.digits$}"));
        }
    }
    let mut text = String::new();
    if heading.len() > 1 {
        text.push('\n');
        line(&mut text, &heading);
        text.push_str(&rule(heading.len()));
        line(&mut text, &row);
    }
    text
}

/// What stands under a heading: text to the left, figures to the right.
fn rule(columns: usize) -> String {
    format!("|---|{}\n", "--:|".repeat(columns - 1))
}

fn line(text: &mut String, fields: &[impl AsRef<str>]) {
    text.push('|');
    for field in fields {
        write!(text, " {} |", field.as_ref()).expect("a string takes it");
    }
    text.push('\n');
}

/// "7.4", "74", "7,400".
fn figure(nanos: f64) -> String {
    if nanos < 10.0 {
        return format!("{nanos:.1}");
    }
    let digits = format!("{nanos:.0}");
    let mut figure = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            figure.push(',');
        }
        figure.push(digit);
    }
    figure
}

pub(crate) fn json(head: &Head, measured: &[Measured]) -> String {
    let cells: Vec<_> = measured
        .iter()
        .map(|cell| {
            let columns = cell.columns.iter().map(|column| {
                json!({
                    "system": column.label,
                    "items": column.items,
                    "nanoseconds_an_item": column.nanos,
                })
            });
            json!({
                "cell": cell.name,
                "systems": columns.collect::<Vec<_>>(),
            })
        })
        .collect();
    let rows = head.rows().into_iter();
    let head: serde_json::Map<_, _> = rows
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    format!("{:#}\n", json!({"run": head, "cells": cells}))
}
