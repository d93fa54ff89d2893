//! A select of tasks where the library has none: its arms are polled.

use crate::answer::Answer;
use crate::library::{Arm, Choice, Chosen, Library};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

type Pending<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// The order in which to look at so many arms.
fn order(
    arms: usize,
    choice: Choice,
    random: &mut fastrand::Rng,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..arms).collect();
    if !choice.biased {
        random.shuffle(&mut order);
    }
    order
}

/// Polls every arm until one is ready, and drops the others, as `tokio::select!`
/// does: in a random order each time, or in theirs.
pub async fn polled<L: Library>(arms: &[Arm<'_, L>], choice: Choice) -> Chosen {
    let mut random = fastrand::Rng::with_seed(choice.seed);
    let mut pending: Vec<Pending<'_>> = Vec::new();
    for arm in arms {
        pending.push(match *arm {
            Arm::Send(sender, value) => Box::pin(L::send(sender, value)),
            Arm::Recv(receiver) => Box::pin(L::recv(receiver)),
        });
    }
    poll_fn(|context| {
        for arm in order(pending.len(), choice, &mut random) {
            if let Poll::Ready(answer) = pending[arm].as_mut().poll(context) {
                return Poll::Ready((arm, answer));
            }
        }
        Poll::Pending
    })
    .await
}

/// Tries every arm once.
pub fn tried<L: Library>(
    arms: &[Arm<'_, L>],
    choice: Choice,
) -> Option<Chosen> {
    let mut random = fastrand::Rng::with_seed(choice.seed);
    let order = order(arms.len(), choice, &mut random);
    order.into_iter().find_map(|place| {
        let answer = match arms[place] {
            Arm::Send(sender, value) => L::try_send(sender, value),
            Arm::Recv(receiver) => L::try_recv(receiver),
        };
        (!answer.waits()).then_some((place, answer))
    })
}
