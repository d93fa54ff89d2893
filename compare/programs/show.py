"""Programs, claims and findings on the terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from compare.programs import record
from compare.programs.fuzz import Finding
from compare.programs.model import (
    BROKEN,
    COMPLETE,
    DEADLOCK,
    DOCUMENTED,
    FORBIDDEN,
    INSIDE,
    TIMEOUT,
    UNSUPPORTED,
    VERDICTS,
    Cell,
    Claim,
    Program,
)
from compare.programs.runners import Known
from compare.programs.words import counted
from compare.report import WRONG, Live, fitting, plain

STYLES = {COMPLETE: "green", INSIDE: "green", DOCUMENTED: "yellow", UNSUPPORTED: "dim"}
HEADINGS = {
    COMPLETE: "com-\nplete",
    INSIDE: "in-\nside",
    DOCUMENTED: "docu-\nmented",
    FORBIDDEN: "for-\nbidden",
    DEADLOCK: "dead-\nlock",
    TIMEOUT: "time-\nout",
    UNSUPPORTED: "unsup-\nported",
}
"""So that the table fits a terminal of 80 columns."""
NAMED = 4
"""How many programs are named that went wrong in the same way."""


class Show:
    """The terminal, or whatever stands in its place."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str = "", style: str = "") -> None:
        """Print a text as it is."""
        self._console.print(fitting(self._console, text, style), soft_wrap=True)

    def systems(self, systems: Sequence[Known], notes: Sequence[str]) -> None:
        """Say who takes part, and who does not."""
        width = max((len(one.system.name) for one in systems), default=0)
        for one in systems:
            name = fitting(self._console, f"{one.system.name:<{width}}  ", "bold")
            self._console.print(name + fitting(self._console, *_says(one)), soft_wrap=True)
        for note in notes:
            self.say(note, "yellow")
        self.say()

    def progress(self, steps: int, noun: str) -> Live:
        """Show how far it is, until the ``with`` block ends."""
        return Live(self._console, steps, noun)

    def matrix(self, systems: Sequence[str], cells: Sequence[Cell]) -> None:
        """Show for each system how many programs came to each verdict."""
        there_are = [verdict for verdict in VERDICTS if any(cell.verdict == verdict for cell in cells)]
        style = None if plain(self._console) else box.SIMPLE_HEAD
        table = Table(box=style, pad_edge=False, show_edge=False, padding=(0, 0, 0, 1))
        table.add_column("system", no_wrap=True, vertical="bottom")
        for verdict in there_are:
            heading = HEADINGS.get(verdict, verdict)
            table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
        table.add_column("shown", justify="right", no_wrap=True, vertical="bottom")
        for system in systems:
            own = [cell for cell in cells if cell.system == system]
            counts = record.litmus_counts(own)
            squares = [_square(verdict, counts[verdict]) for verdict in there_are]
            table.add_row(system, *squares, Text(_share(own)))
        self._console.print(table)
        self.say()

    def details(self, programs: Sequence[Program], cells: Sequence[Cell]) -> None:
        """Explain every cell that is not fine."""
        shows = {program.name: program.shows for program in programs}
        alike: dict[tuple[str, str, str | None], list[Cell]] = {}
        for cell in cells:
            if not cell.fine:
                alike.setdefault((cell.system, cell.verdict, cell.reason), []).append(cell)
        for group in alike.values():
            self._explain(group, shows[group[0].program] if len(group) == 1 else "")

    def claims(self, claims: Sequence[Claim], notes: Sequence[str]) -> None:
        """Explain every claim that is broken, and count the others."""
        for one in (one for one in claims if one.verdict == BROKEN):
            self.say(f"claim {one.id}: broken", WRONG)
            self.say(f"  {one.statement}", "dim")
            for line in one.told.splitlines():
                self.say(f"  {line}")
            self.say(f"  python -m compare claims {one.id}", "bold")
            self.say()
        for note in notes:
            self.say(note, "yellow")

    def held(self, claims: Sequence[Claim]) -> None:
        """Show what proved the claims that hold."""
        for one in (one for one in claims if one.verdict != BROKEN):
            self.say(f"claim {one.id}: holds", "green")
            self.say(f"  {one.statement}", "dim")
            for line in one.told.splitlines():
                self.say(f"  {line}")

    def closing(self, cells: Sequence[Cell], claims: Sequence[Claim], seconds: float) -> None:
        """Say in a line how the programs went, and in one how the claims did."""
        if cells:
            counts = {verdict: n for verdict, n in record.litmus_counts(cells).items() if n}
            runs = sum(cell.runs for cell in cells)
            told = " · ".join(f"{n} {verdict}" for verdict, n in counts.items())
            line = f"{counted(len(cells), 'program', 'programs')} on systems: {told}; {counted(runs, 'run')}"
            fine = all(cell.fine for cell in cells)
            self.say(f"{line} in {seconds:.1f} s", "bold green" if fine else WRONG)
        if claims:
            counts = {verdict: n for verdict, n in record.claim_counts(claims).items() if n}
            told = " · ".join(f"{n} {verdict}" for verdict, n in counts.items())
            self.say(f"{counted(len(claims), 'claim')}: {told}", WRONG if BROKEN in counts else "bold green")

    def finding(self, one: Finding, expected: str | None) -> None:
        """Show what a search found; ``expected`` says why that is no surprise, if it is none."""
        style = WRONG if expected is None else "yellow"
        expected = f", {expected}" if expected else ""
        self.say(f"{one.cell.system}: {one.cell.verdict}{expected}", style)
        for line in one.program.text.rstrip().splitlines():
            self.say(f"  {line}")
        for line in (one.cell.reason or "").splitlines():
            self.say(f"  {line}", style)
        smallest = "no smaller program goes wrong" if one.smallest else "it may not be the smallest"
        self.say(f"  {smallest}; made from the program of seed {one.seed}", "dim")
        self.say(f"  {one.cell.repeat}", "bold")
        self.say()

    def _explain(self, cells: Sequence[Cell], shows: str) -> None:
        first = cells[0]
        names = ", ".join(cell.program for cell in cells[:NAMED])
        more = f" and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
        self.say(f"{names}{more} on {first.system}: {first.verdict}", WRONG)
        if shows:
            self.say(f"  {shows}", "dim")
        for line in (first.reason or "").splitlines():
            self.say(f"  {line}")
        self.say(f"  {first.repeat}", "bold")
        self.say()


def _says(one: Known) -> tuple[str, str]:
    if one.broken is not None:
        return one.broken[1].partition("\n")[0], WRONG
    if one.system.unavailable is not None:
        return one.system.unavailable, "yellow"
    return f"{one.system.version}, {one.system.driver}", "dim"


def _square(verdict: str, number: int) -> Text:
    return Text(str(number), STYLES.get(verdict, WRONG) if number else "dim")


def _share(cells: Sequence[Cell]) -> str:
    """The share of all outcomes that were shown."""
    allowed = sum(cell.allowed for cell in cells)
    return f"{sum(cell.shown for cell in cells) / allowed:.1%}" if allowed else "-"
