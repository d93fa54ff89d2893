"""Messages per second from one thread to another.

Run it as ``python benches/threads.py``. Contenders take turns in every round,
so that what else the machine does meets them all; medians are shown, and the
spread, (max - min) / median. The receiver adds up what it gets, and the total
is checked.
"""

import os
import platform
import queue
import statistics
import sys
import threading
import time

from chanpatterns import channel

ROUNDS = 9
MESSAGES = 200_000


def over_channel(capacity):
    tx, rx = channel(capacity)
    return tx.send, rx.recv


def over_queue(capacity):
    fifo = queue.Queue(capacity or 0)
    return fifo.put, fifo.get


def over_simple_queue(_capacity):
    fifo = queue.SimpleQueue()
    return fifo.put, fifo.get


CONTENDERS = {
    ("chanpatterns", None): over_channel,
    ("queue.SimpleQueue", None): over_simple_queue,
    ("queue.Queue", None): over_queue,
    ("chanpatterns", 64): over_channel,
    ("queue.Queue", 64): over_queue,
}


def measure(send, receive):
    def produce():
        for number in range(MESSAGES):
            send(number)

    begin = time.perf_counter()
    thread = threading.Thread(target=produce)
    thread.start()
    total = 0
    for _ in range(MESSAGES):
        total += receive()
    thread.join()
    seconds = time.perf_counter() - begin
    if total != MESSAGES * (MESSAGES - 1) // 2:
        sys.exit(f"the total is wrong: {total}")
    return MESSAGES / seconds


def main():
    print(
        f"{MESSAGES:,} ints, {ROUNDS} rounds, Python "
        f"{platform.python_version()}, {os.cpu_count()} CPUs"
    )
    rates = {contender: [] for contender in CONTENDERS}
    for _ in range(ROUNDS):
        for (name, capacity), make in CONTENDERS.items():
            rates[name, capacity].append(measure(*make(capacity)))
    for (name, capacity), measured in rates.items():
        median = statistics.median(measured)
        spread = (max(measured) - min(measured)) / median
        kind = "unbounded" if capacity is None else f"bounded {capacity}"
        print(f"{kind:12} {name:18} {median:12,.0f}/s  spread {spread:.0%}")


if __name__ == "__main__":
    main()
