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

from collections.abc import Iterable
from typing import TypeVar

from chanpatterns import _native

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
