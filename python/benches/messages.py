"""Messages per second between threads and tasks of asyncio.

Run it as ``python benches/messages.py``. Contenders take turns in every round,
so that what else the machine does meets them all; medians are shown, and the
spread, (max - min) / median. The receiver adds up what it gets, and the total
is checked.

What a library lacks is built as its users would: a thread reaches an
`asyncio.Queue` by its loop (``call_soon_threadsafe``, or, where it has to wait
for room, ``run_coroutine_threadsafe``), and a task waits for room in a
`queue.Queue` by ``asyncio.to_thread``.
"""

import asyncio
import os
import platform
import queue
import statistics
import sys
import threading
import time

from chanpatterns import channel

ROUNDS = 9
MANY, FEW = 100_000, 5_000


def total_of(messages):
    return messages * (messages - 1) // 2


# A sender and a receiver: functions of a thread, or coroutine functions.


def thread_sends(send, messages):
    for number in range(messages):
        send(number)


def thread_receives(receive, messages):
    return sum(receive() for _ in range(messages))


async def task_sends(send, messages):
    for number in range(messages):
        await send(number)


async def task_receives(receive, messages):
    total = 0
    for _ in range(messages):
        total += await receive()
    return total


# Who runs where; each returns the total.


def thread_to_thread(make, messages):
    send, receive = make()
    thread = threading.Thread(target=thread_sends, args=(send, messages))
    thread.start()
    total = thread_receives(receive, messages)
    thread.join()
    return total


async def task_to_task(make, messages):
    send, receive = make()
    sending = asyncio.create_task(task_sends(send, messages))
    total = await task_receives(receive, messages)
    await sending
    return total


async def thread_to_task(make, messages):
    send, receive = make()
    thread = threading.Thread(target=thread_sends, args=(send, messages))
    thread.start()
    total = await task_receives(receive, messages)
    # The last send may wait for this loop.
    await asyncio.to_thread(thread.join)
    return total


async def task_to_thread(make, messages):
    send, receive = make()
    receiving = asyncio.create_task(
        asyncio.to_thread(thread_receives, receive, messages)
    )
    await task_sends(send, messages)
    return await receiving


# The contenders: each makes a function to send and one to receive.


def ours(capacity, send, receive):
    def make():
        tx, rx = channel(capacity)
        return getattr(tx, send), getattr(rx, receive)

    return make


def simple_queue():
    fifo = queue.SimpleQueue()
    return fifo.put, fifo.get


def simple_queue_from_task():
    fifo = queue.SimpleQueue()

    async def put(item):
        fifo.put(item)

    return put, fifo.get


def threads_queue(capacity):
    def make():
        fifo = queue.Queue(capacity)
        return fifo.put, fifo.get

    return make


def threads_queue_from_task(capacity):
    def make():
        fifo = queue.Queue(capacity)

        async def put(item):
            await asyncio.to_thread(fifo.put, item)

        return put, fifo.get

    return make


def tasks_queue(capacity):
    def make():
        fifo = asyncio.Queue(capacity)
        return fifo.put, fifo.get

    return make


def tasks_queue_from_thread():
    fifo = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(item):
        loop.call_soon_threadsafe(fifo.put_nowait, item)

    return put, fifo.get


def tasks_queue_from_thread_with_room(capacity):
    def make():
        fifo = asyncio.Queue(capacity)
        loop = asyncio.get_running_loop()

        def put(item):
            asyncio.run_coroutine_threadsafe(fifo.put(item), loop).result()

        return put, fifo.get

    return make


OURS = "chanpatterns"
CONTENDERS = [
    (thread_to_thread, None, OURS, ours(None, "send", "recv"), MANY),
    (thread_to_thread, None, "queue.SimpleQueue", simple_queue, MANY),
    (thread_to_thread, None, "queue.Queue", threads_queue(0), MANY),
    (thread_to_thread, 64, OURS, ours(64, "send", "recv"), MANY),
    (thread_to_thread, 64, "queue.Queue", threads_queue(64), MANY),
    (task_to_task, None, OURS, ours(None, "send_async", "recv_async"), MANY),
    (task_to_task, None, "asyncio.Queue", tasks_queue(0), MANY),
    (task_to_task, 64, OURS, ours(64, "send_async", "recv_async"), MANY),
    (task_to_task, 64, "asyncio.Queue", tasks_queue(64), MANY),
    (task_to_task, 1, OURS, ours(1, "send_async", "recv_async"), MANY),
    (task_to_task, 1, "asyncio.Queue", tasks_queue(1), MANY),
    (thread_to_task, None, OURS, ours(None, "send", "recv_async"), MANY),
    (thread_to_task, None, "asyncio.Queue", tasks_queue_from_thread, MANY),
    (thread_to_task, 64, OURS, ours(64, "send", "recv_async"), MANY),
    (
        thread_to_task,
        64,
        "asyncio.Queue",
        tasks_queue_from_thread_with_room(64),
        FEW,
    ),
    (task_to_thread, None, OURS, ours(None, "send_async", "recv"), MANY),
    (task_to_thread, None, "queue.SimpleQueue", simple_queue_from_task, MANY),
    (task_to_thread, 64, OURS, ours(64, "send_async", "recv"), MANY),
    (task_to_thread, 64, "queue.Queue", threads_queue_from_task(64), FEW),
]


def measure(run, make, messages):
    begin = time.perf_counter()
    total = run(make, messages)
    if asyncio.iscoroutine(total):
        total = asyncio.run(total)
    seconds = time.perf_counter() - begin
    if total != total_of(messages):
        sys.exit(f"the total is wrong: {total}")
    return messages / seconds


def main():
    print(
        f"{MANY:,} ints ({FEW:,} where a message takes a thread of its own), "
        f"{ROUNDS} rounds, Python {platform.python_version()}, "
        f"{os.cpu_count()} CPUs"
    )
    rates = [[] for _ in CONTENDERS]
    for _ in range(ROUNDS):
        for (run, _, _, make, messages), measured in zip(
            CONTENDERS, rates, strict=True
        ):
            measured.append(measure(run, make, messages))
    for (run, capacity, name, _, _), measured in zip(
        CONTENDERS, rates, strict=True
    ):
        median = statistics.median(measured)
        spread = (max(measured) - min(measured)) / median
        kind = "unbounded" if capacity is None else f"bounded {capacity}"
        way = run.__name__.replace("_", " ")
        print(
            f"{way:16} {kind:10} {name:18} {median:12,.0f}/s  "
            f"spread {spread:.0%}"
        )


if __name__ == "__main__":
    main()
