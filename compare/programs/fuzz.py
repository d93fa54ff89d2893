"""Random programs on real systems, and the smallest in which one goes wrong."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from compare.errors import LabFailure
from compare.paths import shown
from compare.programs import load, meaning
from compare.programs.lab import Laboratory, hindered
from compare.programs.meaning import Need
from compare.programs.model import CRASH, DEADLOCK, FORBIDDEN, Cell, Program, System
from compare.programs.sample import Participant, Plan

KINDS = ("rendezvous", "bounded", "unbounded", "oneshot", "mvar", "watch", "broadcast")
OPS = (
    "send",
    "recv",
    "try_send",
    "try_recv",
    "send_within",
    "recv_within",
    "each",
    "close",
    "select_send",
    "select_recv",
    "select_default",
    "select_after",
    "select_biased",
    "drop_sender",
    "drop_receiver",
    "clone_sender",
    "clone_receiver",
    "many_senders",
    "many_receivers",
    "start_send",
    "start_recv",
    "cancel_send",
    "cancel_recv",
    "reserve",
    "fulfil",
    "release",
)
ALONE = ("sleep", "spawn", "join")
"""The ops without a kind."""

PLAN = Plan(runs=50, millis=150, steer=False)
"""For a program that was made up."""
AGAIN = Plan(runs=300, millis=400, steer=False)
"""For a program that may be a smaller one: with several seeds."""
SHRINKING = 60.0
"""Seconds, at most, in which one finding is made smaller."""
ENOUGH = 3
"""After so many findings a system is left alone."""


@dataclass(frozen=True)
class Finding:
    """The smallest program in which a system was seen to go wrong."""

    program: Program
    cell: Cell
    seed: int
    """Of the program that was made up."""
    smallest: bool
    """Whether no program that is one step smaller goes wrong."""


@dataclass(frozen=True)
class Tried:
    """What became of one program that was made up."""

    system: str
    runs: int
    finding: Finding | None = None


@dataclass
class Search:
    """A search, and what it has come to so far."""

    laboratory: Laboratory
    folder: Path
    seconds: float
    seed: int
    runs: int = 0
    programs: int = 0
    took: float = 0.0
    """Seconds, up to the last program."""
    findings: list[Finding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)

    def run(self, told: Callable[[Tried], None] = lambda _: None) -> None:
        """Search until the time is over."""
        start = time.monotonic()
        end = start + self.seconds

        def seeds(participant: Participant) -> Iterator[int]:
            seed = self.seed
            while time.monotonic() < end and self.found[participant.system.name] < ENOUGH:
                yield seed
                seed += 1

        def done(tried: Tried) -> None:
            self.took = time.monotonic() - start
            self._note(tried)
            told(tried)

        self.laboratory.turns(seeds, self.tried, done)

    def tried(self, participant: Participant, seed: int) -> Tried:
        """Make up a program, and run it."""
        system = participant.system
        try:
            program = load.from_json(meaning.generate(seed, possible(system)))
        except meaning.NoAnswer as refused:
            raise LabFailure(f"the program of seed {seed} for {system.name}: {refused}") from None
        if (hindrance := hindered(participant.known, program)) is not None:
            raise LabFailure(f"the program of seed {seed} is not for {system.name}: {hindrance[1]}")
        cell = self.laboratory.cell(participant, program, PLAN)
        if cell.fine:
            return Tried(system.name, cell.runs)
        program, cell, smallest = self._smallest(participant, program, cell)
        return Tried(system.name, cell.runs, self._kept(Finding(program, cell, seed, smallest)))

    def _smallest(self, participant: Participant, program: Program, cell: Cell) -> tuple[Program, Cell, bool]:
        """Take steps to smaller programs as long as one still goes wrong."""
        end = time.monotonic() + SHRINKING
        while (step := self._step(participant, program, cell, end)) is not None:
            if time.monotonic() >= end:
                return program, cell, False
            program, cell = step
        return program, cell, time.monotonic() < end

    def _step(
        self, participant: Participant, program: Program, cell: Cell, end: float
    ) -> tuple[Program, Cell] | None:
        if cell.verdict not in (FORBIDDEN, DEADLOCK, CRASH):
            return None  # each look at a hang takes all the patience there is
        for candidate in map(load.from_json, meaning.smaller(program.json)):
            if time.monotonic() >= end:
                return None
            if hindered(participant.known, candidate) is None:
                again = self.laboratory.cell(participant, candidate, replace(AGAIN, seed=_seed(cell)))
                if alike(again, cell):
                    return candidate, again
        return None

    def _kept(self, finding: Finding) -> Finding:
        """Write the program to a file, from which it can be run again."""
        system, cell = finding.cell.system, finding.cell
        path = self.folder / f"{system.replace('/', '_')}_{finding.program.id[:12]}.txt"
        said = [f"# {system}: {cell.verdict}", *(f"# {line}" for line in (cell.reason or "").splitlines())]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([*said, finding.program.text]), encoding="utf-8")
        except OSError as error:
            raise LabFailure(f"cannot write {shown(path)}: {error.strerror}") from None
        again = f"python -m compare run {shown(path)} --system {system} --seed {_seed(cell)}"
        program = replace(finding.program, file=shown(path))
        return replace(finding, program=program, cell=replace(cell, repeat=again))

    def _note(self, tried: Tried) -> None:
        self.programs += 1
        self.runs += tried.runs
        if tried.finding is not None:
            self.found[tried.system] += 1
            known = {(one.cell.system, one.program.id) for one in self.findings}
            if (tried.system, tried.finding.program.id) not in known:
                self.findings.append(tried.finding)


def possible(system: System) -> list[Need]:
    """All that a program for this system may need."""
    pairs: list[Need] = [(kind, op) for kind in KINDS for op in OPS]
    pairs += [(None, op) for op in ALONE]
    return [pair for pair in pairs if system.lacks([pair]) is None]


def alike(left: Cell, right: Cell) -> bool:
    """Whether two cells go wrong in the same way."""
    groups = ((FORBIDDEN, DEADLOCK), (CRASH,))
    return any(left.verdict in group and right.verdict in group for group in groups)


def unexpected(findings: Sequence[Finding], faulty: Sequence[str]) -> list[Finding]:
    """Keep what no claim calls faulty."""
    return [one for one in findings if one.cell.system not in faulty]


def _seed(cell: Cell) -> int:
    """The seed of the first run that went wrong, as far as it is known."""
    return next((one.seed for one in cell.seen if not one.allowed), 1)
