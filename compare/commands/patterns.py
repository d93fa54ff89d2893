"""The part of a run that is about patterns."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from compare import paths, report
from compare.cases import Pattern
from compare.laboratory import Laboratory
from compare.results import ResultsFile, Summary
from compare.runner import Runner
from compare.systems import System
from compare.verdicts import Cell


@dataclass(frozen=True)
class Compared:
    """What the patterns came to."""

    cells: Sequence[Cell]
    runners: Sequence[Runner]
    summary: Summary


def compare(
    console: Console,
    results: ResultsFile,
    patterns: Sequence[Pattern],
    taking_part: Sequence[System],
    notes: Sequence[str],
    deadline: float,
) -> Compared:
    """Run every case on every system, show it, and write it as it comes."""
    start = time.monotonic()
    shown = report.Report(console)
    cells: list[Cell] = []
    todo = [case for pattern in patterns for case in pattern.cases]
    with Laboratory(taking_part, deadline, paths.ROOT) as laboratory:
        laboratory.meet()
        results.header(laboratory.runners)
        shown.header(laboratory.runners, notes)
        with shown.progress(len(todo), len(taking_part)) as live:

            def judged(of_case: list[Cell]) -> None:
                for cell in of_case:
                    results.cell(cell)
                cells.extend(of_case)
                live.step(of_case[0].case.pattern, sum(not cell.fine for cell in of_case))

            laboratory.run(todo, judged)
    summary = Summary.of(cells, time.monotonic() - start)
    cells.sort(key=lambda cell: todo.index(cell.case))
    shown.matrix(patterns, [system.name for system in taking_part], cells)
    shown.details(cells)
    for note in laboratory.notes:
        shown.note(note)
    shown.closing(summary)
    return Compared(cells, laboratory.runners, summary)
