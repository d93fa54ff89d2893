"""The case files: read, check, expand, choose.

The contract is ``compare/patterns/README.md``. A file that breaks it is a
failure of the laboratory, told with the file, the place in it, and what was
expected there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compare import invariants, rules, schema, wire
from compare.errors import LabFailure, ShapeError
from compare.paths import shown

LONGEST_RANGE = 1_000_000

EACH: dict[str | None, Callable[[int], Any]] = {
    None: lambda n: n,
    "square": lambda n: n * n,
    "with_square": lambda n: [n, n * n],
}


@dataclass(frozen=True)
class Case:
    """One case of one pattern, with every range expanded."""

    pattern: str
    name: str
    shows: str
    input: dict[str, Any]
    rule: str
    expected: dict[str, Any] | None = None
    one_of: tuple[dict[str, Any], ...] = ()
    invariants: dict[str, Any] = field(default_factory=dict)
    unsupported: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The case as it is told to the user."""
        return f"{self.pattern}/{self.name}"

    @property
    def tasks(self) -> bool:
        """Whether the roles are tasks: the second section of the pattern."""
        return self.input.get("tasks") is True

    def says_unsupported(self, system: str) -> str | None:
        """Why this system cannot do this case, if the file says so.

        OCaml 4 runs the same sources as OCaml 5, so a reason for the one holds
        for the other.
        """
        same_sources = system.replace("ocaml4/", "ocaml/", 1)
        return self.unsupported.get(system, self.unsupported.get(same_sources))


@dataclass(frozen=True)
class Pattern:
    """A pattern and its cases, in the order of the file."""

    slug: str
    title: str
    cases: tuple[Case, ...]


def load(folder: Path) -> list[Pattern]:
    """Read every case file of the folder, in alphabetical order."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise LabFailure(f"{shown(folder)}: there is no case file in it")
    return [_load_file(file) for file in files]


def _load_file(file: Path) -> Pattern:
    try:
        document = wire.decode(file.read_bytes())
        schema.check(document, "pattern")
        return _pattern(document, file.stem)
    except ShapeError as error:
        raise LabFailure(f"{shown(file)}: {error}") from None
    except OSError as error:
        raise LabFailure(f"{shown(file)}: {error.strerror}") from None


def _pattern(document: dict[str, Any], stem: str) -> Pattern:
    slug = document["pattern"]
    if slug != stem:
        raise ShapeError(f"$.pattern: expected {stem!r}, the name of the file, found {slug!r}")
    cases: list[Case] = []
    for index, raw in enumerate(document["cases"]):
        at = f"$.cases[{index}]"
        case = _case(slug, raw, at)
        if any(case.name == other.name for other in cases):
            raise ShapeError(f"{at}.case: the name {case.name!r} is taken by a case above")
        cases.append(case)
    return Pattern(slug, document["title"], tuple(cases))


def _case(slug: str, raw: dict[str, Any], at: str) -> Case:
    parts = {key: expand(raw[key], f"{at}.{key}") for key in ("input", "expected", "one_of") if key in raw}
    for key, part in parts.items():
        if key != "one_of" and not isinstance(part, dict):
            raise ShapeError(f"{at}.{key}: expected an object, found nothing but a range")
    case = Case(
        pattern=slug,
        name=raw["case"],
        shows=raw["shows"],
        input=parts["input"],
        rule=raw["agree"],
        expected=parts.get("expected"),
        one_of=tuple(parts.get("one_of", ())),
        invariants=raw.get("invariants", {}),
        unsupported=raw.get("unsupported", {}),
    )
    _check_rule(case, at)
    invariants.check_case(case.invariants, case.input, case.expected, at)
    return case


def _check_rule(case: Case, at: str) -> None:
    """Check that what the rule needs is there, and nothing that it does not use."""
    if case.rule == "one_of":
        if not case.one_of:
            raise ShapeError(f"{at}: the rule one_of needs the list `one_of` of all right observations")
        if case.expected is not None:
            raise ShapeError(f"{at}.expected: the rule one_of takes its observations from `one_of`")
    elif case.one_of:
        raise ShapeError(f"{at}.one_of: only the rule one_of uses it; this case agrees by {case.rule}")
    if case.expected is not None:
        try:
            rules.canonical_expected(case.rule, case.expected)
        except ShapeError as error:
            raise ShapeError(f"{at}.expected{error}") from None


# Expansion.


def expand(value: Any, at: str = "$") -> Any:
    """Write every range out: ``{"from": 1, "to": 3}`` becomes ``[1, 2, 3]``."""
    if isinstance(value, list):
        return [expand(part, f"{at}[{index}]") for index, part in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if _is_range(value):
        return _range(value, at)
    return {key: expand(part, f"{at}.{key}") for key, part in value.items()}


def _is_range(value: dict[str, Any]) -> bool:
    to = value.get("to")
    return value.keys() <= {"from", "to", "each"} and _is_number(to)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _range(value: dict[str, Any], at: str) -> list[Any]:
    first, last, each = value.get("from"), value["to"], value.get("each")
    for key, bound in (("from", first), ("to", last)):
        if not isinstance(bound, int) or isinstance(bound, bool):
            raise ShapeError(f"{at}.{key}: a range needs an integer here, found {bound!r}")
    if each not in EACH or ("each" in value and each is None):
        known = ", ".join(repr(name) for name in EACH if name)
        raise ShapeError(f"{at}.each: expected one of {known}, found {each!r}")
    assert isinstance(first, int)
    if last - first >= LONGEST_RANGE:
        raise ShapeError(f"{at}: a range of more than {LONGEST_RANGE:,} items")
    return [EACH[each](n) for n in range(first, last + 1)]


# Choice.


def names(given: Sequence[str]) -> list[str]:
    """Take a filter apart: repeated, separated by commas, or empty for none."""
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def choose(patterns: Sequence[Pattern], slugs: Sequence[str], cases: Sequence[str]) -> list[Pattern]:
    """Keep the patterns and the cases that are named; no name keeps all."""
    known("pattern", slugs, [pattern.slug for pattern in patterns])
    kept = [pattern for pattern in patterns if not slugs or pattern.slug in slugs]
    known("case", cases, sorted({case.name for pattern in kept for case in pattern.cases}))
    narrowed = [
        Pattern(p.slug, p.title, tuple(c for c in p.cases if not cases or c.name in cases)) for p in kept
    ]
    return [pattern for pattern in narrowed if pattern.cases]


def known(what: str, given: Iterable[str], there_is: Sequence[str]) -> None:
    """Refuse a name that nothing has, and say what there is."""
    for name in given:
        if name not in there_is:
            raise LabFailure(f"no {what} is called {name!r}; there is: {', '.join(there_is)}")
