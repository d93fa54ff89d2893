"""The command line: ``python -m compare``.

Exit status: 0, all cells agree or are unsupported as the cases state; 1, some
cell differs, hangs, crashes or fails; 2, the laboratory itself failed, or a
filter matched nothing; 130, interrupted.
"""

import math
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from compare import cases, interrupt, paths, report, systems
from compare.cases import Pattern
from compare.errors import LabFailure
from compare.laboratory import Laboratory
from compare.results import ResultsFile, Summary, write_junit
from compare.systems import System
from compare.verdicts import Cell

AGREED, APART, FAILED, INTERRUPTED = 0, 1, 2, 130
DEADLINE = 20.0


@click.command(
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
def main(
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
    if math.isnan(deadline):
        raise click.BadParameter("nan is no number of seconds.", param_hint="'--deadline'")
    try:
        with interrupt.held():
            sys.exit(_main(slugs, names, chosen, deadline, listing=listing))
    except LabFailure as failure:
        report.complain(str(failure))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        report.complain("interrupted; the results that there are have no summary")
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001
        # Python would end with 1, which says that systems differ.
        traceback.print_exc()
        report.complain("the laboratory failed (see above); the results that there are have no summary")
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
