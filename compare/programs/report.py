"""The report: one HTML page that needs nothing else.

The page holds its style, its script and its charts, and asks no network for
anything; it can be read without its script.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from compare import explain
from compare.programs import chart, model, sequence
from compare.programs.model import Allowed, Cell, Findings, Found, Outcome, Program, Seen


@dataclass(frozen=True)
class Verdict:
    """How a verdict is shown."""

    name: str
    mark: str
    means: str


VERDICTS = (
    Verdict(model.COMPLETE, "●", "every allowed outcome was shown, and nothing else"),
    Verdict(model.INSIDE, "◐", "nothing but allowed outcomes, though not all of them were shown"),
    Verdict(model.DOCUMENTED, "§", "it differs, and a claim says how and why"),
    Verdict(model.FORBIDDEN, "✗", "an outcome was shown that is not allowed"),
    Verdict(model.DEADLOCK, "∞", "processes wait for ever where the meaning lets them go on"),
    Verdict(model.TIMEOUT, "T", "the runs did not end in time"),
    Verdict(model.CRASH, "!", "the runner died, or answered what it must not"),
    Verdict(model.UNSUPPORTED, "–", "the system has not what the program needs"),
)
"""In the order in which they are told."""

BAD = (model.FORBIDDEN, model.DEADLOCK, model.TIMEOUT, model.CRASH)

MARKS = {verdict.name: verdict.mark for verdict in VERDICTS}


@dataclass(frozen=True)
class Showing:
    """A system that has shown an outcome."""

    cell: Cell
    seen: Seen

    @property
    def system(self) -> str:
        """Its name."""
        return self.cell.system

    @property
    def verdict(self) -> str:
        """How a wrong outcome is marked: as its cell, if that says no less."""
        return self.cell.verdict if self.cell.verdict in (*BAD, model.DOCUMENTED) else model.FORBIDDEN


@dataclass(frozen=True)
class Shown:
    """An outcome, who has shown it, and a chart of a way to it if one is known."""

    number: int
    outcome: Outcome
    waiting: Mapping[str, int]
    by: Sequence[Showing]
    missing: Sequence[str] = ()
    svg: str = ""
    """It has escaped what it says."""
    steps: Sequence[str] = ()

    @property
    def hidden(self) -> Sequence[str]:
        """Who waits for ever and is not observed."""
        return [name for name in self.waiting if name not in self.outcome]


@dataclass(frozen=True)
class Chapter:
    """A program, and all that was seen of it."""

    id: str
    program: Program
    cells: Mapping[str, Cell]
    allowed: Sequence[Shown]
    widened: Sequence[Shown]
    """Allowed by what a system promises, though not by the strictest dialect."""
    wrong: Sequence[Showing]
    """Not allowed; a claim may cover it all the same."""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """How many outcomes are allowed, in the words of ``explain``."""
        return explain.counted([{"outcome": it.outcome, "waiting": it.waiting} for it in self.allowed])

    @property
    def run(self) -> Sequence[Cell]:
        """The cells of the systems that could run it."""
        return [cell for cell in self.cells.values() if cell.verdict != model.UNSUPPORTED]

    @property
    def unsupported(self) -> Mapping[str, Sequence[str]]:
        """The systems that could not, by their reasons."""
        reasons: dict[str, list[str]] = {}
        for cell in self.cells.values():
            if cell.verdict == model.UNSUPPORTED:
                reasons.setdefault(cell.reason or "", []).append(cell.system)
        return reasons


def write_report(findings: Findings, path: Path, found: Sequence[Found] = ()) -> None:
    """Write the report of a run, and of what random searches found, as one HTML page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(findings, found), encoding="utf-8")


def page(findings: Findings, found: Sequence[Found] = ()) -> str:
    """The page, as text."""
    chapters = list(_chapters(findings))
    return (
        _templates()
        .get_template("report.html")
        .render(
            findings=findings,
            found=sorted(found, key=lambda one: (one.expected is not None, one.system)),
            chapters=chapters,
            programs={chapter.program.name: chapter.id for chapter in chapters},
            claims={claim.id: f"claim-{number}" for number, claim in enumerate(findings.claims, 1)},
            verdicts=VERDICTS,
            marks=MARKS,
            counts=Counter(cell.verdict for cell in findings.cells),
            bad=[cell for cell in findings.cells if not cell.fine],
            broken=[claim for claim in findings.claims if claim.verdict != model.HOLDS],
            runs=sum(cell.runs for cell in findings.cells),
            per_system=_per_system(findings),
        )
    )


def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _per_system(findings: Findings) -> Mapping[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {system.name: Counter() for system in findings.systems}
    for cell in findings.cells:
        counts.setdefault(cell.system, Counter())[cell.verdict] += 1
    return counts


def _chapters(findings: Findings) -> Iterator[Chapter]:
    cells: dict[str, dict[str, Cell]] = {}
    for cell in findings.cells:
        cells.setdefault(cell.program, {})[cell.system] = cell
    for number, program in enumerate(findings.programs, 1):
        yield _chapter(f"p{number}", program, cells.get(program.name, {}))


def _chapter(ident: str, program: Program, cells: Mapping[str, Cell]) -> Chapter:
    listed = program.allowed or ()
    by: list[list[Showing]] = [[] for _ in listed]
    widened: dict[str, list[Showing]] = {}
    wrong: list[Showing] = []
    for cell in cells.values():
        for seen in cell.seen:
            showing = Showing(cell, seen)
            at = _listed(listed, seen)
            if not seen.allowed:
                wrong.append(showing)
            elif at is None:
                widened.setdefault(_key(seen), []).append(showing)
            else:
                by[at].append(showing)
    able = [name for name, cell in cells.items() if cell.verdict != model.UNSUPPORTED]
    allowed = [_shown(program, number, one, by[number - 1], able) for number, one in enumerate(listed, 1)]
    more = [
        Shown(number, them[0].seen.outcome, them[0].seen.waiting, them)
        for number, them in enumerate(widened.values(), len(allowed) + 1)
    ]
    counts = Counter(cell.verdict for cell in cells.values())
    return Chapter(ident, program, cells, allowed, more, wrong, counts)


def _listed(listed: Sequence[Allowed], seen: Seen) -> int | None:
    """Which of the listed outcomes was seen.

    Two of them may differ only in who waits unobserved.
    """
    same = [at for at, one in enumerate(listed) if one.outcome == seen.outcome]
    exactly = [at for at in same if listed[at].waiting == seen.waiting]
    return next(iter(exactly), None)


def _key(seen: Seen) -> str:
    return json.dumps([seen.outcome, seen.waiting], sort_keys=True)


def _shown(program: Program, number: int, one: Allowed, by: Sequence[Showing], able: Sequence[str]) -> Shown:
    showed = {showing.system for showing in by}
    scene = sequence.scene(program.json, one.outcome, one.waiting, one.schedule)
    title = f"{program.name}, outcome {number}: message sequence chart of {len(one.schedule)} steps"
    return Shown(
        number,
        one.outcome,
        one.waiting,
        by,
        [system for system in able if system not in showed],
        chart.svg(scene, title),
        [sequence.in_words(step) for step in one.schedule],
    )
