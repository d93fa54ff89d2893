"""The coroutine methods of a channel's ends, for tasks of asyncio.

They are Python's, and not of the native module, because only such coroutines
are known to `inspect` and in tracebacks, and because nothing is faster where
nobody has to wait. Where somebody has, they await an operation of the native
module; `src/operation.rs` tells how that goes.
"""

from typing import TypeVar

from chanpatterns._native import NOT_NOW, Receiver, Sender
from chanpatterns.errors import Closed

T = TypeVar("T")


async def send_async(
    self: Sender[T], item: T, timeout: float | None = None
) -> None:
    """Send an item from a task, waiting for room if there is none.

    The same as ``send``, for a task of asyncio: threads and tasks may use the
    same channel. ``timeout`` counts from when it is awaited.

    Blocking: the task waits; its event loop runs others meanwhile.

    Closing and errors: as for ``send``.

    Cancelling: a task that is cancelled while it waits has not sent the item,
    unless a note on the exception says that it has.

    >>> import asyncio
    >>> from threading import Thread
    >>> from chanpatterns import channel
    >>> async def main(tx):
    ...     with tx:
    ...         for word in "to a thread".split():
    ...             await tx.send_async(word)
    >>> tx, rx = channel(0)
    >>> thread = Thread(target=asyncio.run, args=(main(tx),))
    >>> thread.start()
    >>> list(rx)
    ['to', 'a', 'thread']
    >>> thread.join()
    """
    if not self._send_now(item, timeout):
        await self._send_later(item, timeout)


async def recv_async(self: Receiver[T], timeout: float | None = None) -> T:
    """Receive an item in a task, waiting for one if there is none.

    The same as ``recv``, for a task of asyncio: threads and tasks may use the
    same channel. ``timeout`` counts from when it is awaited. ``async for item
    in rx`` receives until the channel is closed and drained.

    Blocking: the task waits; its event loop runs others meanwhile.

    Errors: as for ``recv``.

    Cancelling: loses nothing. An item that was on its way to the task goes to
    the next who receives.

    >>> import asyncio
    >>> from threading import Thread
    >>> from chanpatterns import channel
    >>> async def main():
    ...     tx, rx = channel()
    ...     Thread(target=tx.send, args=("from a thread",)).start()
    ...     return await rx.recv_async(timeout=10)
    >>> asyncio.run(main())
    'from a thread'
    """
    item = self._recv_now(timeout)
    if item is NOT_NOW:
        return await self._recv_later(timeout)
    return item


async def __anext__(self: Receiver[T]) -> T:  # noqa: N807
    """Receive an item; the end of the channel ends ``async for``."""
    try:
        item = self._recv_now(None)
        if item is NOT_NOW:
            return await self._recv_later(None)
    except Closed:
        raise StopAsyncIteration from None
    return item


for end, method in [
    (Sender, send_async),
    (Receiver, recv_async),
    (Receiver, __anext__),
]:
    method.__qualname__ = f"{end.__name__}.{method.__name__}"
    setattr(end, method.__name__, method)
