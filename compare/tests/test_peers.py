"""The peers: what they show is allowed, and their runners keep to the protocol."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from compare import native, paths
from compare.contents import LITMUS
from compare.programs import statements
from compare.runners.peers import programs, queue_threads, serve, steering, systems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.runners.peers.interpreter import Result

Json = dict[str, Any]
FILES = sorted(LITMUS.glob("*.txt"))
GO = paths.ROOT / "target/go/litmus"
LIMIT = 300_000
RUNS = {"python/queue": 4, "python/chanpatterns": 4}
PYTHON = ("python/queue", "python/asyncio", "python/chanpatterns", "python/chanpatterns/asyncio")
SYSTEMS = (*PYTHON, "go/chan")


def engine() -> Any:
    return native.engine()


class Runner:
    """A runner in a process of its own; a worn one is replaced."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._start()

    def _start(self) -> None:
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, cwd=paths.ROOT)

    def line(self, line: bytes) -> Json:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(line + b"\n")
        self._child.stdin.flush()
        answer: Json = json.loads(self._child.stdout.readline())
        if answer.get("worn"):
            self.end()
            self._start()
        return answer

    def ask(self, **request: Any) -> Json:
        return self.line(json.dumps({"id": 1, **request}).encode())

    def end(self) -> int:
        """Ends when its standard input does."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        return self._child.wait(10)


@pytest.fixture(scope="module")
def runners() -> Iterator[Mapping[str, Runner]]:
    peers = Runner([sys.executable, "-m", "compare.runners.peers"])
    found = dict.fromkeys(PYTHON, peers)
    if GO.is_file():
        found["go/chan"] = Runner([str(GO)])
    yield found
    for runner in set(found.values()):
        assert runner.end() == 0


def of(runners: Mapping[str, Runner], system: str) -> Runner:
    if system not in runners:
        pytest.skip("no Go on this machine: compare/peers/go/build makes its runner")
    return runners[system]


def described(runner: Runner, name: str) -> Json:
    hello = runner.ask(op="hello")
    assert (hello["id"], hello["protocol"]) == (1, 1)
    found: Json = next(system for system in hello["systems"] if system["name"] == name)
    return found


def given(name: str) -> Json:
    source = (LITMUS / f"{name}.txt").read_text("utf-8")
    found: Json = json.loads(engine().program(source))["program"]
    return found


def forbidden(name: str, system: Json, seen: list[Json], **instead: str) -> list[Json]:
    """List those that are not allowed."""
    source = (LITMUS / f"{name}.txt").read_text("utf-8")
    outcomes = json.dumps([{key: one[key] for key in ("outcome", "waiting")} for one in seen])
    dialect = json.dumps({**system["dialect"], **instead})
    judged = json.loads(engine().judge(source, dialect, system["time"] == "race", outcomes, LIMIT))
    return [one for one, verdict in zip(seen, judged, strict=True) if verdict["allowed"] is False]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SYSTEMS)
def test_what_it_shows_is_allowed(name: str, runners: Mapping[str, Runner]) -> None:
    runner = of(runners, name)
    system = described(runner, name)
    wrong: dict[str, list[Json]] = {}
    told = Counter[str]()
    claims = statements.load()
    for path in FILES:
        asked = {"op": "run", "system": name, "program": given(path.stem), "runs": RUNS.get(name, 20)}
        answer = runner.ask(**asked, seed=1, millis=1000)
        if "error" in answer:
            assert answer["error"]["kind"] == "unsupported", answer
            continue
        told["programs"] += 1
        assert sum(one["count"] for one in answer["seen"]) == answer["runs"]
        bad = forbidden(path.stem, system, answer["seen"])
        bare = [one for one in bad if not statements.covering(claims, path.stem, name, one["outcome"])]
        if bare:
            wrong[path.stem] = bare
    assert told["programs"] >= 40
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_program_needs_is_what_the_engine_says(path: Any) -> None:
    found = {(kind, op) for kind, op in json.loads(engine().needs(path.read_text("utf-8")))}
    assert set(programs.read(given(path.stem)).needs) == found


@pytest.mark.parametrize("name", ["python/chanpatterns/asyncio", "python/asyncio", "python/queue", "go/chan"])
@pytest.mark.parametrize("program", ["bounded_two_consumers", "timeout_same_time", "try_polls"])
def test_it_follows_a_schedule_to_each_outcome(
    name: str, program: str, runners: Mapping[str, Runner]
) -> None:
    runner = of(runners, name)
    dialect = json.dumps(described(runner, name)["dialect"])
    source = (LITMUS / f"{program}.txt").read_text("utf-8")
    ways = json.loads(engine().explain(source, dialect, False, LIMIT))["outcomes"]
    assert len(ways) > 1
    for way in ways:
        asked = {"system": name, "program": given(program), "schedule": way["schedule"]}
        answer = runner.ask(op="steer", **asked, attempts=5, seed=1)
        shown = [(one["outcome"], one["waiting"]) for one in answer["seen"]]
        assert answer["followed"] is ((way["outcome"], way["waiting"]) == shown[-1]), (way, answer)
        assert answer["followed"] or program == "timeout_same_time", (way, answer)


def test_a_schedule_that_cannot_be_followed_is_given_up(runners: Mapping[str, Runner]) -> None:
    schedule = [{"process": "A", "what": "waits", "number": 1, "logged": []}]
    for name in ("python/queue", "python/asyncio", "go/chan"):
        asked = {"system": name, "program": given("bounded_try"), "schedule": schedule}
        answer = of(runners, name).ask(op="steer", **asked, attempts=1, seed=1)
        assert answer["followed"] is False
        assert answer["seen"][0]["outcome"]["A"]["end"] == "done"


class Lifo(queue_threads.Queue):
    """A queue that is a stack."""

    def __init__(self, capacity: int, unit: float) -> None:
        super().__init__(capacity, unit)
        self._queue = queue.LifoQueue(capacity)


class Restless(queue_threads.Queue):
    """A queue whose receive looks as if it waited, and does not."""

    async def receive(self, within: int | None) -> Result:
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            pass
        return await super().receive(within)


def sabotaged(kind: type[queue_threads.Queue], program: str, runs: int) -> tuple[Json, list[Json]]:
    def ends(ready: programs.Program, unit: float) -> Any:
        queues = {name: kind(channel.get("capacity") or 0, unit) for name, channel in ready.channels.items()}
        return dict.fromkeys(ready.processes, queues)

    system = replace(systems.queue(), ends=ends)
    seen = serve.Seen()
    for seed in range(runs):
        seen.add(system.run(programs.read(given(program)), seed)[0].outcome(), seed)
    return system.described(), seen.told()


def test_a_stack_is_no_queue() -> None:
    system, seen = sabotaged(Lifo, "bounded_first_in_first_out", 5)
    assert forbidden("bounded_first_in_first_out", system, seen)


def test_who_runs_is_not_said_to_wait() -> None:
    system, seen = sabotaged(Restless, "join_with_room", 2)
    assert not forbidden("join_with_room", system, seen)
    assert all(not one["waiting"] for one in seen)


@pytest.mark.parametrize("name", ["python/queue", "go/chan"])
def test_what_is_wrong_is_told_and_it_lives_on(name: str, runners: Mapping[str, Runner]) -> None:
    runner = of(runners, name)
    run = {"op": "run", "system": name, "runs": 1, "seed": 1, "millis": 100}
    good = given("bounded_try")

    def kind(answer: Json) -> Any:
        return answer["error"]["kind"]

    deep: Any = {"op": "sleep", "duration": 1}
    for _ in range(300):
        deep = {"op": "repeat", "times": 1, "body": [deep]}
    assert kind(runner.line(b"no json")) == "protocol"
    assert kind(runner.line(b"[]")) == "protocol"
    assert kind(runner.ask(op="dance")) == "protocol"
    assert kind(runner.ask(**{**run, "system": "python/pipe"}, program=good)) == "unknown_system"
    assert kind(runner.ask(op="probe", probe="python/none")) == "unknown_probe"
    assert kind(runner.ask(**run, program=given("watch_try"))) == "unsupported"
    assert kind(runner.ask(**run, program={"name": "none"})) == "bad_input"
    assert kind(runner.ask(**run, program={**good, "channels": []})) == "bad_input"
    assert kind(runner.ask(**{**run, "runs": 0}, program=good)) == "bad_input"
    asked = {"op": "steer", "system": name, "program": good, "attempts": 1, "seed": 1}
    assert kind(runner.ask(**asked, schedule=[{"process": "Z", "what": "does", "number": 1}])) == "bad_input"
    step = {"process": "A", "what": "does", "number": 1, "logged": [["Z", "sent"]]}
    assert kind(runner.ask(**asked, schedule=[step])) == "bad_input"
    nested = runner.ask(**run, program={"name": "deep", "processes": [{"name": "A", "operations": [deep]}]})
    assert "error" not in nested or kind(nested) == "bad_input"
    assert runner.ask(**run, program=good)["runs"] == 1


def test_left_threads_make_it_worn_and_it_still_runs() -> None:
    server = serve.Server()
    asked = {"id": 1, "op": "run", "system": "python/queue", "program": given("deadlock_all_receive")}
    line = json.dumps({**asked, "runs": 500, "seed": 1, "millis": 60_000}).encode()
    first, second = server.answer(line), server.answer(line)
    assert first["worn"]
    assert 1 < first["runs"] < 500
    assert second["runs"] == 1
    assert all(one["waiting"] == {"A": 1, "B": 1} for one in first["seen"] + second["seen"])


def test_it_stops_when_it_is_told_to() -> None:
    runner = Runner([sys.executable, "-m", "compare.runners.peers"])
    assert runner.ask(op="stop") == {"id": 1, "stopped": True}
    assert runner.end() == 0


PYTHON_FACTS: Mapping[str, Json] = {
    "python/queue_of_no_places": {"accepted": 1000, "of": 1000, "full": False},
    "python/priority_ties": {"came": ["b", "c", "a"], "left": ["a", "b", "c"]},
    "python/priority_without_order": {"error": "TypeError"},
    "python/task_goes_on": {"taken": True, "left": 0},
    "python/to_thread_cancelled": {"sent": 30, "received": 0, "kept": 0, "lost": 30},
}
GO_FACTS: Mapping[str, Json] = {
    "go/nil_channel": {"send": "chan send (nil chan)", "receive": "chan receive (nil chan)"},
    "go/close_nil": {"panic": "close of nil channel"},
    "go/close_twice": {"panic": "close of closed channel"},
    "go/send_on_closed": {"panic": "send on closed channel"},
    "go/receive_on_closed": {"first": [7, True], "second": [0, False]},
}


@pytest.mark.parametrize(("probe", "facts"), [*PYTHON_FACTS.items(), *GO_FACTS.items()])
def test_a_probe_shows_its_facts(probe: str, facts: Json, runners: Mapping[str, Runner]) -> None:
    runner = of(runners, "go/chan" if probe.startswith("go/") else "python/queue")
    assert runner.ask(op="probe", probe=probe)["facts"] == facts


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="wait_for takes what is there from Python 3.12 on")
def test_wait_for_takes_nothing_in_no_time(runners: Mapping[str, Runner]) -> None:
    facts = runners["python/queue"].ask(op="probe", probe="python/wait_for_no_time")["facts"]
    assert facts == {"wait_for": "timeout", "timeout": 1}


@pytest.mark.parametrize(
    ("probe", "sides"), [("select_expired_timer", "timeouts"), ("select_closed_arm", "closed")]
)
def test_a_select_takes_any_arm_that_is_ready(probe: str, sides: str, runners: Mapping[str, Runner]) -> None:
    facts = of(runners, "go/chan").ask(op="probe", probe=f"go/{probe}")["facts"]
    assert 300 < facts[sides] < 700


def test_steps_are_put_together_only_where_tasks_can_do_them_at_once() -> None:
    def step(process: str, what: str) -> steering.Scheduled:
        return steering.Scheduled(process, what, 1, {})

    steps = [
        step("A", "does"),
        step("A", "does"),
        step("B", "waits"),
        step("A", "does"),
        step("B", "completes"),
    ]
    assert [len(batch) for batch in steering.batches(steps)] == [3, 1, 1]
