"""Every verdict on a program, and what a faulty runner costs: one cell."""

from typing import Any

import pytest

from compare.programs import lab, load, meaning, runners, speaker
from compare.programs.lab import Laboratory
from compare.programs.model import Cell, Program
from compare.programs.sample import Plan
from compare.programs.statements import Side, Statement
from compare.tests.conftest import Programs

RACE = """program race
shows   which of two is first
channel c bounded 2

A     | B     | R
c ! 1 | c ! 2 | c ?
      |       | c ?
"""
STUCK = "program stuck\nshows nobody sends\nchannel c rendezvous\n\nA   | B\nc ? | clone c !\n"
WATCHED = "program watched\nshows a watch\nchannel c watch\n\nA\nc ! 1\n"
HIDDEN = "program hidden\nshows one\nchannel c bounded 1\nobserve A\n\nA     | B\nc ! 1 | sleep 1\n"


@pytest.fixture
def race(programs: Programs) -> Program:
    return programs.program(RACE)


def ran(programs: Programs, way: str, program: Program, *claims: Statement, **plan: Any) -> Cell:
    """Run a program on a stand-in that behaves in this way."""
    (known,) = programs.known(way)
    with Laboratory([known], Plan(**plan), programs.root, claims) as laboratory:
        return laboratory.cell(laboratory.participants[0], program)


def test_complete(programs: Programs, race: Program) -> None:
    cell = ran(programs, "honest", race)
    assert (cell.verdict, cell.reason, cell.allowed, cell.shown) == ("complete", None, 2, 2)
    assert cell.runs >= 100
    assert sum(one.count for one in cell.seen) == cell.runs
    assert not any(one.steered for one in cell.seen)


def test_complete_by_schedules(programs: Programs, race: Program) -> None:
    cell = ran(programs, "shy", race)
    assert (cell.verdict, cell.shown) == ("complete", 2)
    assert [one.steered for one in cell.seen] == [False, True]
    assert cell.runs == 101  # the one that followed a schedule is not among them


def test_inside_tells_the_share_and_what_is_unseen(programs: Programs, race: Program) -> None:
    cell = ran(programs, "plain", race)
    assert (cell.verdict, cell.allowed, cell.shown) == ("inside", 2, 1)
    assert cell.reason is not None
    assert "1 of 2 outcomes shown in 101 runs; 100 of them without a new outcome" in cell.reason
    assert "less than once in 101" in cell.reason


def test_inside_where_the_outcomes_are_too_many(
    programs: Programs, race: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "allowed", lambda *_, **__: None)
    cell = ran(programs, "honest", race)
    assert (cell.verdict, cell.allowed) == ("inside", 0)
    assert "too many to list" in str(cell.reason)


def test_forbidden_tells_the_nearest_and_where_they_part(programs: Programs, race: Program) -> None:
    cell = ran(programs, "forbidden", race)
    assert (cell.verdict, cell.forbidden, cell.shown) == ("forbidden", 2, 0)
    first = cell.seen[0]
    assert first.nearest is not None
    assert first.parts
    assert cell.reason is not None
    assert "not allowed: A: sent 99 [done]" in cell.reason
    assert "nearest:     A: sent [done]" in cell.reason
    assert "and 1 more outcome that are not allowed" in cell.reason
    assert cell.repeat.endswith(f"--system stand/forbidden --seed {first.seed}")


def test_a_deadlock_that_the_meaning_has_not(programs: Programs, race: Program) -> None:
    cell = ran(programs, "deadlock", race)
    assert cell.verdict == "deadlock"
    assert "A: [waits at 1]" in str(cell.reason)


def test_a_deadlock_that_the_meaning_has(programs: Programs) -> None:
    cell = ran(programs, "honest", programs.program(STUCK))
    assert (cell.verdict, cell.seen[0].waiting) == ("complete", {"A": 1})


def test_documented_by_exactly_this_program_system_and_outcome(programs: Programs, race: Program) -> None:
    shown = [dict(one.outcome) for one in ran(programs, "forbidden", race).seen]
    covers = [
        ("stand/forbidden", "race", shown, "documented"),
        ("stand/forbidden", "race", shown[:1], "forbidden"),
        ("stand/other", "race", shown, "forbidden"),
        ("stand/forbidden", "other", shown, "forbidden"),
        ("stand/forbidden", "race", [{"A": shown[0]["A"]}], "forbidden"),
    ]
    for system, program, outcomes, verdict in covers:
        side = Side((system,), {"shows": outcomes}, program=program)
        cell = ran(programs, "forbidden", race, Statement("it", "It.", "Here.", (side,)))
        assert cell.verdict == verdict, (system, program, outcomes)
        assert cell.claim == ("it" if verdict == "documented" else None)


def test_unsupported_by_the_first_rule_or_by_its_runner(programs: Programs, race: Program) -> None:
    watched = programs.program(WATCHED)
    cases = [("honest", watched, "it has no watch"), ("unavailable", race, "not today")]
    cases += [("unsupported", race, "its runner refused: unsupported: as the test wants it")]
    for way, program, reason in cases:
        cell = ran(programs, way, program)
        assert (cell.verdict, cell.reason) == ("unsupported", reason)


def test_timeout_of_a_run_and_of_a_runner(programs: Programs, race: Program) -> None:
    running = ran(programs, "running", race)
    assert (running.verdict, running.shown) == ("timeout", 0)
    assert "A: [running at 1]" in str(running.reason)
    for way in ("hangs", "late"):
        cell = ran(programs, way, race, patience=1.0)
        assert cell.verdict == "timeout"
        assert "no answer within" in str(cell.reason)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("dies", "ended with exit status 7"),
        ("exception", "its runner refused: exception: as the test wants it"),
        ("out_of_order", "answered request 2 instead of 1"),
        ("garbage", "its answer is not JSON"),
        ("miscounts", "of 100 runs it did 101"),
        ("doubles", "of 100 runs it did 100, and told the outcomes of 101"),
        ("shape", "outcome.A.end"),
        ("stranger", "it told of A, B, R, Z, and A, B, R are observed"),
        ("contradicts", "A done, and its waiting is 3"),
    ],
)
def test_crash(programs: Programs, race: Program, way: str, told: str) -> None:
    cell = ran(programs, way, race)
    assert cell.verdict == "crash"
    assert told in str(cell.reason)


@pytest.mark.parametrize(
    ("way", "verdict", "told"),
    [
        ("version", "crash", "hello: it speaks version 2 of the protocol, and not 1"),
        ("dialect", "crash", "hello: its answer is of the wrong shape: $.systems[0].dialect.fifo"),
    ],
)
def test_a_hello_of_another_kind(
    programs: Programs, race: Program, way: str, verdict: str, told: str
) -> None:
    cell = ran(programs, way, race)
    assert cell.verdict == verdict
    assert str(cell.reason).startswith(told)


def test_who_waits_unobserved_is_judged(programs: Programs) -> None:
    program = programs.program(HIDDEN)
    one = speaker.Sighting({"A": {"log": ["sent"], "end": "done"}}, {"B": 1}, 1, 1)
    assert speaker.contradiction(one, program) is None
    (judged,) = meaning.judge(program.json, {}, [(one.outcome, one.waiting)], race=False)
    assert not judged.allowed


def test_a_failure_costs_one_cell(programs: Programs, race: Program) -> None:
    """The dead child is replaced for the next program."""
    (known,) = programs.known("dies")
    found: list[Cell] = []
    with Laboratory([known], Plan(), programs.root) as laboratory:
        laboratory.run([race, programs.program(WATCHED), race], found.append)
    assert [cell.verdict for cell in found] == ["crash", "unsupported", "crash"]


def test_a_worn_child_is_replaced(programs: Programs, race: Program) -> None:
    (known,) = programs.known("worn")
    with Laboratory([known], Plan(), programs.root) as laboratory:
        participant = laboratory.participants[0]
        participant.run(race, 1, 1, 10)
        assert participant._speaker is None
        assert laboratory.cell(participant, race).verdict == "complete"


def test_a_fresh_child_is_kept(programs: Programs, race: Program) -> None:
    (known,) = programs.known("honest")
    with Laboratory([known], Plan(), programs.root) as laboratory:
        participant = laboratory.participants[0]
        participant.run(race, 1, 1, 10)
        first = participant._speaker
        participant.run(race, 1, 1, 10)
        assert participant._speaker is first is not None


def test_a_runner_that_is_missing_is_a_system_that_fails(programs: Programs) -> None:
    programs.runners = [runners.Runner("rust", ("/nowhere/litmus-rust",))]
    there_are, notes = runners.known(programs.root)
    assert [one.system.name for one in there_are] == ["rust"]
    assert there_are[0].broken == ("crash", "/nowhere/litmus-rust is missing; `make setup` builds it")
    assert notes == []


def test_a_runner_that_need_not_be_there_is_left_out(programs: Programs) -> None:
    programs.runners = [runners.Runner("ocaml4", ("/nowhere/litmus.exe",), "no OCaml 4")]
    assert runners.known(programs.root) == ([], ["No OCaml 4 on this machine: ocaml4/… is left out."])


def test_the_time_is_shared(programs: Programs, race: Program) -> None:
    systems = programs.known("honest", "shy")
    assert lab.share(systems, [race], 1000) == lab.MOST_MILLIS
    assert lab.share(systems, [race] * 1000, 0.1) == lab.LEAST_MILLIS


def test_the_litmus_programs_are_read() -> None:
    all_of_them = load.litmus()
    assert len(all_of_them) >= 284
    assert all(one.allowed and one.needs and one.id for one in all_of_them)
