"""What the tests share: a laboratory of stand-ins in a temporary place."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings

from compare import cli, paths, systems
from compare.cases import Case
from compare.programs import load, runners
from compare.programs.model import Program
from compare.programs.runners import Known, Runner
from compare.systems import System

# How long an example takes says something of the machine, not of the rules.
settings.register_profile("laboratory", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laboratory")

STAND_IN = str(Path(__file__).parent / "stand_in.py")


def stand_in(name: str, *patterns: str) -> System:
    return System(name, "Python", (sys.executable, STAND_IN, name, *(patterns or ("echo",))))


def case(rule: str = "exact", **parts: Any) -> Case:
    parts = {"input": {}, **parts}
    return Case(pattern="echo", name="one", shows="What it shows.", rule=rule, **parts)


class Place:
    """A repository of its own, with case files, systems and a target."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.cases = root / "compare" / "patterns"
        self.cases.mkdir(parents=True)
        self.target = root / "target" / "compare"
        self.systems: list[System] = [stand_in("a"), stand_in("b")]
        self.notes: list[str] = []
        monkeypatch.setattr(paths, "ROOT", root)
        monkeypatch.setattr(paths, "CASES", self.cases)
        monkeypatch.setattr(paths, "TARGET", self.target)
        monkeypatch.setattr(systems, "known", lambda _root: (self.systems, self.notes))

    def write(self, *cases: dict[str, Any], slug: str = "echo", **instead: Any) -> None:
        """Write a case file, filled up to four cases with ones that agree."""
        filled = [{"case": f"case_{number}", **case} for number, case in enumerate(cases)]
        fillers = range(len(cases), 4)
        filled += [{"case": f"filler_{number}", "input": {"answer": {}}} for number in fillers]
        filled = [{"shows": "What it shows.", "agree": "exact", **case} for case in filled]
        document = {"pattern": slug, "title": "A title", "cases": filled, **instead}
        (self.cases / f"{slug}.json").write_text(json.dumps(document), "utf-8")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli.main, ["--deadline", "5", *arguments])

    def lines(self) -> list[dict[str, Any]]:
        text = (self.target / "results.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def verdicts(self) -> dict[tuple[str, str], str]:
        """Give the verdicts by case and system, without the fillers."""
        cells = [line for line in self.lines() if line["kind"] == "case"]
        return {
            (cell["case"], cell["system"]): cell["verdict"]
            for cell in cells
            if not cell["case"].startswith("filler")
        }

    def reason(self, case: str, system: str) -> str:
        cells = [line for line in self.lines() if line["kind"] == "case"]
        return str(next(c["reason"] for c in cells if (c["case"], c["system"]) == (case, system)))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


SPEAKER = str(Path(__file__).parent / "stand_in_programs.py")


class Programs:
    """A repository of its own, with channel programs, claims and runners."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.litmus = root / "compare" / "litmus"
        self.claims = root / "compare" / "claims"
        self.target = root / "target" / "compare"
        self.litmus.mkdir(parents=True)
        self.claims.mkdir()
        self.runners: list[Runner] = []
        monkeypatch.setattr(paths, "ROOT", root)
        monkeypatch.setattr(paths, "TARGET", self.target)
        monkeypatch.setattr(runners, "commands", lambda _root: self.runners)

    def program(self, text: str) -> Program:
        """Write a program into the folder of litmus programs, and read it."""
        name = text.split()[1]
        path = self.litmus / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        return load.from_file(path)

    def claim(self, name: str, *sides: dict[str, Any], **instead: Any) -> None:
        document = {"id": name, "statement": "It is so.", "source": "Measured.", "sides": sides, **instead}
        (self.claims / f"{name}.json").write_text(json.dumps(document), "utf-8")

    def known(self, *ways: str) -> list[Known]:
        """Hear from a stand-in for each way."""
        self.runners = [
            Runner(f"stand/{way}", (sys.executable, SPEAKER, f"stand/{way}", way)) for way in ways
        ]
        return runners.known(self.root)[0]

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli.main, arguments)

    def lines(self) -> list[dict[str, Any]]:
        text = (self.target / "results.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path, monkeypatch)
