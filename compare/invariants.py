"""What must hold of a single observation, whatever the other systems say.

Each invariant is a function that yields a sentence for each way in which it
does not hold. Some are judged with the help of the case: what was expected,
or in which order things were sent.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from compare import rules, wire
from compare.errors import ShapeError

MANY = 8
"""So many values a sentence names; the rest are counted."""


@dataclass(frozen=True)
class Judged:
    """An observation, and what of the case an invariant may look at."""

    observation: dict[str, Any]
    input: dict[str, Any]
    expected: dict[str, Any] | None

    @property
    def items(self) -> list[Any]:
        """The log; an observation without one has an empty log."""
        items = self.observation.get("items", [])
        return items if isinstance(items, list) else []

    def number(self, *path: str) -> int:
        """Look up a figure, or refuse an observation that does not have it."""
        value: Any = self.observation
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise ShapeError(f"the observation has no number {'.'.join(path)}")
        return value

    def takers(self, name: str) -> list[tuple[int, Any]]:
        """Pair every item with whoever took it, as ``measured.<name>`` tells."""
        takers = self.observation.get("measured", {}).get(name)
        if not isinstance(takers, list) or not all(isinstance(t, int) for t in takers):
            raise ShapeError(f"the observation has no list of numbers measured.{name}")
        if len(takers) != len(self.items):
            raise ShapeError(f"measured.{name} tells of {len(takers)} items, but there are {len(self.items)}")
        return list(zip(takers, self.items, strict=True))


Complaints = Iterator[str]


def nothing_lost(judged: Judged, _: Any) -> Complaints:
    """Every item of ``expected.items`` is there, as often."""
    lost = _bag(_expected_items(judged.expected)) - _bag(judged.items)
    if lost:
        yield f"lost: {_named(lost)}"


def nothing_twice(judged: Judged, _: Any) -> Complaints:
    """No item is there more often than in ``expected.items``."""
    expected = _bag(_expected_items(judged.expected))
    surplus = _bag(judged.items) - expected
    twice = Counter({item: n for item, n in surplus.items() if item in expected})
    if twice:
        yield f"twice: {_named(twice)}"
    if surplus - twice:
        yield f"never sent: {_named(surplus - twice)}"


def capacity(judged: Judged, limit: int) -> Complaints:
    """No more was accepted, or ever under way, than there is room for."""
    accepted = judged.number("accepted")
    if accepted > limit:
        yield f"accepted {accepted}, capacity {limit}"
    peak = judged.number("measured", "peak")
    if peak > limit:
        yield f"peak {peak}, capacity {limit}"


def concurrency(judged: Judged, wanted: int) -> Complaints:
    """As many worked at once as should have."""
    seen = judged.number("concurrency")
    if seen != wanted:
        yield f"concurrency {seen}, expected {wanted}"


def generated_at_most(judged: Judged, limit: int) -> Complaints:
    """The generator was not asked for more than the pipeline can hold."""
    generated = judged.number("measured", "generated")
    if generated > limit:
        yield f"generated {generated}, at most {limit} allowed"


def order_per_receiver(judged: Judged, _: Any) -> Complaints:
    """Each receiver sees each producer's items in the order they were sent."""
    sent = _sent(judged.input)
    taken: dict[tuple[int, str], list[Any]] = {}
    for receiver, item in judged.takers("receivers"):
        producer, value = _producer_of(item, judged.input)
        taken.setdefault((receiver, producer), []).append(value)
    for (receiver, producer), values in sorted(taken.items()):
        wrong = _out_of_order(values, sent.get(producer, []))
        if wrong:
            yield f"order: receiver {receiver} got {wrong} of producer {producer}"


def owner_lifo_thieves_fifo(judged: Judged, _: Any) -> Complaints:
    """Each worker runs its own load newest first, what it stole oldest first."""
    home = {
        wire.encode(value): (owner, place)
        for owner, load in enumerate(judged.input["loads"])
        for place, value in enumerate(load)
    }
    last: dict[tuple[int, int], int] = {}
    for worker, item in judged.takers("workers"):
        value = item[0] if isinstance(item, list) and item else item
        if wire.encode(value) not in home:
            yield f"order: worker {worker} ran {_text(value)}, which is in no load"
            continue
        owner, place = home[wire.encode(value)]
        before = last.get((worker, owner))
        last[worker, owner] = place
        if before is None:
            continue
        if worker == owner and place > before:
            yield f"order: worker {worker} ran {_text(value)} of its own load after an older one"
        if worker != owner and place < before:
            yield f"order: worker {worker} stole {_text(value)} from worker {owner} after a newer one"


ALL: dict[str, Callable[[Judged, Any], Complaints]] = {
    "nothing_lost": nothing_lost,
    "nothing_twice": nothing_twice,
    "capacity": capacity,
    "concurrency": concurrency,
    "order_per_receiver": order_per_receiver,
    "generated_at_most": generated_at_most,
    "owner_lifo_thieves_fifo": owner_lifo_thieves_fifo,
}

JUDGES = {
    "peak": "capacity",
    "receivers": "order_per_receiver",
    "generated": "generated_at_most",
    "workers": "owner_lifo_thieves_fifo",
}
"""Which invariant judges which figure under `measured`."""


def broken(
    invariants: dict[str, Any],
    observation: dict[str, Any],
    case_input: dict[str, Any],
    expected: dict[str, Any] | None,
) -> list[str]:
    """Name every way in which the observation breaks the invariants of its case."""
    judged = Judged(observation, case_input, expected)
    complaints: list[str] = []
    for name, wanted in invariants.items():
        try:
            found = list(ALL[name](judged, wanted))
        except ShapeError as error:
            found = [f"{name}: {error}"]
        complaints += found if len(found) <= MANY else [*found[:MANY], _more(len(found) - MANY)]
    return complaints


def unjudged(invariants: dict[str, Any], observation: dict[str, Any]) -> list[str]:
    """Name the figures under `measured` that no invariant of the case judges."""
    measured = observation.get("measured", {})
    return [figure for figure in measured if JUDGES.get(figure) not in invariants]


def check_case(
    invariants: dict[str, Any],
    case_input: dict[str, Any],
    expected: dict[str, Any] | None,
    at: str,
) -> None:
    """Refuse a case that lacks what its invariants are judged by."""
    for name in invariants:
        where = f"{at}.invariants.{name}"
        if name in ("nothing_lost", "nothing_twice") and "items" not in (expected or {}):
            raise ShapeError(f"{where}: needs `expected.items` to judge by")
        if name == "order_per_receiver" and not {"sources", "items"} & case_input.keys():
            raise ShapeError(f"{where}: needs `input.sources` or `input.items` to judge by")
        if name == "owner_lifo_thieves_fifo" and "loads" not in case_input:
            raise ShapeError(f"{where}: needs `input.loads` to judge by")


# What the invariants are made of.


def _expected_items(expected: dict[str, Any] | None) -> list[Any]:
    items = (expected or {}).get("items", [])
    return rules.listed(items) if isinstance(items, dict) else list(items)


def _sent(case_input: dict[str, Any]) -> dict[str, list[Any]]:
    """Tell what each producer sent, in order; without sources there is one, 0."""
    sources = case_input.get("sources", [case_input.get("items")])
    return {str(producer): list(_items_of(source)) for producer, source in enumerate(sources)}


def _items_of(source: Any) -> Sequence[Any]:
    items = source["items"] if isinstance(source, dict) else source
    return items if isinstance(items, list) else []


def _producer_of(item: Any, case_input: dict[str, Any]) -> tuple[str, Any]:
    if "sources" not in case_input:
        return "0", item
    if not isinstance(item, list) or len(item) != 2:
        raise ShapeError(f"expected items [producer, value], found {_text(item)}")
    return str(item[0]), item[1]


def _out_of_order(values: list[Any], sent: list[Any]) -> str | None:
    """Say where ``values`` stops being a part of ``sent`` in its order."""
    place = 0
    previous: Any = None
    for value in values:
        try:
            place = sent.index(value, place) + 1
        except ValueError:
            if value not in sent:
                return f"{_text(value)}, which is not"
            return f"{_text(previous)} before {_text(value)}"
        previous = value
    return None


def _bag(items: list[Any]) -> Counter[str]:
    return Counter(wire.encode(item) for item in items)


def _named(bag: Counter[str]) -> str:
    """List the items of a bag, which are JSON text, in the order they came."""
    items = list(bag.elements())
    rest = [_more(len(items) - MANY)] if len(items) > MANY else []
    return f"[{', '.join(items[:MANY] + rest)}]"


def _more(number: int) -> str:
    return f"… {number} more"


def _text(value: Any) -> str:
    text = wire.encode(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
