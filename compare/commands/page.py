"""The page that tells of a run, and the command that writes it anew."""

from pathlib import Path

import click

from compare import paths
from compare.commands.status import AGREED, guarded
from compare.programs import store
from compare.programs.model import Findings
from compare.programs.report import write_report

NAME = "index.html"


def write(findings: Findings, folder: Path) -> Path:
    """Write the page of a run."""
    page = folder / NAME
    write_report(findings, page, store.read_found(folder))
    return page


@click.command("report")
def report_command() -> None:
    """Write the page about the last run of channel programs, and say where it is."""

    def command() -> int:
        page = write(store.read(paths.TARGET), paths.TARGET)
        click.echo(paths.shown(page))
        return AGREED

    guarded(command)
