"""The Python patterns for tasks are held to the cases for tasks.

They are no system of the laboratory, which compares Rust with OCaml. So their
roles are built here from a case's input, as an entry would build them, and
what is observed is judged as a system's answer is. Time is virtual.
"""

from __future__ import annotations

import asyncio
import json
import selectors
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import chanpatterns
import pytest
from chanpatterns import Producer, TaskOutput

from compare import cases, native, paths, rules, verdicts
from compare.runner import Outcome
from compare.verdicts import AGREE, DIFFER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from compare.cases import Case

    Observe = Callable[[dict[str, Any], Callable[..., Any]], Awaitable[dict[str, Any]]]

SYSTEM = "python/chanpatterns"


# Virtual time: a loop whose clock moves to the next timer when it would sleep.


class Clock(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events:
            if timeout is None:
                raise RuntimeError("a deadlock: no task can go on, and no timer runs")
            self.now += max(timeout, 0.0)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def milliseconds() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


def observed(observe: Observe, given: dict[str, Any], pattern: Callable[..., Any]) -> dict[str, Any]:
    async def main() -> dict[str, Any]:
        observation = await observe(given, pattern)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task was left behind"
        return observation

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


# The roles of a case, and what is observed of it.


class Fails(Exception):
    """What a role raises; it knows its source, where there are several."""

    def __init__(self, message: str, source: int = 0) -> None:
        super().__init__(message)
        self.source = source


async def in_turn(items: Iterable[Any]) -> AsyncIterator[Any]:
    """Let other tasks run before each item."""
    for item in items:
        await asyncio.sleep(0)
        yield item


def squaring(fails_on: list[int], verb: str) -> Callable[[int], Awaitable[int]]:
    async def square(value: int) -> int:
        await asyncio.sleep(0)
        if value in fails_on:
            raise Fails(f"cannot {verb} {value}")
        return value * value

    return square


def item(outcome: chanpatterns.Outcome[Any]) -> Any:
    return outcome.value if outcome.ok else {"error": str(outcome.error)}


class Gate:
    """Where the first jobs wait for one another; see `rust/src/entry/gate.rs`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.arrived = self.inside = self.most_inside = 0
        self.opened = asyncio.Event()

    async def run(self, job: Awaitable[int]) -> int:
        self.arrived += 1
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        if self.arrived >= self.size:
            self.opened.set()
        try:
            async with asyncio.timeout(5):
                await self.opened.wait()
        except TimeoutError:
            self.opened.set()
        try:
            return await job
        finally:
            self.inside -= 1


async def producers(given: dict[str, Any], pattern: Callable[..., Any]) -> dict[str, Any]:
    async def make(label: str, number: int) -> list[Any]:
        return [f"{label}-{number}", milliseconds()]

    staff = [Producer(p["label"], p["items"], p["delay_ms"] / 1000) for p in given["producers"]]
    output: TaskOutput[tuple[str, list[Any]]] = pattern(staff, make, capacity=given["capacity"])
    items = [[label, *made] async for label, made in output]
    return {"items": items, "total": len(items), "elapsed_ms": milliseconds()}


async def fan_in(given: dict[str, Any], pattern: Callable[..., Any]) -> dict[str, Any]:
    async def source(number: int, script: dict[str, Any]) -> AsyncIterator[int]:
        async for value in in_turn(script["items"]):
            yield value
        if "fails" in script:
            raise Fails(script["fails"], number)

    output: TaskOutput[tuple[int, int]] = pattern(source(n, s) for n, s in enumerate(given["sources"]))
    items: list[list[Any]] = []
    while True:
        try:
            items.append(list(await anext(output)))
        except Fails as failure:
            items.append([failure.source, {"error": str(failure)}])
        except StopAsyncIteration:
            return {"items": items}


async def worker_pool(given: dict[str, Any], pattern: Callable[..., Any]) -> dict[str, Any]:
    items, workers = given["items"], given["workers"]
    gate = Gate(min(workers, len(items)))
    square = squaring(given["fails_on"], "do")
    ordered = given["order"] == "input"
    try:
        output: TaskOutput[chanpatterns.Outcome[int]] = pattern(
            in_turn(items), lambda value: gate.run(square(value)), workers=workers, ordered=ordered
        )
    except ValueError as refused:
        if str(refused) != "workers must be at least 1, not 0":
            raise
        return {"refused": "zero_workers"}
    results = [[items[outcome.index], item(outcome)] async for outcome in output]
    return {"items": results, "concurrency": gate.most_inside}


async def pipeline(given: dict[str, Any], pattern: Callable[..., Any]) -> dict[str, Any]:
    generated = 0

    def numbers() -> Iterable[int]:
        nonlocal generated
        first, last = given["from"], given["to"]
        for number in count(first) if last is None else range(first, last + 1):
            generated += 1
            yield number

    async def aggregate(outcomes: TaskOutput[chanpatterns.Outcome[int]]) -> list[Any]:
        taken: list[Any] = []
        for _ in islice(count(), given["take"]):
            try:
                taken.append(item(await anext(outcomes)))
            except StopAsyncIteration:
                break
        return taken

    square = squaring(given["fails_on"], "transform")
    items = await pattern(in_turn(numbers()), square, aggregate, capacity=given["capacity"])
    total = sum(value for value in items if isinstance(value, int))
    return {"items": items, "sum": total, "measured": {"generated": generated}}


OBSERVE: dict[str, Observe] = {
    "producers": producers,
    "fan_in": fan_in,
    "worker_pool": worker_pool,
    "pipeline": pipeline,
}

CASES = [case for pattern in cases.load(paths.CASES) for case in pattern.cases if case.tasks]


def verdict(case: Case, pattern: Callable[..., Any]) -> tuple[str, str | None]:
    observation = observed(OBSERVE[case.pattern], case.input, pattern)
    # As it would travel.
    observation = json.loads(json.dumps(observation))
    alone = verdicts.alone(case, SYSTEM, Outcome(0.0, observation))
    if alone.verdict != AGREE or case.expected is not None:
        return alone.verdict, alone.reason
    # What the case does not state, Rust tells.
    rust = json.loads(native.engine().run(case.pattern, json.dumps(case.input)))
    forms = {"rust": rust, SYSTEM: observation}
    canonical = {system: rules.canonical(case.rule, form) for system, form in forms.items()}
    if (apart := verdicts.together(canonical).get(SYSTEM)) is not None:
        return apart.verdict, apart.reason
    return AGREE, None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_case(case: Case) -> None:
    pattern = getattr(chanpatterns, f"{case.pattern}_async")
    assert verdict(case, pattern) == (AGREE, None)


def test_every_pattern_with_a_section_for_tasks_is_here() -> None:
    assert {case.pattern for case in CASES} == OBSERVE.keys()


# Broken ones, each of which must be told from the right one by some case.


def without_the_last_source(sources: Iterable[Any]) -> Any:
    return chanpatterns.fan_in_async(list(sources)[:-1])


def serial(items: Any, work: Any, *, workers: int, ordered: bool) -> Any:
    return chanpatterns.worker_pool_async(items, work, workers=min(workers, 1), ordered=ordered)


def in_no_order(items: Any, work: Any, *, workers: int, ordered: bool) -> Any:
    async def work_late(value: int) -> Any:
        done = await work(value)
        await asyncio.sleep(1 / value)
        return done

    return chanpatterns.worker_pool_async(items, work_late, workers=workers)


def without_delay(staff: list[Producer], make: Any, *, capacity: int | None) -> Any:
    staff = [Producer(producer.label, producer.items) for producer in staff]
    return chanpatterns.producers_async(staff, make, capacity=capacity)


async def that_leaves_early(generate: Any, transform: Any, aggregate: Any, *, capacity: int) -> Any:
    return (await chanpatterns.pipeline_async(generate, transform, aggregate, capacity=capacity))[:-1]


SPECIMENS: list[tuple[str, Callable[..., Any]]] = [
    ("fan_in", without_the_last_source),
    ("worker_pool", serial),
    ("worker_pool", in_no_order),
    ("producers", without_delay),
    ("pipeline", that_leaves_early),
]


@pytest.mark.parametrize(("slug", "specimen"), SPECIMENS, ids=lambda part: getattr(part, "__name__", part))
def test_a_broken_pattern_differs(slug: str, specimen: Callable[..., Any]) -> None:
    found = [verdict(case, specimen)[0] for case in CASES if case.pattern == slug]
    assert DIFFER in found


def test_a_task_that_is_left_behind_is_seen() -> None:
    left: list[asyncio.Task[Any]] = []

    def careless(sources: Iterable[Any]) -> Any:
        left.append(asyncio.create_task(asyncio.Event().wait()))
        return chanpatterns.fan_in_async(sources)

    with pytest.raises(AssertionError, match="left behind"):
        observed(fan_in, {"sources": []}, careless)


def test_a_deadlock_is_told_and_does_not_hang() -> None:
    async def stuck(given: dict[str, Any], _pattern: Callable[..., Any]) -> dict[str, Any]:
        await asyncio.Event().wait()
        return given

    with pytest.raises(RuntimeError, match="a deadlock"):
        observed(stuck, {}, chanpatterns.fan_in_async)
