"""The page that tells of a run, and the command that writes it anew."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from compare import paths
from compare.commands.status import AGREED, guarded
from compare.programs import store
from compare.programs.model import Findings

NAME = "index.html"


def write(findings: Findings, folder: Path) -> Path:
    """Write the page of a run."""
    page = folder / NAME
    if find_spec("compare.programs.report"):
        import_module("compare.programs.report").write_report(findings, page)
    return page


@click.command("report")
def report_command() -> None:
    """Write the page about the last run of channel programs, and say where it is."""

    def command() -> int:
        page = write(store.read(paths.TARGET), paths.TARGET)
        click.echo(paths.shown(page))
        return AGREED

    guarded(command)
