"""Programs in which a claim says that a system goes beyond what is allowed."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from compare.programs import load, meaning
from compare.programs.model import Json, Outcome, Program, System
from compare.programs.statements import Statement


def documented(system: System, claims: Sequence[Statement]) -> list[Json]:
    """The programs for which a claim documents an outcome of this system that is not allowed.

    Their sleeps are left out: they bring about an order that may come about without.
    """
    covered: dict[str, list[Outcome]] = {}
    for side in (side for one in claims for side in one.sides):
        if side.program is not None and system.name in side.systems:
            outcomes = [*side.must.get("shows", ()), *side.must.get("may", ())]
            covered.setdefault(side.program, []).extend(outcomes)
    programs = [_named(name) for name, outcomes in covered.items() if outcomes]
    return [
        {**one.json, "processes": [_without_sleeps(process) for process in one.json["processes"]]}
        for one in programs
        if _goes_beyond(system, one, covered[one.name])
    ]


def _goes_beyond(system: System, program: Program, outcomes: Iterable[Outcome]) -> bool:
    ends = meaning.allowed(program.json, system.dialect, race=system.time == "race")
    if ends is None:
        return False
    allowed = {meaning.key(end.outcome) for end in ends}
    whole = (one for one in outcomes if all({"log", "end"} <= ended.keys() for ended in one.values()))
    return any(meaning.key(one) not in allowed for one in whole)


@lru_cache
def _named(name: str) -> Program:
    (program,) = load.choose([name])
    return program


def _without_sleeps(one: Json) -> Json:
    """A process, or an operation with a body, without the sleeps in it."""
    part = "operations" if "operations" in one else "body"
    if part not in one:
        return one
    return {**one, part: [_without_sleeps(it) for it in one[part] if it["op"] != "sleep"]}
