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

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from typing import Generic, TypeVar

from chanpatterns import _native
from chanpatterns._roles import attempt, function, iterator, outcomes
from chanpatterns.errors import SendClosed
from chanpatterns.outcome import Outcome
from chanpatterns.task_output import TaskOutput

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


# For tasks of asyncio.


def worker_pool_async(
    items: AsyncIterable[J] | Iterable[J],
    work: Callable[[J], Awaitable[R]],
    *,
    workers: int,
    ordered: bool = False,
) -> TaskOutput[Outcome[R]]:
    """Await ``work`` on every item, on ``workers`` tasks at once.

    The same on one event loop: while one worker awaits something, the others
    go on. ``work`` is a coroutine function, say.

    Blocking, closing and errors: as for `worker_pool`. `TaskOutput` says how
    to leave early.

    >>> import asyncio
    >>> from chanpatterns import worker_pool_async
    >>> async def fetch(page):
    ...     await asyncio.sleep(0.01)
    ...     return 60 // page
    >>> async def main():
    ...     results = worker_pool_async(
    ...         [1, 2, 0, 4], fetch, workers=3, ordered=True
    ...     )
    ...     return [r.value if r.ok else None async for r in results]
    >>> asyncio.run(main())
    [60, 30, None, 15]
    """
    workers = _native.count("workers", workers, 1)
    function("work", work)
    source = iterator("items", items)

    async def run(results: _native.Sender[Outcome[R]]) -> None:
        jobs_tx: _native.Sender[Outcome[J]]
        jobs_rx: _native.Receiver[Outcome[J]]
        jobs_tx, jobs_rx = _native.channel(workers)
        deliver = _InOrder(results).send if ordered else results.send_async

        # A send that fails means that whoever receives has left.
        async def worker(jobs_rx: _native.Receiver[Outcome[J]]) -> None:
            with jobs_rx, suppress(SendClosed):
                async for job in jobs_rx:
                    await deliver(await attempt(job.index, work, job.value))

        async def feeder() -> None:
            with jobs_tx, jobs_rx, suppress(SendClosed):
                async with aclosing(outcomes(source)) as jobs:
                    async for job in jobs:
                        if not job.ok:
                            await deliver(Outcome(job.index, None, job.error))
                        elif results.closed:
                            break
                        else:
                            # No more workers than there is work for.
                            if job.index < workers:
                                tasks.create_task(worker(jobs_rx.clone()))
                            await jobs_tx.send_async(job)

        with results:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(feeder())

    return TaskOutput(run, lambda outcome: outcome, capacity=workers)


class _InOrder(Generic[R]):
    """Sends outcomes in the order of their items."""

    def __init__(self, results: _native.Sender[Outcome[R]]) -> None:
        self._results = results
        self._due = 0
        self._early: dict[int, Outcome[R]] = {}
        self._turn = asyncio.Lock()

    async def send(self, outcome: Outcome[R]) -> None:
        # Kept while sending, or two workers could send what they took out in
        # the wrong order.
        async with self._turn:
            self._early[outcome.index] = outcome
            while self._due in self._early:
                await self._results.send_async(self._early.pop(self._due))
                self._due += 1
