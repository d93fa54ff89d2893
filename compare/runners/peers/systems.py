"""The systems: what each says of itself, and how a program is run on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from compare.runners.peers import asyncio_tasks, chanpatterns_channels, queue_threads, tasks, threads
from compare.runners.peers.interpreter import End, Run
from compare.runners.peers.programs import (
    Json,
    Program,
    Step,
    closed_by_nobody,
    flat,
    one_sided,
    others_notice_failures,
)
from compare.runners.peers.steering import Scheduled

Ends = Callable[[Program, float], Mapping[str, Mapping[str, End]]]


class Unsupported(Exception):
    """A program needs what a system has not."""


@dataclass(frozen=True)
class System:
    """A system that takes part."""

    name: str
    version: str
    driver: str
    time: str
    ends: Ends
    hasnt: list[Json]
    dialect: Json = field(default_factory=dict)
    widened: list[Json] = field(default_factory=list)
    steers: bool = True
    handles: bool = True
    """Whether its channels notice that the last handle on a side is gone."""
    unavailable: str | None = None

    def described(self) -> Json:
        """Say of it what `hello` tells."""
        told = ("name", "version", "driver", "time", "steers", "dialect", "widened", "unavailable")
        return {**{key: getattr(self, key) for key in told}, "not": self.hasnt}

    def run(self, program: Program, seed: int) -> tuple[Run, int]:
        """Run a program once; tell how many threads were left waiting."""
        if self.driver == "threads":
            return threads.run(program, self.ends(program, threads.UNIT), seed)
        return tasks.run(program, self.ends(program, 1.0), seed), 0

    def follow(self, program: Program, schedule: Sequence[Scheduled]) -> tuple[Run, int, bool]:
        """Run a program in the order of a schedule; tell how many threads wait, and whether it could."""
        if self.driver == "threads":
            return threads.follow(program, self.ends(program, threads.STEERED_UNIT), schedule)
        run, followed = tasks.follow(program, self.ends(program, 1.0), schedule)
        return run, 0, followed

    def check(self, program: Program) -> None:
        """Whether it can run a program."""
        if self.unavailable is not None:
            raise Unsupported(self.unavailable)
        for kind, op in sorted(program.needs, key=str):
            for rule in self.hasnt:
                if op in rule.get("ops", [op]) and kind in rule.get("kinds", [kind]):
                    raise Unsupported(rule["why"])
        if self.handles and closed_by_nobody(program):
            raise Unsupported("a channel is closed by one of its ends, and perhaps nobody has one")
        if not self.handles and one_sided(program):
            raise Unsupported("a channel has nobody on one side, and nobody is told: it has no handles")
        if not self.handles and others_notice_failures(program, _may_fail(program)):
            raise Unsupported("a process may fail, and nobody is told: it has no handles to drop")


def _may_fail(program: Program) -> frozenset[str]:
    """Name the processes that may bind where there is no value."""
    return frozenset(
        name for name, process in program.processes.items() if any(map(_risky, flat(process.steps)))
    )


def _risky(step: Step) -> bool:
    bind = step.given.get("transfer", {}).get("bind")
    return bool(bind) and (step.op == "try" or step.given.get("within") is not None)


def all_systems() -> dict[str, System]:
    """List the systems, by their names."""
    return {
        system.name: system for system in (queue(), asyncio_queue(), chanpatterns(), chanpatterns_asyncio())
    }


def queue() -> System:
    """``queue.Queue``.

    Who arrives may overtake who waits; but where real time passes, who waits
    may as well have come later, so no run can show it, and nothing is widened.
    """
    return System(
        name=queue_threads.NAME,
        version=queue_threads.VERSION,
        driver="threads",
        time="race",
        ends=queue_threads.ends,
        hasnt=queue_threads.HASNT,
        handles=False,
        unavailable=threads.unavailable(),
    )


def asyncio_queue() -> System:
    """``asyncio.Queue``."""
    return System(
        name=asyncio_tasks.NAME,
        version=asyncio_tasks.VERSION,
        driver="tasks",
        time="exact",
        ends=asyncio_tasks.ends,
        hasnt=asyncio_tasks.HASNT,
        dialect=asyncio_tasks.DIALECT,
        widened=asyncio_tasks.WIDENED,
        handles=False,
    )


def chanpatterns() -> System:
    """The package of this project, under threads."""
    return System(
        name=chanpatterns_channels.NAME,
        version=chanpatterns_channels.VERSION,
        driver="threads",
        time="race",
        ends=chanpatterns_channels.thread_ends,
        hasnt=chanpatterns_channels.THREADS_HAVENT,
        dialect=chanpatterns_channels.DIALECT,
        widened=chanpatterns_channels.WIDENED,
        unavailable=threads.unavailable(),
    )


def chanpatterns_asyncio() -> System:
    """The package of this project, under tasks."""
    return System(
        name=f"{chanpatterns_channels.NAME}/asyncio",
        version=chanpatterns_channels.VERSION,
        driver="tasks",
        time="exact",
        ends=chanpatterns_channels.task_ends,
        hasnt=chanpatterns_channels.TASKS_HAVENT,
        dialect=chanpatterns_channels.DIALECT,
        widened=chanpatterns_channels.WIDENED,
    )
