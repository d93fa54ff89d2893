use chanpatterns::channel::Sender;
use chanpatterns::patterns::Output;
use chanpatterns::patterns::backpressure::{Stage, chain};

pub(super) fn without_bound(
    _capacity: usize,
    stages: Vec<Stage<i64>>,
) -> (Sender<i64>, Output<i64>) {
    chain(usize::MAX, stages)
}
