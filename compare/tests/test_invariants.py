import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compare import invariants
from compare.errors import ShapeError
from compare.paths import SCHEMAS

sent = st.lists(st.integers(0, 20), min_size=1, max_size=12)


def broken(
    name: str,
    observation: dict[str, Any],
    wanted: Any = True,
    given: dict[str, Any] | None = None,
    expected: dict[str, Any] | None = None,
) -> list[str]:
    return invariants.broken({name: wanted}, observation, given or {}, expected)


@given(sent, st.data())
def test_a_permutation_loses_nothing_and_has_nothing_twice(items: list[int], data: st.DataObject) -> None:
    observation = {"items": data.draw(st.permutations(items))}
    for name in ("nothing_lost", "nothing_twice"):
        assert broken(name, observation, expected={"items": items}) == []


@given(sent, st.data())
def test_each_lost_item_is_named(items: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    observation = {"items": items[:place] + items[place + 1 :]}
    assert broken("nothing_lost", observation, expected={"items": items}) == [f"lost: [{items[place]}]"]
    assert broken("nothing_twice", observation, expected={"items": items}) == []


@given(sent, st.data())
def test_each_duplicated_item_is_named(items: list[int], data: st.DataObject) -> None:
    item = data.draw(st.sampled_from(items))
    observation = {"items": [*items, item]}
    assert broken("nothing_twice", observation, expected={"items": items}) == [f"twice: [{item}]"]
    assert broken("nothing_lost", observation, expected={"items": items}) == []


def test_an_item_that_nobody_sent_is_named_so() -> None:
    assert broken("nothing_twice", {"items": [1, 99]}, expected={"items": [1]}) == ["never sent: [99]"]


def test_items_expected_by_producer_are_understood() -> None:
    expected = {"items": {"0": [1, 2], "A": [["A-1", 10]]}}
    observation = {"items": [["A", "A-1", 10], [0, 2]]}
    assert broken("nothing_lost", observation, expected=expected) == ["lost: [[0, 1]]"]


def test_many_lost_items_are_counted() -> None:
    (told,) = broken("nothing_lost", {"items": []}, expected={"items": list(range(1000))})
    assert told == "lost: [0, 1, 2, 3, 4, 5, 6, 7, … 992 more]"


@pytest.mark.parametrize(
    ("accepted", "peak", "told"),
    [
        (3, 3, []),
        (0, 0, []),
        (5, 3, ["accepted 5, capacity 3"]),
        (3, 4, ["peak 4, capacity 3"]),
        (4, 5, ["accepted 4, capacity 3", "peak 5, capacity 3"]),
    ],
)
def test_capacity(accepted: int, peak: int, told: list[str]) -> None:
    assert broken("capacity", {"accepted": accepted, "measured": {"peak": peak}}, 3) == told


@pytest.mark.parametrize(
    "observation",
    [
        {"accepted": 1},
        {"accepted": 1, "measured": {}},
        {"accepted": 1, "measured": {"peak": None}},
        {"accepted": 1, "measured": {"peak": True}},
        {"accepted": 1, "measured": {"peak": 0.5}},
    ],
)
def test_a_missing_figure_breaks_its_invariant(observation: dict[str, Any]) -> None:
    assert broken("capacity", observation, 3) == ["capacity: the observation has no number measured.peak"]


@pytest.mark.parametrize("seen", [0, 1, 3, 5])
def test_concurrency_is_exact(seen: int) -> None:
    assert broken("concurrency", {"concurrency": seen}, 4) == [f"concurrency {seen}, expected 4"]
    assert broken("concurrency", {"concurrency": seen}, seen) == []


def test_generated_at_most() -> None:
    assert broken("generated_at_most", {"measured": {"generated": 4}}, 4) == []
    told = ["generated 5, at most 4 allowed"]
    assert broken("generated_at_most", {"measured": {"generated": 5}}, 4) == told


def takers(name: str, items: list[Any], by: list[int]) -> dict[str, Any]:
    return {"items": items, "measured": {name: by}}


@given(sent, st.data())
def test_any_split_in_the_order_of_sending_is_right(items: list[int], data: st.DataObject) -> None:
    by = [data.draw(st.integers(0, 3)) for _ in items]
    log = sorted(zip(by, items, strict=True), key=lambda pair: pair[0])  # receiver after receiver
    observation = takers("receivers", [item for _, item in log], [receiver for receiver, _ in log])
    assert broken("order_per_receiver", observation, given={"items": items}) == []


@given(st.lists(st.integers(), min_size=2, max_size=8, unique=True), st.data())
def test_two_swapped_items_of_one_receiver_are_seen(items: list[int], data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(items) - 2))
    swapped = [*items[:i], items[i + 1], items[i], *items[i + 2 :]]
    observation = takers("receivers", swapped, [0] * len(items))
    told = f"order: receiver 0 got {items[i + 1]} before {items[i]} of producer 0"
    assert broken("order_per_receiver", observation, given={"items": items}) == [told]


def test_the_order_is_that_of_each_producer() -> None:
    given = {"sources": [[1, 2], {"items": [1, 2]}]}
    right = takers("receivers", [[1, 1], [0, 1], [1, 2], [0, 2]], [0, 0, 0, 0])
    wrong = takers("receivers", [[1, 1], [0, 2], [1, 2], [0, 1]], [3, 3, 3, 3])
    assert broken("order_per_receiver", right, given=given) == []
    told = ["order: receiver 3 got 2 before 1 of producer 0"]
    assert broken("order_per_receiver", wrong, given=given) == told


@pytest.mark.parametrize("by", [[0], [0, 0, 0], None, ["0", "0"]])
def test_receivers_must_tell_of_every_item(by: Any) -> None:
    (told,) = broken("order_per_receiver", takers("receivers", [1, 2], by), given={"items": [1, 2]})
    assert told.startswith("order_per_receiver: ")


LOADS = {"loads": [[1, 2, 3], [7, 8]]}


@pytest.mark.parametrize(
    ("ran", "told"),
    [
        ([(0, 3), (0, 2), (0, 1), (1, 8), (1, 7)], []),
        ([(1, 8), (0, 3), (1, 7), (1, 1), (0, 2)], []),
        ([(1, 8), (1, 7), (1, 1), (1, 2), (1, 3)], []),
        ([(0, 2), (0, 3)], ["order: worker 0 ran 3 of its own load after an older one"]),
        ([(1, 2), (1, 1)], ["order: worker 1 stole 1 from worker 0 after a newer one"]),
        ([(1, 9)], ["order: worker 1 ran 9, which is in no load"]),
    ],
)
def test_owner_lifo_thieves_fifo(ran: list[tuple[int, int]], told: list[str]) -> None:
    observation = takers("workers", [[v, v * v] for _, v in ran], [worker for worker, _ in ran])
    assert broken("owner_lifo_thieves_fifo", observation, given=LOADS) == told


@given(st.permutations([1, 2, 3, 4, 5]))
def test_an_owner_alone_has_one_right_order(ran: list[int]) -> None:
    assume(ran != [5, 4, 3, 2, 1])
    observation = takers("workers", [[v, v * v] for v in ran], [0] * 5)
    assert broken("owner_lifo_thieves_fifo", observation, given={"loads": [[1, 2, 3, 4, 5]]})


def test_a_figure_that_nobody_judges_is_named() -> None:
    observation = {"measured": {"peak": 1, "mood": 2, "generated": 3}}
    assert invariants.unjudged({"capacity": 1}, observation) == ["mood", "generated"]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("nothing_lost", {}, None),
        ("nothing_twice", {}, {"total": 1}),
        ("order_per_receiver", {"loads": []}, None),
        ("owner_lifo_thieves_fifo", {"items": []}, None),
    ],
)
def test_a_case_must_have_what_its_invariants_need(name: str, given: dict[str, Any], expected: Any) -> None:
    with pytest.raises(ShapeError, match=rf"^\$\.invariants\.{name}: needs "):
        invariants.check_case({name: True}, given, expected, "$")


def test_every_invariant_of_the_schema_is_known() -> None:
    schema = json.loads((SCHEMAS / "pattern.schema.json").read_text("utf-8"))
    of_cases = schema["$defs"]["case"]["properties"]["invariants"]["properties"]
    assert of_cases.keys() == invariants.ALL.keys()
