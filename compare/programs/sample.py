"""Running one program on one system until nothing new comes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from compare.child import ChildFailure, Children
from compare.programs import meaning
from compare.programs.model import Allowed, Json, Program
from compare.programs.runners import Known
from compare.programs.speaker import PATIENCE, Answer, Sighting, Speaker

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """How much is run."""

    runs: int = 100
    """So many runs without a new outcome are enough."""
    seed: int = 1
    millis: int = 25
    """For the runs of a program on a system, and as much again for steering."""
    longer: int = 4
    """So many times as long, if that time ends the runs and not all was shown."""
    steer: bool = True
    """Whether all outcomes are looked for, by schedules where runs do not show them."""
    attempts: int = 3
    """How often a schedule is tried."""
    patience: float = PATIENCE


@dataclass(frozen=True)
class Shown:
    """An outcome, how often it came, and whether only by a schedule."""

    sighting: Sighting
    steered: bool


@dataclass
class Sample:
    """What the runs of a program on a system came to."""

    runs: int = 0
    steered: int = 0
    """How many runs followed a schedule, or tried to."""
    ended: str = ""
    """Why there were no more runs."""
    cut_off: bool = False
    """Whether that was for want of time."""
    shown: dict[str, Shown] = field(default_factory=dict)

    def add(self, answer: Answer, *, steered: bool = False) -> None:
        """Take in what was seen."""
        for one in answer.seen:
            self._add(one, steered=steered)
        if steered:
            self.steered += answer.runs
        else:
            self.runs += answer.runs

    def _add(self, one: Sighting, *, steered: bool) -> None:
        name = meaning.key({"outcome": one.outcome, "waiting": one.waiting})
        known = self.shown.get(name)
        if known is None or (known.steered and not steered):
            self.shown[name] = Shown(one, steered)
        elif known.steered == steered:
            count = known.sighting.count + one.count
            first = known.sighting
            self.shown[name] = Shown(Sighting(first.outcome, first.waiting, count, first.seed), steered)

    def outcomes(self) -> set[str]:
        """The outcomes that were seen, each as a key."""
        return {meaning.key(one.sighting.outcome) for one in self.shown.values()}

    def quiet(self, seed: int) -> int:
        """How many runs there were since the last new outcome, ``seed`` being the first."""
        last = max((one.sighting.seed for one in self.shown.values() if not one.steered), default=seed - 1)
        return seed + self.runs - 1 - last

    @property
    def unseen(self) -> float:
        """About how likely the next run shows something new.

        Good and Turing: the share of runs that showed what came only once.
        """
        once = sum(1 for one in self.shown.values() if one.sighting.count == 1 and not one.steered)
        return once / self.runs if self.runs else 1.0


class Participant:
    """A system with a child of its own, which is replaced when it is worn or dead."""

    def __init__(self, known: Known, children: Children, folder: Path, patience: float) -> None:
        self.known = known
        self.system = known.system
        self._children = children
        self._folder = folder
        self._patience = patience
        self._speaker: Speaker | None = None

    def ready(self) -> None:
        """Have a child, so that its start takes no time of the runs."""
        self._asked(lambda _: None)

    def _start(self) -> Speaker:
        """Have a child that has said hello."""
        if self._speaker is None:
            self._speaker = Speaker(self.known.runner.command, self._children, self._folder, self._patience)
            self._speaker.hello()
        return self._speaker

    def run(self, program: Program, runs: int, seed: int, millis: int) -> Answer:
        """Run a program; a ``ChildFailure`` costs the child."""
        return self._asked(lambda speaker: speaker.run(self.system.name, program, runs, seed, millis))

    def steer(self, program: Program, schedule: Sequence[Json], attempts: int, seed: int) -> Answer:
        """Run a program along a schedule."""
        return self._asked(lambda it: it.steer(self.system.name, program, schedule, attempts, seed))

    def probe(self, name: str) -> Json:
        """Run a probe of its runner."""
        return self._asked(lambda speaker: speaker.probe(name))

    def stop(self) -> str | None:
        """End the child as the protocol says; tell if it does not."""
        if self._speaker is None:
            return None
        try:
            self._speaker.stop()
        except ChildFailure as failure:
            return f"{self.system.name} did not stop as it should: {failure}"
        finally:
            self.kill()
        return None

    def kill(self) -> None:
        """End the child, whatever it does."""
        if self._speaker is not None:
            self._speaker.kill()
            self._speaker = None

    def _asked(self, question: Callable[[Speaker], T]) -> T:
        try:
            answer = question(speaker := self._start())
        except ChildFailure:
            self.kill()
            raise
        if speaker.worn:
            self.kill()
        return answer


def taken(participant: Participant, program: Program, plan: Plan, ends: Sequence[Allowed] | None) -> Sample:
    """Run a program until nothing new comes, and steer to what did not come."""
    sample = Sample()
    participant.ready()
    _run(participant, program, plan, sample, plan.millis)
    if participant.system.steers:
        _steer(participant, program, plan, sample, ends or ())
    if sample.cut_off and _missing(sample, ends or ()):
        _run(participant, program, plan, sample, plan.millis * plan.longer)
    return sample


def _missing(sample: Sample, ends: Sequence[Allowed]) -> list[Allowed]:
    """The ends whose outcome was not seen."""
    shown = sample.outcomes()
    return [end for end in ends if meaning.key(end.outcome) not in shown]


def _run(participant: Participant, program: Program, plan: Plan, sample: Sample, millis: int) -> None:
    end = time.monotonic() + millis / 1000
    while (lacking := plan.runs - sample.quiet(plan.seed)) > 0:
        left = int((end - time.monotonic()) * 1000)
        if sample.runs and left <= 0:
            sample.ended, sample.cut_off = f"{millis} ms were over", True
            return
        sample.add(participant.run(program, lacking, plan.seed + sample.runs, max(1, left)))
    sample.cut_off = False
    sample.ended = f"{plan.runs} of them without a new outcome"


def _steer(
    participant: Participant, program: Program, plan: Plan, sample: Sample, ends: Sequence[Allowed]
) -> None:
    end = time.monotonic() + plan.millis / 1000
    for place, way in enumerate(_missing(sample, ends)):
        if place and time.monotonic() >= end:
            return
        if meaning.key(way.outcome) in sample.outcomes():
            continue
        answer = participant.steer(program, way.schedule, plan.attempts, plan.seed)
        sample.add(answer, steered=True)
