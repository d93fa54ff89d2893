//! What a case asks of an observation, as far as one can tell by itself.
//!
//! Two crates include this file: the tests of `compare/engine` and those of
//! `ocaml/bridge`. The contract is `compare/patterns/README.md`.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The cases of a pattern, with every range expanded.
pub(crate) fn cases(folder: &Path, pattern: &str) -> Vec<Value> {
    let file = folder.join(format!("{pattern}.json"));
    let text = fs::read_to_string(&file).expect("every pattern has cases");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let cases = document["cases"].as_array_mut().expect("a list of cases");
    for case in &mut *cases {
        for key in ["input", "expected", "one_of"] {
            if let Some(part) = case.get_mut(key) {
                expand(part);
            }
        }
    }
    std::mem::take(cases)
}

/// Writes every range out, as the harness does.
fn expand(value: &mut Value) {
    match value {
        Value::Array(parts) => parts.iter_mut().for_each(expand),
        Value::Object(members) => match range(members) {
            Some(list) => *value = list,
            None => members.values_mut().for_each(expand),
        },
        _ => {}
    }
}

fn range(members: &Map<String, Value>) -> Option<Value> {
    let known = |key: &String| ["from", "to", "each"].contains(&&**key);
    let to = members.get("to")?.as_i64()?;
    if !members.keys().all(known) {
        return None;
    }
    let from = members.get("from")?.as_i64()?;
    let each = |n: i64| match members.get("each").and_then(Value::as_str) {
        None => json!(n),
        Some("square") => json!(n * n),
        Some("with_square") => json!([n, n * n]),
        Some(other) => panic!("unknown: each {other:?}"),
    };
    Some((from..=to).map(each).collect())
}

/// What is wrong with an observation, as far as one can tell by itself.
pub(crate) fn complaints(case: &Value, observed: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let rule = case["agree"].as_str().expect("a rule");
    if let Some(expected) = case.get("expected") {
        let expected = canonical(rule, &listed(expected));
        let found = canonical(rule, observed);
        if expected != found {
            complaints.push(format!(
                "expected {}\n   found {}",
                short(&expected),
                short(&found)
            ));
        }
    }
    let invariants = case.get("invariants").and_then(Value::as_object);
    for (name, wanted) in invariants.into_iter().flatten() {
        if let Err(complaint) = hold(name, wanted, case, observed) {
            complaints.push(format!("{name}: {complaint}"));
        }
    }
    complaints
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(300).collect()
}

/// Items that are written by producer, as a log.
fn listed(expected: &Value) -> Value {
    let mut expected = expected.clone();
    let Some(producers) = expected["items"].as_object().cloned() else {
        return expected;
    };
    let label = |key: &str| key.parse().map_or(json!(key), |n: u32| json!(n));
    let mut log = Vec::new();
    for (key, items) in &producers {
        for item in items.as_array().expect("a list") {
            let mut labelled = vec![label(key)];
            match item.as_array() {
                Some(parts) => labelled.extend(parts.iter().cloned()),
                None => labelled.push(item.clone()),
            }
            log.push(Value::from(labelled));
        }
    }
    expected["items"] = Value::from(log);
    expected
}

/// The form in which observations that agree are equal.
pub(crate) fn canonical(rule: &str, observed: &Value) -> Value {
    let mut form = observed.clone();
    form.as_object_mut().expect("an object").remove("measured");
    if let Some(items) = form.get_mut("items").and_then(Value::as_array_mut) {
        match rule {
            "multiset" => items.sort_by_key(Value::to_string),
            // A stable sort: each producer's items keep their order.
            "per_producer" => items.sort_by_key(|item| item[0].to_string()),
            "exact" => {}
            other => panic!("unknown rule {other}"),
        }
    }
    form
}

fn hold(
    name: &str,
    wanted: &Value,
    case: &Value,
    observed: &Value,
) -> Result<(), String> {
    let at_most = |figure: &Value| {
        let found = figure.as_i64().ok_or("there is no such figure")?;
        let limit = wanted.as_i64().expect("a number");
        (found <= limit)
            .then_some(())
            .ok_or(format!("{found} > {limit}"))
    };
    match name {
        // Equal to what is expected: judged there.
        "nothing_lost" | "nothing_twice" => Ok(()),
        "capacity" => {
            at_most(&observed["accepted"])?;
            at_most(&observed["measured"]["peak"])
        }
        "generated_at_most" => at_most(&observed["measured"]["generated"]),
        "concurrency" => (observed["concurrency"] == *wanted)
            .then_some(())
            .ok_or(format!("{} instead", observed["concurrency"])),
        "order_per_receiver" => order_per_receiver(&case["input"], observed),
        "owner_lifo_thieves_fifo" => deque_order(&case["input"], observed),
        other => panic!("unknown invariant {other}"),
    }
}

/// Each item with the number of whoever took it.
fn taken<'a>(
    observed: &'a Value,
    who: &str,
) -> Result<Vec<(u64, &'a Value)>, String> {
    let takers = observed["measured"][who].as_array().ok_or("no takers")?;
    let items = observed["items"].as_array().ok_or("no items")?;
    if takers.len() != items.len() {
        return Err(format!("{} takers of {}", takers.len(), items.len()));
    }
    let takers = takers.iter().map(|taker| taker.as_u64().expect("a number"));
    Ok(takers.zip(items).collect())
}

fn order_per_receiver(input: &Value, observed: &Value) -> Result<(), String> {
    // Where each item stands in its source; without sources there is one.
    let mut places = BTreeMap::new();
    let sources = input["sources"].as_array();
    for (number, source) in sources.into_iter().flatten().enumerate() {
        let values = source.as_array().expect("a list");
        for (place, value) in values.iter().enumerate() {
            let item = json!([number, value]).to_string();
            places.insert(item, (number, place));
        }
    }
    let alone = input["items"].as_array();
    for (place, item) in alone.into_iter().flatten().enumerate() {
        places.insert(item.to_string(), (0, place));
    }
    let mut last = BTreeMap::new();
    for (receiver, item) in taken(observed, "receivers")? {
        let place = places.get(&item.to_string());
        let (source, place) = *place.ok_or(format!("{item} was not sent"))?;
        if last.insert((receiver, source), place) >= Some(place) {
            return Err(format!("{receiver} got {item} too late"));
        }
    }
    Ok(())
}

fn deque_order(input: &Value, observed: &Value) -> Result<(), String> {
    let mut homes = BTreeMap::new();
    let loads = input["loads"].as_array().expect("loads");
    for (owner, load) in (0..).zip(loads) {
        for (place, job) in load.as_array().expect("a list").iter().enumerate()
        {
            homes.insert(job.to_string(), (owner, place));
        }
    }
    let mut last = BTreeMap::new();
    for (worker, item) in taken(observed, "workers")? {
        let home = homes.get(&item[0].to_string());
        let (owner, place) = *home.ok_or(format!("{item} is no job"))?;
        let before = last.insert((worker, owner), place);
        let rises = before.is_none_or(|before| before < place);
        if before.is_some() && rises == (worker == owner) {
            return Err(format!("worker {worker}, {item} of {owner}"));
        }
    }
    Ok(())
}
