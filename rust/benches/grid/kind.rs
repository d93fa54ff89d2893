//! What is varied: the kind of channel, its parties, the size of a message.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unbounded,
    /// Of that capacity; 0 is the rendezvous.
    Bounded(usize),
}

pub(crate) const RENDEZVOUS: Kind = Kind::Bounded(0);

impl Kind {
    /// `None` is no bound.
    pub(crate) fn capacity(self) -> Option<usize> {
        match self {
            Kind::Unbounded => None,
            Kind::Bounded(capacity) => Some(capacity),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Unbounded => f.write_str("unbounded"),
            Kind::Bounded(0) => f.write_str("rendezvous"),
            Kind::Bounded(capacity) => write!(f, "bounded-{capacity}"),
        }
    }
}

/// How many send and how many receive.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) producers: u64,
    pub(crate) consumers: u64,
}

pub(crate) const SHAPES: [Shape; 4] = [
    Shape::new(1, 1),
    Shape::new(4, 1),
    Shape::new(1, 4),
    Shape::new(4, 4),
];

impl Shape {
    const fn new(producers: u64, consumers: u64) -> Self {
        Shape {
            producers,
            consumers,
        }
    }

    /// Divides the messages 0..`items` among the producers.
    pub(crate) fn shares(
        self,
        items: u64,
    ) -> impl Iterator<Item = std::ops::Range<u64>> {
        let bound = move |n| items * n / self.producers;
        (0..self.producers).map(move |n| bound(n)..bound(n + 1))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}p{}c", self.producers, self.consumers)
    }
}

/// The size of a message.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    Bytes8,
    Bytes256,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Size::Bytes8 => "8B",
            Size::Bytes256 => "256B",
        })
    }
}
