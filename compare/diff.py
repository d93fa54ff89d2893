"""A difference between two observations, for a reader."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import takewhile
from typing import Any

from compare import wire

SHOWN = 16
WINDOW = 300
WIDTH = 100
CONTEXT = 2


def difference(left: dict[str, Any], right: dict[str, Any], left_name: str, right_name: str) -> str:
    """Show a unified diff of two canonical forms, one item a line."""
    before, after = list(pretty(left)), list(pretty(right))
    # What is alike at both ends is left out first: difflib would look at all of
    # it, and takes time that grows with the square where much has changed.
    head = max(0, _alike(before, after) - CONTEXT)
    before, after = before[head:], after[head:]
    tail = max(0, min(_alike(before[::-1], after[::-1]), len(before), len(after)) - CONTEXT)
    before, after = before[: len(before) - tail], after[: len(after) - tail]
    unseen = max(0, len(before) - WINDOW) + max(0, len(after) - WINDOW)
    lines = list(unified_diff(before[:WINDOW], after[:WINDOW], n=CONTEXT, lineterm=""))[2:]
    lines = ["  …" if line.startswith("@@") else line for line in lines]
    if head == 0 and lines[:1] == ["  …"]:
        del lines[0]
    shown = [line if len(line) <= WIDTH else f"{line[:WIDTH]}…" for line in lines[:SHOWN]]
    rest = len(lines) - len(shown) + unseen
    return "\n".join([f"--- {left_name}", f"+++ {right_name}", *shown, *_and_more(rest)])


def pretty(form: dict[str, Any]) -> Iterator[str]:
    """Write a canonical form, a line a key, and a line an item of a list."""
    for key in sorted(form):
        yield from _pretty(key, form[key])


def _pretty(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for part in value:
            yield from _pretty(f"{key}.{part}", value[part])
    elif isinstance(value, list) and value:
        yield f"{key}:"
        for item in value:
            yield f"  {wire.encode(item)}"
    else:
        yield f"{key}: {wire.encode(value)}"


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _and_more(number: int) -> list[str]:
    return [f"… {number} more line{'s' if number > 1 else ''}"] if number > 0 else []
