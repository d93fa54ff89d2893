"""Channels between threads and tasks, and the patterns built from them.

A channel carries any object from senders to receivers:

>>> from threading import Thread
>>> from chanpatterns import channel
>>> def count_down(tx, n):
...     with tx:  # gives up the only sender: the channel closes
...         while n:
...             tx.send(n)
...             n -= 1
>>> tx, rx = channel(capacity=2)
>>> thread = Thread(target=count_down, args=(tx, 3))
>>> thread.start()
>>> list(rx)
[3, 2, 1]
>>> thread.join()

A pattern runs Python functions on threads of its own, with channels in
between, and gives out what they make:

>>> from chanpatterns import worker_pool
>>> for outcome in worker_pool([6, 0, 3], lambda n: 18 // n, workers=2,
...                            ordered=True):
...     print(outcome.value if outcome.ok else repr(outcome.error))
3
ZeroDivisionError('integer division or modulo by zero')
6

Tasks of asyncio use the same channels, with each other and with threads:

>>> import asyncio
>>> async def main(rx):
...     async for n in rx:
...         print(n)
...     try:
...         await rx.recv_async(timeout=1)
...     except Closed as closed:
...         print(closed)
>>> from chanpatterns import Closed
>>> tx, rx = channel(capacity=2)
>>> thread = Thread(target=count_down, args=(tx, 3))
>>> thread.start()
>>> asyncio.run(main(rx))
3
2
1
The channel is closed and drained.
>>> thread.join()

``await tx.send_async(item)`` sends from a task. The patterns whose names end
in ``_async`` run coroutine functions in tasks.

Every time is in seconds. Threads that wait let others run, and on the main
thread Ctrl-C ends a wait within 50 ms. Nothing here can be pickled, or used
in the child of a fork: make what you need there.
"""

from chanpatterns import _coroutines as _coroutines  # send_async and so on
from chanpatterns._native import Output, Receiver, Sender, channel
from chanpatterns.errors import (
    ChannelError,
    Closed,
    Empty,
    Full,
    SendClosed,
    SendTimeout,
    Timeout,
    Unsent,
)
from chanpatterns.outcome import Done, Outcome
from chanpatterns.patterns.fan_in import fan_in, fan_in_async
from chanpatterns.patterns.fan_out import fan_out
from chanpatterns.patterns.pipeline import pipeline, pipeline_async
from chanpatterns.patterns.producers import (
    Producer,
    producers,
    producers_async,
)
from chanpatterns.patterns.work_stealing import work_stealing
from chanpatterns.patterns.worker_pool import worker_pool, worker_pool_async
from chanpatterns.task_output import TaskOutput

__all__ = [
    "ChannelError",
    "Closed",
    "Done",
    "Empty",
    "Full",
    "Outcome",
    "Output",
    "Producer",
    "Receiver",
    "SendClosed",
    "SendTimeout",
    "Sender",
    "TaskOutput",
    "Timeout",
    "Unsent",
    "channel",
    "fan_in",
    "fan_in_async",
    "fan_out",
    "pipeline",
    "pipeline_async",
    "producers",
    "producers_async",
    "work_stealing",
    "worker_pool",
    "worker_pool_async",
]
