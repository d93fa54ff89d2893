"""The part of a run that is about channel programs, and the command for it alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from rich.console import Console

from compare import cases, paths
from compare.commands import page
from compare.commands.status import AGREED, APART, guarded
from compare.errors import LabFailure
from compare.programs import claims, lab, load, record, runners, statements, store, widenings
from compare.programs.lab import Laboratory
from compare.programs.model import HOLDS, Cell, Claim, Findings, Program
from compare.programs.runners import Known
from compare.programs.sample import Plan
from compare.programs.show import Show
from compare.programs.statements import Statement
from compare.results import ResultsFile, Summary, write_junit

SECONDS = 40.0
INTERRUPTED = "interrupted; the results that there are have no summary"


@dataclass
class Session:
    """All that the programs and claims of one run come to, while it goes on."""

    systems: Sequence[Known]
    left_out: Sequence[str]
    programs: Sequence[Program] = ()
    statements: Sequence[Statement] = ()
    cells: list[Cell] = field(default_factory=list)
    proved: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def fine(self) -> bool:
        """Whether nothing of it is to be complained of."""
        return all(cell.fine for cell in self.cells) and all(one.verdict == HOLDS for one in self.proved)

    def findings(self) -> Findings:
        """The same for the report."""
        systems = [one.system for one in self.systems]
        notes = [*self.left_out, *self.notes]
        return Findings(self.programs, systems, self.cells, self.proved, notes, self.seconds)


def ran(console: Console, results: ResultsFile, session: Session, plan: Plan, seconds: float) -> None:
    """Run every program on every system, show it, and write it as it comes."""
    start = time.monotonic()
    shown = Show(console)
    shown.systems(session.systems, session.left_out)
    results.line(record.systems([one.system for one in session.systems]))
    plan = replace(plan, millis=lab.share(session.systems, session.programs, seconds))
    total = len(session.programs) * len(session.systems)
    with (
        Laboratory(session.systems, plan, paths.ROOT, session.statements) as laboratory,
        shown.progress(total, f"programs on {len(session.systems)} systems") as live,
    ):

        def judged(cell: Cell) -> None:
            results.line(record.litmus(cell))
            session.cells.append(cell)
            live.step(cell.program, not cell.fine)

        try:
            laboratory.run(session.programs, judged)
        finally:
            session.seconds += time.monotonic() - start
    session.notes += laboratory.notes
    session.cells.sort(key=_place(session))
    shown.matrix([one.system.name for one in session.systems], session.cells)
    shown.details(session.programs, session.cells)


def proved(console: Console, results: ResultsFile, session: Session, plan: Plan) -> None:
    """Prove every claim, show what is broken, and write it."""
    start = time.monotonic()
    shown = Show(console)
    total = sum(1 if side.probe else len(side.systems) for one in session.statements for side in one.sides)
    with (
        Laboratory(session.systems, plan, paths.ROOT) as laboratory,
        shown.progress(total, "sides of claims") as live,
    ):
        found, notes = claims.prove(
            laboratory,
            session.statements,
            session.left_out,
            lambda proof: live.step(proof.claim, proof.complaint is not None),
        )
    session.seconds += time.monotonic() - start
    session.proved += found
    session.notes += [*notes, *laboratory.notes]
    for one in found:
        results.line(record.claim(one))
    shown.claims(found, notes)


def counts(session: Session) -> dict[str, dict[str, int]]:
    """What the summary says of them."""
    told = {}
    if session.cells:
        told["litmus"] = record.litmus_counts(session.cells)
    if session.proved:
        told["claims"] = record.claim_counts(session.proved)
    return told


def kept(session: Session, folder: Path) -> list[Path]:
    """Write what is made of the results: the findings, and the page that tells of them."""
    findings = session.findings()
    return [store.write(findings, folder), page.write(findings, folder)]


@click.command("run")
@click.argument("programs", nargs=-1, metavar="[PROGRAM]...")
@click.option("--system", "names", multiple=True, metavar="NAME", help="Only these systems.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=Plan.runs, show_default=True,
    help="So many runs without a new outcome are enough.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=Plan.seed, show_default=True, help="Of the first run."
)
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=SECONDS, show_default=True,
    help="About how long all of it may take.",
)  # fmt: skip
def run_command(programs: Sequence[str], names: Sequence[str], runs: int, seed: int, seconds: float) -> None:
    """Run channel programs on real systems, and hold what they do against what is allowed.

    PROGRAM is one of compare/litmus, or a file; without one all of compare/litmus
    run. The results are in target/compare.
    """

    def command() -> int:
        session = begun(cases.names(names))
        session.programs = load.choose(cases.names(programs))
        if not session.programs:
            raise LabFailure(f"there is no program in {paths.shown(load.folder())}")
        plan = Plan(runs=runs, seed=seed)

        def run(console: Console, results: ResultsFile) -> list[Path]:
            ran(console, results, session, plan, seconds)
            return kept(session, paths.TARGET)

        return alone(session, run)

    guarded(command, INTERRUPTED, held=True)


@click.command("claims")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--system", "names", multiple=True, metavar="NAME", help="Only claims about these systems.")
def claims_command(ids: Sequence[str], names: Sequence[str]) -> None:
    """Prove the claims of compare/claims: each must still show what it says."""

    def command() -> int:
        session = begun(())
        session.statements = about(
            statements.choose(session.statements, cases.names(ids)), cases.names(names)
        )
        if not session.statements:
            raise LabFailure(f"no claim in {paths.shown(statements.folder())} is about that")

        def prove(console: Console, results: ResultsFile) -> list[Path]:
            proved(console, results, session, Plan())
            Show(console).held(session.proved)
            return []

        return alone(session, prove)

    guarded(command, INTERRUPTED, held=True)


def begun(names: Sequence[str]) -> Session:
    """Hear which systems there are, and read the claims."""
    there_are, notes = runners.known(paths.ROOT, names)
    chosen = runners.choose(there_are, names, notes)
    if not chosen:
        raise LabFailure("there is no system that runs channel programs")
    return Session(chosen, [] if names else notes, statements=stated(chosen))


def stated(systems: Sequence[Known]) -> list[Statement]:
    """Read the claims, and those that follow from the dialects of the systems."""
    return [*statements.load(), *widenings.stated([one.system for one in systems])]


def about(claims: Sequence[Statement], names: Sequence[str]) -> list[Statement]:
    """Keep the claims that speak of a system; no name keeps all."""
    found = [one for one in claims if not names or set(names) & set(one.systems)]
    known = {name for one in claims for name in one.systems}
    for name in names:
        if name not in known:
            raise LabFailure(f"no claim speaks of {name!r}; they speak of: {', '.join(sorted(known))}")
    return found


def alone(session: Session, part: Callable[[Console, ResultsFile], list[Path]]) -> int:
    """Do a part of the run with results of its own; give the exit status.

    The part gives the files that it wrote beside them.
    """
    console = Console(highlight=False)
    with ResultsFile(paths.TARGET) as results:
        results.header([])
        try:
            also = part(console, results)
        except KeyboardInterrupt:
            store.write(session.findings(), paths.TARGET)
            raise
        results.summary(Summary.of([], session.seconds), counts(session))
    junit = write_junit(paths.TARGET, [], [], record.suites(session.cells, session.proved))
    shown = Show(console)
    shown.closing(session.cells, session.proved, session.seconds)
    shown.say(", ".join(map(paths.shown, [results.path, junit, *also])), "dim")
    return AGREED if session.fine else APART


def _place(session: Session) -> Callable[[Cell], tuple[int, int]]:
    programs = {program.name: place for place, program in enumerate(session.programs)}
    systems = {one.system.name: place for place, one in enumerate(session.systems)}
    return lambda cell: (programs[cell.program], systems[cell.system])
