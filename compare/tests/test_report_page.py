"""The report page: it is whole, it needs nothing else, and nothing is taken as markup."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from compare.programs import model, report
from compare.programs.model import Allowed, Cell, Claim, Findings, Program, Seen, System
from compare.tests import pretended

HOSTILE = "<script>alert(1)</script>\"'&</style>--><b>"
VOID = {"meta", "input", "br", "link", "img", "hr"}
NAMES = ("lost_wakeup", "bounded_hand_off", "cancel_against_hand_off", "watch_newest", "fan_in_of_three",
         "two_sided_choice", "mvar_turns", "broadcast_lag")  # fmt: skip


class Page(HTMLParser):
    """A strict reading: every tag is closed in its place, every id is there once."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.references: list[str] = []
        self.tags: dict[str, int] = {}
        self.text: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        assert len(dict(attrs)) == len(attrs), f"{tag} has an attribute twice"
        for name, value in attrs:
            assert not name.startswith("on"), f"{tag} has the handler {name}"
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "action", "srcset", "data", "poster"):
                (self.links if (value or "").startswith("#") else self.references).append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} is closed and was not opened"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)

    @property
    def read(self) -> str:
        return " ".join(self.text)


@pytest.fixture(scope="module")
def findings() -> Findings:
    return pretended.findings([pretended.program(pretended.LITMUS / f"{name}.txt") for name in NAMES], 5)


@pytest.fixture(scope="module")
def source(findings: Findings) -> str:
    return report.page(findings)


def test_it_is_valid_and_its_links_lead_somewhere(source: str) -> None:
    page = Page(source)
    assert source.startswith("<!doctype html>\n")
    assert len(set(page.ids)) == len(page.ids)
    assert {link[1:] for link in page.links} <= set(page.ids)


def test_it_asks_nobody_for_anything(source: str) -> None:
    assert Page(source).references == []
    assert not re.search(r"(https?:)?//[a-z]|url\(|@import|@font-face", source)
    assert "default-src 'none'" in source


def test_all_is_told(source: str, findings: Findings) -> None:
    page = Page(source).read
    for program in findings.programs:
        assert program.name in page
        assert program.text.rstrip() in page
        assert program.file is not None
        assert program.file in page
    for system in findings.systems:
        assert page.count(system.name) > 2
        assert system.version in page
    for claim in findings.claims:
        for told in (claim.id, claim.statement, claim.source, claim.told, claim.verdict):
            assert told in page
    for cell in findings.cells:
        assert cell.verdict == model.UNSUPPORTED or cell.repeat in page
        assert (cell.reason or "") in page
    assert "Seed 1." in page
    assert "4 cells that no claim covers, 1 claim that broke." in page


def test_every_allowed_outcome_has_its_chart(source: str, findings: Findings) -> None:
    allowed = sum(len(program.allowed or ()) for program in findings.programs)
    assert Page(source).tags["svg"] == allowed
    assert source.count('class="steps"') == allowed
    assert "Allowed: 2 outcomes, 1 of them a deadlock" in source


def test_the_matrix_has_a_mark_for_every_cell(source: str, findings: Findings) -> None:
    grid = source[source.index('<table id="grid">') : source.index("</table>")]
    for verdict in report.VERDICTS:
        cells = [cell for cell in findings.cells if cell.verdict == verdict.name]
        assert grid.count(f'<td class="{verdict.name}">') == len(cells)
        assert grid.count(f">{verdict.mark}</a>") == len(cells)


def test_every_verdict_has_a_mark_of_its_own() -> None:
    assert sorted(report.MARKS) == sorted(model.VERDICTS)
    assert len(set(report.MARKS.values())) == len(model.VERDICTS)


def test_a_forbidden_outcome_stands_beside_its_nearest(source: str) -> None:
    part = source[source.index('<h4 class="bad">Not allowed</h4>') :].split("<h4>Allowed", 1)[0]
    read = " ".join(" ".join(Page(f"{part}".split("<h4>")[0]).text).split())
    assert "N sent 99 done W 1 done" in read
    assert "Nearest allowed N sent done W 1 done" in read
    assert "Where they part N logs 99" in read
    assert "First shown by seed 17" in read


def test_what_a_claim_covers_is_not_marked_as_a_fault() -> None:
    program = pretended.program(pretended.LITMUS / "lost_wakeup.txt")
    system = pretended.system(1)
    wrong = pretended.forbidden(program, system)
    claims = [Claim("it_doubles", "It doubles.", "its tests", model.HOLDS, "seen")]
    for verdict, mark in ((model.DOCUMENTED, "§"), (model.TIMEOUT, "T"), (model.INSIDE, "✗")):
        cell = replace(wrong, verdict=verdict, claim="it_doubles")
        source = report.page(Findings([program], [system], [cell], claims))
        part = source[source.index("Not allowed</h4>") : source.index("First shown by")]
        assert f">{mark}</span>" in part
        assert ('<a href="#claim-1">it_doubles</a>' in part) == (verdict == model.DOCUMENTED)


def test_a_reason_without_words_and_one_of_many_lines() -> None:
    program = pretended.program(pretended.LITMUS / "lost_wakeup.txt")
    system = pretended.system(1)
    for reason in ("", "first line\nnearest: another"):
        cell = Cell(program.name, system.name, model.CRASH, reason)
        source = report.page(Findings([program], [system], [cell]))
        look = source[source.index("What needs a look") : source.index('id="matrix"')]
        assert (reason.splitlines() or [""])[0] in look
        assert "nearest" not in look


def test_who_showed_an_outcome_and_how() -> None:
    program = pretended.program(pretended.LITMUS / "lost_wakeup.txt")
    met, lost = program.allowed or ()
    seen = [
        Seen(met.outcome, met.waiting, 4_321, 7, steered=False, allowed=True),
        Seen(lost.outcome, lost.waiting, 1, 8, steered=True, allowed=True),
    ]
    system, other = pretended.system(1), pretended.system(2)
    cells = [
        Cell(program.name, system.name, model.COMPLETE, None, 1, 2, 2, seen),
        Cell(program.name, other.name, model.INSIDE, None, 1, 2, 1, seen[:1]),
    ]
    read = " ".join(Page(report.page(Findings([program], [system, other], cells))).read.split())
    assert f"{system.name} ×4,321" in read
    assert f"{system.name} ×1 steered not shown by {other.name}" in read


def test_an_outcome_of_a_wider_dialect_is_told_apart() -> None:
    program = pretended.program(pretended.LITMUS / "double_close.txt")
    wide = Seen({"A": {"log": ["wide"], "end": "done"}}, {}, 1, 1, steered=False, allowed=True)
    system = pretended.system(1)
    cell = Cell(program.name, system.name, model.INSIDE, None, 1, 2, 1, [wide])
    source = report.page(Findings([program], [system], [cell]))
    assert "Allowed by what a system promises" in source
    assert "Not allowed" not in source
    unlisted = report.page(Findings([replace(program, allowed=None)], [system], [cell]))
    assert "more outcomes than are listed" in unlisted
    assert "wide" in Page(unlisted).read


def test_two_ends_that_differ_in_who_waits_unobserved_are_not_mixed() -> None:
    text = (
        "program p\nchannel c rendezvous\nobserve A\n\nA | B | C\nsleep 1 | select c ? or default | c ! 1\n"
    )
    program = pretended.explained(text)
    listed = program.allowed or ()
    assert len({json.dumps(it.outcome) for it in listed}) < len(listed)
    cell = Cell(
        "p", "s", model.INSIDE, None, 1, 1, 1,
        [Seen(listed[-1].outcome, listed[-1].waiting, 77, 1, steered=False, allowed=True)],
    )  # fmt: skip
    source = report.page(Findings([program], [replace(pretended.system(1), name="s")], [cell]))
    assert source.count("×77") == 1
    before = source[: source.index("×77")]
    assert f'aria-label="Outcome {len(listed)}"' in before


def test_nothing_is_taken_as_markup() -> None:
    step = {"process": HOSTILE, "what": "waits", "operation": HOSTILE, "number": 1, "logged": []}
    wait = {"op": "wait", "transfer": {"do": "recv", "channel": HOSTILE}}
    outcome = {HOSTILE: {"log": [HOSTILE], "end": HOSTILE}}
    text = {
        "channels": [{"name": HOSTILE, "kind": "unbounded"}],
        "processes": [{"name": HOSTILE, "operations": [wait]}],
    }
    allowed = [Allowed(outcome, {HOSTILE: 1}, [step])]
    program = Program(HOSTILE, HOSTILE, HOSTILE, text, HOSTILE, allowed)
    seen = [
        Seen(outcome, {HOSTILE: 1}, 1, 1, steered=True, allowed=True),
        Seen(outcome, {}, 1, 1, steered=True, allowed=False, nearest=outcome, parts=HOSTILE),
    ]
    why = [{"field": HOSTILE, "why": HOSTILE, "program": HOSTILE, "kinds": [HOSTILE], "ops": [HOSTILE]}]
    system = System(HOSTILE, HOSTILE, HOSTILE, HOSTILE, True, {HOSTILE: [HOSTILE]}, why, why, HOSTILE)
    cells = [Cell(HOSTILE, HOSTILE, model.FORBIDDEN, HOSTILE, 1, 1, 1, seen, HOSTILE, 1.0, HOSTILE)]
    claim = Claim(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, [HOSTILE], HOSTILE)
    page = Page(report.page(Findings([program], [system], cells, [claim], [HOSTILE])))
    assert page.tags["script"] == 1
    assert page.tags["style"] == 1
    assert "<script>alert(1)</script>" in page.read


def test_nothing_at_all_is_a_page_too(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    report.write_report(Findings([], [], []), path)
    page = Page(path.read_text(encoding="utf-8"))
    for told in (
        "Nothing was run.",
        "No system took part.",
        "No claim was put to the proof.",
        "There is no program.",
    ):
        assert told in page.read
    assert {link[1:] for link in page.links} <= set(page.ids)


def test_a_run_without_faults_says_so(findings: Findings) -> None:
    fine = Findings(findings.programs, findings.systems, [it for it in findings.cells if it.fine])
    assert "Nothing was seen that neither the meaning nor a claim allows." in Page(report.page(fine)).read


def test_the_page_of_all_programs_is_of_a_reasonable_size() -> None:
    source = report.page(pretended.findings(pretended.programs(), 20))
    Page(source)
    assert len(source.encode()) < 6_000_000
