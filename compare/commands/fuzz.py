"""The command that searches with random programs."""

from collections.abc import Sequence

import click
from rich.console import Console

from compare import cases, paths
from compare.commands.programs import begun
from compare.commands.status import AGREED, APART, guarded
from compare.errors import LabFailure
from compare.programs import fuzz, hunt, statements, store
from compare.programs.documented import documented
from compare.programs.fuzz import Search, Tried
from compare.programs.lab import Laboratory
from compare.programs.show import Show
from compare.programs.words import counted

SECONDS = 60.0


@click.command("fuzz")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=SECONDS, show_default=True,
    help="How long to search; a finding is made smaller beyond that.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the first program."
)
@click.option(
    "--findings", "most", type=click.IntRange(min=1), default=fuzz.ENOUGH, show_default=True,
    help="After so many a system is left alone.",
)  # fmt: skip
@click.option("--documented", "again", is_flag=True, help="Find what claims document, too.")
@click.option("--systems", "--system", "names", multiple=True, metavar="NAME", help="Only these systems.")
def fuzz_command(seconds: float, seed: int, most: int, names: Sequence[str], *, again: bool) -> None:
    """Run random channel programs on real systems, and make what goes wrong small.

    A program is passed over if one is inside in which the system is known to go
    wrong, by a claim or by an earlier finding.

    Exit status 1 if a system goes wrong that no claim calls faulty. The programs
    that went wrong are kept in target/compare/found.
    """

    def command() -> int:
        session = begun(cases.names(names))
        able = [one for one in session.systems if one.system.unavailable is None]
        broken = [one for one in able if one.broken is not None]
        for one in broken:
            raise LabFailure(f"{one.system.name}: {(one.broken or ('', ''))[1]}")
        if not able:
            raise LabFailure("none of these systems can run here")
        console = Console(highlight=False)
        Show(console).systems(session.systems, session.left_out)
        claims = [] if again else session.statements
        known = {one.system.name: documented(one.system, claims) for one in able}
        with Laboratory(able, fuzz.PLAN, paths.ROOT) as laboratory:
            search = Search(laboratory, paths.TARGET / "found", seconds, seed, most, known)
            return searched(console, search, statements.faulty(session.statements))

    guarded(command, held=True)


def searched(console: Console, search: Search, faulty: dict[str, str]) -> int:
    """Search, and show what was found; give the exit status."""
    shown = Show(console)

    def told(tried: Tried) -> None:
        live.step(f"{search.runs:,} runs", tried.finding is not None, int(search.took) - live.done)

    try:
        with shown.progress(int(search.seconds), "seconds") as live:
            search.run(told)
    finally:
        found = [(one, known_faulty(faulty, one.cell.system)) for one in search.findings]
        for finding, expected in found:
            shown.finding(finding, expected)
        searched_in = {one.system.name for one in search.laboratory.participants}
        store.write_found([fuzz.noted(*one) for one in found], searched_in, paths.TARGET)
        _close(shown, search)
    surprises = [one for one in search.findings if known_faulty(faulty, one.cell.system) is None]
    return APART if surprises else AGREED


def known_faulty(faulty: dict[str, str], system: str) -> str | None:
    """Why it is no surprise that something is found in this system."""
    if system.startswith(hunt.MUTANTS):
        return "which is broken on purpose"
    claim = faulty.get(system)
    return claim and f"which is known to be faulty by {claim}"


def _close(shown: Show, search: Search) -> None:
    told = f"{counted(search.programs, 'program')}, {counted(search.runs, 'run')}"
    if search.passed:
        told += f"; {search.passed:,} passed over for what is known to be inside"
    speed = f"{search.runs / search.took:,.0f} runs a second" if search.took else "no time"
    shown.say(f"{told}, {speed}; {counted(len(search.findings), 'finding')}", "bold")
    for name in (name for name, number in search.found.items() if number >= search.most):
        shown.say(f"{name} was left alone after {counted(search.most, 'finding')}", "yellow")
