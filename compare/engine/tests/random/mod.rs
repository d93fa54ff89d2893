//! Random programs and dialects.
#![allow(unreachable_pub)]

use compare_engine::litmus::{
    Channel, CloseTwice, Dialect, Kind, Operation, Process, Program,
    SendOnClosed, Side, Transfer, Value, Where,
};
use proptest::prelude::*;
use proptest::sample::select;

/// The numbers of channels and operations of a random program.
#[derive(Clone, Debug)]
struct Size {
    channels: usize,
    processes: usize,
    operations: usize,
}

fn channel(name: usize) -> impl Strategy<Value = Channel> {
    let kinds = prop_oneof![
        4 => Just((Kind::Rendezvous, None)),
        4 => Just((Kind::Bounded, Some(1))),
        3 => Just((Kind::Bounded, Some(2))),
        2 => Just((Kind::Unbounded, None)),
        1 => Just((Kind::Oneshot, None)),
        1 => Just((Kind::Mvar, None)),
        1 => Just((Kind::Watch, None)),
        1 => Just((Kind::Broadcast, Some(1))),
        1 => Just((Kind::Broadcast, Some(2))),
    ];
    kinds.prop_map(move |(kind, capacity)| Channel {
        name: channel_name(name),
        kind,
        capacity,
    })
}

fn channel_name(number: usize) -> String {
    ["c", "d", "e"][number].into()
}

fn process_name(number: usize) -> String {
    ["A", "B", "C", "D"][number].into()
}

fn transfer(channels: usize) -> impl Strategy<Value = Transfer> {
    let value = prop_oneof![
        6 => (1..4i64).prop_map(Value::Number),
        1 => select(vec!["x", "y"]).prop_map(|x| Value::Name(x.into())),
    ];
    let bind = prop_oneof![
        5 => Just(None),
        1 => select(vec!["x", "y"]).prop_map(|x| Some(x.to_string())),
    ];
    let name = move || (0..channels).prop_map(channel_name);
    prop_oneof![
        (name(), value)
            .prop_map(|(channel, value)| Transfer::Send { channel, value }),
        (name(), bind)
            .prop_map(|(channel, bind)| Transfer::Recv { channel, bind }),
    ]
}

fn operation(size: &Size) -> impl Strategy<Value = Operation> + use<> {
    let channels = size.channels;
    let processes = size.processes;
    let name = move || (0..channels).prop_map(channel_name);
    let side = || select(vec![Side::Sender, Side::Receiver]);
    let time = || prop::option::weighted(0.2, 0..3u32);
    let label = |names: [&'static str; 2]| {
        select(names.to_vec()).prop_map(String::from)
    };
    let simple = prop_oneof![
        10 => (transfer(channels), time())
            .prop_map(|(transfer, within)| Operation::Wait { transfer, within }),
        3 => transfer(channels).prop_map(|transfer| Operation::Try { transfer }),
        3 => (
            prop::collection::vec(transfer(channels), 1..3),
            any::<bool>(),
            prop_oneof![
                Just((false, None)),
                Just((true, None)),
                Just((false, Some(1)))
            ],
        )
            .prop_map(|(arms, biased, (default, after))| Operation::Select {
                arms,
                biased,
                default,
                after,
            }),
        2 => name().prop_map(|channel| Operation::Close { channel }),
        2 => (name(), side())
            .prop_map(|(channel, side)| Operation::Drop { channel, side }),
        1 => (name(), side())
            .prop_map(|(channel, side)| Operation::Clone { channel, side }),
        3 => (label(["f", "g"]), transfer(channels)).prop_map(
            |(future, transfer)| Operation::Start { future, transfer }
        ),
        2 => label(["f", "g"]).prop_map(|future| Operation::Await { future }),
        2 => label(["f", "g"]).prop_map(|future| Operation::Cancel { future }),
        1 => (name(), label(["p", "q"])).prop_map(|(channel, permit)| {
            Operation::Reserve { channel, permit }
        }),
        1 => (label(["p", "q"]), 1..4i64).prop_map(|(permit, value)| {
            Operation::Fulfil {
                permit,
                value: Value::Number(value),
            }
        }),
        1 => label(["p", "q"])
            .prop_map(|permit| Operation::Release { permit }),
        1 => (0..3u32).prop_map(|duration| Operation::Sleep { duration }),
        1 => (0..processes).prop_map(|process| Operation::Spawn {
            process: process_name(process)
        }),
        1 => (0..processes).prop_map(|process| Operation::Join {
            process: process_name(process)
        }),
    ];
    let simple = simple.boxed();
    let body = prop::collection::vec(simple.clone(), 0..3);
    let bind = prop::option::weighted(0.5, Just("z".to_string()));
    prop_oneof![
        12 => simple,
        1 => (name(), bind, body.clone()).prop_map(|(channel, bind, body)| {
            Operation::Each { channel, bind, body }
        }),
        1 => (0..3u8, body)
            .prop_map(|(times, body)| Operation::Repeat { times, body }),
    ]
}

/// A small program; most have a meaning.
pub fn program() -> impl Strategy<Value = Program> {
    let size = (1..3usize, 1..4usize, 1..4usize).prop_map(
        |(channels, processes, operations)| Size {
            channels,
            processes,
            operations,
        },
    );
    size.prop_flat_map(|size| {
        let channels: Vec<_> = (0..size.channels).map(channel).collect();
        let body = prop::collection::vec(operation(&size), 1..=size.operations);
        let processes = prop::collection::vec(body, size.processes);
        (channels, processes).prop_map(|(channels, bodies)| Program {
            name: "random".into(),
            channels,
            processes: bodies
                .into_iter()
                .enumerate()
                .map(|(number, operations)| Process {
                    name: process_name(number),
                    operations,
                })
                .collect(),
            ..Program::default()
        })
    })
}

/// A dialect.
pub fn dialect() -> impl Strategy<Value = Dialect> {
    let said = || {
        let narrow = Where::Narrow;
        select(vec![narrow, narrow, Where::Always, Where::Never])
    };
    let closed = select(vec![
        SendOnClosed::Error,
        SendOnClosed::Error,
        SendOnClosed::Fails,
        SendOnClosed::Waits,
    ]);
    let twice = select(vec![CloseTwice::Already, CloseTwice::Fails]);
    (said(), said(), closed, twice, any::<(bool, bool, bool)>()).prop_map(
        |(fifo, hand_off, send_on_closed, close_twice, flags)| Dialect {
            fifo,
            hand_off,
            send_on_closed,
            close_twice,
            keeps_cancelled: flags.0,
            permit_outlives_close: flags.1,
            first_arm: flags.2,
        },
    )
}
