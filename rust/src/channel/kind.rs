//! What makes one channel's ends another type than another's.

use super::engine::Engine;

/// A kind of channel: in which order messages come out, and what happens when
/// there is no room.
///
/// It is the second parameter of [`Sender`](super::Sender) and
/// [`Receiver`](super::Receiver), so that every kind has the same operations.
/// It has no values, and nobody else can add one.
// The bound is what keeps others out.
#[allow(private_bounds, private_interfaces)]
pub trait Kind<T> {
    #[doc(hidden)]
    type Engine: Engine<T>;
}
