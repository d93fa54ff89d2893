"""Programs and claims in ``results.jsonl`` and ``junit.xml``."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from compare.programs.model import (
    BROKEN,
    CRASH,
    DEADLOCK,
    FORBIDDEN,
    HOLDS,
    TIMEOUT,
    UNSUPPORTED,
    VERDICTS,
    Cell,
    Claim,
    System,
)
from compare.programs.verdicts import running


def systems(those: Sequence[System]) -> dict[str, Any]:
    """The line that says who runs the programs."""
    told = [
        {"name": one.name, "version": one.version, "driver": one.driver, "time": one.time} for one in those
    ]
    return {"kind": "systems", "systems": told}


def litmus(cell: Cell) -> dict[str, Any]:
    """The line of a program on a system."""
    return {
        "kind": "litmus",
        "program": cell.program,
        "system": cell.system,
        "runs": cell.runs,
        "allowed": cell.allowed,
        "seen": cell.shown,
        "forbidden": sum(1 for one in cell.seen if not one.allowed and not running(one.outcome)),
        "verdict": cell.verdict,
        "reason": cell.reason,
        "claim": cell.claim,
        "millis": round(cell.millis, 3),
    }


def claim(one: Claim) -> dict[str, Any]:
    """The line of a claim."""
    return {"kind": "claim", "id": one.id, "verdict": one.verdict, "told": one.told}


def litmus_counts(cells: Sequence[Cell]) -> dict[str, int]:
    """How many programs there are of each verdict."""
    counted = Counter(cell.verdict for cell in cells)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def claim_counts(claims: Sequence[Claim]) -> dict[str, int]:
    """How many claims there are of each verdict."""
    counted = Counter(one.verdict for one in claims)
    return {verdict: counted[verdict] for verdict in (HOLDS, BROKEN)}


def suites(cells: Sequence[Cell], claims: Sequence[Claim]) -> list[ET.Element]:
    """A suite for the programs of each system, and one for the claims."""
    names = dict.fromkeys(cell.system for cell in cells)
    there_are = [_suite(name, [cell for cell in cells if cell.system == name]) for name in names]
    return [*there_are, *([_claims(claims)] if claims else [])]


def _suite(system: str, cells: Sequence[Cell]) -> ET.Element:
    counts = litmus_counts(cells)
    suite = _counted(
        f"programs on {system}",
        len(cells),
        failures=counts[FORBIDDEN] + counts[DEADLOCK],
        errors=counts[TIMEOUT] + counts[CRASH],
        skipped=counts[UNSUPPORTED],
        seconds=sum(cell.millis for cell in cells) / 1000,
    )
    for cell in cells:
        seconds = f"{cell.millis / 1000:.6f}"
        test = ET.SubElement(
            suite, "testcase", name=cell.program, classname=f"{system}.programs", time=seconds
        )
        _result(test, cell)
    return suite


def _result(test: ET.Element, cell: Cell) -> None:
    reason = cell.reason or ""
    message = reason.partition("\n")[0]
    if cell.verdict == UNSUPPORTED:
        ET.SubElement(test, "skipped", message=message)
    elif not cell.fine:
        kind = "failure" if cell.verdict in (FORBIDDEN, DEADLOCK) else "error"
        told = ET.SubElement(test, kind, type=cell.verdict, message=message)
        told.text = f"{reason}\n\n{cell.repeat}"


def _claims(claims: Sequence[Claim]) -> ET.Element:
    failures = sum(1 for one in claims if one.verdict == BROKEN)
    suite = _counted("claims", len(claims), failures=failures, errors=0, skipped=0, seconds=0.0)
    for one in claims:
        test = ET.SubElement(suite, "testcase", name=one.id, classname="claims", time="0")
        if one.verdict == BROKEN:
            told = ET.SubElement(test, "failure", type=BROKEN, message=one.statement)
            told.text = f"{one.told}\n\npython -m compare claims {one.id}"
    return suite


def _counted(
    name: str, tests: int, *, failures: int, errors: int, skipped: int, seconds: float
) -> ET.Element:
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": skipped}
    suite = ET.Element("testsuite", name=name)
    for count, number in counts.items():
        suite.set(count, str(number))
    suite.set("time", f"{seconds:.6f}")
    return suite
