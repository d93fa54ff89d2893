"""The command line: ``python -m compare``, and ``python -m compare explain``.

Exit status: 0, all cells agree or are unsupported as the cases state; 1, some
cell differs, hangs, crashes or fails; 2, the laboratory itself failed, or a
filter matched nothing; 130, interrupted.
"""

import math
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.console import Console

from compare import cases, explain, interrupt, paths, report, systems
from compare.cases import Pattern
from compare.errors import LabFailure
from compare.laboratory import Laboratory
from compare.results import ResultsFile, Summary, write_junit
from compare.systems import System
from compare.verdicts import Cell

AGREED, APART, FAILED, INTERRUPTED = 0, 1, 2, 130
DEADLINE = 20.0


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 all agree; 1 some cell differs, hangs, crashes or fails; "
    "2 the laboratory failed, or a filter matched nothing; 130 interrupted.",
)
@click.option("--pattern", "slugs", multiple=True, metavar="SLUG", help="Only this pattern.")
@click.option("--system", "names", multiple=True, metavar="NAME", help="Only this system.")
@click.option("--case", "chosen", multiple=True, metavar="CASE", help="Only cases of this name.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    default=DEADLINE,
    show_default=True,
    metavar="SECONDS",
    help="How long a system may take for a case.",
)
@click.option("--list", "listing", is_flag=True, help="List patterns, cases and systems; run nothing.")
@click.pass_context
def main(
    context: click.Context,
    slugs: Sequence[str],
    names: Sequence[str],
    chosen: Sequence[str],
    deadline: float,
    listing: bool,
) -> None:
    """Run the same patterns on every system, and show where they differ.

    Every case of compare/patterns runs on Rust and on the OCaml libraries,
    each in a child process. What they observe is compared with what the case
    states, and with one another.

    A filter may be given several times, or hold several names separated by
    commas; an empty one is none. The results are in target/compare.
    """
    if context.invoked_subcommand is not None:
        return
    if math.isnan(deadline):
        raise click.BadParameter("nan is no number of seconds.", param_hint="'--deadline'")

    def held() -> int:
        with interrupt.held():
            return _main(slugs, names, chosen, deadline, listing=listing)

    _guarded(held, "interrupted; the results that there are have no summary")


@main.command("explain")
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
    """Show every outcome of a channel program, and a shortest way to each.

    FILE holds the program as text or as JSON; compare/litmus has examples.
    """

    def each() -> int:
        console = Console(highlight=False)
        for place, file in enumerate(files):
            if place:
                console.rule()
            explain.show(console, explain.explained(file, dialect, race=race, limit=limit))
        return AGREED

    _guarded(each, "interrupted")


def _guarded(command: Callable[[], int], interrupted: str) -> None:
    """Run a command, and exit with what it says or with what befell it."""
    try:
        sys.exit(command())
    except LabFailure as failure:
        report.complain(str(failure))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        report.complain(interrupted)
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001
        # Python would end with 1, which says that systems differ.
        traceback.print_exc()
        report.complain("the laboratory failed (see above)")
        sys.exit(FAILED)


def _main(
    slugs: Sequence[str],
    names: Sequence[str],
    chosen: Sequence[str],
    deadline: float,
    *,
    listing: bool,
) -> int:
    patterns = cases.choose(cases.load(paths.CASES), cases.names(slugs), cases.names(chosen))
    there_are, notes = systems.known(paths.ROOT)
    taking_part = systems.choose(there_are, cases.names(names), notes)
    if listing:
        show_list(patterns, taking_part)
        return AGREED
    told = [] if cases.names(names) else notes
    return compare(patterns, taking_part, told, deadline, paths.TARGET)


def compare(
    patterns: Sequence[Pattern],
    taking_part: Sequence[System],
    notes: Sequence[str],
    deadline: float,
    target: Path,
) -> int:
    """Run everything, show and write it; give the exit status."""
    start = time.monotonic()
    shown = report.Report(Console(highlight=False))
    cells: list[Cell] = []
    todo = [case for pattern in patterns for case in pattern.cases]
    with ResultsFile(target) as results:
        with Laboratory(taking_part, deadline, paths.ROOT) as laboratory:
            laboratory.meet()
            results.header(laboratory.runners)
            shown.header(laboratory.runners, notes)
            with shown.progress(len(todo), len(taking_part)) as live:

                def judged(of_case: list[Cell]) -> None:
                    for cell in of_case:
                        results.cell(cell)
                    cells.extend(of_case)
                    live.judged(of_case)

                laboratory.run(todo, judged)
        summary = Summary.of(cells, time.monotonic() - start)
        results.summary(summary)
    junit = write_junit(target, cells, laboratory.runners)
    cells.sort(key=lambda cell: todo.index(cell.case))
    shown.matrix(patterns, [system.name for system in taking_part], cells)
    shown.details(cells)
    for note in laboratory.notes:
        shown.note(note)
    shown.closing(summary, [results.path, junit])
    return AGREED if summary.fine else APART


def show_list(patterns: Sequence[Pattern], there_are: Sequence[System]) -> None:
    """List what the filters can name."""
    for pattern in patterns:
        click.echo(f"{pattern.slug}: {pattern.title}")
        for case in pattern.cases:
            click.echo(f"  {case.name}: {case.shows}")
    click.echo("systems:")
    for system in there_are:
        click.echo(f"  {system.name}")
