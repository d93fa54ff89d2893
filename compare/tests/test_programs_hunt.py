"""What is inside of a program, what a claim documents, and what counts in a hunt."""

from dataclasses import replace
from typing import Any

import pytest

from compare.errors import LabFailure
from compare.programs import fuzz, hunt, meaning, runners, statements, store
from compare.programs.documented import documented
from compare.programs.inside import has_inside
from compare.programs.lab import Laboratory
from compare.programs.model import System
from compare.tests.conftest import Programs
from compare.tests.test_programs_claims import side
from compare.tests.test_programs_verdicts import RACE

SMALL = """
channel c bounded 1

A     | B
c ! 1 | close c
c ?   |
"""


SLEEPS = """program sleeps
shows   it sleeps outside and inside
channel c unbounded

A
sleep 1
each c ? x
  sleep 2
  try c ?
end
"""


def program(text: str) -> Any:
    return meaning.read(f"program p\n{text}")["program"]


@pytest.mark.parametrize(
    "larger",
    [
        SMALL,
        # Other names, more processes, more between.
        "channel e unbounded\nchannel d bounded 1\n\nX | Y | Z\ne ? | d ! 5 | close d\n | d ? | \n",
        # In a body.
        "channel c bounded 1\n\nA | B\nrepeat 2 | close c\n  c ! 1 | \n  c ? | \nend | \n",
    ],
)
def test_it_is_inside(larger: str) -> None:
    assert has_inside(program(larger), program(SMALL))


@pytest.mark.parametrize(
    "larger",
    [
        # Another kind, another capacity, another order, one process, a try instead.
        "channel c unbounded\n\nA | B\nc ! 1 | close c\nc ? |\n",
        "channel c bounded 2\n\nA | B\nc ! 1 | close c\nc ? |\n",
        "channel c bounded 1\n\nA | B\nc ? | close c\nc ! 1 |\n",
        "channel c bounded 1\n\nA\nc ! 1\nc ?\nclose c\n",
        "channel c bounded 1\n\nA | B\nc ! 1 | close c\ntry c ? |\n",
        # On two channels of the kind.
        "channel c bounded 1\nchannel d bounded 1\n\nA | B\nc ! 1 | close d\nc ? |\n",
    ],
)
def test_it_is_not_inside(larger: str) -> None:
    assert not has_inside(program(larger), program(SMALL))


def test_a_choice_may_have_more_arms() -> None:
    two = program("channel c unbounded\nchannel d unbounded\n\nA\nselect c ? or d ?\n")
    three = program("channel c unbounded\nchannel d unbounded\n\nA\nselect d ? or c ? or c ! 1\n")
    biased = program("channel c unbounded\nchannel d unbounded\n\nA\nbiased select c ? or d ?\n")
    assert has_inside(three, two)
    assert not has_inside(two, three)
    assert not has_inside(biased, two)


def test_what_a_claim_documents_is_passed_over(programs: Programs) -> None:
    made = programs.program(RACE)
    (known,) = programs.known("forbidden")
    cell = _cell(programs, known, made)
    wrong = next(one.outcome for one in cell.seen if not one.allowed)
    right = made.allowed[0].outcome if made.allowed else {}
    programs.claim("it_does", side("forbidden", program=made.name, must={"shows": [wrong]}))
    programs.claim("it_may", side("honest", program=made.name, must={"may": [right]}))
    claims = statements.load()
    (found,) = documented(known.system, claims)
    assert found["name"] == made.name
    # What is allowed is nothing to be passed over.
    honest = replace(known.system, name="stand/honest")
    assert documented(honest, claims) == []


def test_few_operations_are_chosen_by_the_seed() -> None:
    system = System("a/b", "1", "tasks", "exact", False, {}, (), ())
    needs = fuzz.possible(system)
    assert fuzz.few(4, needs) == fuzz.few(4, needs) != fuzz.few(6, needs)
    for seed in range(0, 60, 2):
        chosen = fuzz.few(seed, needs)
        assert set(chosen) < set(needs)
        assert len({kind for kind, _ in chosen if kind}) <= 2


def test_a_mutant_is_like_the_crate_but_for_the_fault() -> None:
    names = ["mutants/permit_leaks", "mutants/permit_leaks/tasks"]
    known = [_known(name) for name in names]
    assert hunt.sound_names(known) == {
        "mutants/permit_leaks": "shuttle/chanpatterns",
        "mutants/permit_leaks/tasks": "shuttle/chanpatterns/tasks",
    }
    (quarry,) = hunt.quarries(known)
    assert (quarry.name, quarry.hidden) == ("mutants/permit_leaks", None)


def test_what_is_broken_is_caught_and_what_is_honest_is_not(programs: Programs) -> None:
    programs.known("honest", "planted")
    caught = programs.run("hunt", "stand/planted", "--seconds", "10")
    assert caught.exit_code == 0, caught.output
    assert "1 of 1 fault found" in caught.output
    missed = programs.run("hunt", "stand/honest", "--seconds", "1")
    assert missed.exit_code == 1
    assert "0 of 1 fault found" in missed.output


def test_what_the_sound_one_does_too_is_no_finding(programs: Programs) -> None:
    (planted,) = programs.known("planted")
    with (
        Laboratory([planted], fuzz.PLAN, programs.root) as laboratory,
        Laboratory([planted], hunt.SOUND_PLAN, programs.root) as other,
    ):
        like_it = {planted.system.name: other.participants[0]}
        search = hunt.Hunt(laboratory, programs.target / "found", 2, 1, sound=like_it)
        search.run()
    assert search.programs > 0
    assert search.findings == []


def test_what_is_documented_is_compared_without_its_sleeps(programs: Programs) -> None:
    made = programs.program(SLEEPS)
    (known,) = programs.known("honest")
    never = {"A": {"log": ["9"], "end": "done"}}
    programs.claim("it_may", side("honest", program=made.name, must={"may": [never]}))
    (found,) = documented(known.system, statements.load())
    assert "'sleep'" in str(made.json)
    assert "'sleep'" not in str(found)
    assert has_inside(program("channel c unbounded\n\nA\neach c ? x\n  try c ?\nend\n"), found)


def test_a_sound_system_that_dies_ends_the_hunt(programs: Programs) -> None:
    planted, dies = programs.known("planted", "dies")
    with (
        Laboratory([planted], fuzz.PLAN, programs.root) as laboratory,
        Laboratory([dies], hunt.SOUND_PLAN, programs.root) as other,
    ):
        like_it = {planted.system.name: other.participants[0]}
        search = hunt.Hunt(laboratory, programs.target / "found", 10, 1, sound=like_it)
        with pytest.raises(LabFailure, match="stand/dies, which is sound, died"):
            search.run()


@pytest.mark.parametrize(
    "text", ["[]", '{"version": 1}', '{"version": 1, "found": [{}]}', "{", '{"version": 0}']
)
def test_what_no_search_has_written_is_told(programs: Programs, text: str) -> None:
    programs.target.mkdir(parents=True)
    (programs.target / store.FOUND).write_text(text, "utf-8")
    with pytest.raises(LabFailure, match=r"found\.json is not what a search writes .*: remove it"):
        store.read_found(programs.target)


def _cell(programs: Programs, known: runners.Known, made: Any) -> Any:
    with Laboratory([known], fuzz.PLAN, programs.root) as laboratory:
        return laboratory.cell(laboratory.participants[0], made)


def _known(name: str) -> runners.Known:
    return runners.Known(System(name, "1", "shuttle", "race", False, {}, (), ()), runners.Runner("x", ("x",)))
