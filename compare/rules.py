"""When do two observations agree?

Every rule is an equality of *canonical forms*: what the rule leaves free is
brought into one order, and the rest must be equal as JSON. `measured` is never
part of it.
"""

from itertools import groupby
from typing import Any

from compare import wire
from compare.errors import ShapeError

Observation = dict[str, Any]


def canonical(rule: str, observation: Observation) -> Observation:
    """Bring an observation into the form in which agreeing ones are equal."""
    form = {key: value for key, value in observation.items() if key != "measured"}
    if "items" in form:
        if not isinstance(form["items"], list):
            raise ShapeError(".items: expected a list")
        form["items"] = _canonical_items(rule, form["items"])
    return form


def canonical_expected(rule: str, expected: Observation) -> Observation:
    """Do the same for what a case file states, which it writes by producer."""
    if rule != "per_producer" or "items" not in expected:
        return canonical(rule, expected)
    if not isinstance(expected["items"], dict):
        raise ShapeError(".items: under per_producer expected by producer, as an object of lists")
    return canonical(rule, {**expected, "items": listed(expected["items"])})


def listed(by_producer: dict[str, Any]) -> list[Any]:
    """Write items that are grouped by producer as a log, producer after producer."""
    log: list[Any] = []
    for key, values in by_producer.items():
        if not isinstance(values, list):
            raise ShapeError(f".items.{key}: expected the list of what this producer sent")
        log += [[_producer(key), *(value if isinstance(value, list) else [value])] for value in values]
    return log


def _producer(key: str) -> int | str:
    # Keys of an object are strings, so the numbered producers are read back.
    return int(key) if key.isascii() and key.isdigit() else key


def _canonical_items(rule: str, items: list[Any]) -> Any:
    if rule == "multiset":
        return sorted(items, key=_order)
    if rule == "per_producer":
        return _by_producer(items)
    return items


def _by_producer(items: list[Any]) -> dict[str, list[Any]]:
    for index, item in enumerate(items):
        if not isinstance(item, list) or not item:
            raise ShapeError(f".items[{index}]: expected a list that begins with its producer")
    ordered = sorted(items, key=lambda item: _order(item[0]))  # a stable sort
    return {
        producer: [item[1:] for item in group]
        for producer, group in groupby(ordered, key=lambda item: wire.encode(item[0]))
    }


def _order(value: Any) -> tuple[Any, ...]:
    """Order JSON values: numbers by size, lists part by part, the rest as text.

    The numbers come first by their size, so that a reader of a difference finds
    9 before 10; the text behind it keeps 1, 1.0 and true apart.
    """
    if isinstance(value, list):
        return (2, tuple(_order(part) for part in value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (0, value, wire.encode(value))
    return (1, wire.encode(value))


def same(left: Observation, right: Observation) -> bool:
    """Tell whether two canonical forms are equal as JSON (1 is not true there)."""
    return wire.encode(left) == wire.encode(right)
