"""The files of a run: ``results.jsonl``, which streams, and ``junit.xml``."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree as ET

from compare import wire
from compare.errors import LabFailure
from compare.paths import shown
from compare.runner import Runner
from compare.verdicts import AGREE, CRASH, DIFFER, ERROR, TIMEOUT, UNSUPPORTED, VERDICTS, Cell

JUNIT = "junit.xml"


@dataclass(frozen=True)
class Summary:
    """How many cells there were of each kind, and how long it took."""

    counts: dict[str, int]
    seconds: float

    @classmethod
    def of(cls, cells: Sequence[Cell], seconds: float) -> Self:
        """Count the cells."""
        counted = Counter(cell.verdict for cell in cells)
        return cls({verdict: counted[verdict] for verdict in VERDICTS}, seconds)

    @property
    def cells(self) -> int:
        """All cells."""
        return sum(self.counts.values())

    @property
    def fine(self) -> bool:
        """Whether every cell agrees, or is unsupported as it should be."""
        return not any(self.counts[verdict] for verdict in (DIFFER, TIMEOUT, CRASH, ERROR))


class ResultsFile:
    """``results.jsonl``, written line by line.

    A run that is cut off leaves a file without a summary, which is how a
    reader knows; no ``junit.xml`` of an older run stays beside it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "results.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / JUNIT).unlink(missing_ok=True)
            self._file = self.path.open("w", encoding="utf-8")
        except OSError as error:
            raise LabFailure(f"cannot write {shown(self.path)}: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # it has been told by the write that failed
            self._file.close()

    def header(self, runners: Sequence[Runner]) -> None:
        """Write who takes part."""
        systems = [
            {"name": r.system.name, "language": r.system.language, "version": r.version} for r in runners
        ]
        self.line({"kind": "header", "version": 1, "systems": systems})

    def cell(self, cell: Cell) -> None:
        """Write one judged cell."""
        self.line(
            {
                "kind": "case",
                "pattern": cell.case.pattern,
                "case": cell.case.name,
                "system": cell.system,
                "agree": cell.case.rule,
                "verdict": cell.verdict,
                "reason": cell.reason,
                "millis": round(cell.millis, 3),
            }
        )

    def summary(self, summary: Summary, also: Mapping[str, Mapping[str, int]] | None = None) -> None:
        """Write the last line, without which the file is cut off."""
        line = {"kind": "summary", "cells": summary.cells, **summary.counts}
        self.line({**line, "seconds": round(summary.seconds, 3), **(also or {})})

    def line(self, line: Mapping[str, Any]) -> None:
        """Write a line, so that a reader has it at once."""
        try:
            self._file.write(wire.line(dict(line)))
            self._file.flush()
        except OSError as error:
            raise LabFailure(f"cannot write {shown(self.path)}: {error.strerror}") from None


def write_junit(
    folder: Path, cells: Sequence[Cell], runners: Sequence[Runner], also: Sequence[ET.Element] = ()
) -> Path:
    """Write ``junit.xml``, a test suite for each system, in one go."""
    root = ET.Element("testsuites", name="compare")
    for runner in runners:
        name = runner.system.name
        _suite(root, name, [cell for cell in cells if cell.system == name])
    root.extend(also)
    _total(root)
    ET.indent(root)
    path = folder / JUNIT
    try:
        _replace(path, ET.tostring(root, encoding="utf-8", xml_declaration=True))
    except OSError as error:
        raise LabFailure(f"cannot write {shown(path)}: {error.strerror}") from None
    return path


def _total(root: ET.Element) -> None:
    """Add up the suites."""
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', 0)) for suite in root):.6f}")


def _suite(root: ET.Element, name: str, cells: Sequence[Cell]) -> None:
    suite = ET.SubElement(root, "testsuite", name=name)
    _count(suite, cells)
    for cell in cells:
        test = ET.SubElement(
            suite,
            "testcase",
            name=cell.case.title,
            classname=f"{name}.{cell.case.pattern}",
            time=f"{cell.millis / 1000:.6f}",
        )
        _result(test, cell)


def _result(test: ET.Element, cell: Cell) -> None:
    if cell.verdict == AGREE:
        return
    reason = cell.reason or ""
    message = reason.partition("\n")[0]
    if cell.verdict == UNSUPPORTED:
        ET.SubElement(test, "skipped", message=message)
        return
    kind = "failure" if cell.verdict == DIFFER else "error"
    told = ET.SubElement(test, kind, type=cell.verdict, message=message)
    told.text = f"{reason}\n\n{cell.repeat}"


def _count(suite: ET.Element, cells: Sequence[Cell]) -> None:
    verdicts = Counter(cell.verdict for cell in cells)
    suite.set("tests", str(len(cells)))
    suite.set("failures", str(verdicts[DIFFER]))
    suite.set("errors", str(verdicts[TIMEOUT] + verdicts[CRASH] + verdicts[ERROR]))
    suite.set("skipped", str(verdicts[UNSUPPORTED]))
    suite.set("time", f"{sum(cell.millis for cell in cells) / 1000:.6f}")


def _replace(path: Path, data: bytes) -> None:
    part = path.with_suffix(".xml.part")
    part.write_bytes(data)
    part.replace(path)
