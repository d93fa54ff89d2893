"""`python/queue`: ``queue.Queue`` of the standard library, under threads.

It is bounded or unbounded (0). It has no handles. From Python 3.13 on it can be
closed, by ``shutdown``; before, a loop over it never ends.
"""

import platform
import queue
import sys
from collections.abc import Mapping

from compare.runners.peers.interpreter import End, Future, Result
from compare.runners.peers.programs import Json, Program

NAME = "python/queue"
VERSION = platform.python_version()
SHUTS = sys.version_info >= (3, 13)
"""Whether a queue can be closed."""
SHUT: type[Exception] = getattr(queue, "ShutDown", RuntimeError)


def ends(program: Program, unit: float) -> Mapping[str, Mapping[str, End]]:
    """Make the queues of a run, which all processes share."""
    queues = {name: Queue(channel.get("capacity") or 0, unit) for name, channel in program.channels.items()}
    return dict.fromkeys(program.processes, queues)


class Queue:
    """A queue, as every process sees it."""

    def __init__(self, capacity: int, unit: float) -> None:
        self._unit = unit
        self._queue: queue.Queue[int] = queue.Queue(capacity)

    async def send(self, value: int, within: int | None) -> Result:
        """See `End`."""
        try:
            self._queue.put(value, timeout=seconds(within, self._unit))
        except queue.Full:
            return "timeout"
        except SHUT:
            return "closed"
        return "sent"

    async def receive(self, within: int | None) -> Result:
        """See `End`."""
        try:
            return self._queue.get(timeout=seconds(within, self._unit))
        except queue.Empty:
            return "timeout"
        except SHUT:
            return "closed"

    def try_send(self, value: int) -> Result:
        """See `End`."""
        try:
            self._queue.put_nowait(value)
        except queue.Full:
            return "full"
        except SHUT:
            return "closed"
        return "sent"

    def try_receive(self) -> Result:
        """See `End`."""
        try:
            return self._queue.get_nowait()
        except queue.Empty:
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

    def start(self, value: int | None) -> Future:
        """A thread waits for it, or does not begin it."""
        raise NotImplementedError(value)

    def fail(self) -> None:
        """It has no handles, so nobody is told."""


def seconds(within: int | None, unit: float) -> float | None:
    """A time in real time."""
    return None if within is None else within * unit


HASNT: list[Json] = [
    {"kinds": ["rendezvous"], "why": "queue.Queue(0) has no bound: there is no rendezvous"},
    {"kinds": ["oneshot", "mvar", "watch", "broadcast"], "why": "it has no such channel"},
    *([] if SHUTS else [{"ops": ["close"], "why": "a queue cannot be closed before Python 3.13"}]),
    {
        "ops": ["drop_sender", "drop_receiver", "clone_sender", "clone_receiver"],
        "why": "it has no handles: all threads use the one queue",
    },
    {
        "ops": ["select_send", "select_recv", "select_default", "select_after", "select_biased"],
        "why": "it has no choice between queues",
    },
    {
        "ops": ["start_send", "start_recv", "cancel_send", "cancel_recv"],
        "why": "a put or get that waits cannot be withdrawn",
    },
    {"ops": ["reserve", "fulfil", "release"], "why": "places cannot be reserved"},
]
