//! The handles of a process.

use super::compiler::Compiler;
use super::{Code, Invalid, Move, Op, What, invalid};
use crate::litmus::path::Path;
use crate::litmus::program::{Kind, Side};

/// Which handles a process owns, holds at each operation, and needs there.
pub(super) fn handles(
    path: Path<'_>,
    compiler: &Compiler<'_>,
    code: &mut Code,
) -> Result<(), Invalid> {
    let name = |channel: u8| &compiler.program.channels[channel as usize].name;
    let mut held = code.owned.clone();
    for instruction in &code.instructions {
        for (channel, side) in uses(&instruction.op) {
            if *of(&mut held[channel as usize], side) == 0 {
                let side = match side {
                    Side::Sender => "sender",
                    Side::Receiver => "receiver",
                };
                return invalid(
                    format!("{path}.operations"),
                    format!(
                        "operation {} needs a {side} of {:?}, and they were \
                         dropped before",
                        instruction.number,
                        name(channel),
                    ),
                );
            }
        }
        code.held.extend_from_slice(&held);
        match &instruction.op {
            Op::Drop(channel, side) => {
                *of(&mut held[*channel as usize], *side) -= 1;
            }
            Op::Clone(channel, side) => {
                *of(&mut held[*channel as usize], *side) += 1;
            }
            Op::Wait { transfer, .. }
            | Op::Try { transfer }
            | Op::Start(_, transfer) => {
                let kind = compiler.pipes[transfer.channel as usize].kind;
                let sends = matches!(transfer.what, What::Send(_));
                if kind == Kind::Oneshot && sends {
                    held[transfer.channel as usize].0 -= 1;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn of(held: &mut (u8, u8), side: Side) -> &mut u8 {
    match side {
        Side::Sender => &mut held.0,
        Side::Receiver => &mut held.1,
    }
}

/// Which handles an operation needs.
pub(super) fn uses(op: &Op) -> impl Iterator<Item = (u8, Side)> {
    let of = |transfer: &Move| {
        let side = match transfer.what {
            What::Send(_) => Side::Sender,
            What::Recv(_) => Side::Receiver,
        };
        (transfer.channel, side)
    };
    let (moves, other) = match op {
        Op::Wait { transfer, .. }
        | Op::Try { transfer }
        | Op::Each { transfer, .. }
        | Op::Start(_, transfer) => (std::slice::from_ref(transfer), None),
        Op::Select { arms, .. } => (&arms[..], None),
        Op::Drop(channel, side) | Op::Clone(channel, side) => {
            (&[][..], Some((*channel, *side)))
        }
        Op::Reserve { channel, .. } => {
            (&[][..], Some((*channel, Side::Sender)))
        }
        _ => (&[][..], None),
    };
    moves.iter().map(of).chain(other)
}
