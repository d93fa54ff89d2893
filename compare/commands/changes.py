"""The command that compares two results."""

from pathlib import Path

import click
from rich.console import Console

from compare.commands.status import AGREED, APART, guarded
from compare.programs import changes
from compare.programs.show import Show
from compare.programs.words import counted
from compare.report import WRONG


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff_command(old: Path, new: Path) -> None:
    """Say what changed between two results.jsonl.

    Exit status 1 if something went wrong in NEW that did not in OLD.
    """

    def command() -> int:
        before, after = changes.read(old), changes.read(new)
        found = changes.between(before, after)
        shown = Show(Console(highlight=False))
        for path, results in ((old, before), (new, after)):
            if not results.whole:
                shown.say(f"{path} was cut off: it has no summary", "yellow")
        for one in found:
            shown.say(f"{one.name}: {one.told}", WRONG if one.worse else "")
        worse = sum(1 for one in found if one.worse)
        shown.say(f"{counted(len(found), 'change')}, {worse} of them for the worse", "bold")
        return APART if worse else AGREED

    guarded(command)
