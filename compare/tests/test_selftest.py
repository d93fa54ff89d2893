"""The selftest must itself be able to fail."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from compare.selftest import check, saboteur
from compare.systems import System
from compare.tests.conftest import STAND_IN, case

if TYPE_CHECKING:
    import pytest


def test_it_complains_of_a_saboteur_that_does_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run([check.by_name("honest"), check.by_name("wrong_id")]) == 1
    told = capsys.readouterr().out
    assert told.startswith("MISSED  honest    Do nothing wrong\n")
    assert "expected agree, error, agree, found agree, agree, agree" in told
    assert told.endswith("1 of 2 sabotages caught\n")


def test_it_complains_of_a_wrong_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run([dataclasses.replace(check.by_name("dies"), wanted=("agree", "timeout", "agree"))]) == 1
    assert "found agree, crash, agree\n    during: ended with exit status 3" in capsys.readouterr().out


def specimen(answer: dict[str, object], catch: str) -> check.Sabotage:
    system = System("a", "Python", (sys.executable, STAND_IN, "a", "echo"))
    cases = [
        case(input={"answer": {"n": 1}}, expected={"n": 1}),
        case(input={"answer": answer}, expected={"n": 1}),
    ]
    return check.Sabotage("s", "", system, cases, 4.0, catch=frozenset({catch}))


def test_a_specimen_is_caught_by_any_of_its_cases() -> None:
    assert specimen({"n": 2}, "differ").complaint() is None
    assert specimen({"do": "hang"}, "timeout").complaint() is None


def test_a_specimen_that_is_not_caught_is_told() -> None:
    complaint = specimen({"n": 1}, "differ").complaint()
    assert complaint == "expected differ in one of 2 cases; all agree"


def test_a_specimen_that_fails_otherwise_is_not_caught() -> None:
    complaint = specimen({"do": "exception"}, "differ").complaint() or ""
    assert complaint.startswith("expected differ, found error")


def test_every_saboteur_is_run() -> None:
    names = {sabotage.name for sabotage in check.saboteurs()}
    assert names == {*saboteur.DEEDS, *saboteur.HELLOS} - {"honest"}
