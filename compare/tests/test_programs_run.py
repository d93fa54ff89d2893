"""The commands about programs: what they show, write and exit with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from compare import schema
from compare.paths import ROOT
from compare.programs import changes, store
from compare.tests.conftest import SPEAKER, Programs
from compare.tests.test_programs_claims import side
from compare.tests.test_programs_verdicts import RACE, STUCK, WATCHED

if TYPE_CHECKING:
    from pathlib import Path


def verdicts(programs: Programs) -> dict[tuple[str, str], str]:
    lines = [line for line in programs.lines() if line["kind"] == "litmus"]
    return {(line["program"], line["system"]): line["verdict"] for line in lines}


def test_a_run_of_all(programs: Programs) -> None:
    for text in (RACE, STUCK, WATCHED):
        programs.program(text)
    programs.known("honest", "forbidden", "dies")
    result = programs.run("run", "--seconds", "2")
    assert result.exit_code == 1
    assert verdicts(programs)["race", "stand/honest"] == "complete"
    assert verdicts(programs)["race", "stand/forbidden"] == "forbidden"
    assert verdicts(programs)["stuck", "stand/dies"] == "crash"
    assert verdicts(programs)["watched", "stand/honest"] == "unsupported"
    assert len(verdicts(programs)) == 9
    assert "race on stand/forbidden: forbidden\n  which of two is first\n" in result.output
    assert "race, stuck on stand/dies: crash" in result.output
    assert (
        "9 programs on systems: 2 complete · 1 forbidden · 1 deadlock · 2 crash · 3 unsupported"
        in result.output
    )
    for line in programs.lines():
        schema.check(line, "results")
    assert programs.lines()[-1]["litmus"]["complete"] == 2


def test_junit_and_findings(programs: Programs) -> None:
    programs.program(RACE)
    programs.program(WATCHED)
    programs.known("honest", "forbidden")
    programs.run("run", "--seconds", "1")
    root = ET.parse(programs.target / "junit.xml").getroot()
    assert root.attrib["tests"] == "4"
    assert (root.attrib["failures"], root.attrib["skipped"]) == ("1", "2")
    (failure,) = root.iter("failure")
    assert "not allowed" in (failure.text or "")
    assert "python -m compare run race --system stand/forbidden" in (failure.text or "")
    findings = store.read(programs.target)
    assert [one.name for one in findings.programs] == ["race", "watched"]
    assert {one.verdict for one in findings.cells} == {"complete", "forbidden", "unsupported"}
    assert findings.programs[0].allowed is not None
    assert (programs.target / "index.html").stat().st_size > 1000
    assert programs.run("report").output == "target/compare/index.html\n"


def test_the_choice_of_programs_and_systems(programs: Programs) -> None:
    programs.program(RACE)
    programs.program(STUCK)
    programs.known("honest", "shy")
    result = programs.run("run", "stuck", "--system", "stand/shy", "--runs", "7", "--seed", "3")
    assert result.exit_code == 0, result.output
    assert verdicts(programs) == {("stuck", "stand/shy"): "complete"}
    (line,) = [line for line in programs.lines() if line["kind"] == "litmus"]
    assert line["runs"] == 8  # one that showed something new, and seven more
    for arguments, told in [
        (["none"], "no program is called 'none'"),
        (["--system", "none"], "no system is called 'none'; there is: stand/honest, stand/shy"),
    ]:
        result = programs.run("run", *arguments)
        assert (result.exit_code, told in result.stderr) == (2, True)


def test_a_file_that_is_no_program(programs: Programs) -> None:
    programs.known("honest")
    bad = programs.root / "bad.txt"
    bad.write_text("program bad\nA\nd ! 1\n", "utf-8")
    result = programs.run("run", str(bad))
    assert result.exit_code == 2
    assert 'no channel is called "d"' in result.stderr
    assert "bad.txt" in result.stderr


def test_no_runner_at_all_is_told(programs: Programs) -> None:
    programs.program(RACE)
    programs.runners = []
    result = programs.run("run")
    assert (result.exit_code, "no system that runs channel programs" in result.stderr) == (2, True)


def test_explain_tells_who_showed_it(programs: Programs) -> None:
    programs.program(RACE)
    programs.program(STUCK)
    programs.known("honest", "shy", "forbidden")
    programs.run("run", "--seconds", "1")
    told = programs.run("explain", str(programs.litmus / "race.txt")).output
    assert "shown by stand/honest (" in told
    assert "stand/shy (steered)" in told
    assert "shown in the last run, and not among these" in told
    assert "A: sent 99 [done]" in told
    stuck = programs.run("explain", str(programs.litmus / "stuck.txt")).output
    assert "deadlocks\n  1: A waits at 1, after 2 steps\n" in stuck


def test_list(programs: Programs) -> None:
    programs.program(RACE)
    programs.known("honest", "version", "unavailable")
    programs.claim("it", side())
    told = programs.run("list", "programs", "systems", "claims").output
    assert "  race: which of two is first\n" in told
    assert "  stand/honest: 1.2, tasks\n" in told
    assert "  stand/unavailable: not today\n" in told
    assert "  stand/version: hello: it speaks version 2" in told
    assert "  it: It is so.\n" in told


# What changed between two results.


def written(path: Path, *lines: dict[str, Any], whole: bool = True) -> Path:
    counts = dict.fromkeys(("cells", "agree", "differ", "unsupported", "timeout", "crash", "error"), 0)
    header = {"kind": "header", "version": 1, "systems": []}
    end = [{"kind": "summary", **counts, "seconds": 1}] if whole else []
    path.write_text("".join(json.dumps(line) + "\n" for line in [header, *lines, *end]), "utf-8")
    return path


def litmus(verdict: str, seen: int = 1, program: str = "race") -> dict[str, Any]:
    told = {"runs": 9, "allowed": 2, "seen": seen, "forbidden": int(verdict == "forbidden")}
    reason = None if verdict == "complete" else "why\nmore"
    return {
        "kind": "litmus", "program": program, "system": "a/b", **told,
        "verdict": verdict, "reason": reason, "claim": None, "millis": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told", "status"),
    [
        (litmus("complete", 2), litmus("forbidden"), "race on a/b: complete → forbidden: why\n", 1),
        (litmus("forbidden"), litmus("complete", 2), "race on a/b: forbidden → complete\n", 0),
        (litmus("inside", 1), litmus("inside", 2), "race on a/b: inside: 1 of 2 → 2 of 2\n", 0),
        (litmus("inside", 2), litmus("inside", 2), "0 changes, 0 of them for the worse", 0),
        (litmus("forbidden"), litmus("forbidden", program="new"), "new on a/b: new: forbidden\n", 1),
        (litmus("forbidden"), litmus("forbidden", program="new"), "race on a/b: gone: forbidden\n", 1),
        (
            {"kind": "claim", "id": "it", "verdict": "holds", "told": ""},
            {"kind": "claim", "id": "it", "verdict": "broken", "told": ""},
            "claim it: holds → broken",
            1,
        ),
    ],
)
def test_diff(
    programs: Programs, tmp_path: Path, old: dict[str, Any], new: dict[str, Any], told: str, status: int
) -> None:
    before, after = written(tmp_path / "old", old), written(tmp_path / "new", new)
    result = programs.run("diff", str(before), str(after))
    assert told in result.output
    assert result.exit_code == status


def test_diff_says_what_was_cut_off(programs: Programs, tmp_path: Path) -> None:
    before = written(tmp_path / "old", litmus("complete", 2), whole=False)
    result = programs.run("diff", str(before), str(before))
    assert (result.exit_code, "old was cut off" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("{}\n", "line 1: "),
        ("[", "line 1: "),
        (json.dumps(litmus("complete", 2)) + "\n", "line 1: a header is expected"),
    ],
)
def test_diff_of_what_are_no_results(programs: Programs, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad"
    path.write_text(text, "utf-8")
    result = programs.run("diff", str(path), str(path))
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_every_verdict_is_either_fine_or_worse() -> None:
    document = json.loads((ROOT / "compare/schema/results.schema.json").read_text("utf-8"))
    there_are = {
        it for kind in changes.KEYS for it in document["$defs"][kind]["properties"]["verdict"]["enum"]
    }
    bad = {"differ", "timeout", "crash", "error", "forbidden", "deadlock", "broken"}
    assert there_are == bad | set(changes.FINE)


# An interrupt.

SCRIPT = """
    import signal, sys
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    from pathlib import Path
    from compare import cli, paths
    from compare.programs import runners
    paths.ROOT = Path({root!r})
    paths.TARGET = Path({target!r})
    there_are = [
        runners.Runner(f"stand/{{way}}", (sys.executable, {speaker!r}, f"stand/{{way}}", way))
        for way in ("honest", "hangs")
    ]
    runners.commands = lambda root: there_are
    cli.main(["run"])
"""


def test_an_interrupt_leaves_what_there_is(programs: Programs) -> None:
    programs.program(RACE)
    programs.program(STUCK)
    script = SCRIPT.format(root=str(programs.root), target=str(programs.target), speaker=SPEAKER)
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    results = programs.target / "results.jsonl"
    end = time.monotonic() + 20
    while not (results.exists() and results.read_text("utf-8").count('"complete"') == 2):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert errors == "compare: interrupted; the results that there are have no summary\n"
    for line in programs.lines():
        schema.check(line, "results")
    assert programs.lines()[-1]["kind"] == "litmus"
    assert len(store.read(programs.target).cells) == 2
