"""Producers: labelled senders with a delay, one collector, a total.

Channels  one channel, unbounded or of a capacity, a sender each producer.
Closing   a producer drops its sender when it ends; the last drop ends the
          collector. A collector that leaves ends the producers: their next
          send fails.
Agree     per_producer: A-1 before A-2, any order between A and B.
Sides     rust/src/patterns/producers.rs - ocaml/patterns/producers.ml
          compare/patterns/producers.json
Source    the multiple-producer example of *The Rust Programming Language*,
          chapter 16.2, with a label for each producer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from chanpatterns import _native

T = TypeVar("T")


@dataclass(frozen=True)
class Producer:
    """One producer: its name, how much it makes, how long that takes."""

    label: str
    """The label that comes with each of its items."""

    items: int
    """How many items it makes."""

    delay: float = 0.0
    """How many seconds it sleeps before each item."""


def producers(
    producers: Iterable[Producer],
    make: Callable[[str, int], T],
    *,
    capacity: int | None = None,
) -> _native.Output[tuple[str, T]]:
    """Run each producer on a thread of its own and collect what they make.

    A producer sleeps its delay, calls ``make`` with its label and the number
    of the item, counted from 1, and sends what it gets. Items come as pairs
    with their label.

    Blocking: ``next`` waits for an item. A producer waits when ``capacity``
    items wait for the collector; ``None`` is no bound.

    Closing: the output ends after the last producer; its length is the
    total. Leaving early waits for producers that sleep until they wake.

    Errors: a producer whose ``make`` raises ends; the exception is raised
    where the item would have come, with a note, and iteration may go on.

    >>> from chanpatterns import Producer, producers
    >>> staff = [Producer("A", items=3), Producer("B", items=2, delay=0.01)]
    >>> output = producers(staff, lambda label, n: f"{label}-{n}")
    >>> items = [item for _label, item in output]
    >>> len(items), [item for item in items if item.startswith("A")]
    (5, ['A-1', 'A-2', 'A-3'])
    """
    return _native.producers(producers, make, capacity)
