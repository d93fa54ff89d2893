"""Fan-in: many sources, one collector.

Channels  one bounded channel, a sender for each source.
Closing   a source drops its sender when it ends; the last drop ends the
          collector. A collector that leaves ends the sources: their next
          send fails.
Agree     per_producer: order within a source, any order between sources.
Sides     rust/src/patterns/fan_in.rs - ocaml/patterns/fan_in.ml
          compare/patterns/fan_in.json
Source    R. Pike, *Go Concurrency Patterns* (2012), "multiplexing".
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, suppress
from typing import TypeVar

from chanpatterns import _native
from chanpatterns._roles import in_place, iterator, outcomes
from chanpatterns.errors import SendClosed
from chanpatterns.outcome import Outcome
from chanpatterns.task_output import TaskOutput

T = TypeVar("T")


def fan_in(
    sources: Iterable[Iterable[T]],
) -> _native.Output[tuple[int, T]]:
    """Run each source on a thread of its own and merge what they yield.

    Items come as pairs with the number of their source, counted from 0.

    Blocking: ``next`` waits for an item. A source waits when 64 items wait
    for the collector.

    Closing: the output ends after the last source.

    Errors: a source that raises ends; its exception is raised where its next
    item would have come, with a note, and iteration may go on after it. A
    source that is not iterable is a ``TypeError`` at once.

    >>> from chanpatterns import fan_in
    >>> sums = [0, 0]
    >>> for source, item in fan_in([range(1, 5), [10, 11]]):
    ...     sums[source] += item
    >>> sums
    [10, 21]
    """
    return _native.fan_in(sources)


# For tasks of asyncio.


def fan_in_async(
    sources: Iterable[AsyncIterable[T] | Iterable[T]],
) -> TaskOutput[tuple[int, T]]:
    """Run each source in a task of its own and merge what they yield.

    The same on one event loop: while one source awaits something, the others
    go on. Sources are asynchronous iterables, or others that do not block.

    Blocking, closing and errors: as for `fan_in`. `TaskOutput` says how to
    leave early; asynchronous generators are closed then.

    >>> import asyncio
    >>> from chanpatterns import fan_in_async
    >>> async def count_to(n):
    ...     for number in range(1, n + 1):
    ...         await asyncio.sleep(0)
    ...         yield number
    >>> async def main():
    ...     sums = [0, 0]
    ...     async for source, item in fan_in_async([count_to(4), [10, 11]]):
    ...         sums[source] += item
    ...     return sums
    >>> asyncio.run(main())
    [10, 21]
    """
    iterators = [
        iterator(f"source {number}", source)
        for number, source in enumerate(sources)
    ]

    async def run(tx: _native.Sender[tuple[int, Outcome[T]]]) -> None:
        async with asyncio.TaskGroup() as tasks:
            with tx:  # given up at the end, or the collector waited for ever
                for number, items in enumerate(iterators):
                    tasks.create_task(source(number, items, tx.clone()))

    async def source(
        number: int,
        items: AsyncIterator[T] | Iterator[T],
        tx: _native.Sender[tuple[int, Outcome[T]]],
    ) -> None:
        # A send that fails means that the collector has left.
        with tx, suppress(SendClosed):
            async with aclosing(outcomes(items)) as outcomes_of_source:
                async for outcome in outcomes_of_source:
                    await tx.send_async((number, outcome))

    def collect(sent: tuple[int, Outcome[T]]) -> tuple[int, T]:
        number, outcome = sent
        return number, in_place(outcome, f"source {number} of fan_in_async")

    return TaskOutput(run, collect, capacity=64)
