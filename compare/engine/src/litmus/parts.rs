//! Where an outcome parts from those that are allowed, in words.

use super::outcome::{Ended, Outcome};
use compact_str::CompactString;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How far two outcomes are from each other, the least first: what has to be
/// changed in logs and ends, and of what is equally far that which parts later.
pub(super) fn distance(
    one: &Outcome,
    other: &Outcome,
) -> (usize, Reverse<usize>) {
    let none = Ended {
        log: Vec::new(),
        end: CompactString::default(),
    };
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let (mut edits, mut common) = (0, 0);
    for name in names {
        let one = one.get(name).unwrap_or(&none);
        let other = other.get(name).unwrap_or(&none);
        edits += edits_of_logs(&one.log, &other.log);
        edits += usize::from(one.end != other.end);
        common += common_start(one, other);
    }
    (edits, Reverse(common))
}

/// How many results have to be added, removed or replaced.
fn edits_of_logs(one: &[CompactString], other: &[CompactString]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, result) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], place + 1);
        for (column, other) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(result != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// The results of a process, and then its end.
fn entries(ended: &Ended) -> impl Iterator<Item = (bool, &str)> {
    let log = ended.log.iter().map(|result| (false, result.as_str()));
    log.chain([(true, ended.end.as_str())])
}

fn common_start(one: &Ended, other: &Ended) -> usize {
    let both = entries(one).zip(entries(other));
    both.take_while(|(one, other)| one == other).count()
}

/// An entry as it is told: an end stands in brackets.
fn told((is_end, text): (bool, &str)) -> String {
    match is_end {
        true => format!("[{text}]"),
        false => text.into(),
    }
}

/// How much of each process is taken for granted.
type Starts<'a> = BTreeMap<&'a str, usize>;

fn begins(outcome: &Outcome, starts: &Starts<'_>, other: &Outcome) -> bool {
    starts.iter().all(|(name, &length)| {
        common_start(&outcome[*name], &other[*name]) >= length
    })
}

/// The first place where `outcome` parts from `allowed`, of which one is the
/// nearest: as much as agrees with that is taken for granted, then as much
/// again as agrees with any; what comes next agrees with none.
pub(super) fn parts(
    outcome: &Outcome,
    nearest: &Outcome,
    allowed: &[&Outcome],
) -> String {
    if let Some(name) = nearest.keys().find(|name| !outcome.contains_key(*name))
    {
        return format!("it does not tell of {name}, which is observed");
    }
    if let Some(name) = outcome.keys().find(|name| !nearest.contains_key(*name))
    {
        return format!("it tells of {name}, which is not observed");
    }
    let start = |(name, ended): (&'_ CompactString, &Ended)| {
        common_start(ended, &nearest[name])
    };
    let mut starts: Starts<'_> = outcome
        .iter()
        .map(|entry| (entry.0.as_str(), start(entry)))
        .collect();
    let mut like: Vec<&Outcome> = allowed.to_vec();
    like.retain(|other| begins(outcome, &starts, other));
    extend(outcome, &mut starts, &mut like);
    let open =
        |(name, start): &(&&str, &usize)| **start <= outcome[**name].log.len();
    // A result that is wrong says more than an end.
    let is_end =
        |(name, start): &(&&str, &usize)| **start == outcome[**name].log.len();
    let stuck = starts.iter().filter(open).min_by_key(is_end);
    let (name, &start) = stuck.expect("it is not allowed, so it parts");
    sentence(outcome, name, start, &starts, &like)
}

/// Takes more for granted, as long as some of those that are `like` it agree.
fn extend(
    outcome: &Outcome,
    starts: &mut Starts<'_>,
    like: &mut Vec<&Outcome>,
) {
    let names: Vec<&str> = starts.keys().copied().collect();
    let mut extended = true;
    while extended {
        extended = false;
        for name in &names {
            let start = starts[name];
            let ended = &outcome[*name];
            let agrees =
                |other: &&&Outcome| common_start(ended, &other[*name]) > start;
            if like.iter().any(|other| agrees(&other)) {
                like.retain(|other| agrees(&other));
                starts.insert(name, start + 1);
                extended = true;
            }
        }
    }
}

fn sentence(
    outcome: &Outcome,
    name: &str,
    start: usize,
    starts: &Starts<'_>,
    like: &[&Outcome],
) -> String {
    let ended = &outcome[name];
    let wrong = match ended.log.get(start) {
        Some(result) => {
            format!("{name}'s {} result is {result}", ordinal(start + 1))
        }
        None if start == 0 => {
            format!("{name} ends without a result: [{}]", ended.end)
        }
        None => format!(
            "{name} ends after its {} result: [{}]",
            ordinal(start),
            ended.end
        ),
    };
    let before: Vec<String> = starts
        .iter()
        .filter(|(_, start)| **start > 0)
        .map(|(name, &start)| {
            let Ended { log, end } = &outcome[*name];
            let results = log[..start.min(log.len())].join(", ");
            match start > log.len() {
                true if log.is_empty() => format!("{name}: [{end}]"),
                true => format!("{name}: {results} [{end}]"),
                false => format!("{name}: {results}"),
            }
        })
        .collect();
    let may: BTreeSet<(bool, &str)> = like
        .iter()
        .filter_map(|other| entries(&other[name]).nth(start))
        .collect();
    let may: Vec<String> = may.into_iter().map(told).collect();
    let may = may.join(" or ");
    match before.is_empty() {
        true => format!("{wrong}; only {may} may come first"),
        false => {
            format!(
                "{wrong}; after {} only {may} may follow",
                before.join("; ")
            )
        }
    }
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_logs_counts_what_is_added_removed_and_replaced() {
        let words = |text: &str| -> Vec<CompactString> {
            text.split_whitespace().map(CompactString::from).collect()
        };
        for (one, other, edits) in [
            ("", "", 0),
            ("a b c", "a b c", 0),
            ("a b c", "", 3),
            ("a b c", "a c", 1),
            ("a b c", "b c d", 2),
            ("a b", "b a", 2),
        ] {
            assert_eq!(edits_of_logs(&words(one), &words(other)), edits);
            assert_eq!(edits_of_logs(&words(other), &words(one)), edits);
        }
    }

    #[test]
    fn numbers_are_told_in_order() {
        let told = [1, 2, 3, 4, 11, 12, 13, 21, 22, 111].map(ordinal);
        let expected = [
            "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd",
            "111th",
        ];
        assert_eq!(told, expected);
    }
}
