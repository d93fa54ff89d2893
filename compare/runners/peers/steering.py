"""Schedules: the steps of a way to an outcome, which a run may be made to follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare.runners.peers.interpreter import AT, ENDED, GATE, Progress
from compare.runners.peers.programs import BadProgram, Program

DOES, WAITS, COMPLETES, STRIKES, CLOCK = "does", "waits", "completes", "strikes", "clock"
BEGINS = (DOES, WAITS)
"""The steps in which an operation begins."""


@dataclass(frozen=True)
class Scheduled:
    """One step of a schedule."""

    process: str
    what: str
    number: int
    logged: Mapping[str, str]
    """What each process logged in it."""
    moves: int = 0
    """By how much the clock moves."""


def read(given: object, program: Program) -> list[Scheduled]:
    """Check a schedule."""
    if not isinstance(given, list):
        raise BadProgram("schedule: expected a list of steps")
    return [_step(f"schedule, step {place}", step, program) for place, step in enumerate(given)]


def _step(path: str, given: object, program: Program) -> Scheduled:
    if not isinstance(given, dict):
        raise BadProgram(f"{path}: expected an object")
    what = given.get("what")
    if isinstance(what, Mapping) and isinstance(what.get(CLOCK), int):
        return Scheduled("", CLOCK, 0, {}, what[CLOCK])
    process, number = given.get("process"), given.get("number")
    if what not in (DOES, WAITS, COMPLETES, STRIKES):
        raise BadProgram(f"{path}: expected does, waits, completes, strikes or a clock, found {what!r}")
    if not isinstance(process, str) or process not in program.processes or not isinstance(number, int):
        raise BadProgram(f"{path}: expected a process of the program and a number")
    return Scheduled(process, what, number, _logged(path, given.get("logged", []), program))


def _logged(path: str, given: object, program: Program) -> dict[str, str]:
    pairs: list[Any] = given if isinstance(given, list) else [given]
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise BadProgram(f"{path}: logged: expected a list of pairs, a process and a result")
        if pair[0] not in program.processes:
            raise BadProgram(f"{path}: logged: no process is called {pair[0]!r}")
    return dict(pairs)


def happened(step: Scheduled, progress: Progress) -> bool:
    """Whether a process stands where a step has brought it, with the same result."""
    if step.what == WAITS:
        return progress.state == AT and progress.number == step.number
    if progress.state not in (GATE, ENDED):
        return False
    return step.process not in step.logged or progress.log[-1:] == [step.logged[step.process]]


def expected(steps: Sequence[Scheduled]) -> dict[str, Scheduled]:
    """Tell in which step each process was last, by itself or served by another."""
    last: dict[str, Scheduled] = {}
    for step in steps:
        if step.what != CLOCK:
            last[step.process] = step
            last.update(
                {
                    name: Scheduled(name, COMPLETES, 0, step.logged)
                    for name in step.logged
                    if name != step.process
                }
            )
    return last


def batches(schedule: Sequence[Scheduled]) -> list[list[Scheduled]]:
    """Put together the steps that tasks can be told of at once.

    Who is woken by a step goes on before the loop comes to rest, so all who
    are to begin before that must stand in line. A process that begins twice
    does so without a break, or else in a new batch.
    """
    found: list[list[Scheduled]] = []
    for step in schedule:
        last = found[-1] if found else []
        joins = step.what in BEGINS and last and last[-1].what in BEGINS
        again = any(one.process == step.process for one in last)
        if joins and (not again or (last[-1].process == step.process and last[-1].what == DOES)):
            last.append(step)
        else:
            found.append([step])
    return found
