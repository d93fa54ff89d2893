"""What a run of the channel programs comes to; the report is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COMPLETE, INSIDE, DOCUMENTED = "complete", "inside", "documented"
FORBIDDEN, DEADLOCK = "forbidden", "deadlock"
TIMEOUT, CRASH, UNSUPPORTED = "timeout", "crash", "unsupported"
VERDICTS = (COMPLETE, INSIDE, DOCUMENTED, FORBIDDEN, DEADLOCK, TIMEOUT, CRASH, UNSUPPORTED)
FINE = (COMPLETE, INSIDE, DOCUMENTED, UNSUPPORTED)

HOLDS, BROKEN = "holds", "broken"

Json = Any
Outcome = Mapping[str, Mapping[str, Any]]
"""For each observed process its ``log`` and its ``end``."""


@dataclass(frozen=True)
class Allowed:
    """An outcome that the meaning allows, and a shortest way to it."""

    outcome: Outcome
    waiting: Mapping[str, int]
    schedule: Sequence[Json]
    """The engine's steps: process, what, operation, number, logged."""


@dataclass(frozen=True)
class Program:
    """A channel program, and all that it can do."""

    name: str
    shows: str
    text: str
    json: Json
    file: str | None
    """From the root of the repository; none if it was generated."""
    allowed: Sequence[Allowed] | None
    """Under the strictest dialect and exact time; none if there are too many."""
    needs: Sequence[tuple[str | None, str]] = ()
    id: str = ""
    """The hash of its canonical form."""


@dataclass(frozen=True)
class Seen:
    """An outcome that a system has shown."""

    outcome: Outcome
    waiting: Mapping[str, int]
    count: int
    seed: int
    """Of the first run that showed it."""
    steered: bool
    """Whether only a schedule brought it about."""
    allowed: bool
    nearest: Outcome | None = None
    """If it is forbidden: the allowed outcome that is nearest."""
    parts: str | None = None
    """If it is forbidden: the first step where the two part, in words."""


@dataclass(frozen=True)
class Cell:
    """One program on one system, judged."""

    program: str
    system: str
    verdict: str
    reason: str | None
    runs: int = 0
    allowed: int = 0
    """How many outcomes its dialect allows under exact time; 0 if unknown."""
    shown: int = 0
    """How many of those it has shown."""
    seen: Sequence[Seen] = ()
    claim: str | None = None
    """The claim that covers it, if it is documented."""
    millis: float = 0.0
    repeat: str = ""
    """The command that runs just this again."""

    @property
    def forbidden(self) -> int:
        """How many outcomes it has shown that are not allowed."""
        return sum(1 for one in self.seen if not one.allowed)

    @property
    def fine(self) -> bool:
        """Whether it leaves the exit status at 0."""
        return self.verdict in FINE


@dataclass(frozen=True)
class Found:
    """The smallest program in which a random search saw a system go wrong."""

    system: str
    verdict: str
    text: str
    processes: int
    reason: str
    repeat: str
    """The command that runs it again."""
    expected: str | None = None
    """Why it is no surprise, if it is none."""


@dataclass(frozen=True)
class System:
    """A system that takes part, as its runner describes it."""

    name: str
    version: str
    driver: str
    time: str
    steers: bool
    dialect: Json
    widened: Sequence[Json]
    hasnt: Sequence[Json]
    """The rules of what it has not: kinds, ops, why."""
    unavailable: str | None = None

    def lacks(self, needs: Sequence[tuple[str | None, str]]) -> str | None:
        """Say why it has not what a program needs, by the first rule that fits."""
        for rule in self.hasnt:
            if any(_fits(rule, kind, op) for kind, op in needs):
                return str(rule["why"])
        return None


def _fits(rule: Json, kind: str | None, op: str) -> bool:
    return ("kinds" not in rule or kind in rule["kinds"]) and ("ops" not in rule or op in rule["ops"])


@dataclass(frozen=True)
class Claim:
    """A statement about how systems differ, and what became of its proof."""

    id: str
    statement: str
    source: str
    verdict: str
    told: str
    """What was seen, or what no longer holds."""
    systems: Sequence[str] = ()
    program: str | None = None


@dataclass(frozen=True)
class Findings:
    """All of it."""

    programs: Sequence[Program]
    systems: Sequence[System]
    cells: Sequence[Cell]
    claims: Sequence[Claim] = ()
    notes: Sequence[str] = field(default=())
    seconds: float = 0.0
