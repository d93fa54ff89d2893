"""From what the systems answered to a verdict for each of them.

The order of the questions: did a proper answer come at all; does the answer
hold its invariants and what the case expects; do the others, as far as they
are not refuted themselves, say the same. Where a case states what is right,
that decides. Where it does not, and the systems disagree, every one of them
differs from somebody, and the laboratory cannot know who is right: it says
who stands alone against more than half, and that this proves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare import invariants, rules, wire
from compare.cases import Case
from compare.diff import difference
from compare.errors import ShapeError
from compare.runner import Outcome
from compare.text import printable

AGREE, DIFFER, UNSUPPORTED = "agree", "differ", "unsupported"
TIMEOUT, CRASH, ERROR = "timeout", "crash", "error"
VERDICTS = (AGREE, DIFFER, UNSUPPORTED, TIMEOUT, CRASH, ERROR)
FINE = (AGREE, UNSUPPORTED)

LINES = 60
"""More than any reason has: a difference is cut before."""


@dataclass(frozen=True)
class Cell:
    """One case on one system, judged."""

    case: Case
    system: str
    verdict: str
    reason: str | None
    millis: float
    against: tuple[str, ...] = ()
    """The other systems that a repetition needs, to differ from them again."""

    @property
    def fine(self) -> bool:
        """Whether it leaves the exit status at 0."""
        return self.verdict in FINE

    @property
    def repeat(self) -> str:
        """The command that runs just this again."""
        return repeat([self])


def repeat(cells: Sequence[Cell]) -> str:
    """Give the command that runs these cells of one case again."""
    case = cells[0].case
    systems = dict.fromkeys([*(cell.system for cell in cells), *cells[0].against])
    return f"make compare PATTERN={case.pattern} SYSTEM={','.join(systems)} CASE={case.name}"


@dataclass(frozen=True)
class Verdict:
    """A verdict without its place."""

    verdict: str
    reason: str | None = None
    against: tuple[str, ...] = ()


def judge(case: Case, outcomes: Mapping[str, Outcome]) -> list[Cell]:
    """Judge one case on all systems that ran it."""
    verdicts: dict[str, Verdict] = {}
    forms: dict[str, dict[str, Any]] = {}
    for system, outcome in outcomes.items():
        try:
            verdicts[system] = alone(case, system, outcome)
            if outcome.observation is not None and verdicts[system].verdict == AGREE:
                forms[system] = rules.canonical(case.rule, outcome.observation)
        except ShapeError as error:
            verdicts[system] = Verdict(ERROR, f"its observation is of the wrong shape: {error}")
    if case.expected is None and case.rule != "one_of":
        verdicts |= together(forms)
    return [_cell(case, system, found, outcomes[system].millis) for system, found in verdicts.items()]


def _cell(case: Case, system: str, found: Verdict, millis: float) -> Cell:
    reason = None if found.reason is None else printable(found.reason, LINES)
    return Cell(case, system, found.verdict, reason, millis, found.against)


def alone(case: Case, system: str, outcome: Outcome) -> Verdict:
    """Judge one system without a look at the others."""
    excuse = case.says_unsupported(system)
    if outcome.failure is not None:
        return Verdict(*outcome.failure)
    if outcome.refusal is not None:
        return _refused(*outcome.refusal, excuse)
    assert outcome.observation is not None
    if excuse is not None:
        return Verdict(ERROR, f"unexpected pass: it answers, but the case says unsupported: {excuse}")
    return _observed(case, outcome.observation)


def _refused(kind: str, message: str, excuse: str | None) -> Verdict:
    if kind != "unsupported":
        return Verdict(ERROR, f"{kind}: {message}")
    if excuse is None:
        return Verdict(ERROR, f"says unsupported, which the case does not: {message}")
    return Verdict(UNSUPPORTED, excuse)


def _observed(case: Case, observation: dict[str, Any]) -> Verdict:
    if figures := invariants.unjudged(case.invariants, observation):
        told = ", ".join(f"measured.{figure}" for figure in figures)
        return Verdict(ERROR, f"faulty case: none of its invariants judges {told}")
    form = rules.canonical(case.rule, observation)
    complaints = invariants.broken(case.invariants, observation, case.input, case.expected)
    reason = ["; ".join(complaints)] if complaints else []
    right = _right(case)
    if right and not any(rules.same(form, other) for other in right):
        reason.append(_wrong(form, right))
    return Verdict(DIFFER, "\n".join(reason)) if reason else Verdict(AGREE)


def _right(case: Case) -> list[dict[str, Any]]:
    """List the canonical forms that are right; none if the case states none."""
    if case.rule == "one_of":
        return [rules.canonical(case.rule, form) for form in case.one_of]
    return [] if case.expected is None else [rules.canonical_expected(case.rule, case.expected)]


def _wrong(form: dict[str, Any], right: list[dict[str, Any]]) -> str:
    if len(right) == 1:
        return "differs from what is expected:\n" + difference(right[0], form, "expected", "observed")
    told = difference(right[0], form, "one of them", "observed")
    return f"is none of the {len(right)} right observations; against the first:\n{told}"


def together(forms: Mapping[str, dict[str, Any]]) -> dict[str, Verdict]:
    """Judge systems by one another: each that differs from any other differs."""
    by_form: dict[str, list[str]] = {}
    for system, form in forms.items():
        by_form.setdefault(wire.encode(form), []).append(system)
    groups = list(by_form.values())
    if len(groups) < 2:
        return {}
    return {system: _apart(group, groups, forms) for group in groups for system in group}


def _apart(group: list[str], groups: list[list[str]], forms: Mapping[str, dict[str, Any]]) -> Verdict:
    """Say of a group, whose members agree, how it differs from the others."""
    others = [other for other in groups if other is not group]
    nearest = max(others, key=len)
    told = difference(forms[nearest[0]], forms[group[0]], ", ".join(nearest), ", ".join(group))
    names = ", ".join(system for other in others for system in other)
    return Verdict(DIFFER, f"differs from {names}{_odd_ones(groups)}:\n{told}", (nearest[0],))


def _odd_ones(groups: list[list[str]]) -> str:
    """Name the minority if there is a clear majority: more than half of all."""
    total = sum(map(len, groups))
    largest = max(groups, key=len)
    if len(largest) * 2 <= total:
        return ""
    odd = [system for group in groups if group is not largest for system in group]
    told = "is the odd one" if len(odd) == 1 else "are the odd ones"
    return f" ({', '.join(odd)} {told} of {total}, which proves nothing)"
