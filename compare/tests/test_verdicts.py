from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compare.runner import Outcome
from compare.tests.conftest import case
from compare.verdicts import Cell, judge

if TYPE_CHECKING:
    from compare.cases import Case


def cells(of: Case, **observations: Any) -> dict[str, Cell]:
    outcomes = {name: Outcome(1.0, observation=seen) for name, seen in observations.items()}
    return {cell.system: cell for cell in judge(of, outcomes)}


def verdicts(of: Case, **observations: Any) -> dict[str, str]:
    return {name: cell.verdict for name, cell in cells(of, **observations).items()}


def test_equal_observations_agree() -> None:
    assert verdicts(case(), a={"n": 1}, b={"n": 1}) == {"a": "agree", "b": "agree"}


def test_what_is_expected_decides() -> None:
    found = cells(case(expected={"n": 1}), a={"n": 2}, b={"n": 2}, c={"n": 1})
    assert {name: cell.verdict for name, cell in found.items()} == {
        "a": "differ",
        "b": "differ",
        "c": "agree",
    }
    told = "differs from what is expected:\n--- expected\n+++ observed\n-n: 1\n+n: 2"
    assert found["a"].reason == told
    assert found["a"].repeat == "make compare PATTERN=echo SYSTEM=a CASE=one"


def test_two_that_disagree_both_differ() -> None:
    found = cells(case(), a={"n": 1}, b={"n": 2})
    assert {cell.verdict for cell in found.values()} == {"differ"}
    assert found["a"].reason == "differs from b:\n--- b\n+++ a\n-n: 2\n+n: 1"
    assert found["b"].repeat == "make compare PATTERN=echo SYSTEM=b,a CASE=one"


def test_the_odd_one_is_named_but_not_convicted() -> None:
    found = cells(case(), a={"n": 1}, b={"n": 2}, c={"n": 1})
    assert {cell.verdict for cell in found.values()} == {"differ"}
    assert (found["a"].reason or "").startswith(
        "differs from b (b is the odd one of 3, which proves nothing):"
    )
    assert (found["b"].reason or "").startswith(
        "differs from a, c (b is the odd one of 3, which proves nothing):"
    )


def test_without_a_majority_nobody_is_the_odd_one() -> None:
    found = cells(case(), a={"n": 1}, b={"n": 2}, c={"n": 1}, d={"n": 3})
    assert (found["b"].reason or "").startswith("differs from a, c, d:")


def test_who_breaks_an_invariant_makes_nobody_else_differ() -> None:
    of = case(invariants={"concurrency": 4})
    found = cells(of, a={"concurrency": 4}, b={"concurrency": 1}, c={"concurrency": 4})
    assert {name: cell.verdict for name, cell in found.items()} == {"a": "agree", "b": "differ", "c": "agree"}
    assert found["b"].reason == "concurrency 1, expected 4"


def test_invariants_come_before_the_difference() -> None:
    of = case(
        "multiset", expected={"items": [1, 2]}, invariants={"nothing_lost": True, "nothing_twice": True}
    )
    reason = cells(of, a={"items": [2, 2]})["a"].reason or ""
    assert reason.startswith("lost: [1]; twice: [2]\ndiffers from what is expected:\n--- expected")


def test_an_observation_cannot_harm_the_terminal() -> None:
    of = case(expected={"items": ["a"]}, invariants={"nothing_lost": True, "nothing_twice": True})
    reason = cells(of, a={"items": ["\x1b[2J", "\x9b31m\u202e"]})["a"].reason or ""
    assert not {"\x1b", "\x9b", "\u202e"} & set(reason)
    assert 'never sent: ["\\u001b[2J", "�31m�"]' in reason


def test_one_of() -> None:
    of = case("one_of", one_of=({"n": 1}, {"n": 2}))
    found = cells(of, a={"n": 1}, b={"n": 2}, c={"n": 3})
    assert {name: cell.verdict for name, cell in found.items()} == {"a": "agree", "b": "agree", "c": "differ"}
    assert (found["c"].reason or "").startswith("is none of the 2 right observations; against the first:")


def test_per_producer_leaves_the_interleaving_free() -> None:
    of = case("per_producer", expected={"items": {"0": [1, 2], "1": [5]}})
    right, wrong = [[0, 1], [1, 5], [0, 2]], [[0, 2], [1, 5], [0, 1]]
    assert verdicts(of, a={"items": right}, b={"items": wrong}) == {"a": "agree", "b": "differ"}


def test_an_unjudged_figure_makes_the_case_faulty() -> None:
    found = cells(case(), a={"measured": {"peak": 1}})["a"]
    assert found.verdict == "error"
    assert found.reason == "faulty case: none of its invariants judges measured.peak"


def test_a_wrong_shape_is_an_error_and_no_difference() -> None:
    found = cells(case("per_producer"), a={"items": [1]}, b={"items": [[0, 1]]}, c={"items": [[0, 1]]})
    assert {name: cell.verdict for name, cell in found.items()} == {"a": "error", "b": "agree", "c": "agree"}
    assert (found["a"].reason or "").startswith("its observation is of the wrong shape: .items[0]: expected")


def alone(of: Case, outcome: Outcome) -> tuple[str, str | None]:
    (cell,) = judge(of, {"ocaml4/lwt": outcome})
    return cell.verdict, cell.reason


@pytest.mark.parametrize("kind", ["unknown_pattern", "bad_input", "exception", "deadlock", "protocol"])
def test_error_answers(kind: str) -> None:
    assert alone(case(), Outcome(1.0, refusal=(kind, "why"))) == ("error", f"{kind}: why")


def test_only_the_case_can_say_unsupported() -> None:
    refusal = Outcome(1.0, refusal=("unsupported", "not me"))
    excused = case(unsupported={"ocaml/lwt": "no choice"})
    assert alone(excused, refusal) == ("unsupported", "no choice")
    assert alone(case(), refusal) == ("error", "says unsupported, which the case does not: not me")


def test_an_unexpected_pass_is_an_error() -> None:
    excused = case(unsupported={"ocaml/lwt": "no choice"})
    verdict, reason = alone(excused, Outcome(1.0, observation={}))
    assert (verdict, reason) == (
        "error",
        "unexpected pass: it answers, but the case says unsupported: no choice",
    )


@pytest.mark.parametrize("kind", ["exception", "unknown_pattern"])
def test_an_excuse_does_not_cover_a_failure(kind: str) -> None:
    excused = case(unsupported={"ocaml/lwt": "no choice"})
    assert alone(excused, Outcome(1.0, refusal=(kind, "why")))[0] == "error"


def test_a_system_that_failed_is_not_compared() -> None:
    outcomes = {
        "a": Outcome(1.0, observation={"n": 1}),
        "b": Outcome(1.0, failure=("timeout", "no answer")),
        "c": Outcome(1.0, observation={"n": 1}),
    }
    assert [cell.verdict for cell in judge(case(), outcomes)] == ["agree", "timeout", "agree"]
