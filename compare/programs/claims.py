"""Proving the claims: each side is run, and must show what it is said to show."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from compare.child import ChildFailure
from compare.errors import LabFailure
from compare.programs import load, meaning, statements, widenings, words
from compare.programs.lab import Laboratory, hindered
from compare.programs.model import BROKEN, HOLDS, Claim, Json, Outcome, Program
from compare.programs.sample import Participant, Plan, Sample
from compare.programs.speaker import Refused
from compare.programs.statements import Side, Statement

MILLIS = 5000
"""For all runs of one side on one system."""
SHOWN = 6
"""How many outcomes are told of, at most."""


@dataclass(frozen=True)
class Piece:
    """One side of a claim, on one of its systems."""

    claim: str
    side: Side
    program: Program | None


@dataclass(frozen=True)
class Proof:
    """What became of a piece."""

    claim: str
    system: str
    complaint: str | None
    told: str = ""


def prove(
    laboratory: Laboratory,
    claims: Sequence[Statement],
    left_out: Sequence[str],
    proved: Callable[[Proof], None] = lambda _: None,
) -> tuple[list[Claim], list[str]]:
    """Prove all claims; give them with their verdicts, and notes.

    A side whose system is not on this machine is left out, and told of; a claim
    of which that leaves nothing is only told of.
    """
    there = {one.system.name: one for one in laboratory.participants}
    work: dict[str, list[Piece]] = {name: [] for name in there}
    notes: list[str] = []
    for one in claims:
        for side in (side for side in one.sides if side.proves):
            for name in side.systems[:1] if side.probe else side.systems:
                if (why := absent(name, there, left_out)) is not None:
                    notes.append(f"{one.id} is not proved on {name}: {why}")
                else:
                    work[name].append(Piece(one.id, side, _program(side)))
    proofs: list[Proof] = []

    def told(proof: Proof) -> None:
        proofs.append(proof)
        proved(proof)

    laboratory.turns(lambda one: iter(work[one.system.name]), piece_proved, told)
    return [_claim(one, found) for one, found in _together(claims, proofs)], notes


def absent(name: str, there: Mapping[str, Participant], left_out: Sequence[str]) -> str | None:
    """Say why a system is not here; a name that nobody knows is a mistake."""
    if name in there:
        return there[name].system.unavailable
    family = name.partition("/")[0]
    for note in left_out:
        if f" {family}/" in note:
            return note
    if family in there:
        return (there[family].known.broken or ("", "it said no hello"))[1]
    raise LabFailure(f"a claim speaks of {name!r}, and there is: {', '.join(sorted(there))}")


def piece_proved(participant: Participant, piece: Piece) -> Proof:
    """Run one side on one system."""
    name = participant.system.name
    try:
        if piece.side.probe is not None:
            complaint, told = _probed(participant, piece.side)
        else:
            complaint, told = _ran(participant, piece)
    except (ChildFailure, Refused, meaning.NoAnswer) as failure:
        return Proof(piece.claim, name, str(failure))
    return Proof(piece.claim, name, complaint, told)


def _probed(participant: Participant, side: Side) -> tuple[str | None, str]:
    assert side.probe is not None
    if side.probe not in participant.known.probes:
        return f"its runner has no probe {side.probe}", ""
    facts = participant.probe(side.probe)
    told = f"{side.probe}: " + ", ".join(f"{fact} {value}" for fact, value in facts.items())
    wrong = [
        mistake for fact, wanted in side.must["facts"].items() if (mistake := _fact(fact, wanted, facts))
    ]
    return "; ".join(wrong) or None, told


def _fact(name: str, wanted: Any, facts: Mapping[str, Any]) -> str | None:
    if name not in facts:
        return f"the probe has no fact {name!r}, it has: {', '.join(facts)}"
    rule = wanted if isinstance(wanted, dict) else {"const": wanted}
    for mistake in Draft202012Validator(rule).iter_errors(facts[name]):
        return f"{name} is {facts[name]!r}: {mistake.message}"
    return None


def _ran(participant: Participant, piece: Piece) -> tuple[str | None, str]:
    program, side = piece.program, piece.side
    if program is None:
        return "names no program", ""
    if (hindrance := hindered(participant.known, program)) is not None:
        return f"it does not run {program.name}: {hindrance[1]}", ""
    sample = Sample()
    sample.add(participant.run(program, side.runs, side.seed, MILLIS))
    if side.steer and participant.system.steers:
        _steer(participant, program, side, sample)
    told = f"{program.name}: {_list(sample)}"
    if field := side.must.get(widenings.WIDENS):
        return widenings.complaint(participant.system, program, sample, field), told
    seen = [one.sighting.outcome for one in sample.shown.values()]
    return _wrong(side.must, seen), told


def _steer(participant: Participant, program: Program, side: Side, sample: Sample) -> None:
    """Follow the schedules to what must be shown, and was not."""
    ends = meaning.allowed(program.json, participant.system.dialect) or ()
    lacking = _lacking(side, sample)
    for way in (end for end in ends if any(statements.fits(wanted, end.outcome) for wanted in lacking)):
        steered = participant.steer(program, way.schedule, Plan().attempts, side.seed)
        sample.add(steered, steered=True)


def _lacking(side: Side, sample: Sample) -> list[Json]:
    """What must be shown, and was not; any outcome may be what shows a widening."""
    if widenings.WIDENS in side.must:
        return [{}]
    seen = [one.sighting.outcome for one in sample.shown.values()]
    wanted = side.must.get("shows", ())
    return [one for one in wanted if not any(statements.fits(one, outcome) for outcome in seen)]


def _wrong(must: Mapping[str, Any], seen: Sequence[Outcome]) -> str | None:
    """Say what of it does not come true."""
    complaints = [
        f"does not show {words.told(wanted)}"
        for wanted in must.get("shows", ())
        if not any(statements.fits(wanted, outcome) for outcome in seen)
    ]
    only = must.get("only")
    complaints += [
        f"shows {words.told(outcome)}, which is not what it only shows"
        for outcome in seen
        if only is not None and not any(statements.fits(wanted, outcome) for wanted in only)
    ]
    complaints += [
        f"shows {words.told(outcome)}, which it never shows"
        for outcome in seen
        if any(statements.fits(wanted, outcome) for wanted in must.get("never", ()))
    ]
    return "; ".join(complaints) or None


def _list(sample: Sample) -> str:
    told = [
        f"{words.told(one.sighting.outcome)} ({'steered' if one.steered else one.sighting.count})"
        for one in sample.shown.values()
    ]
    more = [f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return ", ".join([*told[:SHOWN], *more])


def _together(
    claims: Sequence[Statement], proofs: Sequence[Proof]
) -> Iterator[tuple[Statement, list[Proof]]]:
    """Bring together the proofs of each claim that has any."""
    for one in claims:
        found = [proof for proof in proofs if proof.claim == one.id]
        if found:
            yield one, found


def _claim(one: Statement, found: Sequence[Proof]) -> Claim:
    order = {name: place for place, name in enumerate(one.systems)}
    proofs = sorted(found, key=lambda proof: order[proof.system])
    broken = [proof for proof in proofs if proof.complaint is not None]
    lines = [_complaint(proof) for proof in broken] or [f"{proof.system}: {proof.told}" for proof in proofs]
    verdict = BROKEN if broken else HOLDS
    return Claim(one.id, one.statement, one.source, verdict, "\n".join(lines), one.systems, one.program)


def _complaint(proof: Proof) -> str:
    seen = f" (seen: {proof.told})" if proof.told else ""
    return f"{proof.system} {proof.complaint}{seen}"


def _program(side: Side) -> Program | None:
    return load.choose([side.program])[0] if side.program else None
