"""What a process does, one operation after the other, whoever drives it.

A process is a coroutine. Under threads its operations block and it never
suspends; under tasks each of them may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from compare.runners.peers.programs import Json, Process, Program, Step, transfers

Result = int | str
"""A value that was received, or what else an operation comes to."""


class Failure(Exception):
    """Why a process fails, as its end tells it."""


class Future(Protocol):
    """A send or a receive that was begun."""

    async def result(self) -> Result:
        """Wait for it."""

    def cancel(self) -> Result:
        """Withdraw it."""


class End(Protocol):
    """What a process has of a channel."""

    async def send(self, value: int, within: int | None) -> Result:
        """Send: ``sent``, ``closed`` or ``timeout``."""

    async def receive(self, within: int | None) -> Result:
        """Receive: the value, ``closed`` or ``timeout``."""

    def try_send(self, value: int) -> Result:
        """Send without waiting: ``sent``, ``closed`` or ``full``."""

    def try_receive(self) -> Result:
        """Receive without waiting: the value, ``closed`` or ``empty``."""

    def close(self) -> Result:
        """Close the channel: ``closed`` or ``already``."""

    def drop(self, side: str) -> None:
        """Give up a handle."""

    def clone(self, side: str) -> None:
        """Make one more handle."""

    def start(self, value: int | None) -> Future:
        """Begin a send of this value, or a receive if there is none."""

    def fail(self) -> None:
        """Give up all handles."""


class Driver(Protocol):
    """What runs processes."""

    async def arrive(self, progress: "Progress") -> None:
        """Let others go first, or wait until it is told to go on."""

    async def sleep(self, duration: int) -> None:
        """Wait, in units of the clock."""

    def spawn(self, process: str) -> None:
        """Begin a process."""

    async def join(self, process: str) -> None:
        """Wait for the end of a process."""


IDLE, BETWEEN, GATE, AT, ENDED = "idle", "between", "gate", "at", "ended"


@dataclass
class Progress:
    """How far a process has come, for whoever watches it from outside."""

    name: str
    state: str = IDLE
    number: int = 0
    """Of the operation that it stands before or is in."""
    deadline: bool = False
    """Whether the operation that it is in ends with the time."""
    begun: int = 0
    """How many operations it has begun."""
    log: list[str] = field(default_factory=list)
    end: str | None = None
    thread: int | None = None
    """The number that the system gave to its thread."""


@dataclass
class Run:
    """One run of a program: what its processes share."""

    program: Program
    ends: Mapping[str, Mapping[str, End]]
    """Of each process, by the channel."""
    progress: dict[str, Progress]
    futures: dict[str, dict[str, tuple[Future, str | None]]]
    """Of each process, with the name that the receive binds. They outlive its end, not its failure."""
    _frozen: Json | None = None

    @classmethod
    def of(cls, program: Program, ends: Mapping[str, Mapping[str, End]]) -> "Run":
        """Begin a run."""
        progress = {name: Progress(name) for name in program.processes}
        return cls(program, ends, progress, {name: {} for name in program.processes})

    def outcome(self) -> Json:
        """Tell what the observed processes came to, and who waits for ever."""
        if self._frozen is not None:
            return self._frozen
        told = {name: self._told(self.progress[name]) for name in self.program.observed}
        waiting = {one.name: one.number for one in self.progress.values() if one.state == AT}
        return {"outcome": told, "waiting": waiting}

    def freeze(self) -> None:
        """Keep the outcome as it is now."""
        self._frozen = self.outcome()

    @staticmethod
    def _told(progress: Progress) -> Json:
        if progress.end is not None:
            end = progress.end
        elif progress.state == IDLE:
            end = "idle"
        elif progress.state == AT:
            end = f"waits at {progress.number}"
        else:
            end = f"running at {progress.number}"
        return {"log": list(progress.log), "end": end}


class Interpreter:
    """Does what one process has to do."""

    def __init__(self, process: Process, run: Run, driver: Driver) -> None:
        self._steps = process.steps
        self._ends = run.ends[process.name]
        self._progress = run.progress[process.name]
        self._driver = driver
        self._values: dict[str, int] = {}
        self._futures = run.futures[process.name]

    async def run(self) -> None:
        """Do everything; note how it ended."""
        progress = self._progress
        progress.state = BETWEEN
        try:
            await self._body(self._steps)
            progress.end = "done"
        except Failure as failure:
            self._drop_all()
            progress.end = f"failed: {failure}"
        except Exception as error:  # noqa: BLE001 - the report tells it
            self._drop_all()
            progress.end = f"failed: exception: {type(error).__name__}: {error}"
        progress.state = ENDED

    def _drop_all(self) -> None:
        """Withdraw what was begun, the latest first, and give up all handles."""
        for future, _ in reversed(self._futures.values()):
            future.cancel()
        for end in self._ends.values():
            end.fail()

    async def _body(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.op == "repeat":
                for _ in range(step.given["times"]):
                    await self._body(step.body)
            elif step.op == "each":
                await self._each(step)
            else:
                await self._one(step)

    async def _each(self, step: Step) -> None:
        end = self._ends[step.given["channel"]]
        while True:
            await self._arrive(step)
            result = await end.receive(None)
            if result == "closed":
                self._leave()
                return
            self._progress.log.append(str(result))
            self._bind(step.given.get("bind"), result)
            self._leave()
            await self._body(step.body)

    async def _one(self, step: Step) -> None:
        await self._arrive(step)
        result = await getattr(self, f"_{step.op}")(step)
        if result is not None:
            self._progress.log.append(str(result))
            for transfer in self._binding(step):
                self._bind(transfer["bind"], result)
        self._leave()

    async def _arrive(self, step: Step) -> None:
        progress = self._progress
        progress.number = step.number
        await self._driver.arrive(progress)
        progress.deadline = step.op == "sleep" or step.given.get("within") is not None
        progress.state = AT
        progress.begun += 1

    def _leave(self) -> None:
        self._progress.state = BETWEEN

    def _binding(self, step: Step) -> Sequence[Json]:
        """List the receive that binds in this step, if there is one."""
        if step.op == "await":
            _, name = self._futures[step.given["future"]]
            return [{"bind": name}] if name else []
        if step.op in ("wait", "try"):
            return [one for one in transfers(step) if one.get("bind")]
        return []

    def _bind(self, name: str | None, result: Result) -> None:
        if name is None:
            return
        if not isinstance(result, int):
            raise Failure("no value")
        self._values[name] = result

    def _value(self, value: int | str) -> int:
        if isinstance(value, int):
            return value
        if value not in self._values:
            raise Failure("no value")
        return self._values[value]

    async def _wait(self, step: Step) -> Result:
        transfer, within = step.given["transfer"], step.given.get("within")
        end = self._ends[transfer["channel"]]
        if transfer["do"] == "send":
            return await end.send(self._value(transfer["value"]), within)
        return await end.receive(within)

    async def _try(self, step: Step) -> Result:
        transfer = step.given["transfer"]
        end = self._ends[transfer["channel"]]
        if transfer["do"] == "send":
            return end.try_send(self._value(transfer["value"]))
        return end.try_receive()

    async def _start(self, step: Step) -> None:
        transfer = step.given["transfer"]
        value = self._value(transfer["value"]) if transfer["do"] == "send" else None
        future = self._ends[transfer["channel"]].start(value)
        self._futures[step.given["future"]] = future, transfer.get("bind")

    async def _await(self, step: Step) -> Result:
        future, _ = self._futures[step.given["future"]]
        return await future.result()

    async def _cancel(self, step: Step) -> Result:
        future, _ = self._futures[step.given["future"]]
        return future.cancel()

    async def _close(self, step: Step) -> Result:
        return self._ends[step.given["channel"]].close()

    async def _drop(self, step: Step) -> None:
        self._ends[step.given["channel"]].drop(step.given["side"])

    async def _clone(self, step: Step) -> None:
        self._ends[step.given["channel"]].clone(step.given["side"])

    async def _sleep(self, step: Step) -> None:
        await self._driver.sleep(step.given["duration"])

    async def _spawn(self, step: Step) -> None:
        self._driver.spawn(step.given["process"])

    async def _join(self, step: Step) -> None:
        await self._driver.join(step.given["process"])
