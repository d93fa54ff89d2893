//! Sources that are programs, or nearly: JSON in which something was changed.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

/// What stands in the place of something else.
fn other(random: &mut ChaCha8Rng) -> Json {
    let words = [
        "", "A", "B", "c", "d", "f", "g", "p", "x", "y", "z", "or", "end",
        "a b", "é", "1x", "bounded", "watch", "mvar", "send", "recv", "wait",
        "try", "start", "await", "cancel", "fulfil", "release", "sender",
    ];
    let numbers = [0, 1, 2, 3, 100, 255, 256, -1, 60_000, 1 << 33, i64::MAX];
    match random.random_range(0..8) {
        0 => Json::Null,
        1 => json!(random.random_bool(0.5)),
        2 => json!([]),
        3 => json!({}),
        4 => json!(1.5),
        5 => json!(numbers.choose(random)),
        _ => json!(words.choose(random)),
    }
}

/// The places in some JSON, as pointers.
fn places(json: &Json, here: &str, found: &mut Vec<String>) {
    found.push(here.into());
    match json {
        Json::Array(list) => {
            for (place, item) in list.iter().enumerate() {
                places(item, &format!("{here}/{place}"), found);
            }
        }
        Json::Object(members) => {
            for (key, value) in members {
                places(value, &format!("{here}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// Changes something somewhere.
pub(crate) fn change(json: &mut Json, random: &mut ChaCha8Rng) {
    let mut all = Vec::new();
    places(json, "", &mut all);
    let copied = json.pointer(all.choose(random).expect("a place"));
    let copied = copied.expect("it is there").clone();
    let place = all.choose(random).expect("a place");
    let there = json.pointer_mut(place).expect("it is there");
    match there {
        Json::Array(list) if !list.is_empty() => {
            let one = random.random_range(0..list.len());
            let two = random.random_range(0..list.len());
            match random.random_range(0..4) {
                0 => drop(list.remove(one)),
                1 => list.insert(two, list[one].clone()),
                2 => list.swap(one, two),
                _ => list.insert(one, copied),
            }
        }
        Json::Object(members) if !members.is_empty() => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let key = keys.choose(random).expect("a key").clone();
            match random.random_range(0..4) {
                0 => drop(members.remove(&key)),
                1 => drop(members.insert("more".into(), other(random))),
                2 => {
                    let keys = ["bind", "within", "default", "observe", "body"];
                    let key = *keys.choose(random).expect("a key");
                    members.insert(key.into(), other(random));
                }
                _ => drop(members.insert(key, other(random))),
            }
        }
        _ if random.random_bool(0.3) => *there = copied,
        _ => *there = other(random),
    }
}
