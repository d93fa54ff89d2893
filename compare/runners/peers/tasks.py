"""A task of asyncio for each process, on a loop whose clock is virtual.

The loop is asyncio's own, and runs what is ready in its own order: nothing
happens here that could not happen in any program. The seed decides only how
often each task lets the others go first (``asyncio.sleep(0)``). The clock moves
when nothing is ready, and then to the next deadline; when there is none either,
the run is over, and who has not ended waits for ever.
"""

import asyncio
import contextlib
import random
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from compare.runners.peers.interpreter import (
    AT,
    BETWEEN,
    ENDED,
    GATE,
    IDLE,
    End,
    Interpreter,
    Progress,
    Result,
    Run,
)
from compare.runners.peers.programs import Program
from compare.runners.peers.steering import BEGINS, CLOCK, Scheduled, batches, expected, happened

MOST_STEPS = 100_000
"""How many turns of the loop a run may take before it is given up."""
PAUSES = (0, 0, 0, 1, 1, 2, 3, 6)

Still = Callable[["Loop", float | None], None]
Before = Callable[[Progress], Coroutine[Any, Any, None]]


def run(program: Program, ends: Mapping[str, Mapping[str, End]], seed: int) -> Run:
    """Run a program once."""
    tasks = Tasks(program, ends, Jitter(seed).wait)
    tasks.begin(seed, go_on)
    return tasks.run


def follow(
    program: Program, ends: Mapping[str, Mapping[str, End]], schedule: Sequence[Scheduled]
) -> tuple[Run, bool]:
    """Run a program in the order of a schedule; tell whether all steps were done."""
    gates = Gates(schedule)
    tasks = Tasks(program, ends, gates.wait)
    gates.run = tasks.run
    tasks.begin(0, gates.still)
    return tasks.run, gates.followed


def go_on(loop: "Loop", until_next: float | None) -> None:
    """Move the clock to the next deadline; there is none at the end of a run."""
    if until_next is None:
        loop.stop()
    else:
        loop.now += until_next


class Jitter:
    """Lets others go first, more or less often, as the seed decides."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._of: dict[str, random.Random] = {}

    async def wait(self, progress: Progress) -> None:
        """Give the turn away some times before an operation, or never."""
        dice = self._of.setdefault(progress.name, random.Random(f"{self._seed}/{progress.name}"))
        for _ in range(dice.choice(PAUSES)):
            await asyncio.sleep(0)


class Gates:
    """Lets operations begin in the order of a schedule, and opens for all when it cannot."""

    run: Run

    def __init__(self, schedule: Sequence[Scheduled]) -> None:
        self._left = batches(schedule)
        self._done: list[Scheduled] = []
        """The batch under way."""
        self._passes: Counter[str] = Counter()
        self._closed: dict[str, asyncio.Future[None]] = {}
        self._open = False
        self.followed = True

    async def wait(self, progress: Progress) -> None:
        """Wait for the turn of an operation."""
        if self._passes[progress.name]:
            self._passes[progress.name] -= 1
        elif not self._open:
            progress.state = GATE
            self._closed[progress.name] = asyncio.get_running_loop().create_future()
            await self._closed[progress.name]

    def still(self, loop: "Loop", until_next: float | None) -> None:
        """Do the next steps, now that nothing is ready."""
        if self._open:
            go_on(loop, until_next)
            return
        self.followed = self._as_told()
        if not self.followed or not self._left:
            self._open_all(loop)
            return
        self._done = self._left.pop(0)
        for step in self._done:
            if step.what == CLOCK:
                loop.now += step.moves
            elif step.what in BEGINS:
                self._let(step.process)
        look_again(loop)

    def _as_told(self) -> bool:
        return all(happened(step, self.run.progress[name]) for name, step in expected(self._done).items())

    def _let(self, name: str) -> None:
        gate = self._closed.pop(name, None)
        if gate is None:
            self._passes[name] += 1
        else:
            gate.set_result(None)

    def _open_all(self, loop: "Loop") -> None:
        self._open = True
        for name in list(self._closed):
            self._let(name)
        look_again(loop)


def look_again(loop: "Loop") -> None:
    """Have the loop take a turn, whether or not anything was made ready."""
    loop.call_soon(lambda: None)


class Loop(asyncio.SelectorEventLoop):
    """A loop of asyncio with a virtual clock."""

    def __init__(self, still: Still) -> None:
        self.now = 0.0
        self.steps = 0
        self.lost = False
        """Whether the run was given up."""
        super().__init__(_Selector(self, still))

    def time(self) -> float:
        """Tell the virtual time."""
        return self.now


class _Selector(selectors.SelectSelector):
    """Asks what to do next when the loop would sleep."""

    def __init__(self, loop: Loop, still: Still) -> None:
        super().__init__()
        self._loop, self._still = loop, still

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Never sleep."""
        ready = super().select(0)
        self._loop.steps += 1
        if self._loop.steps > MOST_STEPS:
            self._loop.lost = True
            self._loop.stop()
        elif not ready and timeout != 0:
            self._still(self._loop, timeout)
        return ready


class Tasks:
    """The tasks of one run; what drives their interpreters."""

    def __init__(self, program: Program, ends: Mapping[str, Mapping[str, End]], before: Before) -> None:
        self._program = program
        self.run = Run.of(program, ends)
        self._before = before
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended: dict[str, asyncio.Event] = {name: asyncio.Event() for name in program.processes}

    def begin(self, seed: int, still: Still) -> None:
        """Start the processes that no other one spawns, and run until all has come to rest."""
        names = [name for name in self._program.processes if name not in self._program.spawned]
        random.Random(seed).shuffle(names)
        loop = Loop(still)
        try:
            for name in names:
                self._start(name, loop)
            loop.run_forever()
            self._note(loop)
            self._clear(loop)
        finally:
            loop.close()

    async def arrive(self, progress: Progress) -> None:
        """See `Driver`."""
        await self._before(progress)

    async def sleep(self, duration: int) -> None:
        """See `Driver`."""
        await asyncio.sleep(duration)

    def spawn(self, process: str) -> None:
        """See `Driver`."""
        self._start(process, asyncio.get_running_loop())

    async def join(self, process: str) -> None:
        """See `Driver`."""
        await self._ended[process].wait()

    def _start(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.run.progress[name].state = BETWEEN
        self._tasks[name] = loop.create_task(self._main(name))

    async def _main(self, name: str) -> None:
        await Interpreter(self._program.processes[name], self.run, self).run()
        self._ended[name].set()

    def _note(self, loop: Loop) -> None:
        """Keep what has come out: ending the tasks changes their progress."""
        living = [one for one in self.run.progress.values() if one.state not in (IDLE, ENDED)]
        for one in living:
            if one.state == AT and loop.lost:
                one.state = BETWEEN
        self.run.freeze()

    def _clear(self, loop: Loop) -> None:
        """End the tasks that wait for ever."""
        loop.steps = 0
        for task in self._tasks.values():
            task.cancel()
        for task in self._tasks.values():
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(task)


class Begun:
    """A coroutine that was begun, and goes on when it is awaited.

    It is driven as a task would drive it, but not by itself: it takes nothing
    until somebody wants it.
    """

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        self._work = work
        self._future: asyncio.Future[Any] | None = None
        """What it waits for."""
        self._result: Result | None = None
        self._step()

    async def result(self) -> Result:
        """See `Future`."""
        while self._result is None:
            assert self._future is not None
            await asyncio.wait([self._future])
            self._step()
        return self._result

    def cancel(self) -> Result:
        """See `Future`: throws what a task that is cancelled throws."""
        if self._result is not None:
            return self._result
        try:
            self._work.throw(asyncio.CancelledError())
        except asyncio.CancelledError:
            return "cancelled"
        except StopIteration as returned:
            value: Result = returned.value
            return value
        raise RuntimeError("a cancelled operation went on waiting")

    def _step(self) -> None:
        try:
            future = self._work.send(None)
        except StopIteration as returned:
            self._result = returned.value
            return
        # A task does the same with what is yielded to it.
        future._asyncio_future_blocking = False  # noqa: SLF001
        self._future = future
