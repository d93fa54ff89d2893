//! What a program needs of a system: pairs of a kind of channel and something
//! that is done with it, as `compare/programs/PROTOCOL.md` names them.

use super::code::{Invalid, check};
use super::program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// A kind, where one is concerned, and what is done with it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub struct Need(pub Option<Kind>, pub Feature);

/// What a system has or has not, for a kind of channel or as such.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// A send that waits for as long as it takes.
    Send,
    /// A receive that waits for as long as it takes.
    Recv,
    /// A send that does not wait.
    TrySend,
    /// A receive that does not wait.
    TryRecv,
    /// A send with a deadline.
    SendWithin,
    /// A receive with a deadline.
    RecvWithin,
    /// Receives until the channel has ended.
    Each,
    /// Closes the channel for all.
    Close,
    /// A send as an arm of a select.
    SelectSend,
    /// A receive as an arm of a select.
    SelectRecv,
    /// An arm of a select that does not wait.
    SelectDefault,
    /// An arm of a select with a deadline.
    SelectAfter,
    /// An arm of a select that takes the first that can be taken.
    SelectBiased,
    /// Drops a sender.
    DropSender,
    /// Drops a receiver.
    DropReceiver,
    /// Makes one more sender.
    CloneSender,
    /// Makes one more receiver.
    CloneReceiver,
    /// More than one process has a sender from the beginning.
    ManySenders,
    /// More than one process has a receiver from the beginning.
    ManyReceivers,
    /// Begins a send, and goes on.
    StartSend,
    /// Begins a receive, and goes on.
    StartRecv,
    /// Withdraws a send.
    CancelSend,
    /// Withdraws a receive.
    CancelRecv,
    /// Takes a place.
    Reserve,
    /// Fills a place.
    Fulfil,
    /// Gives a place back.
    Release,
    /// Waits for the time to pass.
    Sleep,
    /// Begins a process.
    Spawn,
    /// Waits for the end of a process.
    Join,
}

/// All that `program` needs, in order: first what concerns no kind, then the
/// kinds and what is done with them, each as its type lists them.
pub fn needs(program: &Program) -> Result<BTreeSet<Need>, Invalid> {
    check(program)?;
    let mut found = Needs::new(&program.channels);
    for process in &program.processes {
        found.process(process);
    }
    found.many(program);
    Ok(found.needs)
}

pub(super) struct Needs<'a> {
    kinds: HashMap<&'a str, Kind>,
    pub(super) needs: BTreeSet<Need>,
}

/// What the names of a process stand for; each is bound in one place.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) futures: HashMap<&'a str, &'a Transfer>,
    pub(super) permits: HashMap<&'a str, &'a str>,
}

impl<'a> Needs<'a> {
    pub(super) fn new(channels: &'a [Channel]) -> Self {
        let channels = channels.iter();
        Needs {
            kinds: channels.map(|c| (c.name.as_str(), c.kind)).collect(),
            needs: BTreeSet::new(),
        }
    }

    fn process(&mut self, process: &'a Process) {
        self.operations(&process.operations, &mut Names::default());
    }

    fn operations(
        &mut self,
        operations: &'a [Operation],
        names: &mut Names<'a>,
    ) {
        for operation in operations {
            self.operation(operation, names);
            self.operations(operation.body(), names);
        }
    }

    fn plain(&mut self, feature: Feature) {
        self.needs.insert(Need(None, feature));
    }

    fn of(&mut self, channel: &str, feature: Feature) {
        self.needs.insert(Need(Some(self.kinds[channel]), feature));
    }

    fn moved(&mut self, transfer: &Transfer, send: Feature, recv: Feature) {
        match transfer {
            Transfer::Send { channel, .. } => self.of(channel, send),
            Transfer::Recv { channel, .. } => self.of(channel, recv),
        }
    }

    fn sided(
        &mut self,
        channel: &str,
        side: Side,
        sender: Feature,
        receiver: Feature,
    ) {
        match side {
            Side::Sender => self.of(channel, sender),
            Side::Receiver => self.of(channel, receiver),
        }
    }

    /// Adds what one operation needs, without its body.
    pub(super) fn operation<'b>(
        &mut self,
        operation: &'b Operation,
        names: &mut Names<'b>,
    ) {
        use Feature::*;
        match operation {
            Operation::Wait { transfer, within } => match within {
                None => self.moved(transfer, Send, Recv),
                Some(_) => self.moved(transfer, SendWithin, RecvWithin),
            },
            Operation::Try { transfer } => {
                self.moved(transfer, TrySend, TryRecv);
            }
            Operation::Select {
                arms,
                biased,
                default,
                after,
            } => {
                let flags = [
                    (*biased, SelectBiased),
                    (*default, SelectDefault),
                    (after.is_some(), SelectAfter),
                ];
                for arm in arms {
                    self.moved(arm, SelectSend, SelectRecv);
                    for (_, feature) in flags.iter().filter(|flag| flag.0) {
                        self.of(arm.channel(), *feature);
                    }
                }
            }
            Operation::Each { channel, .. } => self.of(channel, Each),
            Operation::Repeat { .. } | Operation::Await { .. } => {}
            Operation::Close { channel } => self.of(channel, Close),
            Operation::Drop { channel, side } => {
                self.sided(channel, *side, DropSender, DropReceiver);
            }
            Operation::Clone { channel, side } => {
                self.sided(channel, *side, CloneSender, CloneReceiver);
            }
            Operation::Start { future, transfer } => {
                names.futures.insert(future, transfer);
                self.moved(transfer, StartSend, StartRecv);
            }
            Operation::Cancel { future } => {
                let transfer = names.futures[future.as_str()];
                self.moved(transfer, CancelSend, CancelRecv);
            }
            Operation::Reserve { channel, permit } => {
                names.permits.insert(permit, channel);
                self.of(channel, Reserve);
            }
            Operation::Fulfil { permit, .. } => {
                self.of(names.permits[permit.as_str()], Fulfil);
            }
            Operation::Release { permit } => {
                self.of(names.permits[permit.as_str()], Release);
            }
            Operation::Sleep { .. } => self.plain(Sleep),
            Operation::Spawn { .. } => self.plain(Spawn),
            Operation::Join { .. } => self.plain(Join),
        }
    }

    /// Which sides have several owners from the beginning.
    fn many(&mut self, program: &'a Program) {
        let mut owners: HashMap<(&str, Side), usize> = HashMap::new();
        for process in &program.processes {
            for side in process.owns() {
                *owners.entry(side).or_default() += 1;
            }
        }
        for ((channel, side), owners) in owners {
            if owners > 1 {
                let (senders, receivers) =
                    (Feature::ManySenders, Feature::ManyReceivers);
                self.sided(channel, side, senders, receivers);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::litmus::parse;

    fn of(text: &str) -> String {
        let program = parse(text).expect("a program");
        let needs = needs(&program).expect("it has a meaning");
        serde_json::to_string(&needs).expect("needs are JSON")
    }

    #[test]
    fn each_arm_needs_what_its_select_has() {
        let text = "program p\nchannel c rendezvous\nchannel d mvar\nA\n\
                    biased select c ! 1 or d ? or after 3";
        assert_eq!(
            of(text),
            r#"[["rendezvous","select_send"],["rendezvous","select_after"],["rendezvous","select_biased"],["mvar","select_recv"],["mvar","select_after"],["mvar","select_biased"]]"#
        );
    }

    #[test]
    fn a_name_stands_for_its_channel_and_an_end_in_two_processes_is_shared() {
        let text = "program p\nchannel c bounded 1\nA | B | C\n\
                    start f = c ? | reserve c as p | sleep 1\n\
                    cancel f | drop p | drop c ?";
        assert_eq!(
            of(text),
            r#"[[null,"sleep"],["bounded","drop_receiver"],["bounded","many_receivers"],["bounded","start_recv"],["bounded","cancel_recv"],["bounded","reserve"],["bounded","release"]]"#
        );
    }

    #[test]
    fn a_deadline_is_another_need_than_none() {
        let text = "program p\nchannel c unbounded\nA | B\n\
                    c ! 1 within 2 | repeat 2\n | try c ?\n | end";
        assert_eq!(
            of(text),
            r#"[["unbounded","try_recv"],["unbounded","send_within"]]"#
        );
    }
}
