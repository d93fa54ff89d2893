"""The soak must see what stays behind."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from compare import cases, paths, soak
from compare.child import Children
from compare.runner import Runner
from compare.systems import System
from compare.tests.conftest import case, stand_in

if TYPE_CHECKING:
    from pathlib import Path

LEAKY = """
    import json, os, subprocess, sys, threading
    kept = []
    def thread():
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    def descriptor():
        kept.append(os.open("/dev/null", os.O_RDONLY))
    def child():
        kept.append(subprocess.Popen(["sleep", "1000"]))
    def nothing():
        pass
    leak = {"thread": thread, "descriptor": descriptor, "child": child, "nothing": nothing}[sys.argv[1]]
    told = {"protocol": 1, "system": "leaky", "language": "Python", "library": "x", "version": "1"}
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "run":
            leak()
            print(json.dumps({"id": request["id"], "observation": {}}), flush=True)
        else:
            print(json.dumps({"id": 0, **told, "patterns": ["echo"]}), flush=True)
"""


@pytest.mark.parametrize(
    ("leak", "left"),
    [("nothing", (0, 0, 0)), ("thread", (5, 0, 0)), ("descriptor", (0, 5, 0)), ("child", (0, 0, 5))],
)
def test_what_stays_behind_is_seen(
    leak: str, left: tuple[int, int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soak, "SETTLE", 0.2)
    command = (sys.executable, "-c", textwrap.dedent(LEAKY), leak)
    runner = Runner(System("leaky", "Python", command), Children(), 10.0, tmp_path)
    try:
        result = soak.soak(runner, case(), 5)
    finally:
        runner.kill()
    assert result.trouble is None
    assert result.before is not None
    assert result.after is not None
    grown = (
        result.after.threads - result.before.threads,
        result.after.descriptors - result.before.descriptors,
        result.after.children - result.before.children,
    )
    assert grown == left
    assert result.fine == (leak == "nothing")


def test_the_first_case_is_soaked_and_the_first_for_tasks() -> None:
    for pattern in cases.load(paths.CASES):
        ordinary, *for_tasks = soak.first(pattern)
        assert ordinary is pattern.cases[0]
        assert for_tasks == [case for case in pattern.cases if case.tasks][:1]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"n": 2}, "run 1: differ: differs from what is expected"),
        ({"do": "die"}, "run 1: crash: ended with exit status 7"),
        ({"do": "exception"}, "run 1: error: exception"),
    ],
)
def test_every_run_is_judged(answer: dict[str, object], told: str, tmp_path: Path) -> None:
    runner = Runner(stand_in("a"), Children(), 10.0, tmp_path)
    try:
        result = soak.soak(runner, case(input={"answer": answer}, expected={"n": 1}), 5)
    finally:
        runner.kill()
    assert not result.fine
    assert (result.trouble or "").startswith(told)


def test_a_run_shows_a_table_and_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("compare.paths.ROOT", tmp_path)
    asked = case(input={"answer": {}}, unsupported={"b": "no"})
    excused = case(input={"answers": {"a": {}, "b": {"do": "unsupported"}}}, unsupported={"b": "no"})
    assert soak.run([stand_in("a"), stand_in("b")], [excused], 30, 10.0)
    assert "1 of 2 pairs clean after 30 runs each, 1 unsupported" in capsys.readouterr().out
    assert not soak.run([stand_in("b")], [asked], 30, 10.0)
    assert "unexpected pass" in capsys.readouterr().err
