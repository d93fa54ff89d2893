"""The whole run, with stand-ins for the systems."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import psutil
import pytest
from rich.console import Console

from compare import report, schema, systems
from compare.cases import Case, Pattern
from compare.errors import LabFailure
from compare.paths import ROOT
from compare.systems import System
from compare.tests.conftest import STAND_IN, Place, stand_in
from compare.verdicts import Cell

if TYPE_CHECKING:
    from pathlib import Path


def test_all_agree(place: Place) -> None:
    place.write({"input": {"answer": {"items": [1]}}, "expected": {"items": [1]}})
    result = place.run()
    assert result.exit_code == 0, result.output
    assert "8 cells: 8 agree in " in result.output
    assert "target/compare/results.jsonl, target/compare/junit.xml" in result.output


def test_every_verdict_and_its_place(place: Place) -> None:
    right: dict[str, Any] = {"n": 1}
    place.systems = [stand_in("a"), stand_in("b"), stand_in("c")]
    each = {
        "differs": {"n": 2},
        "hangs": {"do": "hang"},
        "dies": {"do": "die"},
        "fails": {"do": "exception"},
        "cannot": {"do": "unsupported"},
    }
    place.write(
        *(
            {
                "case": name,
                "input": {"answers": {"a": right, "b": answer, "c": right}},
                "expected": right,
                "unsupported": {"b": "it has no choice"} if name == "cannot" else {},
            }
            for name, answer in each.items()
        )
    )
    result = place.run("--deadline", "3")
    assert result.exit_code == 1
    verdicts = place.verdicts()
    found = [verdicts[name, "b"] for name in each]
    assert found == ["differ", "timeout", "crash", "error", "unsupported"]
    assert all(verdicts[name, system] == "agree" for name in each for system in "ac")
    assert place.reason("hangs", "b") == "no answer within 3 s"
    assert place.reason("dies", "b") == (
        "ended with exit status 7; the end of its standard error:\n  the last words"
    )
    assert place.reason("fails", "b") == "exception: as the case wants it"
    assert "make compare PATTERN=echo SYSTEM=b CASE=hangs" in result.output
    assert "unsupported: b, echo/cannot: it has no choice" in result.output
    assert "15 cells: 10 agree · 1 differ · 1 unsupported · 1 timeout · 1 crash · 1 error" in result.output


def test_unsupported_as_stated_is_fine(place: Place) -> None:
    place.write({"input": {"answer": {"do": "unsupported"}}, "unsupported": {"a": "x", "b": "y"}})
    result = place.run()
    assert result.exit_code == 0, result.output
    assert "8 cells: 6 agree · 2 unsupported" in result.output


@pytest.mark.parametrize(
    ("command", "verdict", "told"),
    [
        (("/nowhere/runner.exe",), "crash", "hello: cannot start /nowhere/runner.exe: No such file"),
        (("/bin/sh", "-c", "exit 3"), "crash", "hello: ended with exit status 3"),
        (("/bin/echo", "hello"), "error", "hello: its answer is not JSON: Expecting value"),
        (("/bin/sleep", "1000"), "timeout", "hello: no answer within 3 s"),
    ],
)
def test_a_system_that_cannot_start_costs_its_own_cells(
    place: Place, command: tuple[str, ...], verdict: str, told: str
) -> None:
    place.systems = [stand_in("a"), System("broken", "C", command)]
    place.write({"input": {"answer": {}}})
    start = time.monotonic()
    result = place.run("--deadline", "3")
    assert result.exit_code == 1
    assert time.monotonic() - start < 9, "one hello was enough to know"
    assert place.verdicts() == {("case_0", "a"): "agree", ("case_0", "broken"): verdict}
    assert place.reason("case_0", "broken").startswith(told)
    assert place.lines()[0]["systems"][1] == {"name": "broken", "language": "C", "version": "unknown"}


def test_every_system_without_a_hello(place: Place) -> None:
    place.systems = [System("broken", "C", ("/nowhere",))]
    place.write({"input": {}})
    assert place.run().exit_code == 1
    assert place.lines()[-1]["crash"] == 4


def test_only_an_optional_system_may_be_unavailable(place: Place) -> None:
    told = {"system": "u", "language": "L", "library": "x", "version": "1", "patterns": ["echo"]}
    hello = json.dumps({"id": 0, "protocol": 1, **told, "unavailable": "opam install domainslib"})
    command = (sys.executable, "-c", f"print({hello!r}, flush=True); input(); input()")
    place.write({"input": {"answer": {}}})
    for optional, verdict, status in ((True, "unsupported", 0), (False, "error", 1)):
        place.systems = [System("u", "L", command, optional=optional)]
        assert place.run().exit_code == status
        assert set(place.verdicts().values()) == {verdict}
        assert "opam install domainslib" in place.reason("case_0", "u")


def test_every_side_must_be_there(place: Place) -> None:
    command = stand_in("a").command
    place.systems = [System("a", "Python", command, side="sides/{}.py")]
    place.write({"input": {"answer": {}}})
    assert place.run().exit_code == 1
    assert place.reason("case_0", "a").startswith("sides/echo.py is missing")
    (place.root / "sides").mkdir()
    (place.root / "sides" / "echo.py").touch()
    assert place.run().exit_code == 0


def test_every_runner_must_know_every_pattern(place: Place) -> None:
    place.write({"input": {"answer": {}}}, slug="other")
    assert place.run().exit_code == 1
    assert place.reason("case_0", "a") == "its runner does not know other; `make setup` builds it anew"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--pattern", "ecko"], "no pattern is called 'ecko'; there is: echo, other"),
        (["--system", "c"], "no system is called 'c'; there is: a, b"),
        (["--case", "case_9"], "no case is called 'case_9'; there is: case_0, filler_1, filler_2, filler_3"),
        (["--pattern", "echo,ecko"], "no pattern is called 'ecko'"),
    ],
)
def test_a_filter_that_matches_nothing(place: Place, arguments: list[str], told: str) -> None:
    place.write({"input": {"answer": {}}})
    place.write({"input": {"answer": {}}}, slug="other")
    result = place.run(*arguments)
    assert result.exit_code == 2
    assert told in result.output


def test_filters_narrow(place: Place) -> None:
    place.write({"input": {"answer": {}}})
    result = place.run("--pattern", "echo", "--system", "b", "--case", "case_0,filler_2", "--case", "")
    assert result.exit_code == 0
    cells = [(line["case"], line["system"]) for line in place.lines() if line["kind"] == "case"]
    assert cells == [("case_0", "b"), ("filler_2", "b")]


def test_empty_filters_are_none(place: Place) -> None:
    place.write({"input": {"answer": {}}})
    assert place.run("--pattern", "", "--system", "", "--case", "").exit_code == 0
    assert place.lines()[-1]["cells"] == 8


@pytest.mark.parametrize("arguments", [["--deadline", "0"], ["--deadline", "soon"], ["--patern", "x"], ["x"]])
def test_a_faulty_command_line(place: Place, arguments: list[str]) -> None:
    assert place.run(*arguments).exit_code == 2


def test_list(place: Place) -> None:
    place.write({"input": {"answer": {}}})
    result = place.run("--list")
    assert result.exit_code == 0
    assert result.output.startswith("echo: A title\n  case_0: What it shows.\n")
    assert result.output.endswith("systems:\n  a\n  b\n")
    assert not place.target.exists()


def test_the_lines_are_as_their_schema_says(place: Place) -> None:
    place.write({"input": {"answers": {"a": {"n": 1}, "b": {"do": "die"}}}})
    place.run()
    lines = place.lines()
    for line in lines:
        schema.check(line, "results")
    assert [line["kind"] for line in lines] == ["header", *["case"] * 8, "summary"]
    told = {"name": "a", "language": "Python", "version": "1.2 (Python 3)"}
    assert lines[0]["systems"][0] == told
    summary = lines[-1]
    assert sum(summary[v] for v in ("agree", "differ", "unsupported", "timeout", "crash", "error")) == 8
    assert list(lines[1]) == ["kind", "pattern", "case", "system", "agree", "verdict", "reason", "millis"]


def test_the_junit_file(place: Place) -> None:
    place.write(
        {"case": "dies", "input": {"answers": {"a": {"n": 1}, "b": {"do": "die"}}}},
        {"case": "cannot", "input": {"answer": {"do": "unsupported"}}, "unsupported": {"a": "<", "b": "&"}},
        {"case": "differs", "input": {"answer": {"text": "\x1b\x00 ]]> <"}}, "expected": {}},
    )
    place.run()
    root = ET.parse(place.target / "junit.xml").getroot()
    assert [suite.get("name") for suite in root] == ["a", "b"]
    counts = ("tests", "failures", "errors", "skipped")
    assert [root.get(count) for count in counts] == ["8", "2", "1", "2"]
    assert [root[1].get(count) for count in counts] == ["4", "1", "1", "1"]
    told = {test.get("name"): [child.tag for child in test] for test in root[1]}
    assert told == {
        "echo/dies": ["error"],
        "echo/cannot": ["skipped"],
        "echo/differs": ["failure"],
        "echo/filler_3": [],
    }


def test_an_unwritable_target(place: Place) -> None:
    place.write({"input": {"answer": {}}})
    (place.root / "target").write_text("a file where the folder should be")
    result = place.run()
    assert result.exit_code == 2
    assert "cannot write target/compare/" in result.output


def test_a_full_disk(place: Place) -> None:
    place.write({"input": {"answer": {}}})
    place.target.mkdir(parents=True)
    (place.target / "results.jsonl").symlink_to("/dev/full")
    result = place.run()
    assert result.exit_code == 2
    assert "cannot write target/compare/results.jsonl: No space left on device" in result.output


def test_a_missing_runner_is_a_failure_of_the_laboratory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compare.native.built", lambda: False)
    with pytest.raises(LabFailure, match=r"compare_engine is not in .*make setup"):
        systems.known(tmp_path)
    monkeypatch.setattr("compare.native.built", lambda: True)
    with pytest.raises(LabFailure, match=r"target/ocaml/5/runner\.exe is missing; `make setup`"):
        systems.known(tmp_path)
    for number, names in ((5, []), (4, ["ocaml4/event", "ocaml4/lwt"])):
        (tmp_path / f"target/ocaml/{number}").mkdir(parents=True)
        (tmp_path / f"target/ocaml/{number}/runner.exe").touch()
        found, notes = systems.known(tmp_path)
        expected = ["rust", "ocaml/event", "ocaml/lwt", "ocaml/domainslib", *names]
        assert [system.name for system in found] == expected
        assert len(notes) == (number == 5)


def test_a_system_of_the_missing_ocaml_4_is_explained(place: Place) -> None:
    place.notes = ["No OCaml 4 on this machine: ocaml4/event and ocaml4/lwt are left out."]
    place.write({"input": {"answer": {}}})
    assert "left out" in place.run().output
    result = place.run("--system", "ocaml4/lwt")
    assert result.exit_code == 2
    assert "no system is called 'ocaml4/lwt'; there is: a, b (No OCaml 4" in result.output


# Interrupts.

SCRIPT = """
    import signal, sys
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    from pathlib import Path
    from compare import cli, paths, systems
    from compare.systems import System
    paths.CASES = Path({cases!r})
    paths.TARGET = Path({target!r})
    there_are = [System(n, "Python", (sys.executable, {stand_in!r}, n, "echo")) for n in "abcd"]
    systems.known = lambda root: (there_are, [])
    cli.main()
"""


def test_what_a_system_says_cannot_harm_terminal_or_file(place: Place) -> None:
    message = "\x1b[2J\x00 \x9b31m\ta\n" + "b" * 10_000 + "\n" * 100 + "c"
    place.write({"input": {"answer": {"do": "exception", "message": message}}})
    result = place.run()
    assert not {"\x1b", "\x00", "\x9b"} & set(result.output)
    reason = place.reason("case_0", "a")
    assert reason.startswith("exception: �[2J� �31m")
    assert len(reason) < 500
    root = ET.parse(place.target / "junit.xml").getroot()
    assert (root[0][0][0].text or "").startswith("exception: �[2J")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_at_once(place: Place, number: signal.Signals) -> None:
    hanging = {"answers": {name: {"do": "hang"} if name in "bc" else {} for name in "abcd"}}
    place.write({"case": "fine", "input": {"answer": {}}}, {"case": "hangs", "input": hanging})
    place.target.mkdir(parents=True)
    (place.target / "junit.xml").write_text("of an older run")
    script = SCRIPT.format(cases=str(place.cases), target=str(place.target), stand_in=STAND_IN)
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    results = place.target / "results.jsonl"
    _until(lambda: results.exists() and '"fine", "system": "d"' in results.read_text())
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) == 4
    start = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert time.monotonic() - start < 4
    assert process.returncode == 130
    assert errors == "compare: interrupted; the results that there are have no summary\n"
    assert not psutil.wait_procs(children, timeout=5)[1]
    lines = place.lines()
    for line in lines:
        schema.check(line, "results")
    assert lines[0]["kind"] == "header"
    assert lines[-1]["kind"] == "case"
    assert not (place.target / "junit.xml").exists()


def test_an_interrupt_does_not_wait_for_a_hello(tmp_path: Path) -> None:
    script = f"""
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
        from pathlib import Path
        from compare import cli, paths, systems
        from compare.systems import System
        paths.TARGET = Path({str(tmp_path)!r})
        systems.known = lambda root: ([System("mute", "C", ("/bin/sleep", "1000"))], [])
        cli.main()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stderr=subprocess.PIPE
    )
    _until(lambda: psutil.Process(process.pid).children())
    children = psutil.Process(process.pid).children()
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert time.monotonic() - start < 4
    assert (process.returncode, errors[:21]) == (130, b"compare: interrupted;"), errors
    assert not psutil.wait_procs(children, timeout=5)[1]


def _until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_nothing_stays_behind(place: Place) -> None:
    place.write({"input": {"answers": {"a": {"do": "hang"}, "b": {"do": "die"}}}})
    own = psutil.Process(os.getpid())
    place.run("--deadline", "1")
    before = own.num_fds(), own.num_threads()
    place.run("--deadline", "1")
    assert (own.num_fds(), own.num_threads()) == before
    assert own.children() == []


# What is shown.


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_matrix_fits(width: int, encoding: str) -> None:
    names = ["rust", "ocaml/event", "ocaml/lwt", "ocaml/domainslib", "ocaml4/event", "ocaml4/lwt"]
    case = Case("close_on_drop", "one", "It.", {}, "exact")
    verdicts = ["agree", "differ", "unsupported", "timeout", "crash", "agree"]
    cells = [
        Cell(case, name, verdict, None if verdict == "agree" else "é … why", 1.0)
        for name, verdict in zip(names, verdicts, strict=True)
    ]
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    shown = report.Report(Console(file=stream, width=width, highlight=False))
    shown.matrix([Pattern("close_on_drop", "", (case,))], names, cells)
    shown.details(cells)
    stream.flush()
    text = raw.getvalue().decode(encoding)
    assert all(len(line) <= width for line in text.splitlines())
    assert [text.count(sign) for sign in (("1 ✓", "0/1 ✗") if encoding == "utf-8" else ("1 +", "0/1 X"))] == [
        2,
        3,
    ]


def test_what_a_system_says_is_not_taken_for_markup(place: Place) -> None:
    place.write({"input": {"answer": {"[red]": "[/nonsense]"}}, "expected": {}})
    result = place.run()
    assert result.exit_code == 1
    assert '+[red]: "[/nonsense]"' in result.output
    assert "\x1b" not in result.output
