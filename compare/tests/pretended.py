"""Findings for the tests of the report: real outcomes, systems that are made up."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

from compare import native
from compare.paths import ROOT
from compare.programs import model
from compare.programs.model import Allowed, Cell, Claim, Findings, Json, Program, Seen, System

LITMUS = ROOT / "compare" / "litmus"


@cache
def program(path: Path) -> Program:
    """A litmus program, with all that it can do."""
    return explained(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))


def explained(source: str, file: str | None = None) -> Program:
    """What the engine says of a program."""
    found: Json = json.loads(native.engine().explain(source, "{}", False, 1_000_000))
    allowed = [Allowed(one["outcome"], one["waiting"], one["schedule"]) for one in found["outcomes"]]
    text = found["program"]
    return Program(text["name"], text.get("shows", ""), found["text"], text, file, allowed)


def programs() -> list[Program]:
    """All litmus programs."""
    return [program(path) for path in sorted(LITMUS.glob("*.txt"))]


def system(number: int) -> System:
    """One that steers, or one that does not, and lacks something."""
    steers = number % 3 != 0
    hasnt = [{"kinds": ["watch", "broadcast"], "ops": [], "why": "it has queues only"}]
    widened = [{"field": "fifo", "why": "whoever is faster is served", "program": "bounded_turns"}]
    return System(
        f"rust/library_{number}/{'tasks' if number % 2 else 'threads'}",
        f"{number}.1.0",
        "tasks" if number % 2 else "threads",
        "exact" if number % 2 else "race",
        steers,
        {"fifo": "none"} if steers else {},
        widened if steers else [],
        [] if steers else hasnt,
    )


def cell(one: Program, system: System) -> Cell:
    """What such a system might show: the first outcome, all of them, or nothing."""
    repeat = f"python -m compare run --program {one.name} --system {system.name} --seed 1"
    luck = crc32(f"{one.name} {system.name}".encode()) % 100
    if system.hasnt and any(it["kind"] in system.hasnt[0]["kinds"] for it in one.json["channels"]):
        return Cell(one.name, system.name, model.UNSUPPORTED, system.hasnt[0]["why"], repeat=repeat)
    listed = list(one.allowed or ())
    shown = listed if luck < 70 else listed[:1]
    seen = [
        Seen(it.outcome, it.waiting, 1 + luck * 7 // (at + 1), 1 + at, steered=at == 2, allowed=True)
        for at, it in enumerate(shown)
    ]
    verdict = model.COMPLETE if len(shown) == len(listed) else model.INSIDE
    reason = None if verdict == model.COMPLETE else "no new outcome in 200 runs"
    return Cell(one.name, system.name, verdict, reason, 200, len(listed), len(shown), seen, None, 1.5, repeat)


def forbidden(one: Program, system: System) -> Cell:
    """One that shows what it must not."""
    nearest = (one.allowed or ())[0].outcome
    name = next(iter(nearest))
    outcome = {**nearest, name: {"log": [*nearest[name]["log"], "99"], "end": "done"}}
    seen = Seen(outcome, {}, 3, 17, steered=False, allowed=False, nearest=nearest, parts=f"{name} logs 99")
    repeat = f"python -m compare run --program {one.name} --system {system.name} --seed 17"
    told = "it received 99, which nobody sent"
    return Cell(one.name, system.name, model.FORBIDDEN, told, 200, 2, 0, [seen], None, 2.0, repeat)


def findings(programs: Sequence[Program], systems: int) -> Findings:
    """A run of these on so many systems, with a cell of each bad verdict, and claims."""
    them = [system(number) for number in range(systems)]
    cells = {(one.name, it.name): cell(one, it) for one in programs for it in them}
    bad = [model.DEADLOCK, model.TIMEOUT, model.CRASH, model.DOCUMENTED]
    for verdict, one in zip(bad, programs[3:], strict=False):
        claim = "overtakes" if verdict == model.DOCUMENTED else None
        at = (one.name, them[-1].name)
        cells[at] = Cell(*at, verdict, "so it is made up", 5, 2, 1, claim=claim, repeat="make claims")
    if programs and them:
        wrong = forbidden(programs[0], them[0])
        cells[wrong.program, wrong.system] = wrong
    claims = [
        Claim("overtakes", "Who comes later is served first.", "its documentation", model.HOLDS,
              "seen 12 times", [it.name for it in them[:2]], programs[0].name if programs else None),
        Claim("once", "A value is received once.", "its tests", model.BROKEN, "it was received twice"),
    ]  # fmt: skip
    return Findings(programs, them, list(cells.values()), claims, ["Seed 1."], 61.5)
