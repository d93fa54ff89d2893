"""From what a system showed to a verdict on one program.

The order of the questions: is there an outcome that the meaning does not allow
and no claim covers; did a run neither end nor wait; is there one that a claim
covers; has all of it been shown, or which share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compare.programs import meaning, statements, words
from compare.programs.meaning import Judged
from compare.programs.model import (
    COMPLETE,
    DEADLOCK,
    DOCUMENTED,
    FORBIDDEN,
    INSIDE,
    TIMEOUT,
    Allowed,
    Cell,
    Program,
    Seen,
    System,
)
from compare.programs.sample import Sample, Shown
from compare.programs.statements import Statement

STILL_RUNNING = "it was still running when its runner lost patience"


@dataclass(frozen=True)
class Verdict:
    """A verdict without its place."""

    verdict: str
    reason: str | None = None
    claim: str | None = None


def judge(
    program: Program,
    system: System,
    sample: Sample,
    ends: Sequence[Allowed] | None,
    claims: Sequence[Statement],
) -> Cell:
    """Judge what the runs of a program on a system came to."""
    seen = judged(program, system, list(sample.shown.values()))
    wanted = {meaning.key(one.outcome) for one in ends or ()}
    shown = len(wanted & {meaning.key(one.outcome) for one in seen if one.allowed})
    covers = {
        meaning.key(one.outcome): statements.covering(claims, program.name, system.name, one.outcome)
        for one in seen
        if not one.allowed
    }
    found = _forbidden(seen, covers, sample) or _inside(sample, len(wanted), shown)
    return Cell(
        program=program.name,
        system=system.name,
        verdict=found.verdict,
        reason=found.reason,
        runs=sample.runs,
        allowed=len(wanted),
        shown=shown,
        seen=seen,
        claim=found.claim,
        repeat=repeat(program, system.name, seen),
    )


def judged(program: Program, system: System, shown: Sequence[Shown]) -> list[Seen]:
    """Ask the engine of each outcome; of one that a run was cut off in, nobody."""
    race = system.time == "race"
    whole = [one for one in shown if not running(one.sighting.outcome)]
    ends = [(one.sighting.outcome, one.sighting.waiting) for one in whole]
    answers = meaning.judge(program.json, system.dialect, ends, race=race) if ends else []
    said = {id(one): answer for one, answer in zip(whole, answers, strict=True)}
    cut_off = Judged(allowed=False, parts=STILL_RUNNING)
    return [_seen(one, said.get(id(one), cut_off)) for one in shown]


def running(outcome: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether some process of it neither ended nor was known to wait."""
    return any(str(ended["end"]).startswith("running at") for ended in outcome.values())


def repeat(program: Program, system: str, seen: Sequence[Seen]) -> str:
    """The command that runs this again, from the seed that matters most."""
    name = program.name if program.file and program.file.endswith(f"litmus/{program.name}.txt") else None
    where = name or program.file or program.name
    wrong = [one.seed for one in seen if not one.allowed]
    seed = f" --seed {wrong[0]}" if wrong else ""
    return f"python -m compare run {where} --system {system}{seed}"


def _seen(one: Shown, said: Judged) -> Seen:
    it = one.sighting
    return Seen(
        it.outcome, it.waiting, it.count, it.seed, one.steered, said.allowed, said.nearest, said.parts
    )


def _forbidden(seen: Sequence[Seen], covers: Mapping[str, str | None], sample: Sample) -> Verdict | None:
    wrong = [one for one in seen if not one.allowed and not running(one.outcome)]
    bare = [one for one in wrong if covers[meaning.key(one.outcome)] is None]
    if bare:
        # What is no deadlock tells more: some process went on to a wrong end.
        first = min(bare, key=lambda one: bool(one.waiting))
        return Verdict(DEADLOCK if first.waiting else FORBIDDEN, _complaint(bare, first, sample))
    if cut_off := [one for one in seen if running(one.outcome)]:
        return Verdict(TIMEOUT, f"{words.told(cut_off[0].outcome)}: {STILL_RUNNING}")
    if wrong:
        claim = covers[meaning.key(wrong[0].outcome)]
        ids = ", ".join(sorted({str(covers[meaning.key(one.outcome)]) for one in wrong}))
        return Verdict(DOCUMENTED, f"as claimed by {ids}: {words.told(wrong[0].outcome)}", claim)
    return None


def _complaint(bare: Sequence[Seen], first: Seen, sample: Sample) -> str:
    often = "along a schedule" if first.steered else f"in {first.count} of {sample.runs} runs"
    lines = [f"not allowed: {words.told(first.outcome, first.waiting)} ({often}, seed {first.seed})"]
    if first.nearest is not None:
        lines.append(f"nearest:     {words.told(first.nearest)}")
    if first.parts is not None:
        lines.append(first.parts)
    if len(bare) > 1:
        lines.append(f"and {words.counted(len(bare) - 1, 'more outcome')} that are not allowed")
    return "\n".join(lines)


def _inside(sample: Sample, wanted: int, shown: int) -> Verdict:
    if shown == wanted and wanted:
        return Verdict(COMPLETE)
    total = f"{shown} of {wanted} outcomes" if wanted else "its outcomes are too many to list; some were"
    steered = f" and {words.counted(sample.steered, 'steered one')}" if sample.steered else ""
    unseen = f"the next run shows something new about {_once_in(sample)}"
    runs = words.counted(sample.runs, "run")
    return Verdict(INSIDE, f"{total} shown in {runs}{steered}; {sample.ended}; {unseen}")


def _once_in(sample: Sample) -> str:
    if sample.unseen == 0:
        return f"less than once in {sample.runs} (Good-Turing)"
    return f"once in {1 / sample.unseen:.0f} (Good-Turing)"
