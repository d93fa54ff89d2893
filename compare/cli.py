"""The command line: ``python -m compare``, and its commands.

Exit status: 0, all cells are fine and all claims hold; 1, some cell is not, or
a claim is broken; 2, the laboratory itself failed, or a filter matched nothing;
130, interrupted.
"""

import math
from collections.abc import Sequence

import click

from compare.commands.changes import diff_command
from compare.commands.everything import everything
from compare.commands.explain import explain_command
from compare.commands.fuzz import fuzz_command
from compare.commands.hunt import hunt_command
from compare.commands.listing import list_command
from compare.commands.page import report_command
from compare.commands.programs import INTERRUPTED, claims_command, run_command
from compare.commands.status import guarded

DEADLINE = 20.0


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 all is fine; 1 some cell differs, hangs, crashes or fails, or a claim is "
    "broken; 2 the laboratory failed, or a filter matched nothing; 130 interrupted.",
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
    *,
    listing: bool,
) -> None:
    """Run the same patterns and programs on every system, and show where they differ.

    Every case of compare/patterns runs on Rust and on the OCaml libraries; what
    they observe is compared with what the case states, and with one another.
    Every program of compare/litmus runs on every library; what they do is held
    against all that the program may do. Then every claim of compare/claims is
    proved. A filter for patterns or cases leaves the last two out.

    A filter may be given several times, or hold several names separated by
    commas; an empty one is none. The results are in target/compare.
    """
    if context.invoked_subcommand is not None:
        return
    if math.isnan(deadline):
        raise click.BadParameter("nan is no number of seconds.", param_hint="'--deadline'")
    guarded(lambda: everything(slugs, names, chosen, deadline, listing=listing), INTERRUPTED, held=True)


for command in (
    run_command,
    explain_command,
    fuzz_command,
    hunt_command,
    claims_command,
    diff_command,
    list_command,
    report_command,
):
    main.add_command(command)
