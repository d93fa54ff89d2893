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

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from chanpatterns import _native
from chanpatterns._roles import attempt, function, in_place
from chanpatterns.errors import SendClosed
from chanpatterns.outcome import Outcome
from chanpatterns.task_output import TaskOutput

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


# For tasks of asyncio.


def producers_async(
    producers: Iterable[Producer],
    make: Callable[[str, int], Awaitable[T]],
    *,
    capacity: int | None = None,
) -> TaskOutput[tuple[str, T]]:
    """Run each producer in a task of its own and collect what they make.

    The same on one event loop, whose clock it is that a producer sleeps on.
    ``make`` is a coroutine function, say.

    Blocking, closing and errors: as for `producers`. `TaskOutput` says how to
    leave early, which also wakes who sleeps.

    >>> import asyncio
    >>> from chanpatterns import Producer, producers_async
    >>> async def make(label, number):
    ...     return f"{label}-{number}"
    >>> async def main():
    ...     staff = [Producer("A", items=3), Producer("B", 2, delay=0.01)]
    ...     return [item async for _, item in producers_async(staff, make)]
    >>> items = asyncio.run(main())
    >>> len(items), [item for item in items if item.startswith("A")]
    (5, ['A-1', 'A-2', 'A-3'])
    """
    staff = list(producers)
    for number, member in enumerate(staff):
        _native.check_producer(number, member)
    function("make", make)

    async def run(tx: _native.Sender[tuple[str, Outcome[T]]]) -> None:
        async with asyncio.TaskGroup() as tasks:
            with tx:  # given up at the end, or the collector waited for ever
                for member in staff:
                    tasks.create_task(produce(member, tx.clone()))

    async def produce(
        producer: Producer, tx: _native.Sender[tuple[str, Outcome[T]]]
    ) -> None:
        label = producer.label
        # A send that fails means that the collector has left.
        with tx, suppress(SendClosed):
            for number in range(1, producer.items + 1):
                await asyncio.sleep(producer.delay)
                outcome = await attempt(number, make, label, number)
                await tx.send_async((label, outcome))
                if not outcome.ok:
                    break

    def collect(sent: tuple[str, Outcome[T]]) -> tuple[str, T]:
        label, outcome = sent
        return label, in_place(outcome, f"producer {label}")

    return TaskOutput(run, collect, capacity=capacity)
