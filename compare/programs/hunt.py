"""The hunt: whether random programs find what is broken on purpose.

Each mutant is this repository's crate with one fault. A program counts only if the
mutant goes wrong in it and the crate as it is does not.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from compare.errors import LabFailure
from compare.programs import fuzz
from compare.programs.fuzz import Finding, Search
from compare.programs.lab import Laboratory
from compare.programs.model import CRASH, DOCUMENTED, Cell, Program
from compare.programs.runners import Known
from compare.programs.sample import Participant, Plan

FEW = 3
"""A program with more processes is found, but not good enough to end a hunt."""

MUTANTS, SOUND = "mutants/", "shuttle/chanpatterns"

SOUND_PLAN = Plan(runs=1500, millis=2000, steer=False)
"""For the crate as it is, on a program in which a mutant goes wrong."""


@dataclass(frozen=True)
class Quarry:
    """What is hunted: a library, whatever drives it."""

    name: str
    systems: Sequence[Known]

    @property
    def hidden(self) -> str | None:
        """Why no program can show it, if that is known."""
        reasons = [one.system.unavailable for one in self.systems]
        return reasons[0] if all(reasons) else None


@dataclass(frozen=True)
class Hunted:
    """What came of one hunt."""

    name: str
    finding: Finding | None
    seconds: float
    programs: int
    runs: int
    hidden: str | None = None
    """Why it was not hunted."""

    @property
    def processes(self) -> int | None:
        """How many the program has in which it was caught."""
        return None if self.finding is None else processes(self.finding)


def processes(finding: Finding) -> int:
    """How many the program has."""
    return len(finding.program.json["processes"])


@dataclass
class Hunt(Search):
    """A search that ends with the first finding of few processes in any of its systems."""

    sound: Mapping[str, Participant] = field(default_factory=dict)
    """For the name of a system the one that is like it, but for the fault."""

    def is_over(self, participant: Participant) -> bool:
        """Whether any of them was caught, or enough was found in this one."""
        return super().is_over(participant) or any(processes(one) <= FEW for one in self.findings)

    def looked_at(self, participant: Participant, program: Program, plan: Plan) -> Cell:
        """Run and judge a program; what the sound one shows too is no finding."""
        cell = super().looked_at(participant, program, plan)
        sound = self.sound.get(participant.system.name)
        if cell.fine or sound is None:
            return cell
        as_it_is = self.laboratory.cell(sound, program, SOUND_PLAN)
        if as_it_is.verdict == CRASH:
            raise LabFailure(f"{sound.system.name}, which is sound, died: {as_it_is.reason}")
        return cell if as_it_is.fine else replace(cell, verdict=DOCUMENTED)


def quarries(systems: Sequence[Known]) -> list[Quarry]:
    """Put together what is driven in several ways."""
    found: dict[str, list[Known]] = {}
    for one in systems:
        found.setdefault("/".join(one.system.name.split("/")[:2]), []).append(one)
    return [Quarry(name, those) for name, those in found.items()]


def sound_names(systems: Sequence[Known]) -> dict[str, str]:
    """Name for each mutant the system that is like it, but for the fault."""
    names = (one.system.name for one in systems if one.system.name.startswith(MUTANTS))
    return {name: SOUND + "".join(f"/{part}" for part in name.split("/")[2:]) for name in names}


def hunt(
    quarry: Quarry,
    sound: Sequence[Known],
    seconds: float,
    seed: int,
    root: Path,
    folder: Path,
    told: Callable[[Search], None] = lambda _: None,
) -> Hunted:
    """Search until one of the systems is caught, or the time is over.

    ``told`` hears now and then how far the search is.
    """
    if quarry.hidden is not None:
        return Hunted(quarry.name, None, 0.0, 0, 0, quarry.hidden)
    start = time.monotonic()
    able = [one for one in quarry.systems if one.system.unavailable is None]
    like = {one.system.name: one for one in sound}
    wanted = sound_names(able)
    if missing := [name for name in wanted.values() if name not in like]:
        raise LabFailure(f"{missing[0]} is missing, with which {quarry.name} is compared")
    with Laboratory(able, fuzz.PLAN, root) as laboratory, Laboratory(sound, SOUND_PLAN, root) as other:
        there = {one.system.name: one for one in other.participants}
        pairs = {name: there[like_it] for name, like_it in wanted.items()}
        search = Hunt(laboratory, folder, seconds, seed, sound=pairs)
        search.run(lambda _: told(search))
    best = min(search.findings, key=lambda one: (processes(one), len(one.program.text)), default=None)
    return Hunted(quarry.name, best, time.monotonic() - start, search.programs, search.runs)


def missed(those: Sequence[Hunted]) -> list[Hunted]:
    """Keep what was hunted and not caught."""
    return [one for one in those if one.finding is None and one.hidden is None]
