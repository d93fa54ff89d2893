//! Every probe gives its facts, and those that were published.

use compare_systems::probes::{find, names};
use serde_json::{Value, json};

fn facts(name: &str) -> Value {
    find(name).unwrap_or_else(|| panic!("there is no {name}"))()
}

#[test]
fn every_probe_gives_facts() {
    for name in names() {
        assert!(facts(name).is_object(), "{name}");
    }
}

#[test]
fn a_dropped_receive_loses_a_message_of_kanal_and_none_of_ours() {
    let lost = |name| facts(name)["lost"].clone();
    assert_eq!(lost("rust/kanal_dropped_recv"), 300);
    assert_eq!(lost("rust/chanpatterns_dropped_recv"), 0);
}

#[test]
fn a_biased_select_of_crossbeam_may_take_what_was_ready_later() {
    let later = |name| facts(name)["later_first"].clone();
    assert_eq!(later("rust/crossbeam_biased"), true);
    assert_eq!(later("rust/chanpatterns_biased"), false);
}

#[test]
fn a_capacity_of_0_is_no_rendezvous_everywhere() {
    let panics = json!({"panics": true});
    assert_eq!(facts("rust/tokio_capacity_0"), panics);
    assert_eq!(facts("rust/tokio_broadcast_capacity_0"), panics);
    assert_eq!(facts("rust/async_channel_capacity_0"), panics);
    let full = facts("rust/std_try_send_on_rendezvous");
    assert_eq!(full, json!({"full": true}));
    assert_eq!(
        facts("rust/flume_capacity_0_in_tasks"),
        json!({"waits": true, "sent": true, "queued": 1})
    );
}

#[test]
fn a_broadcast_of_three_keeps_four() {
    let received = &facts("rust/tokio_broadcast_capacity_3")["received"];
    let expected = json!(["channel lagged by 1", "2", "3", "4", "5"]);
    assert_eq!(*received, expected);
}

#[test]
fn a_worker_that_holds_the_lock_works_alone() {
    let at_once = |name| facts(name)["at_once"].clone();
    assert_eq!(at_once("rust/pool_that_holds_the_lock"), 1);
    assert_eq!(at_once("rust/pool_that_lets_go"), 4);
}

#[test]
fn who_frees_what_nobody_can_receive() {
    let freed = facts("rust/last_receiver_dropped");
    let of = |name: &str| freed[name].as_bool().unwrap();
    let frees = [
        "chanpatterns unbounded",
        "chanpatterns bounded",
        "std unbounded",
        "std bounded",
        "tokio unbounded",
        "tokio bounded",
        "crossbeam unbounded",
    ];
    let all = freed.as_object().unwrap().keys();
    let (yes, no): (Vec<_>, Vec<_>) =
        all.map(String::as_str).partition(|name| of(name));
    let mut expected = frees.to_vec();
    expected.sort_unstable();
    assert_eq!(yes, expected, "the others keep it: {no:?}");
}
