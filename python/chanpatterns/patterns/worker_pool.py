"""Worker pool: jobs to workers, their results collected.

Channels  one bounded channel of jobs that all workers receive from, one
          bounded channel of results that all workers send on.
Closing   the feeder drops the jobs' sender after the last job; each worker
          drains and ends; the last one closes the results. Who leaves the
          results ends the workers, and they the feeder.
Agree     multiset, or exact in input order; concurrency = workers. A job
          that raises is that job's result, and its worker goes on.
Sides     rust/src/patterns/worker_pool.rs - ocaml/patterns/worker_pool.ml
          compare/patterns/worker_pool.json
Source    P. Hyde, *Java Thread Programming* (1999), 13, "Thread pooling".
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from chanpatterns import _native
from chanpatterns.outcome import Outcome

J = TypeVar("J")
R = TypeVar("R")


def worker_pool(
    items: Iterable[J],
    work: Callable[[J], R],
    *,
    workers: int,
    ordered: bool = False,
) -> _native.Output[Outcome[R]]:
    """Call ``work`` on every item, on ``workers`` threads at once.

    Outcomes come as they are completed, or, if ``ordered``, in the order of
    the items; those that are early then wait, in memory, for the slowest
    before them.

    Blocking: ``next`` waits for an outcome. Items are taken from the
    iterable as workers become free. Threads share the interpreter: what
    gains is work that waits, or that computes outside it.

    Closing: at the end of the items, or by leaving early.

    Errors: an exception is the ``error`` of its outcome. An iterable that
    raises is reported with the index of the item that it did not yield.
    Fewer than one worker is a ``ValueError``.

    >>> from chanpatterns import worker_pool
    >>> outcomes = worker_pool(
    ...     ["3", "four", "5"], int, workers=3, ordered=True
    ... )
    >>> [outcome.value if outcome.ok else None for outcome in outcomes]
    [3, None, 5]
    """
    return _native.worker_pool(items, work, workers, ordered)
