//! Numbers: how many a run asks for, how they are shown, and random ones.

use std::env;

/// What the environment variable `name` says, or `otherwise`.
pub(crate) fn asked(name: &str, otherwise: u64) -> u64 {
    let Ok(text) = env::var(name) else {
        return otherwise;
    };
    match text.replace('_', "").parse() {
        Ok(number) if number > 0 => number,
        _ => panic!("{name} is a whole number of at least 1, not {text:?}"),
    }
}

/// With commas between the thousands.
pub(crate) fn shown(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As many for each of `parts`, one more for the first ones.
pub(crate) fn split(all: u64, parts: usize) -> Vec<u64> {
    let parts = parts as u64;
    let part = |place| all / parts + u64::from(place < all % parts);
    (0..parts).map(part).collect()
}

/// A source of numbers from a seed: xorshift64*.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % sides
    }
}

#[test]
fn thousands_are_told_apart() {
    let shows = [0, 999, 1_000, 1_234_567].map(shown);
    assert_eq!(shows, ["0", "999", "1,000", "1,234,567"]);
    assert_eq!(split(7, 3), [3, 2, 2]);
}
