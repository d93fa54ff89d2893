use chanpatterns::Panicked;
use chanpatterns::entry::{Items, Refused};
use chanpatterns::patterns::Output;
use chanpatterns::patterns::bounded::read_ahead;

pub(super) fn one_slot(
    items: Items,
    early: Refused,
) -> Output<Result<i64, Panicked>> {
    read_ahead(items, 1, early)
}
