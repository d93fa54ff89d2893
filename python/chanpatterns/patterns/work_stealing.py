"""Work stealing: workers that run out of work take it from others.

Channels  shared: one channel of jobs that all workers receive from.
          deques: a deque for each worker; the owner takes the newest job
          from one end, thieves the oldest from the other.
          Both: one bounded channel of results to the collector.
Closing   shared: all jobs are there, and their sender gone, before the
          workers start; each drains and ends. deques: a worker ends when it
          finds every deque empty. A collector that leaves ends the workers.
Agree     multiset: each job is done once. With idle workers an unbalanced
          load is done by all of them.
Sides     rust/src/patterns/work_stealing.rs
          ocaml/patterns/work_stealing.ml
          compare/patterns/work_stealing.json
Source    R. D. Blumofe, C. E. Leiserson, *Scheduling Multithreaded
          Computations by Work Stealing* (1999); the deque is D. Chase's and
          Y. Lev's (2005).
"""

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from chanpatterns import _native
from chanpatterns.outcome import Done

J = TypeVar("J")
R = TypeVar("R")


def work_stealing(
    loads: Iterable[Iterable[J]],
    work: Callable[[J], R],
    *,
    form: Literal["deques", "shared"] = "deques",
) -> _native.Output[Done[R]]:
    """Call ``work`` on every job of ``loads``, with a worker for each load.

    All loads are read before the work begins. Outcomes come as they are
    completed; each says who did it (``worker``), in whose load it was
    (``owner``) and at which place in it (``index``), all counted from 0.

    Blocking: ``next`` waits for an outcome.

    Closing: when all jobs are done, or by leaving early.

    Errors: an exception is the ``error`` of its outcome. No load at all is
    a ``ValueError``: there would be nobody to work.

    >>> from chanpatterns import work_stealing
    >>> loads = [[1, 2, 3, 4], [], [5]]
    >>> sum(done.value for done in work_stealing(loads, lambda n: n * n))
    55
    """
    return _native.work_stealing(loads, work, form)
