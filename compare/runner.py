"""One system: its child process, replaced when it fails, and its answers."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import schema
from compare.cases import Case
from compare.child import Child, ChildFailure, Children, Garbage
from compare.errors import ShapeError
from compare.paths import ROOT
from compare.systems import System
from compare.text import printable

STOP_DEADLINE = 5.0


@dataclass(frozen=True)
class Outcome:
    """What came of one case on one system: exactly one of the three."""

    millis: float
    observation: dict[str, Any] | None = None
    refusal: tuple[str, str] | None = None
    """Kind and message of an error answer: the system lives."""
    failure: tuple[str, str] | None = None
    """Verdict and reason, where no proper answer came."""


@dataclass(frozen=True)
class Hello:
    """What a system says of itself."""

    library: str
    version: str
    patterns: frozenset[str]
    unavailable: str | None


class Runner:
    """A system that is asked case after case, and never by two at once."""

    def __init__(self, system: System, children: Children, deadline: float, folder: Path = ROOT) -> None:
        self.system = system
        self.hello: Hello | None = None
        self.broken: tuple[str, str] | None = None
        """Verdict and reason, once the system cannot be started."""
        self._children = children
        self._deadline = deadline
        self._folder = folder
        self._child: Child | None = None
        self._next_id = 1

    def start(self) -> None:
        """Start the child and hear its hello; what goes wrong becomes `broken`."""
        try:
            self._child = self._children.start(self.system.command, self._folder)
            answer = self._ask({"id": 0, "op": "hello"}, "hello")
            self.hello = self._heard(answer)
        except ChildFailure as failure:
            self.broken = (failure.verdict, f"hello: {failure}")
            self.kill()

    def run(self, case: Case) -> Outcome:
        """Run one case. A failure costs this case; the next gets a new child."""
        start = time.monotonic()
        if self._child is None and self.broken is None:
            self.start()
        if self.broken is not None:
            return Outcome(_since(start), failure=self.broken)
        if (hindrance := self._hindrance(case)) is not None:
            return Outcome(0.0, failure=hindrance)
        start = time.monotonic()
        try:
            request = {"op": "run", "pattern": case.pattern, "input": case.input}
            answer = self._ask({"id": self._take_id(), **request}, "run")
        except ChildFailure as failure:
            self.kill()
            return Outcome(_since(start), failure=(failure.verdict, str(failure)))
        millis = _since(start)
        if "error" in answer:
            error = answer["error"]
            return Outcome(millis, refusal=(error["kind"], printable(error["message"])))
        return Outcome(millis, observation=answer["observation"])

    def stop(self) -> str | None:
        """End the child as the protocol says; tell if it does not."""
        if self._child is None:
            return None
        request = {"id": self._take_id(), "op": "stop"}
        try:
            self._check(self._child.stop(request, STOP_DEADLINE), "stop_answer")
        except ChildFailure as failure:
            return f"{self.system.name} did not stop as it should: {failure}"
        finally:
            self.kill()
        return None

    def kill(self) -> None:
        """End the child, whatever it does."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    @property
    def pid(self) -> int | None:
        """The process that answers, if there is one."""
        return self._child.pid if self._child else None

    @property
    def version(self) -> str:
        """The version, as far as the system said it."""
        return self.hello.version if self.hello else "unknown"

    def _hindrance(self, case: Case) -> tuple[str, str] | None:
        """Say why a case is not even sent: verdict and reason."""
        assert self.hello is not None
        if (reason := self.hello.unavailable) is not None:
            if self.system.optional:
                return "unsupported", reason
            return "error", f"says that it is not available, which it must be: {reason}"
        if self.system.side is not None:
            side = self.system.side.format(case.pattern)
            if not (self._folder / side).is_file():
                return "error", f"{side} is missing; `make new PATTERN={case.pattern}` lays it"
        known = case.pattern in self.hello.patterns
        if not known and case.says_unsupported(self.system.name) is None:
            return "error", f"its runner does not know {case.pattern}; `make setup` builds it anew"
        return None

    def _take_id(self) -> int:
        taken = self._next_id
        self._next_id += 1
        return taken

    def _ask(self, request: dict[str, Any], op: str) -> dict[str, Any]:
        assert self._child is not None
        schema.check(request, "protocol", f"{op}_request")
        answer: dict[str, Any] = self._child.ask(request, self._deadline)
        self._check(answer, f"{op}_answer")
        return answer

    def _check(self, answer: Any, part: str) -> None:
        try:
            schema.check(answer, "protocol", part)
        except ShapeError as error:
            raise Garbage(f"its answer is of the wrong shape: {error}") from None

    def _heard(self, answer: dict[str, Any]) -> Hello:
        if answer["system"] != self.system.name:
            raise Garbage(f"expected the system {self.system.name!r}, but it is {answer['system']!r}")
        version = answer["version"] or "unknown"
        if compiler := answer.get("compiler"):
            # Some compilers say their name, such as rustc 1.95.0, and some do not.
            name = "" if compiler[:1].isalpha() else f"{answer['language']} "
            version = f"{version} ({name}{compiler})"
        return Hello(
            library=printable(answer["library"], 1),
            version=printable(version, 1),
            patterns=frozenset(answer["patterns"]),
            unavailable=answer.get("unavailable") and printable(answer["unavailable"]),
        )

    @property
    def says(self) -> str:
        """What it says of itself in a line, or why it cannot."""
        if self.hello is None:
            return self.broken[1].partition("\n")[0] if self.broken else "not started"
        return f"{self.hello.library} {self.hello.version}"


def _since(start: float) -> float:
    return (time.monotonic() - start) * 1000
