"""A thread for each process, left to the machine, with jitter from the seed.

A thread *is known to wait* when its operation was begun and has not returned,
and it slept in the kernel at two looks between which it did not run. Between
them nobody holds the interpreter's lock for longer than `SWITCH`, so a thread
that only waited for that lock would have run, or be ready to run.
"""

import random
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from compare.runners.peers.interpreter import AT, BETWEEN, ENDED, GATE, IDLE, End, Interpreter, Progress, Run
from compare.runners.peers.programs import Program, Step, flat
from compare.runners.peers.steering import BEGINS, CLOCK, WAITS, Scheduled, expected, happened

UNIT = 0.002
"""Seconds of real time for one unit of the clock."""
LOOK = 0.003
"""Seconds between two looks."""
STEERED_UNIT = 0.03
"""The same where a schedule is followed: no deadline may strike before its turn."""
SWITCH = 0.0005
PATIENCE = 2.0
"""Seconds that a run may take beyond its deadlines before it is given up."""
STACK = 2**18
TASKS = Path("/proc/self/task")

Before: TypeAlias = "Jitter | Gates"
Look = Mapping[str, tuple[str, ...]]


def unavailable() -> str | None:
    """Why threads cannot be watched here, or nothing."""
    if (TASKS / str(threading.get_native_id()) / "status").is_file():
        return None
    return f"whether a thread waits is read in {TASKS}, which is not there"


def run(program: Program, ends: Mapping[str, Mapping[str, End]], seed: int) -> tuple[Run, int]:
    """Run a program once; tell how many of its threads were left waiting."""
    threads = Threads(program, ends, Jitter(seed))
    threads.begin(seed)
    return threads.run, threads.watch()


def follow(
    program: Program, ends: Mapping[str, Mapping[str, End]], schedule: Sequence[Scheduled]
) -> tuple[Run, int, bool]:
    """Run a program in the order of a schedule; tell how many wait, and whether all steps were done."""
    gates = Gates(program)
    threads = Threads(program, ends, gates, STEERED_UNIT)
    threads.begin(0)
    followed = all(step.what == CLOCK or _step(step, gates, threads) for step in schedule)
    gates.open()
    return threads.run, threads.watch(), followed


def _step(step: Scheduled, gates: "Gates", threads: "Threads") -> bool:
    """Have one step happen; tell whether it did."""
    progress = threads.run.progress[step.process]
    if step.what in BEGINS:
        if not threads.until(progress, lambda: progress.state == GATE and progress.number == step.number):
            return False
        begun = progress.begun
        gates.let(step.process)
        if not threads.until(progress, lambda: progress.begun > begun):
            return False
    if step.what == WAITS:
        return threads.until(progress, lambda: happened(step, progress) and threads.sleeps(progress))
    return all(_stands(one, threads) for one in expected([step]).values())


def _stands(step: Scheduled, threads: "Threads") -> bool:
    """Wait until a process has done an operation; tell whether it came out as it should."""
    progress = threads.run.progress[step.process]
    return threads.until(progress, lambda: progress.state in (GATE, ENDED)) and happened(step, progress)


class Gates:
    """Let operations begin when they are told to."""

    def __init__(self, program: Program) -> None:
        self._gates = {name: threading.Semaphore(0) for name in program.processes}
        self._open = False

    def wait(self, progress: Progress) -> None:
        """Wait for the turn of an operation."""
        if not self._open:
            progress.state = GATE
            self._gates[progress.name].acquire()

    def let(self, name: str) -> None:
        """Let one operation of a process begin."""
        self._gates[name].release()

    def open(self) -> None:
        """Let everybody go on."""
        self._open = True
        for name in self._gates:
            self.let(name)


class Jitter:
    """Lets others go first, more or less often, as the seed decides."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._share = random.Random(seed).choice((0.0, 0.3, 0.7))
        self._of: dict[str, random.Random] = {}

    def wait(self, progress: Progress) -> None:
        """Spend some time before an operation, or none."""
        dice = self._of.setdefault(progress.name, random.Random(f"{self._seed}/{progress.name}"))
        if dice.random() < self._share:
            time.sleep(dice.choice((0.0, 0.0, 2e-5, 1e-4, 4e-4)))


class Threads:
    """The threads of one run; what drives their interpreters."""

    def __init__(
        self,
        program: Program,
        ends: Mapping[str, Mapping[str, End]],
        before: "Before",
        unit: float = UNIT,
    ) -> None:
        self._program = program
        self.run = Run.of(program, ends)
        self._before = before
        self._unit = unit
        self._ended = {name: threading.Event() for name in program.processes}
        self._change = threading.Semaphore(0)

    def begin(self, seed: int) -> None:
        """Start the processes that no other one spawns, in an order of the seed's."""
        names = [name for name in self._program.processes if name not in self._program.spawned]
        random.Random(seed).shuffle(names)
        for name in names:
            self.spawn(name)

    def watch(self) -> int:
        """Wait until everybody has ended or is known to wait; count those who wait."""
        give_up = time.monotonic() + PATIENCE + self._longest()
        before: Look = {}
        while not self._all_ended():
            if self._change.acquire(timeout=LOOK):
                continue
            journal = [(one.state, one.deadline) for one in self._living()]
            now = self.look()
            if now == before and all(state == AT and not deadline for state, deadline in journal):
                break
            if time.monotonic() > give_up:
                self._lose()
                break
            before = now
        return sum(1 for _ in self._living())

    def look(self) -> Look:
        """Look at all threads: for each that sleeps, how often it has run."""
        return {one.name: asleep(one) for one in self._living()}

    def sleeps(self, progress: Progress) -> bool:
        """Whether a thread sleeps at two looks and has not run between."""
        before = asleep(progress)
        time.sleep(LOOK)
        return before == asleep(progress)

    def until(self, progress: Progress, wanted: Callable[[], bool]) -> bool:
        """Wait until somebody stands as wanted; tell whether that came."""
        give_up = time.monotonic() + PATIENCE / 4 + self._longest()
        while not wanted():
            stays = progress.state == GATE or (progress.state == AT and not progress.deadline)
            begun = progress.begun
            if progress.state == ENDED or (stays and self.sleeps(progress) and begun == progress.begun):
                return wanted()
            if time.monotonic() > give_up:
                return False
            time.sleep(LOOK / 10)
        return True

    async def arrive(self, progress: Progress) -> None:
        """See `Driver`."""
        self._before.wait(progress)

    async def sleep(self, duration: int) -> None:
        """See `Driver`."""
        time.sleep(duration * self._unit)

    def spawn(self, process: str) -> None:
        """See `Driver`."""
        self.run.progress[process].state = BETWEEN
        previous = threading.stack_size(STACK)
        threading.Thread(target=self._main, args=(process,), daemon=True).start()
        threading.stack_size(previous)

    async def join(self, process: str) -> None:
        """See `Driver`."""
        self._ended[process].wait()

    def _main(self, name: str) -> None:
        self.run.progress[name].thread = threading.get_native_id()
        work = Interpreter(self._program.processes[name], self.run, self).run()
        finish(work)
        self._ended[name].set()
        self._change.release()

    def _living(self) -> list[Progress]:
        return [one for one in self.run.progress.values() if one.state not in (IDLE, ENDED)]

    def _all_ended(self) -> bool:
        return all(one.state in (IDLE, ENDED) for one in self.run.progress.values())

    def _longest(self) -> float:
        steps = [step for process in self._program.processes.values() for step in flat(process.steps)]
        return min(8.0, sum(map(_duration, steps)) * self._unit)

    def _lose(self) -> None:
        """Say of who was not seen to wait that it still runs."""
        before = self.look()
        time.sleep(LOOK)
        now = self.look()
        for one in self._living():
            if one.state == AT and (one.deadline or before.get(one.name) != now[one.name]):
                one.state = BETWEEN


def asleep(progress: Progress) -> tuple[str, ...]:
    """Tell how often a sleeping thread has run; of one that runs, something that is never the same."""
    if progress.thread is None:
        return "starts", str(time.monotonic_ns())
    try:
        status = (TASKS / str(progress.thread) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:  # it has just ended
        return "ends", str(time.monotonic_ns())
    state = "".join(line for line in status.splitlines() if line.startswith("State:"))
    if "S (sleeping)" not in state:
        return "runs", str(time.monotonic_ns())
    return tuple(line for line in status.splitlines() if "ctxt_switches" in line)


def finish(work: object) -> None:
    """Run a coroutine that never suspends to its end."""
    try:
        work.send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return
    raise RuntimeError("a process of a thread has suspended")


def _duration(step: Step) -> int:
    return int(step.given.get("duration") or 0) + int(step.given.get("within") or 0)


def prepare() -> None:
    """Let threads change often."""
    sys.setswitchinterval(SWITCH)
