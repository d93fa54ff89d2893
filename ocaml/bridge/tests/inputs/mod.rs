//! Inputs of every pattern, made by proptest, each with what two observations
//! of it must agree in. The contract is `compare/patterns/README.md`.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// An input, with the rule and the invariants, in the form of a case.
pub(crate) type Case = Value;

fn case(input: Value, agree: &str, invariants: Value) -> Case {
    json!({"input": input, "agree": agree, "invariants": invariants})
}

/// Values that are passed on as they are: what fits into 62 bits.
fn value() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -9..=99_i64, 1 => -(1_i64 << 61)..(1 << 61)]
}

/// Values that are squared and summed.
fn small() -> impl Strategy<Value = i64> {
    -999..=999_i64
}

fn values(length: RangeInclusive<usize>) -> impl Strategy<Value = Vec<i64>> {
    vec(value(), length)
}

fn capacity() -> impl Strategy<Value = Option<usize>> {
    option::of(0..=3_usize)
}

/// Values, none of them twice, and some of them to fail on.
fn with_failures(most: usize) -> impl Strategy<Value = (Vec<i64>, Vec<i64>)> {
    btree_set(small(), 0..=most)
        .prop_map(Vec::from_iter)
        .prop_flat_map(|items: Vec<i64>| {
            let fails_on = subsequence(items.clone(), 0..=items.len());
            (Just(items).prop_shuffle(), fails_on)
        })
}

/// Values, none of them twice, in so many lists.
fn shared_out(
    lists: RangeInclusive<usize>,
    most: usize,
) -> impl Strategy<Value = Vec<Vec<i64>>> {
    (lists, btree_set(small(), 0..=most)).prop_flat_map(|(lists, items)| {
        let items: Vec<i64> = items.into_iter().collect();
        let homes = vec(0..lists.max(1), items.len());
        homes.prop_map(move |homes| {
            let mut loads = vec![Vec::new(); lists];
            for (home, item) in homes.iter().zip(&items) {
                // Without a list there is no item.
                if let Some(load) = loads.get_mut(*home) {
                    load.push(*item);
                }
            }
            loads
        })
    })
}

pub(crate) fn backpressure() -> impl Strategy<Value = Case> {
    (0..=3_usize, 0..=3_usize, values(0..=16)).prop_map(
        |(capacity, stages, items)| {
            let holds = (stages + 1) * capacity + stages;
            case(
                json!({
                    "capacity": capacity, "stages": stages, "items": items,
                }),
                "exact",
                json!({"capacity": holds}),
            )
        },
    )
}

pub(crate) fn bounded() -> impl Strategy<Value = Case> {
    (1..=5_usize, values(0..=12)).prop_map(|(capacity, items)| {
        case(
            json!({"capacity": capacity, "items": items}),
            "exact",
            json!({"capacity": capacity}),
        )
    })
}

pub(crate) fn close_on_drop() -> impl Strategy<Value = Case> {
    let batches = vec(values(0..=4), 1..=4);
    let receiver = prop_oneof![Just("last"), Just("first")];
    (batches, receiver).prop_map(|(batches, receiver)| {
        let input = json!({"batches": batches, "receiver": receiver});
        case(input, "exact", json!({}))
    })
}

pub(crate) fn fan_in() -> impl Strategy<Value = Case> {
    let source = (values(0..=6), option::weighted(0.2, "\\PC{0,6}"));
    let source = source.prop_map(|(items, fails)| match fails {
        Some(message) => json!({"items": items, "fails": message}),
        None => json!({"items": items}),
    });
    let input = vec(source, 0..=4).prop_map(|all| json!({"sources": all}));
    (input, any::<bool>()).prop_map(|(input, tasks)| {
        case(for_tasks(input, tasks), "per_producer", json!({}))
    })
}

pub(crate) fn fan_out() -> impl Strategy<Value = Case> {
    (with_failures(10), 0..=4_usize).prop_map(|((items, fails_on), n)| {
        let at_once = n.min(items.len());
        let input = json!({
            "items": items, "consumers": n, "fails_on": fails_on,
        });
        if n == 0 {
            return case(input, "exact", json!({}));
        }
        let invariants =
            json!({"concurrency": at_once, "order_per_receiver": true});
        case(input, exact_if(n == 1), invariants)
    })
}

pub(crate) fn mpmc() -> impl Strategy<Value = Case> {
    (shared_out(0..=4, 12), 1..=3_usize, capacity()).prop_map(
        |(sources, receivers, capacity)| {
            let alone = receivers == 1 && sources.len() <= 1;
            let input = json!({
                "sources": sources, "receivers": receivers,
                "capacity": capacity,
            });
            let invariants = json!({"order_per_receiver": true});
            case(input, exact_if(alone), invariants)
        },
    )
}

pub(crate) fn pipeline() -> impl Strategy<Value = Case> {
    let bounds = (-20..=20_i64, option::weighted(0.8, 0..=12_i64));
    let leaves = option::of(0..=8_u64);
    let fails_on = btree_set(-20..=32_i64, 0..=6);
    (bounds, 0..=3_u64, leaves, fails_on, any::<bool>()).prop_map(
        |((from, count), capacity, take, fails_on, tasks)| {
            // Without an end somebody must leave.
            let take = take.or(count.is_none().then_some(5));
            let held = take.map(|take| take + 2 * capacity + 2);
            let count = count.map(|count| count.unsigned_abs());
            let to = count.map(|count| from + count as i64 - 1);
            let generated = held.into_iter().chain(count).min();
            let input = json!({
                "from": from, "to": to, "capacity": capacity, "take": take,
                "fails_on": fails_on,
            });
            case(
                for_tasks(input, tasks),
                "exact",
                json!({"generated_at_most": generated}),
            )
        },
    )
}

pub(crate) fn producers() -> impl Strategy<Value = Case> {
    let one = (0..=4_u64, 0..=30_u64);
    (vec(one, 0..=3), capacity(), any::<bool>()).prop_map(
        |(scripts, capacity, tasks)| {
            let times: Vec<u64> = scripts
                .iter()
                .flat_map(|(items, delay)| (1..=*items).map(move |n| n * delay))
                .collect();
            let distinct: BTreeSet<_> = times.iter().collect();
            let staff: Vec<Value> = ["A", "B", "C"]
                .iter()
                .zip(&scripts)
                .map(|(label, (items, delay))| {
                    json!({
                        "label": label, "items": items, "delay_ms": delay,
                    })
                })
                .collect();
            let input = json!({"producers": staff, "capacity": capacity});
            let rule = if distinct.len() == times.len() {
                "exact"
            } else {
                "per_producer"
            };
            case(for_tasks(input, tasks), rule, json!({}))
        },
    )
}

pub(crate) fn receiver_gone() -> impl Strategy<Value = Case> {
    let sizes = (capacity(), 0..=4_usize, any::<bool>());
    let sizes = sizes.prop_flat_map(|(capacity, take, blocked)| {
        let room = take + capacity.unwrap_or(4);
        let blocked = blocked && capacity.is_some();
        let least = if blocked { room } else { take };
        (Just((capacity, take, blocked)), values(least..=room))
    });
    (sizes, values(0..=4)).prop_map(
        |(((capacity, take, blocked), before), after)| {
            let input = json!({
                "capacity": capacity, "before": before, "take": take,
                "after": after, "blocked": blocked,
            });
            case(input, "exact", json!({}))
        },
    )
}

pub(crate) fn rendezvous() -> impl Strategy<Value = Case> {
    values(0..=10).prop_map(|items| {
        let input = json!({"items": items});
        case(input, "exact", json!({"capacity": 0}))
    })
}

pub(crate) fn unbounded() -> impl Strategy<Value = Case> {
    vec(values(0..=6), 0..=4).prop_map(|sources| {
        case(json!({"sources": sources}), "per_producer", json!({}))
    })
}

pub(crate) fn work_stealing() -> impl Strategy<Value = Case> {
    let form = prop_oneof![Just("shared"), Just("deques")];
    let loads = shared_out(0..=4, 10).prop_flat_map(|loads| {
        let jobs = loads.concat();
        let fails_on = subsequence(jobs.clone(), 0..=jobs.len());
        (Just(loads), fails_on)
    });
    (form, loads).prop_map(|(form, (loads, fails_on))| {
        let at_once = loads.len().min(loads.concat().len());
        let input = json!({"form": form, "loads": loads, "fails_on": fails_on});
        let invariants = match (form, loads.len()) {
            (_, 0) => json!({}),
            ("shared", _) => json!({"concurrency": at_once}),
            _ => json!({
                "concurrency": at_once, "owner_lifo_thieves_fifo": true,
            }),
        };
        case(input, exact_if(loads.len() <= 1), invariants)
    })
}

pub(crate) fn worker_pool() -> impl Strategy<Value = Case> {
    let order = prop_oneof![Just("input"), Just("completed")];
    (with_failures(10), 0..=4_usize, order, any::<bool>()).prop_map(
        |((items, fails_on), workers, order, tasks)| {
            let at_once = workers.min(items.len());
            let invariants = match workers {
                0 => json!({}),
                _ => json!({"concurrency": at_once}),
            };
            let input = json!({
                "items": items, "workers": workers, "order": order,
                "fails_on": fails_on,
            });
            let exact = order == "input" || workers <= 1;
            case(for_tasks(input, tasks), exact_if(exact), invariants)
        },
    )
}

fn exact_if(ordered: bool) -> &'static str {
    if ordered { "exact" } else { "multiset" }
}

fn for_tasks(mut input: Value, tasks: bool) -> Value {
    if tasks {
        input["tasks"] = json!(true);
    }
    input
}
