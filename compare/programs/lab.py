"""Every program on every system, each judged as soon as it has run."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from compare import interrupt
from compare.child import ChildFailure, Children, Garbage
from compare.programs import meaning, sample, verdicts
from compare.programs.model import CRASH, TIMEOUT, UNSUPPORTED, Cell, Program
from compare.programs.runners import Known
from compare.programs.sample import Participant, Plan
from compare.programs.speaker import Refused
from compare.programs.statements import Statement
from compare.workers import cores, workers

T = TypeVar("T")
R = TypeVar("R")

LEAST_MILLIS, MOST_MILLIS = 5, 2000
"""For one program on one system, whatever the time for all of them is."""


class Laboratory:
    """Systems that live as long as the ``with`` block.

    As many work at once as there are cores, in turns: after each program a
    system goes to the end of the line.
    """

    def __init__(
        self, systems: Sequence[Known], plan: Plan, root: Path, claims: Sequence[Statement] = ()
    ) -> None:
        self._children = Children()
        self._plan = plan
        self._claims = claims
        self.participants = [Participant(one, self._children, root, plan.patience) for one in systems]
        self.notes: list[str] = []
        """What went wrong without costing a cell."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._children.kill_all()
        for participant in self.participants:
            if kind is None and (note := participant.stop()):
                self.notes.append(note)
            participant.kill()

    def run(self, programs: Sequence[Program], judged: Callable[[Cell], None]) -> None:
        """Run all programs on all systems; ``judged`` gets each cell."""
        self.turns(lambda _: iter(programs), self.cell, judged)

    def turns(
        self,
        work: Callable[[Participant], Iterator[T]],
        done: Callable[[Participant, T], R],
        told: Callable[[R], None],
    ) -> None:
        """Let each system do its pieces of work, one after the other, in turns."""
        left = {id(one): work(one) for one in self.participants}
        with workers(self._children, len(self.participants)) as pool:
            under_way: dict[Future[R], Participant] = {}

            def go_on(one: Participant) -> None:
                for piece in islice(left[id(one)], 1):
                    under_way[pool.submit(done, one, piece)] = one

            for one in self.participants:
                go_on(one)
            while under_way:
                ready, _ = wait(under_way, interrupt.LOOK, return_when=FIRST_COMPLETED)
                interrupt.check()
                for future in ready:
                    one = under_way.pop(future)
                    told(future.result())
                    go_on(one)

    def cell(self, participant: Participant, program: Program, plan: Plan | None = None) -> Cell:
        """Run and judge one program on one system; what fails costs only this."""
        start = time.monotonic()
        known = participant.known
        if (hindrance := hindered(known, program)) is not None:
            return self._failed(participant, program, *hindrance)
        try:
            cell = self._judged(participant, program, plan or self._plan)
        except Refused as refused:
            verdict = UNSUPPORTED if refused.kind == "unsupported" else CRASH
            cell = self._failed(participant, program, verdict, f"its runner refused: {refused}")
        except Garbage as failure:
            cell = self._failed(participant, program, CRASH, f"no proper answer: {failure}")
        except ChildFailure as failure:
            cell = self._failed(participant, program, failure.verdict, str(failure))
        except meaning.NoAnswer as refused:
            reason = f"the engine could not judge what came: {refused}"
            cell = self._failed(participant, program, TIMEOUT, reason)
        return replace(cell, millis=(time.monotonic() - start) * 1000)

    def _judged(self, participant: Participant, program: Program, plan: Plan) -> Cell:
        system = participant.system
        ends = meaning.allowed(program.json, system.dialect) if plan.steer else None
        taken = sample.taken(participant, program, plan, ends)
        return verdicts.judge(program, system, taken, ends, self._claims)

    def _failed(self, participant: Participant, program: Program, verdict: str, reason: str) -> Cell:
        name = participant.system.name
        again = verdicts.repeat(program, name, ())
        return Cell(program.name, name, verdict, reason, repeat=again)


def hindered(known: Known, program: Program) -> tuple[str, str] | None:
    """Say why a program is not even sent: verdict and reason."""
    if known.broken is not None:
        return known.broken
    if known.system.unavailable is not None:
        return UNSUPPORTED, known.system.unavailable
    if (why := known.system.lacks(program.needs)) is not None:
        return UNSUPPORTED, why
    return None


def share(systems: Sequence[Known], programs: Sequence[Program], seconds: float) -> int:
    """How many milliseconds the runs of one program on one system may take.

    All together take about ``seconds``, steering as much as running.
    """
    pairs = sum(1 for one in systems for program in programs if hindered(one, program) is None)
    busy = min(cores(), max(1, len(systems)))
    each = seconds * busy * 1000 / max(1, 2 * pairs)
    return round(min(max(each, LEAST_MILLIS), MOST_MILLIS))
