"""The run: every case on every system, side by side, judged case by case."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from compare import interrupt
from compare.cases import Case
from compare.child import Children
from compare.paths import ROOT
from compare.runner import Outcome, Runner
from compare.systems import System
from compare.verdicts import Cell, judge
from compare.workers import workers


class Laboratory:
    """A set of systems that live as long as the ``with`` block.

    At most as many systems work at once as there are cores, in turns: after
    each case a system goes to the end of the line. So all of them get through
    the cases at about the same pace, a case can be judged early, and one that
    hangs takes no more than a core.
    """

    def __init__(
        self,
        systems: Sequence[System],
        deadline: float,
        root: Path = ROOT,
        children: Children | None = None,
    ) -> None:
        self._children = children or Children()
        self.runners = [Runner(system, self._children, deadline, root) for system in systems]
        self.notes: list[str] = []
        """What went wrong without costing a cell."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._children.kill_all()
        for runner in self.runners:
            if kind is None and (note := runner.stop()):
                self.notes.append(note)
            runner.kill()

    def meet(self) -> None:
        """Start all systems and hear who they are."""
        with self._pool() as pool:
            for future in [pool.submit(runner.start) for runner in self.runners]:
                interrupt.result(future)

    def run(self, cases: Sequence[Case], judged: Callable[[list[Cell]], None]) -> None:
        """Run all cases; ``judged`` gets the cells of a case once all are there."""
        found: list[dict[str, Outcome]] = [{} for _ in cases]
        names = [runner.system.name for runner in self.runners]
        with self._pool() as pool:
            under_way: dict[Future[Outcome], tuple[Runner, int]] = {
                pool.submit(runner.run, cases[0]): (runner, 0) for runner in self.runners
            }
            while under_way:
                done, _ = wait(under_way, interrupt.LOOK, return_when=FIRST_COMPLETED)
                interrupt.check()
                for future in done:
                    runner, index = under_way.pop(future)
                    outcomes = found[index]
                    outcomes[runner.system.name] = future.result()
                    if index + 1 < len(cases):
                        following = pool.submit(runner.run, cases[index + 1])
                        under_way[following] = (runner, index + 1)
                    if len(outcomes) == len(names):
                        judged(judge(cases[index], {name: outcomes[name] for name in names}))
                        found[index] = {}

    def _pool(self) -> AbstractContextManager[ThreadPoolExecutor]:
        return workers(self._children, len(self.runners))
