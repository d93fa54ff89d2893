//! Programs at random, from a seed.

use super::party::start;
use super::plain::Channel;
use super::{Manner, Message, Op, may_hang};

/// A source of numbers: xorshift64*, which needs no crate.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        (high as usize) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

/// A program for each thread, and the channel they begin with; none that can
/// wait for ever on a plain channel.
pub(crate) fn programs(
    dice: &mut Dice,
    threads: usize,
    calls: usize,
) -> (Channel, Vec<Vec<Op>>) {
    let capacity = dice.pick(&[Some(0), Some(1), Some(2), None]);
    let mut number = dice.roll(capacity.unwrap_or(2) + 1) as Message;
    let queue = 0..number;
    let mut programs: Vec<Vec<Op>> = (0..threads)
        .map(|_| (0..calls).map(|_| op(dice, &mut number)).collect())
        .collect();
    // Where they might hang, one after the other closes at its end, and then at
    // its beginning. Where they might not, a close would hide that somebody was
    // not woken.
    let closes = dice.pick(&[Op::Close, Op::Close, Op::DropSender]);
    let mut closing = 0;
    loop {
        let start = start(capacity, queue.clone(), &programs);
        if !may_hang(&start, &programs) {
            return (start, programs);
        }
        let program = &mut programs[closing % threads];
        match closing < threads {
            true => program.push(closes.clone()),
            false => program.insert(0, Op::Close),
        }
        closing += 1;
    }
}

fn op(dice: &mut Dice, number: &mut Message) -> Op {
    use Manner::{Await, Dropped, Try, Until, Wait};
    *number += 1;
    let message = *number;
    let manner = dice.pick(&[Try, Wait, Await, Until, Dropped]);
    let reserving = dice.pick(&[Try, Wait, Await, Dropped]);
    match dice.roll(16) {
        0..4 => Op::Send(manner, message),
        4..8 => Op::Recv(manner),
        8 => Op::ReserveSend(reserving, message),
        9 => Op::ReserveDrop(reserving),
        10 => {
            *number += 1;
            Op::SendMany(vec![message, message + 1])
        }
        11 => Op::RecvMany(2),
        12 => Op::Drain,
        13 => Op::Len,
        14 => Op::PutBack(message),
        _ => Op::Close,
    }
}
