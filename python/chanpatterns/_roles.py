"""Roles of a pattern of tasks: what they are given, what comes of them."""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from typing import Any, Final, ParamSpec, TypeVar

from chanpatterns.outcome import Outcome

P = ParamSpec("P")
T = TypeVar("T")

_END: Final[Any] = object()


def function(name: str, value: Any) -> None:
    """Refuse what cannot be called."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, not {type(value).__name__}")


def iterator(
    name: str, items: AsyncIterable[T] | Iterable[T]
) -> AsyncIterator[T] | Iterator[T]:
    """Iterate over either sort of iterable."""
    if isinstance(items, AsyncIterable):
        return aiter(items)
    if hasattr(items, "__iter__") or hasattr(items, "__getitem__"):
        return iter(items)
    raise TypeError(
        f"{name} must be iterable, by async for or by for, "
        f"not {type(items).__name__}"
    )


def in_place(outcome: Outcome[T], whose: str) -> T:
    """Give the value; what came in its stead is raised, with a note."""
    if outcome.error is not None:
        outcome.error.add_note(f"It was raised by {whose}.")
        if isinstance(outcome.error, StopIteration | StopAsyncIteration):
            # It would be taken for the end of the output.
            raise RuntimeError(
                f"{whose} raised {type(outcome.error).__name__}"
            ) from outcome.error
    return outcome.value


async def attempt(
    index: int,
    role: Callable[P, Awaitable[T]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Outcome[T]:
    """Tell what comes of a role.

    What it raises is its outcome, but for what is meant for this task or for
    the whole program: that it was cancelled, or that Ctrl-C was typed.
    """
    try:
        value = await role(*args, **kwargs)
    except (GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # What the role has awaited was cancelled, and not the role.
        return Outcome(index, None, error)
    except BaseException as error:  # noqa: BLE001
        return Outcome(index, None, error)
    return Outcome(index, value, None)


async def outcomes(
    items: AsyncIterator[T] | Iterator[T],
) -> AsyncGenerator[Outcome[T], None]:
    """Yield numbered what ``items`` yields; what it raises comes last.

    An asynchronous generator is closed at the end, also if that is early.
    """

    async def pull() -> T:
        if isinstance(items, AsyncIterator):
            return await anext(items, _END)
        return next(items, _END)

    try:
        index = 0
        while True:
            outcome = await attempt(index, pull)
            if outcome.ok and outcome.value is _END:
                return
            yield outcome
            if not outcome.ok:
                return
            index += 1
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()
