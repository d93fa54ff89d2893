"""What a run shows on the terminal: progress, a matrix, every difference."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from compare.cases import Pattern
from compare.paths import shown
from compare.results import Summary
from compare.runner import Runner
from compare.verdicts import AGREE, DIFFER, UNSUPPORTED, Cell, repeat

BETWEEN_LINES = 5.0
"""Seconds between two lines of progress where there is no terminal."""

STYLES = {AGREE: "green", UNSUPPORTED: "yellow"}
WRONG = "bold red"
ASCII = str.maketrans({"✓": "+", "✗": "X", "–": "-", "…": "~", "·": "|", "→": ">"})


class Report:
    """The terminal, or whatever stands in its place.

    Colours and the live line are rich's affair, which knows terminals and
    NO_COLOR. Where the encoding lacks the signs, ASCII stands for them.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=False)
        self._plain = plain(self._console)

    def header(self, runners: Sequence[Runner], notes: Sequence[str]) -> None:
        """Say who takes part."""
        width = max(len(runner.system.name) for runner in runners)
        for runner in runners:
            name = Text(f"{runner.system.name:<{width}}  ", "bold")
            told = self._text(runner.says, "dim" if runner.broken is None else WRONG)
            self._console.print(name + told)
        for note in notes:
            self.note(note)
        self._console.print()

    def note(self, note: str) -> None:
        """Say something that is no verdict."""
        self._console.print(self._text(note, "yellow"))

    def progress(self, cases: int, systems: int) -> "Live":
        """Show how far the run is, until the ``with`` block ends."""
        return Live(self._console, cases, f"cases on {systems} systems")

    def matrix(self, patterns: Sequence[Pattern], systems: Sequence[str], cells: Sequence[Cell]) -> None:
        """Show how many cases of each pattern agree on each system."""
        style = None if self._plain else box.SIMPLE_HEAD
        table = Table(box=style, pad_edge=False, show_edge=False)
        table.add_column("pattern", vertical="bottom", no_wrap=True, overflow="crop")
        for system in systems:
            name = Text(system.replace("/", "/\n"))
            table.add_column(name, justify="right", vertical="bottom", no_wrap=True, overflow="crop")
        for pattern in patterns:
            own = [cell for cell in cells if cell.case.pattern == pattern.slug]
            columns = [[cell for cell in own if cell.system == system] for system in systems]
            table.add_row(pattern.slug, *map(self._square, columns))
        self._console.print(table)
        self._console.print()

    def details(self, cells: Sequence[Cell]) -> None:
        """Explain every cell that does not simply agree."""
        self._unsupported([cell for cell in cells if cell.verdict == UNSUPPORTED])
        alike: dict[tuple[str, str, str | None], list[Cell]] = {}
        for cell in cells:
            if not cell.fine:
                alike.setdefault((cell.case.title, cell.verdict, cell.reason), []).append(cell)
        for group in alike.values():
            self._explain(group)

    def closing(self, summary: Summary) -> None:
        """Say in one line how it went."""
        told = " · ".join(f"{n} {verdict}" for verdict, n in summary.counts.items() if n)
        cells = f"{summary.cells} cells" if summary.cells != 1 else "1 cell"
        line = f"{cells}: {told} in {summary.seconds:.1f} s"
        self._console.print(self._text(line, "bold green" if summary.fine else WRONG), soft_wrap=True)

    def files(self, files: Sequence[Path]) -> None:
        """Say where to read more."""
        self._console.print(self._text(", ".join(map(shown, files)), "dim"), soft_wrap=True)

    def _square(self, cells: Sequence[Cell]) -> Text:
        """Show one square of the matrix: ``5 ✓``, ``4/5 ✗``, ``–``, ``4 ✓ 1 –``."""
        agree = sum(cell.verdict == AGREE for cell in cells)
        unsupported = sum(cell.verdict == UNSUPPORTED for cell in cells)
        if agree + unsupported < len(cells):
            return self._text(f"{agree}/{len(cells)} ✗", WRONG)
        if not agree:
            return self._text("–", STYLES[UNSUPPORTED])
        also = f" {unsupported} –" if unsupported else ""
        return self._text(f"{agree} ✓{also}", STYLES[AGREE])

    def _unsupported(self, cells: Sequence[Cell]) -> None:
        reasons: dict[tuple[str, str], list[str]] = {}
        for cell in cells:
            reasons.setdefault((cell.system, cell.reason or ""), []).append(cell.case.title)
        for (system, reason), titles in reasons.items():
            where = titles[0] if len(titles) == 1 else f"{len(titles)} cases"
            self._console.print(self._text(f"unsupported: {system}, {where}: {reason}", "yellow"))
        if reasons:
            self._console.print()

    def _explain(self, cells: Sequence[Cell]) -> None:
        """Explain cells of one case that have the same verdict and reason."""
        case, verdict = cells[0].case, cells[0].verdict
        systems = ", ".join(cell.system for cell in cells)
        self._console.print(self._text(f"{case.title} on {systems}: {verdict}", WRONG))
        self._console.print(self._text(f"  {case.shows}", "dim"))
        for line in (cells[0].reason or "").splitlines():
            style = {"-": "red", "+": "green"}.get(line[:1], "") if verdict == DIFFER else ""
            self._console.print(self._text(f"  {line}", style))
        self._console.print(self._text(f"  {repeat(cells)}", "bold"), soft_wrap=True)
        self._console.print()

    def _text(self, text: str, style: str = "") -> Text:
        return fitting(self._console, text, style)


def plain(console: Console) -> bool:
    """Whether the terminal has no more than the signs of ASCII."""
    return not console.encoding.lower().startswith("utf")


def fitting(console: Console, text: str, style: str = "") -> Text:
    """Make a text that the terminal can show, and that holds no markup."""
    if plain(console):
        encoding = console.encoding
        text = text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return Text(text, style)


class Live:
    """The progress of a run: one live line, or now and then a plain one."""

    def __init__(self, console: Console, steps: int, noun: str) -> None:
        self._console = console
        self._steps = steps
        self._noun = noun
        self.done = 0
        self._wrong = 0
        self._next_line = time.monotonic() + BETWEEN_LINES
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[wrong]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(noun, total=steps, wrong="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def step(self, name: str, wrong: int, steps: int = 1) -> None:
        """Take note of a step, and of how much went wrong in it."""
        self.done += steps
        self._wrong += wrong
        told = f"{self._wrong} not in agreement" if self._wrong else ""
        self._progress.update(self._task, advance=steps, description=name, wrong=told)
        if not self._console.is_terminal and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + BETWEEN_LINES
            line = f"{self.done:,} of {self._steps:,} {self._noun}"
            print(f"{line}; {told}" if told else line, file=self._console.file, flush=True)


def complain(message: str) -> None:
    """Say on standard error why the laboratory failed."""
    stream = sys.stderr
    text = message.encode(stream.encoding or "ascii", "backslashreplace").decode(stream.encoding or "ascii")
    print(f"compare: {text}", file=stream)
