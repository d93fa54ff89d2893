use chanpatterns::Panicked;
use chanpatterns::patterns::Output;
use chanpatterns::patterns::bounded::read_ahead;
use chanpatterns::patterns::rendezvous::entry::{Early, Items};

pub(super) fn one_slot(
    items: Items,
    early: Early,
) -> Output<Result<i64, Panicked>> {
    read_ahead(items, 1, early)
}
