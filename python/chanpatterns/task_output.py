"""What a pattern of tasks gives out."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, Self, TypeVar

from chanpatterns._native import Receiver, Sender, channel
from chanpatterns.errors import Closed

R = TypeVar("R")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class TaskOutput(Generic[T_co]):
    """The results of a pattern of tasks, as an asynchronous iterator.

    The tasks start when the first result is asked for, or at the beginning of
    an ``async with`` block, on the event loop that runs then.

    Blocking: ``anext`` waits for a result; the loop runs others meanwhile. A
    task that is cancelled while it waits loses no result.

    Closing: when the results have ended, the tasks behind them have too. To
    leave early, use the output in an ``async with`` block or call ``aclose``:
    that cancels the tasks and waits for them. An output that is dropped
    cancels them as well, but cannot wait.

    >>> import asyncio
    >>> from itertools import count
    >>> from chanpatterns import fan_in_async
    >>> async def main():
    ...     async with fan_in_async([count()]) as output:
    ...         async for _source, number in output:
    ...             if number == 3:
    ...                 break
    ...     return [result async for result in output]
    >>> asyncio.run(main())
    []
    """

    __slots__ = ("__weakref__", "_make", "_results", "_run", "_supervisor")

    _make: Callable[[Any], T_co]
    _results: Receiver[Any]
    _run: Callable[[], Coroutine[Any, Any, None]] | None
    _supervisor: asyncio.Task[None] | None

    def __init__(
        self,
        run: Callable[[Sender[R]], Coroutine[Any, Any, None]],
        make: Callable[[R], T_co],
        *,
        capacity: int | None,
    ) -> None:
        """Give out what ``make`` makes of each result that ``run`` sends.

        ``run`` gets the only sender. It is to return when it has given that
        up and its tasks have ended.
        """
        tx: Sender[R]
        tx, self._results = channel(capacity)
        self._make = make
        self._run = lambda: run(tx)
        self._supervisor = None

    async def aclose(self) -> None:
        """Leave: cancel the tasks, and wait until they have ended.

        Blocking: until each of them has dealt with its cancellation.
        """
        self._run = None
        if self._supervisor is None:
            self._results.close()
        else:
            _leave(self._supervisor, self._results)
            await self._ended()
        self._results.drain()

    def __aiter__(self) -> Self:
        """Return this."""
        return self

    async def __anext__(self) -> T_co:
        """Wait for the next result."""
        self._start()
        try:
            result = await self._results.recv_async()
        except Closed:
            await self._ended()
            raise StopAsyncIteration from None
        return self._make(result)

    async def __aenter__(self) -> Self:
        """Start the tasks."""
        self._start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Leave."""
        await self.aclose()

    def __del__(self) -> None:
        """Cancel the tasks, from whichever thread this is."""
        supervisor = getattr(self, "_supervisor", None)
        if supervisor is not None and not supervisor.done():
            with suppress(RuntimeError):  # the loop is closed
                supervisor.get_loop().call_soon_threadsafe(
                    _leave, supervisor, self._results
                )

    def _start(self) -> None:
        if self._run is not None:
            run, self._run = self._run, None
            self._supervisor = asyncio.create_task(run())

    async def _ended(self) -> None:
        """Wait for the tasks; raise what went wrong with the pattern itself."""
        if self._supervisor is not None:
            await asyncio.wait([self._supervisor])
            if not self._supervisor.cancelled():
                self._supervisor.result()


def _leave(supervisor: asyncio.Task[None], results: Receiver[Any]) -> None:
    """Cancel the tasks, and have their sends fail only after that.

    A send that failed first would begin to clean up, and be cancelled in the
    middle of it.
    """
    supervisor.cancel()
    # Behind the step in which the supervisor cancels the tasks.
    supervisor.get_loop().call_soon(results.close)
