"""Threads that wait for children: as many as there are cores."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from compare.child import Children


def cores() -> int:
    """How many children work at once, at most."""
    return os.cpu_count() or 1


@contextmanager
def workers(children: Children, most: int) -> Iterator[ThreadPoolExecutor]:
    """Give a thread for each of ``most``, but no more than there are cores."""
    pool = ThreadPoolExecutor(max(1, min(most, cores())))
    try:
        yield pool
    except BaseException:
        # A thread that waits for a child goes on when the child is dead.
        children.kill_all()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
