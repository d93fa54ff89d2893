"""Pipeline: generator, transformer, aggregator.

Channels  generator -> bounded -> transformer -> bounded -> aggregator.
Closing   the generator ends and drops its sender; the transformer drains,
          ends and drops its own; the aggregator drains. The other way round,
          an aggregator that leaves drops its receiver: the transformer's
          send fails, it ends, and so does the generator.
Agree     exact, and the generator is not asked for more than the stages and
          channels hold beyond what was taken.
Sides     rust/src/patterns/pipeline.rs - ocaml/patterns/pipeline.ml
          compare/patterns/pipeline.json
Source    S. Ajmani, *Go Concurrency Patterns: Pipelines and cancellation*
          (2014).
"""

import asyncio
from collections.abc import (
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from contextlib import aclosing, suppress
from typing import TypeVar

from chanpatterns import _native
from chanpatterns._roles import attempt, function, iterator, outcomes
from chanpatterns.errors import SendClosed
from chanpatterns.outcome import Outcome
from chanpatterns.task_output import TaskOutput

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def pipeline(
    generate: Iterable[A],
    transform: Callable[[A], B],
    aggregate: Callable[[Iterator[Outcome[B]]], C],
    *,
    capacity: int,
) -> C:
    """Run three stages at once; return what the aggregator makes of it.

    The generator and the transformer have a thread each. ``aggregate`` is
    called on this thread, with an iterator over outcomes in the order of the
    generator. It may leave early, simply by returning: that stops an endless
    generator too.

    Blocking: returns when all three stages have ended. Each channel holds
    ``capacity`` items, and one more is in the hands of each stage.

    Errors: an item on which ``transform`` raises arrives as an outcome with
    that error. A generator that raises is reported after what it yielded.
    What ``aggregate`` raises stops the stages and is raised.

    >>> from itertools import count, islice
    >>> from chanpatterns import pipeline
    >>> def first_four(squares):
    ...     return sum(square.value for square in islice(squares, 4))
    >>> pipeline(count(1), lambda n: n * n, first_four, capacity=2)
    30
    """
    if not callable(aggregate):
        name = type(aggregate).__name__
        raise TypeError(f"aggregate must be callable, not {name}")
    with _native.pipeline(generate, transform, capacity) as outcomes:
        return aggregate(outcomes)


# For tasks of asyncio.


async def pipeline_async(
    generate: AsyncIterable[A] | Iterable[A],
    transform: Callable[[A], Awaitable[B]],
    aggregate: Callable[[TaskOutput[Outcome[B]]], Awaitable[C]],
    *,
    capacity: int,
) -> C:
    """Run three stages at once; return what the aggregator makes of it.

    The same on one event loop. The generator and the transformer have a task
    each, ``aggregate`` is awaited in this one. It gets an asynchronous
    iterator, and may leave early, simply by returning.

    Blocking and errors: as for `pipeline`. A task that is cancelled while it
    awaits this ends all stages.

    >>> import asyncio
    >>> from itertools import count
    >>> from chanpatterns import pipeline_async
    >>> async def square(n):
    ...     return n * n
    >>> async def first_four(squares):
    ...     return sum([(await anext(squares)).value for _ in range(4)])
    >>> stages = pipeline_async(count(1), square, first_four, capacity=2)
    >>> asyncio.run(stages)
    30
    """
    capacity = _native.count("capacity", capacity, 0)
    function("transform", transform)
    function("aggregate", aggregate)
    source = iterator("generate", generate)

    async def run(tx: _native.Sender[Outcome[B]]) -> None:
        generated_tx: _native.Sender[Outcome[A]]
        generated_rx: _native.Receiver[Outcome[A]]
        generated_tx, generated_rx = _native.channel(capacity)

        # A send that fails means that the next stage has left.
        async def generator() -> None:
            with generated_tx, suppress(SendClosed):
                async with aclosing(outcomes(source)) as items:
                    async for item in items:
                        await generated_tx.send_async(item)

        async def transformer() -> None:
            with tx, generated_rx, suppress(SendClosed):
                async for item in generated_rx:
                    if item.ok:
                        made = await attempt(item.index, transform, item.value)
                    else:
                        made = Outcome(item.index, None, item.error)
                    await tx.send_async(made)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(generator())
            tasks.create_task(transformer())

    output = TaskOutput(run, lambda outcome: outcome, capacity=capacity)
    async with output as results:
        return await aggregate(results)
