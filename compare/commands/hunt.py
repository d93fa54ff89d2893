"""The command that hunts what is broken on purpose."""

from collections.abc import Callable, Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table

from compare import cases, paths
from compare.commands.programs import begun
from compare.commands.status import AGREED, APART, guarded
from compare.errors import LabFailure
from compare.programs import fuzz, hunt, store
from compare.programs.fuzz import Search
from compare.programs.hunt import Hunted, Quarry
from compare.programs.runners import Known
from compare.programs.show import Show
from compare.programs.words import counted
from compare.report import Live, plain

SECONDS = 600.0
HUNTED = "which was hunted"


@click.command("hunt")
@click.argument("names", nargs=-1, metavar="[SYSTEM]...")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=SECONDS, show_default=True,
    help="How long to hunt each; what is found is made smaller beyond that.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the first program."
)
def hunt_command(names: Sequence[str], seconds: float, seed: int) -> None:
    """Have random programs find what is broken on purpose: each mutant of the crate.

    A program counts only if the mutant goes wrong in it and the crate as it is does
    not. SYSTEM is a mutant, as mutants/permit_leaks, or any other system that should
    be found out; without one, all mutants are hunted. Exit status 1 if one gets away.
    """

    def command() -> int:
        hunted = able(begun(cases.names(names) or ["mutants"]).systems)
        mutants = any(one.system.name.startswith(hunt.MUTANTS) for one in hunted)
        sound = able(begun([hunt.SOUND]).systems) if mutants else []
        return caught(Console(highlight=False), hunt.quarries(hunted), sound, seconds, seed)

    guarded(command, held=True)


def able(systems: Sequence[Known]) -> Sequence[Known]:
    """All of them, if none is broken in a way that nobody meant."""
    for one in systems:
        if one.broken is not None:
            raise LabFailure(f"{one.system.name}: {one.broken[1]}")
    return systems


def caught(
    console: Console, those: Sequence[Quarry], sound: Sequence[Known], seconds: float, seed: int
) -> int:
    """Hunt each, and show how it went; give the exit status."""
    shown, done = Show(console), list[Hunted]()
    try:
        for quarry in those:
            with shown.progress(int(seconds), f"seconds for {quarry.name}") as live:
                hunted = hunt.hunt(
                    quarry, sound, seconds, seed, paths.ROOT, paths.TARGET / "found", follow(live)
                )
            if hunted.finding is not None:
                shown.finding(hunted.finding, HUNTED)
            done.append(hunted)
            found = [] if hunted.finding is None else [fuzz.noted(hunted.finding, HUNTED)]
            store.write_found(found, {one.system.name for one in quarry.systems}, paths.TARGET)
    finally:
        if done:
            console.print(_table(done, bare=plain(console)))
    for hidden in (one for one in done if one.hidden):
        shown.say(f"{hidden.name}: {hidden.hidden}", "dim")
    away = hunt.missed(done)
    apart = len([one for one in done if one.hidden])
    told = f"{len(done) - len(away) - apart} of {counted(len(done) - apart, 'fault')} found"
    shown.say(told + (f"; {apart} that no program can show" if apart else ""), "bold")
    return APART if away else AGREED


def follow(live: Live) -> Callable[[Search], None]:
    """Show how far a search is."""
    return lambda search: live.step(f"{search.runs:,} runs", False, int(search.took) - live.done)


def _table(those: Sequence[Hunted], *, bare: bool) -> Table:
    table = Table(box=None if bare else box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("hunted", no_wrap=True)
    for heading in ("seconds", "programs", "runs", "processes"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in those:
        figures = [f"{one.seconds:.1f}", f"{one.programs:,}", f"{one.runs:,}", f"{one.processes or 'none'}"]
        table.add_row(one.name, *(["-"] * 4 if one.hidden else figures))
    return table
