"""The programs of ``compare/litmus``, and those of any other file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from compare import paths
from compare.errors import LabFailure
from compare.programs import meaning
from compare.programs.model import Json, Program

LARGEST = 10_000_000
"""The largest file that is read, in bytes."""


def folder() -> Path:
    """Where the litmus programs are."""
    return paths.ROOT / "compare" / "litmus"


def litmus() -> list[Program]:
    """Read all litmus programs, in the order of their names."""
    return [from_file(path) for path in sorted(folder().glob("*.txt"))]


def choose(names: Sequence[str]) -> list[Program]:
    """Read the programs that are named, or lie in a file; no name means all."""
    if not names:
        return litmus()
    found = [_named(name) for name in dict.fromkeys(names)]
    if twice := [name for name, count in Counter(one.name for one in found).items() if count > 1]:
        raise LabFailure(f"two of the programs are called {twice[0]!r}")
    return found


def from_file(path: Path) -> Program:
    """Read the program in a file."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise LabFailure(f"{path}: it has {size:,} bytes, and at most {LARGEST:,} are read")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LabFailure(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabFailure(f"{path}: it is not UTF-8: byte {error.start}") from error
    try:
        return replace(_program(text), file=paths.shown(path))
    except meaning.NoAnswer as refused:
        raise LabFailure(f"{paths.shown(path)}: {refused}") from None


def from_json(program: Json) -> Program:
    """Take a program that was generated."""
    return _program(meaning.source(program))


def _named(name: str) -> Program:
    path = folder() / f"{name}.txt"
    if "/" not in name and path.is_file():
        return from_file(path)
    if Path(name).is_file():
        return from_file(Path(name))
    raise LabFailure(f"no program is called {name!r}: it is neither in {paths.shown(folder())} nor a file")


def _program(text: str) -> Program:
    found = meaning.read(text)
    data = found["program"]
    return Program(
        name=data["name"],
        shows=data.get("shows", ""),
        text=found["text"],
        json=data,
        file=None,
        allowed=meaning.allowed(data, {}),
        needs=meaning.needs(data),
        id=found["id"],
    )
