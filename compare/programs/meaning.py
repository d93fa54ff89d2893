"""What the engine knows of a channel program, asked once for each question."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from compare import native, wire
from compare.errors import LabFailure
from compare.programs.model import Allowed, Json, Outcome

LIMIT = 1_000_000
"""How many states are looked at, at most, for one question."""

KEPT = 4096
"""How many answers are kept."""

End = tuple[Outcome, Mapping[str, int]]
"""An outcome, and all that wait for ever."""

Need = tuple[str | None, str]


class NoAnswer(Exception):
    """The engine refused: the source is no program, or its meaning too large."""


@dataclass(frozen=True)
class Judged:
    """What the engine says of an outcome that was seen."""

    allowed: bool
    nearest: Outcome | None = None
    parts: str | None = None


def source(program: Json) -> str:
    """The program as the engine takes it, equal programs as equal text."""
    return wire.encode(program)


def key(outcome: Outcome) -> str:
    """An outcome as text, equal ones as equal text."""
    return wire.encode(outcome)


def read(text: str) -> Mapping[str, Any]:
    """Read a program from text or JSON: ``program``, ``text`` and ``id``."""
    found: Mapping[str, Any] = _asked(text, "program")
    return found


def needs(program: Json) -> tuple[Need, ...]:
    """What a system must have to run the program: pairs of a kind and an op."""
    return tuple((kind, op) for kind, op in _asked(source(program), "needs"))


def allowed(program: Json, dialect: Json, *, race: bool = False) -> Sequence[Allowed] | None:
    """List every end of the program, or give none if there are too many."""
    return _allowed(source(program), wire.encode(dialect), race)


def judge(program: Json, dialect: Json, ends: Sequence[End], *, race: bool) -> list[Judged]:
    """Tell of each end of a run whether the program can come to it."""
    seen = json.dumps([{"outcome": outcome, "waiting": waiting} for outcome, waiting in ends])
    answers = _asked(source(program), "judge", wire.encode(dialect), race, seen, LIMIT)
    if len(answers) != len(ends):
        raise LabFailure(f"the engine judged {len(answers)} of {len(ends)} outcomes")
    for one in answers:
        if one["allowed"] is None:
            raise NoAnswer(f"it has more than {LIMIT:,} states that begin as this outcome does")
    return [Judged(one["allowed"], one["nearest"], one["parts"]) for one in answers]


def generate(seed: int, needed: Sequence[Need]) -> Json:
    """Make a random program that needs nothing beyond ``needed``."""
    return _called("generate", seed, json.dumps([list(need) for need in needed]))


def smaller(program: Json) -> list[Json]:
    """List the programs that are one step smaller."""
    return [json.loads(one) for one in native.engine().smaller(source(program))]


@lru_cache(KEPT)
def _allowed(text: str, dialect: str, race: bool) -> Sequence[Allowed] | None:
    try:
        ends = _asked(text, "explain", dialect, race, LIMIT)["outcomes"]
    except NoAnswer as refused:
        if "limit" not in str(refused):
            raise
        return None
    return tuple(Allowed(end["outcome"], end["waiting"], end["schedule"]) for end in ends)


def _asked(text: str, question: str, *arguments: Any) -> Any:
    return _called(question, text, *arguments)


def _called(question: str, *arguments: Any) -> Any:
    engine = native.engine()
    try:
        return json.loads(getattr(engine, question)(*arguments))
    except engine.EntryError as refused:
        raise NoAnswer(refused.args[1]) from None
