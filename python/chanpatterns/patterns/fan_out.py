"""Fan-out: one source, several consumers that compete for its items.

Channels  one bounded channel that all consumers receive from, and an
          unbounded one for failures.
Closing   the source drops its sender at its end; each consumer drains and
          ends. Who leaves the output ends the consumers after the items in
          their hands, and they the source.
Agree     multiset: each item is consumed once, by one of them.
Sides     rust/src/patterns/fan_out.rs - ocaml/patterns/fan_out.ml
          compare/patterns/fan_out.json
Source    S. Ajmani, *Go Concurrency Patterns: Pipelines and cancellation*
          (2014), "fan-out".
"""

from collections.abc import Callable, Iterable
from typing import Never, TypeVar

from chanpatterns import _native
from chanpatterns.outcome import Outcome

T = TypeVar("T")


def fan_out(
    items: Iterable[T],
    consume: Callable[[int, T], object],
    *,
    consumers: int,
) -> _native.Output[Outcome[Never]]:
    """Give each item to one of several consumers, whichever is free.

    ``consume`` gets the number of the consumer, counted from 0, and the
    item. The output yields only failures: outcomes with the index of an item
    and its error. When it ends, everything has been consumed.

    Blocking: ``next`` waits for a failure or for the end. Items are taken
    from the iterable as consumers become free.

    Closing: at the end of the items. Who leaves early leaves the rest of the
    items unconsumed.

    Errors: an iterable that raises is reported with the index of the item
    that it did not yield. Fewer than one consumer is a ``ValueError``.

    >>> from chanpatterns import fan_out
    >>> seen = []
    >>> def consume(consumer, item):
    ...     seen.append(1 / item)
    >>> for failure in fan_out([4, 2, 0, 1], consume, consumers=2):
    ...     print(failure)
    Outcome(index=2, error=ZeroDivisionError('division by zero'))
    >>> sorted(seen)
    [0.25, 0.5, 1.0]
    """
    return _native.fan_out(items, consume, consumers)
