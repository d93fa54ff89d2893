//! That every program ends, and how much it does before.

use super::handles::uses;
use super::{Code, Invalid, MOST, OPERATIONS, Op, Pipe, invalid, too_large};
use crate::litmus::program::Side;

/// No loop feeds, itself or through others, the channel that it receives from:
/// it might never end.
pub(super) fn loops_end(pipes: usize, codes: &[Code]) -> Result<(), Invalid> {
    let mut feeds = [[false; MOST]; MOST];
    for code in codes {
        for (start, head) in code.instructions.iter().enumerate() {
            let Op::Each { transfer, .. } = &head.op else {
                continue;
            };
            let body = start + 1..body_end(code, start);
            for instruction in &code.instructions[body] {
                for (fed, side) in uses(&instruction.op) {
                    if side == Side::Sender {
                        feeds[transfer.channel as usize][fed as usize] = true;
                    }
                }
            }
        }
    }
    for through in 0..pipes {
        for from in 0..pipes {
            for to in 0..pipes {
                feeds[from][to] |= feeds[from][through] && feeds[through][to];
            }
        }
    }
    match (0..pipes).any(|pipe| feeds[pipe][pipe]) {
        false => Ok(()),
        true => invalid(
            "$.processes",
            "a loop feeds the channel that it receives from: it may never end"
                .into(),
        ),
    }
}

/// The most messages on each channel and results in each log.
pub(super) fn bounds(
    pipes: &mut [Pipe],
    codes: &mut [Code],
) -> Result<(), Invalid> {
    for _ in 0..=pipes.len() + 1 {
        let mut most = [0usize; MOST];
        for code in codes.iter_mut() {
            code.log = 0;
            for (place, instruction) in code.instructions.iter().enumerate() {
                let mut times = times(code, place, pipes);
                for (channel, side) in uses(&instruction.op) {
                    let sends =
                        !matches!(instruction.op, Op::Drop(..) | Op::Clone(..));
                    if side == Side::Sender && sends {
                        let most = &mut most[channel as usize];
                        *most = most.saturating_add(times);
                    }
                }
                if let Op::Each { transfer, .. } = &instruction.op {
                    let each = pipes[transfer.channel as usize].most;
                    times = times.saturating_mul(each);
                }
                code.log = code.log.saturating_add(times);
            }
        }
        let mut same = true;
        for (pipe, most) in pipes.iter_mut().zip(most) {
            same &= pipe.most == most;
            pipe.most = most;
        }
        if same {
            let large = codes.iter().position(|code| code.log > OPERATIONS);
            return match large {
                None => Ok(()),
                Some(process) => too_large(
                    format!("$.processes[{process}]"),
                    format!("it may do more than {OPERATIONS} things"),
                ),
            };
        }
    }
    unreachable!("no loop feeds itself")
}

/// How often the instruction at `place` may run: once for each message of the
/// loops around it.
fn times(code: &Code, place: usize, pipes: &[Pipe]) -> usize {
    code.instructions[..place]
        .iter()
        .enumerate()
        .filter_map(|(start, instruction)| match &instruction.op {
            Op::Each { transfer, .. } if place < body_end(code, start) => {
                Some(pipes[transfer.channel as usize].most)
            }
            _ => None,
        })
        .fold(1, usize::saturating_mul)
}

/// Where the body of the loop at `start` ends in the list of instructions.
fn body_end(code: &Code, start: usize) -> usize {
    match code.instructions[start].op {
        Op::Each { behind, .. } => behind as usize,
        _ => unreachable!("it is no loop"),
    }
}
