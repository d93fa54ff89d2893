"""Does anything stay behind? ``python -m compare.soak``, or ``make soak``.

Every system runs the first case of every pattern, and its first for tasks where
it has such, a thousand times within one process. Threads, file descriptors and
children of that process are counted before and after, and must be equal; every
single observation is judged too.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import click
import psutil
from rich import box
from rich.console import Console
from rich.table import Table

from compare import cases, paths, systems
from compare.cases import Case, Pattern
from compare.errors import LabFailure
from compare.laboratory import Laboratory
from compare.report import complain
from compare.runner import Runner
from compare.systems import System
from compare.verdicts import FINE, UNSUPPORTED, judge

RUNS = 1000
WARM_UP = 20
"""Runs before the first count, in which what stays for good may come up."""
SETTLE = 5.0
"""Seconds that the system has to take an ended thread off its books."""


@dataclass(frozen=True)
class Census:
    """What a process holds at one moment."""

    threads: int
    descriptors: int
    children: int

    @classmethod
    def of(cls, pid: int) -> "Census":
        """Count what the process holds now."""
        process = psutil.Process(pid)
        return cls(process.num_threads(), process.num_fds(), len(process.children(recursive=True)))

    def __str__(self) -> str:
        return "/".join(map(str, astuple(self)))


@dataclass(frozen=True)
class Soaked:
    """One section of a pattern on one system, soaked."""

    section: str
    system: str
    runs: int
    seconds: float
    before: Census | None = None
    after: Census | None = None
    trouble: str | None = None
    unsupported: bool = False

    @property
    def fine(self) -> bool:
        """Whether every run was right and nothing stayed behind."""
        return self.trouble is None and self.before == self.after


def soak(runner: Runner, case: Case, runs: int) -> Soaked:
    """Run one case again and again in the process of the runner."""
    start = time.monotonic()
    done = 0
    before: Census | None = None

    def soaked(after: Census | None = None, trouble: str | None = None, unsupported: bool = False) -> Soaked:
        seconds = time.monotonic() - start
        section = f"{case.pattern} (tasks)" if case.tasks else case.pattern
        return Soaked(section, runner.system.name, done, seconds, before, after, trouble, unsupported)

    for number in range(WARM_UP + runs):
        if number == WARM_UP and runner.pid is not None:
            before = _settled(runner.pid, None)
            start = time.monotonic()
        (cell,) = judge(case, {runner.system.name: runner.run(case)})
        if cell.verdict not in FINE:
            return soaked(trouble=f"run {number + 1}: {cell.verdict}: {cell.reason}")
        if cell.verdict == UNSUPPORTED:
            return soaked(unsupported=True)
        done = max(0, number + 1 - WARM_UP)
    assert runner.pid is not None
    return soaked(after=_settled(runner.pid, before))


def _settled(pid: int, wanted: Census | None) -> Census:
    """Count until the count is as wanted, or stands still, or time is up.

    A thread that has been joined may stay in the kernel's list for a moment.
    """
    end = time.monotonic() + SETTLE
    census = Census.of(pid)
    while time.monotonic() < end:
        time.sleep(0.02)
        following = Census.of(pid)
        if following == wanted or (wanted is None and following == census):
            return following
        census = following
    return census


def first(pattern: Pattern) -> list[Case]:
    """Choose what is soaked of a pattern: its first case, and its first for tasks."""
    return [pattern.cases[0], *[case for case in pattern.cases[1:] if case.tasks][:1]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--runs", type=click.IntRange(min=1), default=RUNS, show_default=True, help="Runs of each case."
)
@click.option("--pattern", "slugs", multiple=True, metavar="SLUG", help="Only this pattern.")
@click.option("--system", "names", multiple=True, metavar="NAME", help="Only this system.")
@click.option("--deadline", type=click.FloatRange(min=0, min_open=True), default=20.0, show_default=True)
def main(runs: int, slugs: Sequence[str], names: Sequence[str], deadline: float) -> None:
    """Run each pattern's first cases many times in one process; nothing may stay behind."""
    try:
        patterns = cases.choose(cases.load(paths.CASES), cases.names(slugs), ())
        there_are, notes = systems.known(paths.ROOT)
        chosen = systems.choose(there_are, cases.names(names), notes)
        soaking = [case for pattern in patterns for case in first(pattern)]
        sys.exit(0 if run(chosen, soaking, runs, deadline) else 1)
    except LabFailure as failure:
        complain(str(failure))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)


def run(chosen: Sequence[System], soaking: Sequence[Case], runs: int, deadline: float) -> bool:
    """Soak everything, show a table, and tell whether all is well."""
    console = Console(highlight=False)
    results: list[Soaked] = []
    with Laboratory(chosen, deadline, paths.ROOT) as laboratory:
        for runner in laboratory.runners:
            results += [soak(runner, case, runs) for case in soaking]
            if note := runner.stop():
                raise LabFailure(note)
    _show(console, results, runs)
    return all(result.fine for result in results)


def _show(console: Console, results: Sequence[Soaked], runs: int) -> None:
    table = Table(box=box.SIMPLE_HEAD if console.encoding.startswith("utf") else box.ASCII2, pad_edge=False)
    for name in ("pattern", "system"):
        table.add_column(name, no_wrap=True)
    for name in ("runs", "before", "after", "runs/s"):
        table.add_column(name, justify="right")
    for result in results:
        rate = f"{result.runs / result.seconds:,.0f}" if result.seconds else ""
        style = "" if result.fine else "bold red"
        before, after = str(result.before or ""), str(result.after or "")
        table.add_row(result.section, result.system, f"{result.runs:,}", before, after, rate, style=style)
    console.print(table)
    console.print("before, after: threads/file descriptors/children of the runner's process")
    for result in results:
        if result.trouble is not None:
            complain(f"{result.section} on {result.system}: {result.trouble}")
        elif not result.fine:
            complain(f"{result.section} on {result.system}: {result.before} before, {result.after} after")
    fine = sum(result.fine and not result.unsupported for result in results)
    unsupported = sum(result.unsupported for result in results)
    also = f", {unsupported} unsupported" if unsupported else ""
    console.print(f"{fine} of {len(results)} pairs clean after {runs:,} runs each{also}")


if __name__ == "__main__":
    main(prog_name="python -m compare.soak")
