"""`python/chanpatterns`, and its variant ``asyncio``: the package of this project.

Its channels have handles, and are closed by ``close`` or by the end of the last
handle on a side. A rendezvous has the capacity 0.
"""

import asyncio
from collections.abc import Mapping
from importlib.metadata import version

from chanpatterns import Closed, Empty, Full, Receiver, Sender, Timeout, channel

from compare.runners.peers.interpreter import End, Future, Result
from compare.runners.peers.programs import RECEIVER, SENDER, Json, Program
from compare.runners.peers.queue_threads import seconds
from compare.runners.peers.tasks import Begun

NAME = "python/chanpatterns"
VERSION = version("chanpatterns")


class Handles:
    """All handles of one channel, by the process that owns them."""

    def __init__(self, kind: str, capacity: int | None, owners: Mapping[str, frozenset[str]]) -> None:
        sender: Sender[int]
        receiver: Receiver[int]
        sender, receiver = channel(0 if kind == "rendezvous" else capacity)
        self.senders = {name: [sender.clone()] for name, sides in owners.items() if SENDER in sides}
        self.receivers = {name: [receiver.clone()] for name, sides in owners.items() if RECEIVER in sides}
        give_up(sender)
        give_up(receiver)

    def close(self) -> Result:
        """Close by whatever handle there is: who closes need not have one."""
        for handle in self._living():
            try:
                return "closed" if handle.close() else "already"
            except ValueError:  # it was dropped meanwhile
                continue
        raise LookupError("no handle is left to close the channel with")

    def _living(self) -> list[Sender[int] | Receiver[int]]:
        senders = [sender for handles in self.senders.values() for sender in handles]
        return [*senders, *(receiver for handles in self.receivers.values() for receiver in handles)]


class ThreadEnd:
    """What a process has of a channel, under threads."""

    def __init__(self, process: str, handles: Handles, unit: float) -> None:
        self._unit = unit
        self._handles = handles
        self._senders = handles.senders.get(process, [])
        self._receivers = handles.receivers.get(process, [])

    async def send(self, value: int, within: int | None) -> Result:
        """See `End`."""
        try:
            self._senders[0].send(value, seconds(within, self._unit))
        except Timeout:
            return "timeout"
        except Closed:
            return "closed"
        return "sent"

    async def receive(self, within: int | None) -> Result:
        """See `End`."""
        try:
            return self._receivers[0].recv(seconds(within, self._unit))
        except Timeout:
            return "timeout"
        except Closed:
            return "closed"

    def try_send(self, value: int) -> Result:
        """See `End`."""
        try:
            self._senders[0].try_send(value)
        except Full:
            return "full"
        except Closed:
            return "closed"
        return "sent"

    def try_receive(self) -> Result:
        """See `End`."""
        try:
            return self._receivers[0].try_recv()
        except Empty:
            return "empty"
        except Closed:
            return "closed"

    def close(self) -> Result:
        """See `End`."""
        return self._handles.close()

    def drop(self, side: str) -> None:
        """See `End`."""
        give_up((self._senders if side == SENDER else self._receivers).pop())

    def clone(self, side: str) -> None:
        """See `End`."""
        if side == SENDER:
            self._senders.append(self._senders[0].clone())
        else:
            self._receivers.append(self._receivers[0].clone())

    def start(self, value: int | None) -> Future:
        """A thread waits for it, or does not begin it."""
        raise NotImplementedError(value)

    def fail(self) -> None:
        """See `End`."""
        for handles in (self._senders, self._receivers):
            while handles:
                give_up(handles.pop())


class TaskEnd(ThreadEnd):
    """What a process has of a channel, under tasks."""

    async def send(self, value: int, within: int | None) -> Result:
        """See `End`."""
        try:
            await self._senders[0].send_async(value, within)
        except Timeout:
            return "timeout"
        except Closed:
            return "closed"
        return "sent"

    async def receive(self, within: int | None) -> Result:
        """See `End`."""
        try:
            return await self._receivers[0].recv_async(within)
        except Timeout:
            return "timeout"
        except Closed:
            return "closed"

    def start(self, value: int | None) -> Begun:
        """See `End`."""
        return Begun(self.receive(None) if value is None else self._send_noted(value))

    async def _send_noted(self, value: int) -> Result:
        """Send; an exception that comes when the value is already sent has a note that says so."""
        try:
            return await self.send(value, None)
        except asyncio.CancelledError as cancelled:
            if getattr(cancelled, "__notes__", ()):
                return "sent"
            raise


def give_up(handle: Sender[int] | Receiver[int]) -> None:
    """Drop a handle, as the end of a ``with`` block does."""
    with handle:
        pass


def thread_ends(program: Program, unit: float) -> Mapping[str, Mapping[str, End]]:
    """Make the channels of a run, under threads."""
    return _ends(program, ThreadEnd, unit)


def task_ends(program: Program, unit: float) -> Mapping[str, Mapping[str, End]]:
    """Make the channels of a run, under tasks."""
    return _ends(program, TaskEnd, unit)


def _ends(program: Program, end: type[ThreadEnd], unit: float) -> Mapping[str, Mapping[str, End]]:
    handles = {
        name: Handles(
            given["kind"],
            given.get("capacity"),
            {process.name: process.owns.get(name, frozenset()) for process in program.processes.values()},
        )
        for name, given in program.channels.items()
    }
    return {
        process: {name: end(process, each, unit) for name, each in handles.items()}
        for process in program.processes
    }


_HASNT: list[Json] = [
    {"kinds": ["oneshot", "mvar", "watch", "broadcast"], "why": "the package has no such channel"},
    {
        "ops": ["select_send", "select_recv", "select_default", "select_after", "select_biased"],
        "why": "the package has no choice between channels",
    },
    {"ops": ["reserve", "fulfil", "release"], "why": "the package has no permits"},
]
TASKS_HAVENT = _HASNT
DIALECT: Json = {"drop_closes": True}
WIDENED: list[Json] = [
    {
        "field": "drop_closes",
        "why": "the drop of the last handle of a side closes the channel, and a close is told so",
        "program": "close_after_drop",
    }
]
THREADS_HAVENT: list[Json] = [
    *_HASNT,
    {
        "ops": ["start_send", "start_recv", "cancel_send", "cancel_recv"],
        "why": "a send or receive of a thread that waits cannot be withdrawn",
    },
]
