"""The charts: every step is there, nothing overlaps, and who met whom is right."""

import json
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.programs import chart, sequence
from compare.programs.model import Allowed, Program
from compare.programs.sequence import CLAIM, CUT, MESSAGE, Scene
from compare.tests import pretended

PATHS = sorted(pretended.LITMUS.glob("*.txt"))


def scene(program: Program, allowed: Allowed) -> Scene:
    return sequence.scene(program.json, allowed.outcome, allowed.waiting, allowed.schedule)


def scenes(program: Program) -> list[tuple[Allowed, Scene]]:
    return [(one, scene(program, one)) for one in program.allowed or ()]


def arrows(source: str, outcome: int = 0) -> list[tuple[int, str, str, str]]:
    """The number of the step, from whom, to whom, and what it is."""
    program = pretended.explained(source)
    drawn = scene(program, (program.allowed or ())[outcome])
    names = [column.name for column in drawn.columns]
    return [
        (row.number, names[arrow.start], names[arrow.end], arrow.kind)
        for row in drawn.rows
        for arrow in row.arrows
    ]


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter("text")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_step_is_there_and_nothing_overlaps(path: Path) -> None:
    for allowed, drawn in scenes(pretended.program(path)):
        shown = texts(chart.svg(drawn, "a chart"))
        for number, step in enumerate(allowed.schedule, 1):
            assert str(number) in shown
            told = step["operation"] or f"clock +{step['what']['clock']}"
            assert any(text.startswith(told) for text in shown)
            assert all(any(f"→ {result}" in text for text in shown) for _, result in step["logged"])
        overlapping(chart.drawing(drawn))


def overlapping(made: chart.Drawing) -> None:
    for one, other in combinations(made.texts, 2):
        (left, top, right, bottom), (left_, top_, right_, bottom_) = one.box, other.box
        apart = right <= left_ or right_ <= left or bottom <= top_ or bottom_ <= top
        assert apart, f"{one} {other}"
    for text in made.texts:
        left, top, right, bottom = text.box
        assert left >= 0
        assert top >= 0
        assert right <= made.width
        assert bottom <= made.height


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_bars_and_ends_tell_who_waits(path: Path) -> None:
    for allowed, drawn in scenes(pretended.program(path)):
        names = [column.name for column in drawn.columns]
        for_ever = {names[bar.column] for bar in drawn.bars if bar.end is None}
        idle = {names[end.column] for end in drawn.ends if end.kind == sequence.IDLE}
        assert for_ever == set(allowed.waiting) - idle
        ends = {names[end.column]: end.told for end in drawn.ends}
        for name, number in allowed.waiting.items():
            assert ends[name] == f"waits at {number}"
        for name, ended in allowed.outcome.items():
            assert ends[name] == ended["end"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_value_that_is_received_comes_from_somewhere(path: Path) -> None:
    """A rendezvous has two ends: as many arrows arrive as values are logged there."""
    program = pretended.program(path)
    if any(it["op"] in ("start", "cancel") for one in program.json["processes"] for it in one["operations"]):
        return
    for allowed, drawn in scenes(program):
        logged = [
            (step, who, result.rsplit(":", 1)[-1])
            for step, one in enumerate(allowed.schedule, 1)
            for who, result in one["logged"]
        ]
        received = {(step, who) for step, who, result in logged if result.lstrip("-").isdigit()}
        names = [column.name for column in drawn.columns]
        arriving = {
            (row.number, names[arrow.end])
            for row in drawn.rows
            for arrow in row.arrows
            if arrow.kind == MESSAGE and drawn.columns[arrow.end].kind is None
        }
        observed = program.json.get("observe")
        if observed:
            assert received <= arriving
        else:
            assert received == arriving


def test_a_rendezvous_is_an_arrow_between_two() -> None:
    assert arrows("program p\nchannel c rendezvous\n\nA | B\nc ! 1 | c ?\n") == [(2, "A", "B", MESSAGE)]


def test_what_is_buffered_goes_by_the_channel() -> None:
    source = "program p\nchannel c bounded 1\n\nA | B\nc ! 1 | try c ?\n"
    sides = {tuple(arrows(source, outcome)) for outcome in (0, 1)}
    assert ((1, "A", "c", MESSAGE), (2, "c", "B", MESSAGE)) in sides
    assert ((2, "A", "c", MESSAGE),) in sides


def test_a_hand_off_goes_in_and_out_in_one_step() -> None:
    source = "program p\nchannel c bounded 1\n\nA | B\nc ? | sleep 1\n | c ! 1\n"
    assert arrows(source) == [(5, "B", "c", MESSAGE), (5, "c", "A", MESSAGE)]


def test_a_future_is_met_where_its_process_stands() -> None:
    source = "program p\nchannel c rendezvous\n\nA | B\nstart f = c ? | c ! 1\nawait f |\n"
    assert arrows(source) in (
        [(2, "B", "A", MESSAGE)],
        [(2, "A", "B", MESSAGE)],
        [(3, "B", "A", MESSAGE)],
    )


def test_a_future_on_a_closed_channel_meets_nobody() -> None:
    source = (
        "program p\nchannel c rendezvous\n\nA | B\nstart f = c ? | close c\n | start g = c ! 1\n | await g\n"
    )
    assert arrows(source) == []


def test_a_future_that_was_cancelled_is_met_no_more() -> None:
    source = (
        "program p\nchannel c rendezvous\nobserve A B\n\n"
        "A | B | C\nstart f = c ? | sleep 2 | sleep 1\ncancel f | c ! 1 | c ?\n"
    )
    met = [(start, end) for _, start, end, _ in arrows(source)]
    assert met == [("B", "C")]


def test_who_is_not_observed_waits_until_it_steps_again() -> None:
    source = "program p\nchannel c bounded 1\nobserve B\n\nA | B\nc ? | sleep 1\nsleep 5 | c ! 1\n"
    program = pretended.explained(source)
    drawn = scene(program, (program.allowed or ())[0])
    (first, *_) = [bar for bar in drawn.bars if drawn.columns[bar.column].name == "A"]
    steps = [row.number for row in drawn.rows if row.column == first.column]
    assert (first.start, first.end) == (steps[0], steps[1] - 1)


def test_a_close_a_spawn_and_a_place_are_no_messages() -> None:
    source = "program p\nchannel c bounded 1\n\nA | B\nspawn B | close c\nreserve c as q |\nfulfil q ! 3 |\n"
    program = pretended.explained(source)
    kinds = {arrow.kind for _, drawn in scenes(program) for row in drawn.rows for arrow in row.arrows}
    assert kinds == {CLAIM, CUT}
    assert (3, "A", "c", MESSAGE) in arrows(source.replace("close c", "c ?"))


def test_a_message_that_nobody_saw_is_dashed() -> None:
    source = "program p\nchannel c unbounded\nobserve B\n\nA | B\nc ! 1 | c ? within 1\n"
    assert (1, "A", "c", CLAIM) in arrows(source)


def test_names_are_escaped() -> None:
    name = "<b>&\"'"
    step = {"process": name, "what": "waits", "operation": f"{name} ?", "number": 1, "logged": []}
    process = {
        "name": name,
        "operations": [{"op": "wait", "transfer": {"do": "recv", "channel": name}}],
    }
    program = {"channels": [{"name": name, "kind": "unbounded"}], "processes": [process]}
    drawn = sequence.scene(program, {name: {"log": [], "end": "waits at 1"}}, {name: 1}, [step])
    made = chart.svg(drawn, name)
    assert ET.fromstring(made).get("aria-label") == name
    assert texts(made).count(name) == 2
    assert "<b>" not in made


@settings(deadline=None)
@given(
    st.lists(st.from_regex("[a-z][a-z_0-9]{0,40}", fullmatch=True), min_size=1, max_size=4, unique=True),
    st.data(),
)
def test_long_names_stay_apart(names: list[str], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["rendezvous", "bounded", "watch", "mvar"]))
    channel: dict[str, object] = {"name": "C" * data.draw(st.integers(1, 40)), "kind": kind}
    if kind == "bounded":
        channel["capacity"] = 2
    offers = {"do": "recv", "channel": channel["name"]}
    processes = [{"name": name, "operations": [{"op": "wait", "transfer": offers}]} for name in names]
    source = json.dumps({"name": "p", "channels": [channel], "processes": processes})
    for _, drawn in scenes(pretended.explained(source)):
        overlapping(chart.drawing(drawn))


def test_the_chart_of_a_lost_wakeup() -> None:
    """The bytes of one chart, for whoever changes how it is drawn."""
    program = pretended.program(pretended.LITMUS / "lost_wakeup.txt")
    golden = Path(__file__).parent / "lost_wakeup.svg"
    made = chart.svg(scene(program, (program.allowed or ())[0]), "lost_wakeup, outcome 1")
    assert made.replace(">", ">\n") == golden.read_text(encoding="utf-8")
