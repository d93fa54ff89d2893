"""What can go wrong with a send or a receive.

=============  ====================================  =======================
error          when                                  it is also
=============  ====================================  =======================
`Closed`       nothing will ever be received         the standard library's
                                                     `ShutDown`, from 3.13
`Empty`        `try_recv`: nothing is there now      `queue.Empty`,
                                                     `asyncio.QueueEmpty`
`Timeout`      nothing came in time                  `TimeoutError`
`SendClosed`   the channel is closed                 `Closed`, `Unsent`
`Full`         `try_send`: no room, or nobody waits  `queue.Full`, `Unsent`,
                                                     `asyncio.QueueFull`
`SendTimeout`  nobody made room in time              `Timeout`, `Unsent`
=============  ====================================  =======================

All are `ChannelError`. An `Unsent` holds the item that was not sent. None of
them means that the channel is broken.

>>> from chanpatterns import Unsent, channel
>>> tx, rx = channel(1)
>>> tx.send("this")
>>> try:
...     tx.try_send("that")
... except Unsent as unsent:
...     print(unsent, unsent.item)
The channel is full. that
"""

import asyncio
import queue
import sys
from typing import Any


class ChannelError(Exception):
    """What every error of a channel is."""

    _message = "An operation on a channel failed."

    def __init__(self) -> None:
        """Make the error; its message is always the same."""
        super().__init__(self._message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy without the message."""
        return type(self), (), self.__dict__


class Unsent(ChannelError):
    """An item was not sent: here it is, as ``item``."""

    _message = "The item was not sent."

    def __init__(self, item: Any) -> None:
        """Make the error that gives ``item`` back."""
        super().__init__()
        self.item = item

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy with the item."""
        return type(self), (self.item,), self.__dict__


if sys.version_info >= (3, 13):

    class Closed(ChannelError, queue.ShutDown, asyncio.QueueShutDown):
        """The channel is closed; for a receive, it is drained as well."""

        _message = "The channel is closed and drained."

else:

    class Closed(ChannelError):
        """The channel is closed; for a receive, it is drained as well."""

        _message = "The channel is closed and drained."


class Empty(ChannelError, queue.Empty, asyncio.QueueEmpty):
    """Nothing is there to receive now; something may come."""

    _message = "The channel is empty."


class Timeout(ChannelError, TimeoutError):
    """The time ran out before the operation could complete."""

    _message = "Nothing arrived in time."


class SendClosed(Unsent, Closed):
    """The channel is closed, or its last receiver is gone."""

    _message = "The channel is closed."


class Full(Unsent, queue.Full, asyncio.QueueFull):
    """There is no room now, or, with capacity 0, no receiver waits."""

    _message = "The channel is full."


class SendTimeout(Unsent, Timeout):
    """Nobody made room for the item in time."""

    _message = "The channel had no room in time."
