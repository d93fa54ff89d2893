"""Random programs on real systems, and the smallest in which one goes wrong.

A system with a fault shows it again and again. So a program is passed over if
something is inside of it in which the system is known to go wrong, by a claim or by
an earlier finding, and what is found next is something else; the idea is that of
Hughes, Norell, Smallbone and Arts, «Find more bugs with QuickCheck!», AST 2016.

Half of the programs are made of a few operations only, chosen by their seed, so that
these come together more often: Groce, Zhang, Eide, Chen and Regehr, «Swarm testing»,
ISSTA 2012.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from compare.errors import LabFailure
from compare.paths import shown
from compare.programs import load, meaning
from compare.programs.inside import has_inside
from compare.programs.lab import Laboratory, hindered
from compare.programs.meaning import Need
from compare.programs.model import CRASH, DEADLOCK, FORBIDDEN, TIMEOUT, Cell, Found, Json, Program, System
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

PLAN = Plan(runs=100, millis=100, steer=False)
"""For a program that was made up."""
AGAIN = Plan(runs=300, millis=400, steer=False)
"""For a program that may be a smaller one: with several seeds."""
SHRINKING = 60.0
"""Seconds, at most, in which one finding is made smaller."""
ENOUGH = 10
"""After so many findings a system is left alone."""
HALF = 0.5
"""How likely an operation is one of the few."""
TURN = 0.2
"""Seconds that a system has for its programs before the next one's turn."""


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
    """What became of the programs of one turn; a finding ends it."""

    system: str
    programs: int
    runs: int
    """Those for making a finding smaller included."""
    passed: int = 0
    """How many programs were passed over for what is inside of them."""
    finding: Finding | None = None


@dataclass
class Search:
    """A search, and what it has come to so far."""

    laboratory: Laboratory
    folder: Path
    seconds: float
    seed: int
    most: int = ENOUGH
    documented: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """For each system the programs in which a claim says that it goes wrong."""
    runs: int = 0
    programs: int = 0
    passed: int = 0
    took: float = 0.0
    """Seconds, up to the last program."""
    findings: list[Finding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    _needs: dict[str, list[Need]] = field(default_factory=dict)
    """For each system all that a program may need."""

    def run(self, told: Callable[[Tried], None] = lambda _: None) -> None:
        """Search until the time is over."""
        start = time.monotonic()
        end = start + self.seconds

        def turns(participant: Participant) -> Iterator[Iterator[int]]:
            seeds = count(self.seed)
            while time.monotonic() < end and not self.is_over(participant):
                yield seeds

        def done(tried: Tried) -> None:
            self.took = time.monotonic() - start
            self._note(tried)
            told(tried)

        self.laboratory.turns(turns, self.tried, done)

    def is_over(self, participant: Participant) -> bool:
        """Whether enough was found in a system."""
        return self.found[participant.system.name] >= self.most

    def tried(self, participant: Participant, seeds: Iterator[int]) -> Tried:
        """Make up a program of each seed and run it, as long as the turn lasts."""
        end = time.monotonic() + TURN
        programs = runs = passed = 0
        while True:
            seed = next(seeds)
            program = self._made(participant, seed)
            if self._known(participant, program):
                passed += 1
            else:
                cell = self.looked_at(participant, program, PLAN)
                programs, runs = programs + 1, runs + cell.runs
                if not cell.fine:
                    finding, more = self._smallest(participant, program, cell, seed)
                    found = self._kept(finding)
                    return Tried(participant.system.name, programs, runs + more, passed, found)
            if time.monotonic() >= end:
                return Tried(participant.system.name, programs, runs, passed)

    def looked_at(self, participant: Participant, program: Program, plan: Plan) -> Cell:
        """Run and judge a program."""
        return self.laboratory.cell(participant, program, plan)

    def _known(self, participant: Participant, program: Program) -> bool:
        """Whether something is inside in which this system was seen to go wrong."""
        name = participant.system.name
        found = [one.program.json for one in self.findings if one.cell.system == name]
        return any(has_inside(program.json, one) for one in (*self.documented.get(name, ()), *found))

    def _made(self, participant: Participant, seed: int) -> Program:
        system = participant.system
        try:
            program = load.from_json(self._generated(seed, self._possible(system)))
        except meaning.NoAnswer as refused:
            raise LabFailure(f"the program of seed {seed} for {system.name}: {refused}") from None
        if (hindrance := hindered(participant.known, program)) is not None:
            raise LabFailure(f"the program of seed {seed} is not for {system.name}: {hindrance[1]}")
        return program

    def _generated(self, seed: int, needs: Sequence[Need]) -> Json:
        if seed % 2:
            return meaning.generate(seed, needs)
        try:
            return meaning.generate(seed, few(seed, needs))
        except meaning.NoAnswer:
            # What was chosen goes into no program.
            return meaning.generate(seed, needs)

    def _possible(self, system: System) -> list[Need]:
        if system.name not in self._needs:
            self._needs[system.name] = possible(system)
        return self._needs[system.name]

    def _smallest(
        self, participant: Participant, program: Program, cell: Cell, seed: int
    ) -> tuple[Finding, int]:
        """Take steps to smaller programs as long as one still goes wrong; count the runs."""
        end = time.monotonic() + SHRINKING
        runs = 0
        found: tuple[Program, Cell] | None = (program, cell)
        while found is not None:
            program, cell = found
            found, more = self._step(participant, program, cell, end)
            runs += more
        # A hang is not made smaller: each look at one takes all the patience there is.
        smallest = cell.verdict != TIMEOUT and time.monotonic() < end
        return Finding(program, cell, seed, smallest), runs

    def _step(
        self, participant: Participant, program: Program, cell: Cell, end: float
    ) -> tuple[tuple[Program, Cell] | None, int]:
        """Find a program that is one step smaller and goes wrong alike; count the runs."""
        runs = 0
        if cell.verdict == TIMEOUT:
            return None, runs
        plan = replace(AGAIN, seed=_seed(cell))
        for candidate in map(load.from_json, meaning.smaller(program.json)):
            if time.monotonic() >= end:
                break
            if hindered(participant.known, candidate) is None and not self._known(participant, candidate):
                again = self.looked_at(participant, candidate, plan)
                runs += again.runs
                if alike(again, cell):
                    return (candidate, again), runs
        return None, runs

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
        self.programs += tried.programs
        self.runs += tried.runs
        self.passed += tried.passed
        if tried.finding is not None:
            self.found[tried.system] += 1
            self.findings.append(tried.finding)


def noted(finding: Finding, expected: str | None) -> Found:
    """The same for the report."""
    cell = finding.cell
    processes = len(finding.program.json["processes"])
    text, reason = finding.program.text, cell.reason or ""
    return Found(cell.system, cell.verdict, text, processes, reason, cell.repeat, expected)


def possible(system: System) -> list[Need]:
    """All that a program for this system may need."""
    pairs: list[Need] = [(kind, op) for kind in KINDS for op in OPS]
    pairs += [(None, op) for op in ALONE]
    return [pair for pair in pairs if system.lacks([pair]) is None]


def few(seed: int, needs: Sequence[Need]) -> list[Need]:
    """Choose, by the seed, of the kinds one or two, and of the operations half."""
    dice = random.Random(seed)  # noqa: S311 - to be repeated, and no secret
    kinds = sorted({kind for kind, _ in needs if kind is not None})
    chosen = dice.sample(kinds, min(len(kinds), dice.choice((1, 1, 2))))
    ops = {op for op in sorted({op for _, op in needs}) if op.startswith("many_") or dice.random() < HALF}
    return [(kind, op) for kind, op in needs if op in ops and kind in (None, *chosen)]


def alike(left: Cell, right: Cell) -> bool:
    """Whether two cells go wrong in the same way."""
    groups = ((FORBIDDEN, DEADLOCK), (CRASH,))
    return any(left.verdict in group and right.verdict in group for group in groups)


def _seed(cell: Cell) -> int:
    """The seed of the first run that went wrong, as far as it is known."""
    return next((one.seed for one in cell.seen if not one.allowed), 1)
