"""The command that shows all that a channel program can do."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from compare import explain, paths
from compare.commands.status import AGREED, guarded
from compare.programs import store
from compare.programs.model import Findings


@click.command("explain")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--dialect", default="{}", metavar="JSON", help="What the system does differently.")
@click.option("--race", is_flag=True, help="A deadline may strike at any moment.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=explain.LIMIT,
    show_default=True,
    metavar="STATES",
    help="How many states to look at, at most.",
)
def explain_command(files: Sequence[Path], dialect: str, limit: int, *, race: bool) -> None:
    """Show every outcome of a channel program, a shortest way to each, and who showed it.

    FILE holds the program as text or as JSON; compare/litmus has examples. Which
    systems showed an outcome is told from the last run.
    """

    def each() -> int:
        console = Console(highlight=False)
        last = _last()
        for place, file in enumerate(files):
            if place:
                console.rule()
            found = explain.explained(file, dialect, race=race, limit=limit)
            explain.show(console, found, explain.showed(found["program"], last))
        return AGREED

    guarded(each)


def _last() -> Findings | None:
    """What the last run came to, if there was one."""
    there_is = (paths.TARGET / store.NAME).is_file()
    return store.read(paths.TARGET) if there_is else None
