//! Numbered messages, and the totals by which a run is checked.

use std::fmt;
use std::iter;
use std::ops::Range;

/// What is sent: a number, in as many bytes as the cell asks for.
pub(crate) trait Message: Send + 'static {
    fn new(number: u64) -> Self;
    /// The number; another one if the message is torn.
    fn number(&self) -> u64;
}

impl Message for u64 {
    fn new(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

/// A message of 256 bytes.
pub(crate) type Large = [u64; 32];

impl Message for Large {
    fn new(number: u64) -> Self {
        [number; 32]
    }

    fn number(&self) -> u64 {
        if self[0] == self[31] {
            self[0]
        } else {
            u64::MAX
        }
    }
}

/// What was received: equal totals mean that nothing was lost, doubled or
/// altered, unless three sums agree by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    count: u64,
    sum: u64,
    squares: u64,
}

impl Total {
    pub(crate) fn add(&mut self, number: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(number);
        self.squares = self.squares.wrapping_add(number.wrapping_mul(number));
    }

    pub(crate) fn merge(self, other: Total) -> Total {
        Total {
            count: self.count + other.count,
            sum: self.sum.wrapping_add(other.sum),
            squares: self.squares.wrapping_add(other.squares),
        }
    }

    /// An error unless the total is that of all `numbers`, each once.
    pub(crate) fn check(self, numbers: Range<u64>) -> Result<(), Wrong> {
        let mut expected = Total::default();
        numbers.for_each(|number| expected.add(number));
        if self == expected {
            Ok(())
        } else {
            Err(Wrong {
                received: self,
                expected,
            })
        }
    }
}

impl iter::Sum for Total {
    fn sum<I: Iterator<Item = Total>>(totals: I) -> Total {
        totals.fold(Total::default(), Total::merge)
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Total {
            count,
            sum,
            squares,
        } = self;
        write!(f, "{count} messages (sum {sum}, of squares {squares})")
    }
}

/// A system received something else than what was sent.
#[derive(Debug)]
pub(crate) struct Wrong {
    received: Total,
    expected: Total,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "received {} of {}", self.received, self.expected)
    }
}
