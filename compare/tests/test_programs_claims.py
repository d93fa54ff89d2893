"""Claims: what holds, what is broken and why, and what is no claim."""

from typing import Any

import pytest

from compare import paths
from compare.errors import LabFailure
from compare.programs import statements
from compare.tests.conftest import Programs
from compare.tests.test_programs_verdicts import RACE, WATCHED

FIRST = {"R": {"log": ["1", "2"], "end": "done"}}
SECOND = {"R": {"log": ["2", "1"], "end": "done"}}


DROPPED = """program dropped
channel c bounded 1

A
drop c !
close c
"""


def side(way: str = "honest", **parts: Any) -> dict[str, Any]:
    given = {"systems": [f"stand/{way}"], "program": "race", "must": {"shows": [FIRST]}, **parts}
    return {key: value for key, value in given.items() if value is not None}


def probe(**facts: Any) -> dict[str, Any]:
    return side(program=None, probe="stand/counts", must={"facts": facts})


@pytest.mark.parametrize(
    "it",
    [
        side(must={"shows": [FIRST, SECOND]}),
        side(must={"only": [FIRST, SECOND]}),
        side(must={"never": [{"R": {"end": "waits at 1"}}]}),
        side("shy", must={"shows": [FIRST, SECOND]}),
        side("shy", must={"only": [FIRST]}, steer=False),
        probe(lost=3, of={"minimum": 4}),
    ],
)
def test_what_holds(programs: Programs, it: dict[str, Any]) -> None:
    programs.program(RACE)
    programs.known("honest", "shy")
    programs.claim("it", it)
    result = programs.run("claims")
    assert result.exit_code == 0, result.output
    assert "claim it: holds" in result.output
    assert "1 claim: 1 holds" in result.output
    assert [line["verdict"] for line in programs.lines() if line["kind"] == "claim"] == ["holds"]


@pytest.mark.parametrize(
    ("it", "told"),
    [
        (side("shy", must={"shows": [SECOND]}, steer=False), "stand/shy does not show R: 2 1 [done] (seen: "),
        (
            side(must={"only": [FIRST]}),
            "stand/honest shows A: sent [done]; B: sent [done]; R: 2 1 [done], which",
        ),
        (side(must={"never": [FIRST]}), "R: 1 2 [done], which it never shows"),
        (side(program="watched", must={"never": [FIRST]}), "does not run watched: it has no watch"),
        (side("dies"), "stand/dies ended with exit status 7"),
        (probe(lost=4), "lost is 3: 4 was expected"),
        (probe(of={"maximum": 9}), "of is 10: 10 is greater than the maximum of 9"),
        (probe(doubled=0), "the probe has no fact 'doubled', it has: lost, of"),
        ({**probe(lost=3), "probe": "stand/none"}, "its runner has no probe stand/none"),
    ],
)
def test_what_is_broken_says_what_changed(programs: Programs, it: dict[str, Any], told: str) -> None:
    programs.program(RACE)
    programs.program(WATCHED)
    programs.known("honest", "shy", "dies")
    programs.claim("it", it)
    programs.claim("other", side())
    result = programs.run("claims")
    assert result.exit_code == 1
    assert "claim it: broken" in result.output
    assert told in result.output
    assert "2 claims: 1 holds · 1 broken" in result.output
    (line,) = [line for line in programs.lines() if line.get("id") == "it"]
    assert (line["verdict"], told in line["told"]) == ("broken", True)
    suite = (programs.target / "junit.xml").read_text("utf-8")
    assert '<testsuite name="claims" tests="2" failures="1"' in suite


@pytest.mark.parametrize(
    ("way", "verdict", "told"),
    [
        ("wide", "holds", "dropped: A: already [done] (200)"),
        ("boasts", "broken", "shows nothing that needs drop_closes to be True"),
        ("silent", "broken", "names no program"),
    ],
)
def test_what_a_dialect_allows_must_be_shown(programs: Programs, way: str, verdict: str, told: str) -> None:
    programs.program(DROPPED)
    programs.known(way)
    result = programs.run("claims", f"dialect_stand_{way}_drop_closes")
    assert f"claim dialect_stand_{way}_drop_closes: {verdict}" in result.output
    assert told in result.output
    assert result.exit_code == (verdict == "broken")


def test_a_side_that_cannot_run_here_is_left_out_and_told_of(programs: Programs) -> None:
    programs.program(RACE)
    programs.known("honest", "unavailable")
    programs.claim("both", side("unavailable"), side())
    programs.claim("neither", side("unavailable"))
    result = programs.run("claims")
    assert result.exit_code == 0, result.output
    assert "both is not proved on stand/unavailable: not today" in result.output
    assert "neither is not proved on stand/unavailable: not today" in result.output
    assert "1 claim: 1 holds" in result.output


def test_the_choice_of_claims(programs: Programs) -> None:
    programs.program(RACE)
    programs.known("honest", "shy")
    programs.claim("it", side())
    programs.claim("other", side("shy"))
    assert "1 claim: 1 holds" in programs.run("claims", "it").output
    assert "claim other" in programs.run("claims", "--system", "stand/shy").output
    for arguments, told in [
        (["none"], "no claim is called 'none'"),
        (["--system", "stand/none"], "no claim speaks of 'stand/none'"),
    ]:
        result = programs.run("claims", *arguments)
        assert (result.exit_code, told in result.stderr) == (2, True)


def test_a_system_or_program_that_nobody_knows_is_a_mistake(programs: Programs) -> None:
    programs.program(RACE)
    programs.known("honest")
    for it, told in [
        (side("typo"), "a claim speaks of 'stand/typo'"),
        (side(program="typo"), "no program is called 'typo'"),
    ]:
        programs.claim("it", it)
        result = programs.run("claims")
        assert (result.exit_code, told in result.stderr) == (2, True), result.output


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ({"id": "another"}, "the id is 'another', and must be that of the file"),
        ({"sides": []}, "$.sides"),
        ({"statement": ""}, "$.statement"),
        ({"sides": [{**side(), "probe": "p"}]}, "$.sides[0]"),
        ({"sides": [side(program=None)]}, "$.sides[0]"),
        ({"sides": [side(must={})]}, "$.sides[0].must"),
        ({"sides": [side(must={"facts": {"a": 1}})]}, "$.sides[0]"),
        ({"more": 1}, "'more' was unexpected"),
    ],
)
def test_what_is_no_claim(programs: Programs, instead: dict[str, Any], told: str) -> None:
    programs.claim("it", side(), **instead)
    with pytest.raises(LabFailure) as failure:
        statements.load()
    assert "compare/claims/it.json" in str(failure.value)
    assert told in str(failure.value)


def test_who_is_known_to_be_faulty(programs: Programs) -> None:
    programs.claim("it", side("shy", faulty=True), side())
    assert statements.faulty(statements.load()) == {"stand/shy": "it"}


def test_the_claims_of_the_repository_are_read() -> None:
    assert paths.ROOT.joinpath("compare/claims").is_dir()
    assert len(statements.load()) >= 3
