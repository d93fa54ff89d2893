"""Ctrl-C, taken only where it can do no harm.

Python raises KeyboardInterrupt between any two steps of the main thread, and
so perhaps just after a lock was taken that nobody releases any more; then a
run that should end hangs. While interrupts are held they only leave a note,
and the main thread looks for it where it waits.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

LOOK = 0.1
"""Seconds between two looks for an interrupt."""

_noted: list[int] = []


@contextmanager
def held() -> Iterator[None]:
    """Note SIGINT and SIGTERM for :func:`check`; a second one is not held."""
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, _note) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _noted.clear()


def check() -> None:
    """Raise KeyboardInterrupt if an interrupt has been noted."""
    if _noted:
        raise KeyboardInterrupt


def result(future: Future[T]) -> T:
    """Wait for a result, or for an interrupt."""
    while not wait([future], LOOK).done:
        check()
    return future.result()


def _note(number: int, _frame: FrameType | None) -> None:
    if _noted:
        raise KeyboardInterrupt
    _noted.append(number)
