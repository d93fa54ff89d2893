"""A runner's child process, and what is asked of it; every answer is checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import schema
from compare.child import Child, Children, Garbage
from compare.errors import ShapeError
from compare.programs.model import Json, Outcome, Program
from compare.text import printable

PROTOCOL = 1
HELLO_DEADLINE = 20.0
STOP_DEADLINE = 5.0
PATIENCE = 20.0
"""Seconds beyond those that it was given, after which a runner is given up."""


class Refused(Exception):
    """The runner answered with an error, and lives on."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


@dataclass(frozen=True)
class Sighting:
    """An outcome that came out of some runs."""

    outcome: Outcome
    waiting: Mapping[str, int]
    count: int
    seed: int


@dataclass(frozen=True)
class Answer:
    """What a run or a steered run came to."""

    runs: int
    seen: Sequence[Sighting]
    followed: bool = False


class Speaker:
    """One child. After a ``ChildFailure`` it is dead."""

    def __init__(self, command: Sequence[str], children: Children, folder: Path, patience: float) -> None:
        self._child: Child = children.start(command, folder)
        self._patience = patience
        self._next_id = 1
        self.worn = False
        """Whether it asked to be replaced."""

    def hello(self) -> Json:
        """Hear which systems it has."""
        answer = self._child.ask({"id": 0, "op": "hello"}, min(self._patience, HELLO_DEADLINE))
        self._of_this_version(answer)
        self._check(answer, "hello_answer")
        return answer

    def run(self, system: str, program: Program, runs: int, seed: int, millis: int) -> Answer:
        """Run a program so often, or as often as the time allows."""
        asked = {"system": system, "program": program.json, "runs": runs, "seed": seed, "millis": millis}
        answer = self._ask("run", asked, millis / 1000)
        seen = self._sightings(answer, program)
        told, counted = answer["runs"], sum(one.count for one in seen)
        if told > runs or counted != told:
            raise self._garbage(f"of {runs} runs it did {told}, and told the outcomes of {counted}")
        if any(not seed <= one.seed < seed + told for one in seen):
            raise self._garbage(f"it told of seeds that are not {seed} to {seed + told - 1}")
        return Answer(told, seen)

    def steer(
        self, system: str, program: Program, schedule: Sequence[Json], attempts: int, seed: int
    ) -> Answer:
        """Run a program along a schedule."""
        asked = {"system": system, "program": program.json, "schedule": list(schedule)}
        answer = self._ask("steer", {**asked, "attempts": attempts, "seed": seed}, 0)
        seen = self._sightings(answer, program)
        counted = sum(one.count for one in seen)
        if not 1 <= counted <= attempts:
            raise self._garbage(f"of {attempts} attempts it told the outcomes of {counted}")
        return Answer(counted, seen, answer["followed"])

    def probe(self, name: str) -> Mapping[str, Any]:
        """Run a probe; give its facts."""
        facts: Mapping[str, Any] = self._ask("probe", {"probe": name}, 0)["facts"]
        return facts

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        answer = self._child.stop({"id": self._take_id(), "op": "stop"}, STOP_DEADLINE)
        self._check(answer, "stop_answer")

    def kill(self) -> None:
        """End it, whatever it does."""
        self._child.kill()

    def _ask(self, op: str, fields: Mapping[str, Any], seconds: float) -> Json:
        request = {"id": self._take_id(), "op": op, **fields}
        schema.check(request, "programs", f"{op}_request")
        answer = self._child.ask(request, seconds + self._patience)
        if "error" in answer:
            self._check(answer, "refusal")
            raise Refused(answer["error"]["kind"], printable(answer["error"]["message"]))
        self._check(answer, f"{op}_answer")
        self.worn = self.worn or bool(answer.get("worn"))
        return answer

    def _take_id(self) -> int:
        taken = self._next_id
        self._next_id += 1
        return taken

    def _sightings(self, answer: Json, program: Program) -> list[Sighting]:
        seen = [Sighting(one["outcome"], one["waiting"], one["count"], one["seed"]) for one in answer["seen"]]
        for one in seen:
            if (mistake := contradiction(one, program)) is not None:
                raise self._garbage(mistake)
        return seen

    def _of_this_version(self, answer: Json) -> None:
        if (version := answer.get("protocol")) != PROTOCOL and "error" not in answer:
            raise self._garbage(f"it speaks version {version!r} of the protocol, and not {PROTOCOL}")

    def _check(self, answer: Json, part: str) -> None:
        try:
            schema.check(answer, "programs", part)
        except ShapeError as error:
            raise self._garbage(f"its answer is of the wrong shape: {error}") from None

    def _garbage(self, reason: str) -> Garbage:
        self._child.kill()
        return Garbage(reason)


def observed(program: Json) -> list[str]:
    """The processes that an outcome tells of."""
    return list(program.get("observe") or (process["name"] for process in program["processes"]))


def contradiction(one: Sighting, program: Program) -> str | None:
    """Say what a sighting has that no run of the program can have."""
    wanted = observed(program.json)
    if sorted(one.outcome) != sorted(wanted):
        return f"it told of {', '.join(one.outcome) or 'nobody'}, and {', '.join(wanted)} are observed"
    everybody = {process["name"] for process in program.json["processes"]}
    if strangers := set(one.waiting) - everybody:
        return f"it says that {', '.join(sorted(strangers))} waits, which is no process"
    for name, ended in one.outcome.items():
        waits = f"waits at {one.waiting[name]}" if name in one.waiting else None
        if ended["end"] != waits and (waits is not None or ended["end"].startswith("waits at")):
            return f"{name} {ended['end']}, and its waiting is {one.waiting.get(name)}"
    return None
