"""What changed between two ``results.jsonl``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import schema
from compare.errors import LabFailure, ShapeError

Line = Mapping[str, Any]
KEYS = {"case": ("pattern", "case", "system"), "litmus": ("program", "system"), "claim": ("id",)}
FINE = ("agree", "complete", "inside", "documented", "unsupported", "holds")


@dataclass(frozen=True)
class Results:
    """The lines of a file, by what they are about."""

    lines: Mapping[tuple[str, ...], Line]
    whole: bool
    """Whether it has its summary."""


@dataclass(frozen=True)
class Change:
    """What became of one cell or claim."""

    name: str
    told: str
    worse: bool


def read(path: Path) -> Results:
    """Read the results in a file; each line is checked."""
    lines: dict[tuple[str, ...], Line] = {}
    last = ""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LabFailure(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise LabFailure(f"{path}: it is not UTF-8: byte {error.start}") from None
    for number, written in enumerate(text.splitlines(), start=1):
        line = _line(path, number, written)
        last = line["kind"]
        if number == 1 and last != "header":
            raise LabFailure(f"{path}: line 1: a header is expected, and it is a {last}")
        if last in KEYS:
            lines[(last, *(line[key] for key in KEYS[last]))] = line
    if not last:
        raise LabFailure(f"{path}: it is empty")
    return Results(lines, last == "summary")


def between(old: Results, new: Results) -> list[Change]:
    """List what is otherwise, what is gone and what came."""
    changes = []
    for key in dict.fromkeys([*old.lines, *new.lines]):
        before, after = old.lines.get(key), new.lines.get(key)
        told = _told(before, after)
        if told is not None:
            worse = after is not None and after["verdict"] not in FINE and not _same(before, after)
            changes.append(Change(_name(key), told, worse))
    return changes


def _line(path: Path, number: int, written: str) -> Line:
    try:
        line = json.loads(written)
        schema.check(line, "results")
    except (ValueError, ShapeError) as error:
        raise LabFailure(f"{path}: line {number}: {error}") from None
    found: Line = line
    return found


def _name(key: tuple[str, ...]) -> str:
    kind, *names = key
    if kind == "claim":
        return f"claim {names[0]}"
    return f"{'/'.join(names[:-1])} on {names[-1]}"


def _told(before: Line | None, after: Line | None) -> str | None:
    if before is None or after is None:
        there = before or after
        assert there is not None
        return f"{'gone' if after is None else 'new'}: {there['verdict']}"
    if not _same(before, after):
        reason = f": {after['reason']}" if after.get("reason") else ""
        return f"{before['verdict']} → {after['verdict']}{reason.splitlines()[0] if reason else ''}"
    shown = [_shown(line) for line in (before, after)]
    return f"{after['verdict']}: {shown[0]} → {shown[1]}" if shown[0] != shown[1] else None


def _same(before: Line | None, after: Line) -> bool:
    return before is not None and before["verdict"] == after["verdict"]


def _shown(line: Line) -> str:
    """How much of a program was shown, and how much that is forbidden."""
    if line["kind"] != "litmus":
        return ""
    forbidden = f", {line['forbidden']} forbidden" if line["forbidden"] else ""
    return f"{line['seen']} of {line['allowed']}{forbidden}"
