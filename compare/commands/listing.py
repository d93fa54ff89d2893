"""The command that lists what the others can be told."""

import click

from compare import cases, paths
from compare.commands.status import AGREED, guarded
from compare.programs import load, runners, statements


@click.command("list")
@click.argument("what", nargs=-1, type=click.Choice(["programs", "systems", "claims", "patterns"]))
def list_command(what: tuple[str, ...]) -> None:
    """List the programs, systems, claims and patterns that there are."""
    parts = {"programs": _programs, "systems": _systems, "claims": _claims, "patterns": _patterns}

    def command() -> int:
        for name in what or parts:
            click.echo(f"{name}:")
            parts[name]()
        return AGREED

    guarded(command, held=True)


def _programs() -> None:
    for program in load.litmus():
        click.echo(f"  {program.name}: {program.shows}")


def _systems() -> None:
    there_are, notes = runners.known(paths.ROOT)
    for one in there_are:
        hindrance = one.broken[1] if one.broken else one.system.unavailable
        told = hindrance or f"{one.system.version}, {one.system.driver}"
        click.echo(f"  {one.system.name}: {told}")
    for note in notes:
        click.echo(f"  {note}")


def _claims() -> None:
    for one in statements.load():
        click.echo(f"  {one.id}: {one.statement}")


def _patterns() -> None:
    for pattern in cases.load(paths.CASES):
        click.echo(f"  {pattern.slug}: {pattern.title}")
