from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare import cases, paths
from compare.errors import LabFailure, ShapeError

if TYPE_CHECKING:
    from compare.tests.conftest import Place


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_ranges(first: int, last: int) -> None:
    numbers = list(range(first, last + 1))
    asked = {"from": first, "to": last}
    assert cases.expand(asked) == numbers
    assert cases.expand({**asked, "each": "square"}) == [n * n for n in numbers]
    assert cases.expand([{**asked, "each": "with_square"}]) == [[[n, n * n] for n in numbers]]


@pytest.mark.parametrize(
    "value",
    [
        {"from": 1, "to": 10, "capacity": 2},
        {"from": 1, "to": None},
        {"from": 1, "to": True},
        {"from": 1},
        {"each": "square"},
        {},
    ],
)
def test_what_is_no_range_stays(value: Any) -> None:
    assert cases.expand(value) == value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"to": 3}, "$.a.from: a range needs an integer here, found None"),
        ({"from": "1", "to": 3}, "$.a.from: a range needs an integer here, found '1'"),
        ({"from": 1, "to": 2.5}, "$.a.to: a range needs an integer here, found 2.5"),
        (
            {"from": 1, "to": 3, "each": "cube"},
            "$.a.each: expected one of 'square', 'with_square', found 'cube'",
        ),
        ({"from": 1, "to": 3, "each": None}, "$.a.each: expected one of"),
        ({"from": 1, "to": 10**7}, "$.a: a range of more than 1,000,000 items"),
    ],
)
def test_faulty_ranges(value: Any, told: str) -> None:
    with pytest.raises(ShapeError) as mistake:
        cases.expand({"a": value})
    assert str(mistake.value).startswith(told)


def test_the_cases_of_the_repository() -> None:
    patterns = cases.load(paths.CASES)
    assert len(patterns) >= 13
    assert all(len(pattern.cases) >= 4 for pattern in patterns)


def test_a_section_for_tasks_has_four_cases_and_says_who_has_no_tasks() -> None:
    """The reason stands in each case, as it does for every other."""
    excused = {"ocaml/event", "ocaml/domainslib"}
    for_tasks = [case for pattern in cases.load(paths.CASES) for case in pattern.cases if case.tasks]
    count = Counter(case.pattern for case in for_tasks)
    assert set(count) >= {"producers", "fan_in", "worker_pool", "pipeline"}
    assert min(count.values()) >= 4
    assert all(excused <= case.unsupported.keys() for case in for_tasks)


BAD_CASES = [
    ({"agree": "exakt"}, "$.cases[0].agree: 'exakt' is not one of ['exact', "),
    ({"agre": "exact"}, "$.cases[0]: Additional properties are not allowed ('agre' was unexpected)"),
    ({"case": "Not a slug"}, "$.cases[0].case: 'Not a slug' does not match"),
    ({"case": "filler_1"}, "$.cases[1].case: the name 'filler_1' is taken by a case above"),
    ({"shows": ""}, "$.cases[0].shows: '' should be non-empty"),
    ({"input": [1]}, "$.cases[0].input: [1] is not of type 'object'"),
    ({"input": {"tasks": False}}, "$.cases[0].input.tasks: True was expected"),
    ({"input": {"from": 1, "to": 2}}, "$.cases[0].input: expected an object, found nothing but a range"),
    ({"agree": "one_of"}, "$.cases[0]: the rule one_of needs the list `one_of`"),
    ({"agree": "one_of", "one_of": []}, "$.cases[0].one_of: [] should be non-empty"),
    (
        {"agree": "one_of", "one_of": [{}], "expected": {}},
        "$.cases[0].expected: the rule one_of takes its observations from `one_of`",
    ),
    ({"one_of": [{}]}, "$.cases[0].one_of: only the rule one_of uses it; this case agrees by exact"),
    ({"expected": {"measured": {"peak": 1}}}, "$.cases[0].expected: "),
    ({"expected": {"items": 1}}, "$.cases[0].expected.items: expected a list"),
    (
        {"agree": "per_producer", "expected": {"items": [[0, 1]]}},
        "$.cases[0].expected.items: under per_producer expected by producer",
    ),
    (
        {"agree": "per_producer", "expected": {"items": {"0": 1}}},
        "$.cases[0].expected.items.0: expected the list of what this producer sent",
    ),
    ({"invariants": {"nothing_lost": True}}, "$.cases[0].invariants.nothing_lost: needs `expected.items`"),
    ({"invariants": {"nothing_lost": False}}, "$.cases[0].invariants.nothing_lost: True was expected"),
    ({"invariants": {"capacity": -1}}, "$.cases[0].invariants.capacity: -1 is less than the minimum of 0"),
    ({"invariants": {"fairness": True}}, "$.cases[0].invariants: Additional properties are not allowed"),
    ({"unsupported": ["rust"]}, "$.cases[0].unsupported: ['rust'] is not of type 'object'"),
    ({"unsupported": {"rust": ""}}, "$.cases[0].unsupported.rust: '' should be non-empty"),
]


@pytest.mark.parametrize(("parts", "told"), BAD_CASES, ids=[told for _, told in BAD_CASES])
def test_a_faulty_case_is_refused_with_its_place(place: Place, parts: dict[str, Any], told: str) -> None:
    place.write({"input": {}, **parts})
    result = place.run()
    assert result.exit_code == 2
    assert result.output.startswith("compare: ")
    assert f"compare/patterns/echo.json: {told}" in result.output
    assert not place.target.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        (b"", "is not JSON: Expecting value at line 1, column 1"),
        (b'{"a": "\xff"}', "is not UTF-8: invalid start byte at byte 7"),
        (b'{"a": 1, "a": 2}', "has the key 'a' twice in one object"),
        (b'{"a": NaN}', "has NaN, which JSON does not know"),
        (b'{"a": 4611686018427387904}', "has an integer beyond 62 bits: 4611686018427387904"),
        (b'{"a": ' + b"9" * 5000 + b"}", "has an integer beyond 62 bits: 999"),
        (b'{"a": "\\ud800"}', "has half a surrogate, which is no character"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"[]", "$: [] is not of type 'object'"),
    ],
)
def test_a_faulty_file_is_refused(place: Place, text: bytes, told: str) -> None:
    (place.cases / "echo.json").write_bytes(text)
    result = place.run()
    assert result.exit_code == 2
    assert f"compare: compare/patterns/echo.json: {told}" in result.output


def test_the_pattern_is_the_name_of_the_file(place: Place) -> None:
    place.write(pattern="ohce")
    result = place.run()
    assert result.exit_code == 2
    assert "$.pattern: expected 'echo', the name of the file, found 'ohce'" in result.output


def test_four_cases_are_the_least(place: Place) -> None:
    place.write(cases=[{"case": "a", "shows": "It.", "input": {}, "agree": "exact"}])
    assert "is too short" in place.run().output


def test_no_case_file_at_all(place: Place) -> None:
    result = place.run()
    assert result.exit_code == 2
    assert "there is no case file in it" in result.output


def test_names_are_repeated_separated_or_empty() -> None:
    assert cases.names(["", "a,b", " c ", ","]) == ["a", "b", "c"]


def test_choice() -> None:
    patterns = cases.load(paths.CASES)
    chosen = cases.choose(patterns, ["fan_in", "bounded"], ["large", "no_source"])
    found = [(pattern.slug, [case.name for case in pattern.cases]) for pattern in chosen]
    assert found == [("bounded", ["large"]), ("fan_in", ["no_source", "large"])]


def test_a_case_of_no_chosen_pattern_is_unknown() -> None:
    with pytest.raises(LabFailure, match="no case is called 'no_source'; there is: "):
        cases.choose(cases.load(paths.CASES), ["bounded"], ["no_source"])


def test_ocaml_4_shares_the_reasons_of_ocaml_5() -> None:
    raw = json.loads('{"ocaml/lwt": "no", "rust": "never"}')
    case = cases.Case("p", "c", "", {}, "exact", unsupported=raw)
    assert case.says_unsupported("ocaml4/lwt") == "no"
    assert case.says_unsupported("ocaml/event") is None
