from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compare import rules
from compare.errors import ShapeError

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
logs = st.lists(values, max_size=8)
sources = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=4)


def agree(rule: str, left: list[Any], right: list[Any]) -> bool:
    forms = [rules.canonical(rule, {"items": items}) for items in (left, right)]
    return rules.same(*forms)


@st.composite
def interleaved(draw: st.DrawFn, of: list[list[int]]) -> list[list[int]]:
    """Draw one of the logs in which every producer's items are in order."""
    log = [producer for producer, items in enumerate(of) for _ in items]
    rest = [iter(items) for items in of]
    return [[producer, next(rest[producer])] for producer in draw(st.permutations(log))]


@given(logs, st.data())
def test_a_permutation_agrees_under_multiset(log: list[Any], data: st.DataObject) -> None:
    assert agree("multiset", log, data.draw(st.permutations(log)))


@given(logs, st.data())
def test_a_permutation_agrees_exactly_only_if_it_is_the_same(log: list[Any], data: st.DataObject) -> None:
    other = data.draw(st.permutations(log))
    assert agree("exact", log, other) == (repr(log) == repr(other))


@given(sources, st.data())
def test_interleavings_agree_per_producer(of: list[list[int]], data: st.DataObject) -> None:
    assert agree("per_producer", data.draw(interleaved(of)), data.draw(interleaved(of)))


@pytest.mark.parametrize("rule", ["exact", "per_producer", "multiset"])
@given(of=sources, data=st.data())
def test_a_lost_or_duplicated_item_is_seen(rule: str, of: list[list[int]], data: st.DataObject) -> None:
    log = data.draw(interleaved(of))
    assume(log)
    place = data.draw(st.integers(0, len(log) - 1))
    assert not agree(rule, log, log[:place] + log[place + 1 :])
    assert not agree(rule, log, [*log[:place], log[place], *log[place:]])


@given(of=sources, data=st.data())
def test_two_swapped_items_of_one_producer_are_seen(of: list[list[int]], data: st.DataObject) -> None:
    log = data.draw(interleaved(of))
    pairs = [
        (i, j)
        for i, left in enumerate(log)
        for j, right in enumerate(log[i:], i)
        if left[0] == right[0] and left[1] != right[1]
    ]
    assume(pairs)
    i, j = data.draw(st.sampled_from(pairs))
    swapped = list(log)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    assert not agree("per_producer", log, swapped)
    assert agree("multiset", log, swapped)


@given(of=sources, data=st.data())
def test_what_is_expected_by_producer_is_the_log(of: list[list[int]], data: st.DataObject) -> None:
    log = data.draw(interleaved(of))
    for written in (of, [[[item] for item in items] for items in of]):
        by_producer = {str(producer): items for producer, items in enumerate(written)}
        expected = rules.canonical_expected("per_producer", {"items": by_producer})
        assert rules.same(expected, rules.canonical("per_producer", {"items": log}))


def test_measured_is_never_compared() -> None:
    forms = [rules.canonical("exact", {"items": [], "measured": {"peak": peak}}) for peak in (1, 2)]
    assert rules.same(*forms)


def test_everything_else_is_compared() -> None:
    forms = [rules.canonical("multiset", {"items": [], "total": total}) for total in (1, 2)]
    assert not rules.same(*forms)


@pytest.mark.parametrize(
    ("left", "right"), [(1, True), (0, False), (1, "1"), (1, 1.0), (None, False), ([], {})]
)
@pytest.mark.parametrize("rule", ["exact", "multiset"])
def test_values_that_python_confuses_are_told_apart(rule: str, left: Any, right: Any) -> None:
    assert not agree(rule, [left], [right])


def test_a_producer_named_0_is_not_producer_0() -> None:
    assert not agree("per_producer", [[0, 1]], [["0", 1]])


@pytest.mark.parametrize("items", [[1], [[]], [{}], ["A"]])
def test_per_producer_needs_items_with_a_producer(items: list[Any]) -> None:
    with pytest.raises(ShapeError, match=r"items\[0\]: expected a list that begins with its producer"):
        rules.canonical("per_producer", {"items": items})


@given(st.permutations([1, 1.0, True, [1], [1.0], "1"]))
def test_what_python_confuses_is_sorted_alike(log: list[Any]) -> None:
    assert agree("multiset", log, [1, 1.0, True, [1], [1.0], "1"])


def test_numbers_are_sorted_by_size() -> None:
    form = rules.canonical("multiset", {"items": [[10, 1], [9, 2], [9, 1]]})
    assert form["items"] == [[9, 1], [9, 2], [10, 1]]
