//! What a program needs of a system: pairs of a kind and an operation.

use crate::plan::{Plan, side, visit};
use compare_engine::litmus::{Kind, Operation, Side};
use std::collections::{BTreeSet, HashMap};

/// Pairs of a kind and an operation; some operations have no kind.
pub type Needs = BTreeSet<(Option<&'static str>, &'static str)>;

/// What a program needs.
pub fn needs(plan: &Plan) -> Needs {
    let mut needs = Needs::new();
    for process in &plan.program.processes {
        let mut begun = HashMap::new();
        let mut reserved = HashMap::new();
        visit(&process.operations, &mut |operation| {
            let mut need = |channel: Option<&str>, op| {
                needs.insert((channel.map(|name| kind(plan, name)), op));
            };
            match operation {
                Operation::Start { future, transfer } => {
                    let (channel, side) = side(transfer);
                    begun.insert(future.as_str(), (channel, side));
                    need(Some(channel), on(side, "start_send", "start_recv"));
                }
                Operation::Cancel { future } => {
                    let (channel, side) = begun[future.as_str()];
                    need(Some(channel), on(side, "cancel_send", "cancel_recv"));
                }
                Operation::Reserve { channel, permit } => {
                    reserved.insert(permit.as_str(), channel.as_str());
                    need(Some(channel), "reserve");
                }
                Operation::Fulfil { permit, .. } => {
                    need(Some(reserved[permit.as_str()]), "fulfil");
                }
                Operation::Release { permit } => {
                    need(Some(reserved[permit.as_str()]), "release");
                }
                _ => simple(operation, &mut need),
            }
        });
    }
    for (place, channel) in plan.program.channels.iter().enumerate() {
        let kind = Some(kind(plan, &channel.name));
        if plan.owners(place, Side::Sender) > 1 {
            needs.insert((kind, "many_senders"));
        }
        if plan.owners(place, Side::Receiver) > 1 {
            needs.insert((kind, "many_receivers"));
        }
    }
    needs
}

fn simple(
    operation: &Operation,
    need: &mut impl FnMut(Option<&str>, &'static str),
) {
    match operation {
        Operation::Wait { transfer, within } => {
            let (channel, side) = side(transfer);
            need(
                Some(channel),
                match within {
                    None => on(side, "send", "recv"),
                    Some(_) => on(side, "send_within", "recv_within"),
                },
            );
        }
        Operation::Try { transfer } => {
            let (channel, side) = side(transfer);
            need(Some(channel), on(side, "try_send", "try_recv"));
        }
        Operation::Select {
            arms,
            biased,
            default,
            after,
        } => {
            let flags = [
                (*biased, "select_biased"),
                (*default, "select_default"),
                (after.is_some(), "select_after"),
            ];
            for arm in arms {
                let (channel, side) = side(arm);
                need(Some(channel), on(side, "select_send", "select_recv"));
                for (_, op) in flags.iter().filter(|(is, _)| *is) {
                    need(Some(channel), op);
                }
            }
        }
        Operation::Each { channel, .. } => need(Some(channel), "each"),
        Operation::Close { channel } => need(Some(channel), "close"),
        Operation::Drop { channel, side } => {
            need(Some(channel), on(*side, "drop_sender", "drop_receiver"));
        }
        Operation::Clone { channel, side } => {
            need(Some(channel), on(*side, "clone_sender", "clone_receiver"));
        }
        Operation::Sleep { .. } => need(None, "sleep"),
        Operation::Spawn { .. } => need(None, "spawn"),
        Operation::Join { .. } => need(None, "join"),
        _ => {}
    }
}

fn on(side: Side, send: &'static str, recv: &'static str) -> &'static str {
    match side {
        Side::Sender => send,
        Side::Receiver => recv,
    }
}

fn kind(plan: &Plan, channel: &str) -> &'static str {
    match plan.kind(channel) {
        Kind::Rendezvous => "rendezvous",
        Kind::Bounded => "bounded",
        Kind::Unbounded => "unbounded",
        Kind::Oneshot => "oneshot",
        Kind::Mvar => "mvar",
        Kind::Watch => "watch",
        Kind::Broadcast => "broadcast",
    }
}
