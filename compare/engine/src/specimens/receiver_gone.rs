use chanpatterns::patterns::receiver_gone::entry::{Items, Receive};
use chanpatterns::patterns::receiver_gone::{Offered, offer};

pub(super) fn swallows(
    items: Items,
    capacity: Option<usize>,
    receive: Receive,
) -> Offered<i64, Vec<i64>> {
    Offered {
        returned: Vec::new(),
        ..offer(items, capacity, receive)
    }
}

pub(super) fn counts_all(
    items: Items,
    capacity: Option<usize>,
    receive: Receive,
) -> Offered<i64, Vec<i64>> {
    let offered = offer(items, capacity, receive);
    let accepted = offered.accepted + offered.returned.len();
    Offered {
        accepted,
        ..offered
    }
}
