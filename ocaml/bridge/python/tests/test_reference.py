"""OCaml in Python's process: the same answers, no lock held, no hang.

What may hang runs in a child process with a deadline.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from chanpatterns import reference

RUNNER = os.environ["CHANPATTERNS_RUNNER"]
DEADLINE = 60
"""Seconds for a child process."""

PRELUDE = """
import os, sys, threading
from chanpatterns import reference
import chanpatterns_ocaml as native
def works(system="event"):
    given = {"sources": [{"items": [7]}]}
    observed = reference.run("fan_in", given, system=system)
    assert observed == {"items": [[0, 7]]}, observed
"""


def in_a_child(program):
    """Run a program; give what it printed."""
    child = subprocess.run(
        [sys.executable, "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


def small_cases():
    folder = Path(__file__).parents[4] / "compare/patterns"
    for file in sorted(folder.glob("*.json")):
        document = json.loads(file.read_text())
        for case in document["cases"]:
            # Ranges are the harness's: the Rust tests run every case.
            if case["agree"] == "exact" and '"to"' not in json.dumps(case):
                yield pytest.param(
                    document["pattern"], case, id=f"{file.stem}/{case['case']}"
                )


@pytest.mark.parametrize("system", ["event", "lwt", "domainslib"])
@pytest.mark.parametrize(("pattern", "case"), list(small_cases()))
def test_as_the_case_says(system, pattern, case):
    def run():
        return reference.run(pattern, case["input"], system=system)

    unavailable = reference.hello(system=system)["unavailable"] is not None
    if unavailable or f"ocaml/{system}" in case.get("unsupported", {}):
        with pytest.raises(reference.Failure) as raised:
            run()
        assert raised.value.kind == "unsupported"
    else:
        observed = run()
        observed.pop("measured", None)
        assert observed == case["expected"]


def test_as_the_runner():
    given = {"sources": [[3, 1, 2]], "receivers": 1, "capacity": 1}
    request = {"id": 1, "op": "run", "pattern": "mpmc", "input": given}
    told = subprocess.run(
        [RUNNER, "--system", "event"],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    theirs = json.loads(told.stdout)["observation"]
    assert reference.run("mpmc", given) == theirs


def test_mistakes():
    with pytest.raises(reference.Failure, match="no pattern") as raised:
        reference.run("tee", {})
    assert raised.value.kind == "unknown_pattern"
    with pytest.raises(reference.Failure, match=r"input: expected") as raised:
        reference.run("fan_in", [], system="lwt")
    assert raised.value.kind == "bad_input"
    with pytest.raises(ValueError, match="there is: event, lwt, domainslib"):
        reference.run("fan_in", {}, system="eio")
    with pytest.raises(ValueError, match="JSON"):
        reference.run("bounded", {"capacity": float("nan"), "items": []})
    with pytest.raises(TypeError):
        reference.run("bounded", {"capacity": object()})


def program(kind, *processes):
    return {
        "name": "p",
        "shows": "",
        "channels": [{"name": "c", **kind}],
        "processes": [
            {"name": name, "operations": operations}
            for name, operations in zip("AB", processes, strict=False)
        ],
    }


def waiting(**transfer):
    return {"op": "wait", "transfer": {"channel": "c", **transfer}}


def test_what_a_program_means():
    sends = [waiting(do="send", value=1), waiting(do="send", value=2)]
    itself = [*sends, waiting(do="recv")]
    bounded = program({"kind": "bounded", "capacity": 1}, itself)
    full = {"A": {"log": ["sent"], "end": "waits at 2"}}
    assert reference.meaning(bounded) == [full]
    receives = [{"op": "close", "channel": "c"}, waiting(do="recv")]
    raced = program({"kind": "rendezvous"}, sends[:1], receives)
    strictly = reference.meaning(raced)
    assert [one["A"]["log"] for one in strictly] == [["closed"]]
    dialect = {"send_on_closed": "waits"}
    assert reference.meaning(raced, dialect=dialect) != strictly


def test_what_means_nothing():
    closes = [{"op": "close", "channel": "d"}]
    unknown = program({"kind": "unbounded"}, closes)
    with pytest.raises(reference.Failure, match="d") as raised:
        reference.meaning(unknown)
    assert raised.value.kind == "bad_input"
    assert "$.processes[0].operations[0].channel" in raised.value.message
    send = waiting(do="send", value=1)
    large = program({"kind": "unbounded"}, [send] * 3, [send] * 3)
    with pytest.raises(reference.Failure, match="than 5 states") as raised:
        reference.meaning(large, limit=5)
    assert raised.value.kind == "limit"
    for wrong in (
        {"limit": 0},
        {"time": "soon"},
        {"dialect": {"polite": True}},
        {"dialect": []},
    ):
        with pytest.raises(reference.Failure) as raised:
            reference.meaning(large, **wrong)
        assert raised.value.kind == "bad_input", wrong
    with pytest.raises(ValueError, match="JSON"):
        reference.meaning(float("nan"))


def test_many_threads():
    given = {"sources": [{"items": [1]}, {"items": []}]}
    expected = {"items": [[0, 1]]}
    right = []

    def caller(system):
        observed = [
            reference.run("fan_in", given, system=system) for _ in range(100)
        ]
        right.append(observed == [expected] * 100)

    threads = [
        Thread(target=caller, args=(system,)) for system in ["event", "lwt"] * 8
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 16


def test_python_runs_while_ocaml_blocks():
    # Each of the two blocks in OCaml until the other is there.
    in_a_child("""
waiting = threading.Thread(target=native._fault, args=("wait",))
waiting.start()
assert native._fault("wake") == (None, "wake")
waiting.join()
""")


def test_python_runs_while_ocaml_computes():
    in_a_child("""
spinning = threading.Thread(target=native._fault, args=("spin",))
spinning.start()
native._fault("spinning")
works()
native._fault("stop")
spinning.join()
""")


@pytest.mark.parametrize("fault", ["deadlock", "spin"])
def test_the_interpreter_ends_while_ocaml_runs(fault):
    out = in_a_child(f"""
threading.Thread(target=native._fault, args=("{fault}",), daemon=True).start()
works()
print("the end")
""")
    assert out == "the end\n"


def test_the_interpreter_ends_where_threads_have_called():
    in_a_child("""
threads = [threading.Thread(target=works) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
works("lwt")
""")


def test_a_fork():
    out = in_a_child("""
works()
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    try:
        works()
    except reference.Failure as failure:
        print(failure.kind, str(os.getppid()) in str(failure))
    sys.exit(0)  # by the ordinary way out
_, status = os.waitpid(pid, 0)
assert status == 0, status
works()
""")
    assert out == "forked True\n"


def test_a_fork_before_the_first_call():
    in_a_child("""
pid = os.fork()
works()
if pid:
    assert os.waitpid(pid, 0)[1] == 0
""")


def test_an_exception_and_what_escapes():
    in_a_child("""
kind, message = native._fault("raise")
assert kind == "exception" and "raised on demand" in message, message
kind, message = native._fault("escape")
assert kind == "panicked", kind
works()
""")
