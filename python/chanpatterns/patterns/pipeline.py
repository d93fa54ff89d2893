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

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from chanpatterns import _native
from chanpatterns.outcome import Outcome

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
