"""`python/asyncio`: ``asyncio.Queue`` of the standard library, under tasks.

It is bounded or unbounded (0). It has no handles. From Python 3.13 on it can be
closed, by ``shutdown``; before, a loop over it never ends.
"""

import asyncio
from collections.abc import Mapping

from compare.runners.peers import queue_threads
from compare.runners.peers.interpreter import End, Result
from compare.runners.peers.programs import Json, Program
from compare.runners.peers.tasks import Begun

NAME = "python/asyncio"
VERSION = queue_threads.VERSION
SHUT: type[Exception] = getattr(asyncio, "QueueShutDown", RuntimeError)


def ends(program: Program, _unit: float) -> Mapping[str, Mapping[str, End]]:
    """Make the queues of a run, which all processes share."""
    queues = {name: Queue(channel.get("capacity") or 0) for name, channel in program.channels.items()}
    return dict.fromkeys(program.processes, queues)


class Queue:
    """A queue, as every process sees it."""

    def __init__(self, capacity: int) -> None:
        self._queue: asyncio.Queue[int] = asyncio.Queue(capacity)

    async def send(self, value: int, within: int | None) -> Result:
        """See `End`."""
        try:
            async with asyncio.timeout(within):
                await self._queue.put(value)
        except TimeoutError:
            return "timeout"
        except SHUT:
            return "closed"
        return "sent"

    async def receive(self, within: int | None) -> Result:
        """See `End`."""
        try:
            async with asyncio.timeout(within):
                return await self._queue.get()
        except TimeoutError:
            return "timeout"
        except SHUT:
            return "closed"

    def try_send(self, value: int) -> Result:
        """See `End`."""
        try:
            self._queue.put_nowait(value)
        except asyncio.QueueFull:
            return "full"
        except SHUT:
            return "closed"
        return "sent"

    def try_receive(self) -> Result:
        """See `End`."""
        try:
            return self._queue.get_nowait()
        except asyncio.QueueEmpty:
            return "empty"
        except SHUT:
            return "closed"

    def close(self) -> Result:
        """See `End`; a second one is not told from the first."""
        self._queue.shutdown()  # type: ignore[attr-defined,unused-ignore]
        return "closed"

    def drop(self, side: str) -> None:
        """It has no handles."""
        raise NotImplementedError(side)

    def clone(self, side: str) -> None:
        """It has no handles."""
        raise NotImplementedError(side)

    def start(self, value: int | None) -> Begun:
        """See `End`."""
        return Begun(self._receive_plainly() if value is None else self._send_plainly(value))

    def fail(self) -> None:
        """It has no handles, so nobody is told."""

    async def _send_plainly(self, value: int) -> Result:
        await self._queue.put(value)
        return "sent"

    async def _receive_plainly(self) -> Result:
        return await self._queue.get()


HASNT: list[Json] = [
    {**rule, "why": rule["why"].replace("queue.Queue", "asyncio.Queue").replace("threads", "tasks")}
    for rule in queue_threads.HASNT
    if "start_send" not in rule.get("ops", [])
]
DIALECT: Json = {"fifo": "never", "hand_off": "never"}
WIDENED: list[Json] = [
    {
        "field": "fifo",
        "why": "a task that arrives may overtake those that wait",
        "program": "try_no_overtaking",
    },
    {
        "field": "hand_off",
        "why": "who waits is woken, and may find that somebody was faster",
        "program": "bounded_hand_off",
    },
]
