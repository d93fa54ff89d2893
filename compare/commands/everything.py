"""What ``python -m compare`` does without a command: patterns, programs, claims."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from compare import cases, paths, report, systems
from compare.cases import Pattern
from compare.commands import patterns, programs
from compare.commands.programs import SECONDS, Session
from compare.commands.status import AGREED, APART
from compare.programs import load, record, runners, store
from compare.programs.sample import Plan
from compare.programs.show import Show
from compare.results import ResultsFile, Summary, write_junit
from compare.systems import System


def everything(
    slugs: Sequence[str], names: Sequence[str], chosen: Sequence[str], deadline: float, *, listing: bool
) -> int:
    """Run what is asked for; give the exit status.

    A filter for patterns or cases leaves programs and claims out.
    """
    asked = cases.names(names)
    of_patterns = bool(cases.names(slugs) or cases.names(chosen) or listing)
    there_are = cases.choose(cases.load(paths.CASES), cases.names(slugs), cases.names(chosen))
    known, notes = systems.known(paths.ROOT)
    session = None if of_patterns or not load.folder().is_dir() else _session()
    taking_part = _named(known, asked, notes, session)
    if listing:
        show_list(there_are, taking_part)
        return AGREED
    return _run(there_are, taking_part, [] if asked else notes, deadline, _narrowed(session, asked))


def show_list(there_are: Sequence[Pattern], taking_part: Sequence[System]) -> None:
    """List what the filters can name."""
    for pattern in there_are:
        click.echo(f"{pattern.slug}: {pattern.title}")
        for case in pattern.cases:
            click.echo(f"  {case.name}: {case.shows}")
    click.echo("systems:")
    for system in taking_part:
        click.echo(f"  {system.name}")


def _session() -> Session:
    there_are, notes = runners.known(paths.ROOT)
    return Session(there_are, notes, load.litmus(), programs.stated(there_are))


def _named(
    known: Sequence[System], asked: Sequence[str], notes: Sequence[str], session: Session | None
) -> list[System]:
    """Keep the pattern systems that are named; the others must be program systems."""
    ran = session.systems if session else ()
    there = {one.name for one in known}
    own = [name for name in asked if name in there or not any(runners.matches(one, name) for one in ran)]
    return systems.choose(known, own, notes) if own or not asked else []


def _narrowed(session: Session | None, asked: Sequence[str]) -> Session | None:
    """Keep the program systems that are named; claims need all of them."""
    if session is None or not asked:
        return session
    kept = [one for one in session.systems if any(runners.matches(one, name) for name in asked)]
    if not kept:
        return None
    session.systems, session.left_out, session.statements = kept, [], ()
    return session


def _run(
    there_are: Sequence[Pattern],
    taking_part: Sequence[System],
    notes: Sequence[str],
    deadline: float,
    session: Session | None,
) -> int:
    console = Console(highlight=False)
    also: list[Path] = []
    with ResultsFile(paths.TARGET) as results:
        compared = None
        if taking_part:
            compared = patterns.compare(console, results, there_are, taking_part, notes, deadline)
        else:
            results.header([])
        if session is not None:
            also = _programs(console, results, session)
        summary = compared.summary if compared else Summary.of([], 0)
        results.summary(summary, programs.counts(session) if session else None)
    suites = record.suites(session.cells, session.proved) if session else ()
    ran = (compared.cells, compared.runners) if compared else ((), ())
    junit = write_junit(paths.TARGET, *ran, suites)
    report.Report(console).files([results.path, junit, *also])
    fine = summary.fine and (session is None or session.fine)
    return AGREED if fine else APART


def _programs(console: Console, results: ResultsFile, session: Session) -> list[Path]:
    try:
        programs.ran(console, results, session, Plan(), SECONDS)
        if session.statements:
            programs.proved(console, results, session, Plan())
    except KeyboardInterrupt:
        store.write(session.findings(), paths.TARGET)
        raise
    Show(console).closing(session.cells, session.proved, session.seconds)
    return programs.kept(session, paths.TARGET)
