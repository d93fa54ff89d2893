"""A search finds a planted fault, makes it small, and says how to see it again."""

import json

import pytest

from compare.programs import fuzz, load, meaning
from compare.programs.lab import Laboratory
from compare.programs.model import Cell, System
from compare.tests.conftest import Programs
from compare.tests.test_programs_claims import side
from compare.tests.test_programs_verdicts import RACE


def test_an_honest_system_shows_nothing(programs: Programs) -> None:
    programs.known("honest")
    result = programs.run("fuzz", "--seconds", "2", "--seed", "7")
    assert result.exit_code == 0, result.output
    assert "0 findings" in result.output
    assert "runs a second" in result.output


def test_a_planted_fault_is_found_and_made_small(programs: Programs) -> None:
    (known,) = programs.known("planted")
    with Laboratory([known], fuzz.PLAN, programs.root) as laboratory:
        search = fuzz.Search(laboratory, programs.target / "found", 20, 1, most=3)
        search.run()
    assert search.found["stand/planted"] == 3
    assert len({one.program.json["channels"][0]["kind"] for one in search.findings}) > 1
    first = search.findings[0]
    assert first.smallest
    assert first.cell.verdict == "forbidden"
    operations = [one for process in first.program.json["processes"] for one in process["operations"]]
    assert [one["op"] for one in operations] == ["close"]
    assert len(first.program.json["channels"]) == 1
    kept = load.from_file(programs.root / str(first.program.file))
    assert kept.id == first.program.id


def test_the_command_that_repeats_it_does(programs: Programs) -> None:
    programs.known("planted")
    found = programs.run("fuzz", "--seconds", "10")
    assert found.exit_code == 1
    (again, *_) = [line.strip() for line in found.output.splitlines() if "python -m compare run" in line]
    path, *options = again.removeprefix("python -m compare run ").split()
    result = programs.run("run", str(programs.root / path), *options)
    assert result.exit_code == 1
    assert "not allowed: " in result.output


def test_what_a_claim_calls_faulty_does_not_fail(programs: Programs) -> None:
    programs.program(RACE)
    programs.known("planted")
    programs.claim("known_fault", side("planted", faulty=True))
    result = programs.run("fuzz", "--seconds", "10")
    assert result.exit_code == 0, result.output
    assert "stand/planted: forbidden, which is known to be faulty by known_fault" in result.output


def test_a_runner_that_does_not_come_up_is_no_search(programs: Programs) -> None:
    programs.known("version")
    result = programs.run("fuzz", "--seconds", "1")
    assert result.exit_code == 2
    assert "version 2 of the protocol" in result.stderr
    programs.known("unavailable")
    result = programs.run("fuzz", "--seconds", "1")
    assert (result.exit_code, "none of these systems can run here" in result.stderr) == (2, True)


def test_programs_need_only_what_the_system_has() -> None:
    rules = [{"kinds": ["watch", "mvar"], "why": "x"}, {"ops": ["close", "spawn"], "why": "y"}]
    system = System("a/b", "1", "tasks", "exact", False, {}, (), rules)
    possible = fuzz.possible(system)
    assert ("watch", "send") not in possible
    assert ("bounded", "close") not in possible
    assert (None, "spawn") not in possible
    assert (None, "sleep") in possible
    for seed in range(200):
        program = meaning.generate(seed, possible)
        assert system.lacks(meaning.needs(program)) is None, json.dumps(program)


@pytest.mark.parametrize(
    ("left", "right", "same"), [("forbidden", "deadlock", True), ("forbidden", "crash", False)]
)
def test_what_is_the_same_fault(left: str, right: str, same: bool) -> None:
    assert fuzz.alike(Cell("p", "s", left, ""), Cell("p", "s", right, "")) is same
