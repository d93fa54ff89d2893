"""The patterns for tasks: what they give out, and what they leave behind."""

import asyncio
import gc
import threading
from collections import Counter
from itertools import count

import pytest

from chanpatterns import (
    Producer,
    TaskOutput,
    channel,
    fan_in_async,
    pipeline_async,
    producers_async,
    worker_pool_async,
)
from test_patterns import Failure, failing_after, functions_of


async def failing_after_async(*items):
    for item in items:
        yield item
    raise Failure("source")


async def numbers(generated=None):
    """Yield 0, 1 and so on without end; note in a list what was asked for."""
    for n in count():
        if generated is not None:
            generated.append(n)
        yield n


def failing_on(wrong):
    async def work(item):
        await asyncio.sleep(0)
        if item == wrong:
            raise Failure(f"no {item}")
        return item * item

    return work


async def square(item):
    return item * item


async def collect(output):
    return [result async for result in output]


async def others():
    """Tell which tasks there are beside this one, once they had a turn."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.fixture
def run():
    """Run a coroutine; nothing may be left of it, and nothing go unheard."""
    unheard = []

    async def main(coroutine):
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: unheard.append(context))
        result = await coroutine
        gc.collect()
        assert await others() == set()
        return result

    yield lambda coroutine: asyncio.run(main(coroutine))
    gc.collect()
    assert unheard == []


# fan_in_async


def test_fan_in_keeps_the_order_of_each_source(run):
    async def main():
        received = {0: [], 1: [], 2: [], 3: []}
        sources = [range(300), "abc", [], sleepy(100)]
        async for source, item in fan_in_async(sources):
            received[source].append(item)
        return received

    async def sleepy(n):
        for number in range(n):
            await asyncio.sleep(0)
            yield number

    assert run(main()) == {
        0: list(range(300)),
        1: list("abc"),
        2: [],
        3: list(range(100)),
    }


def test_fan_in_of_nothing(run):
    async def main():
        return await collect(fan_in_async([]))

    assert run(main()) == []


@pytest.mark.parametrize("source", [failing_after, failing_after_async])
def test_fan_in_raises_in_place_and_goes_on(source, run):
    async def main():
        output = fan_in_async([source(1, 2)])
        assert await anext(output) == (0, 1)
        assert await anext(output) == (0, 2)
        with pytest.raises(Failure, match="source") as failure:
            await anext(output)
        assert failure.value.__notes__ == [
            "It was raised by source 0 of fan_in_async."
        ]
        assert functions_of(failure.value)[-1] == source.__name__
        assert await collect(output) == []

    run(main())


def test_fan_in_goes_on_with_the_other_sources(run):
    async def main():
        output = fan_in_async([failing_after_async(), range(100)])
        items, failures = [], []
        while True:
            try:
                items.append(await anext(output))
            except Failure as failure:
                failures.append(str(failure))
            except StopAsyncIteration:
                return items, failures

    assert run(main()) == ([(1, n) for n in range(100)], ["source"])


def test_fan_in_runs_sources_side_by_side(run):
    async def main():
        meeting = asyncio.Barrier(3)

        async def source():
            yield await meeting.wait()

        output = fan_in_async(source() for _ in range(3))
        return sorted([index async for _, index in output])

    assert run(main()) == [0, 1, 2]


# producers_async


async def labelled(label, number):
    return f"{label}-{number}"


def test_producers_label_and_count(run):
    async def main():
        staff = [Producer("A", 3), Producer("B", 2, delay=0.001)]
        return await collect(producers_async(staff, labelled))

    items = run(main())
    assert len(items) == 5
    for label, n in [("A", 3), ("B", 2)]:
        own = [item for whose, item in items if whose == label]
        assert own == [f"{label}-{i}" for i in range(1, n + 1)]


def test_producers_raise_in_place(run):
    async def make(label, number):
        if number == 2:
            raise Failure(label)
        return number

    async def main():
        output = producers_async([Producer("A", 3)], make, capacity=0)
        assert await anext(output) == ("A", 1)
        with pytest.raises(Failure) as failure:
            await anext(output)
        assert failure.value.__notes__ == ["It was raised by producer A."]
        assert functions_of(failure.value)[-1] == "make"
        assert await collect(output) == []

    run(main())


@pytest.mark.parametrize("end", [StopIteration, StopAsyncIteration])
def test_the_end_of_something_else_is_not_the_end(end, run):
    def make(label, number):
        raise end(label)

    async def main():
        output = producers_async([Producer("A", 1)], make)
        with pytest.raises(RuntimeError, match=f"A raised {end.__name__}"):
            await anext(output)
        assert await collect(output) == []

    run(main())


# worker_pool_async


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("workers", [1, 4, 1000])
def test_pool_does_every_item(ordered, workers, run):
    async def main():
        return await collect(
            worker_pool_async(
                range(500), failing_on(7), workers=workers, ordered=ordered
            )
        )

    outcomes = run(main())
    indices = [outcome.index for outcome in outcomes]
    assert sorted(indices) == list(range(500))
    if ordered:
        assert indices == list(range(500))
    for outcome in outcomes:
        if outcome.index == 7:
            assert isinstance(outcome.error, Failure)
            assert functions_of(outcome.error)[-1] == "work"
        else:
            assert outcome.value == outcome.index**2


def test_pool_runs_workers_at_once(run):
    async def main():
        meeting = asyncio.Barrier(4)

        async def work(_):
            return await meeting.wait()

        outcomes = worker_pool_async(range(8), work, workers=4)
        return Counter([outcome.value async for outcome in outcomes])

    assert run(main()) == {0: 2, 1: 2, 2: 2, 3: 2}


def test_pool_never_runs_more_than_its_workers(run):
    async def main():
        running, most = 0, 0

        async def work(_):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

        await collect(worker_pool_async(range(50), work, workers=3))
        return most

    assert run(main()) == 3


def test_pool_keeps_input_order_when_the_first_is_last(run):
    async def main():
        first_may_end = asyncio.Event()

        async def work(item):
            if item == 0:
                await first_may_end.wait()
            elif item == 5:
                first_may_end.set()
            return item

        outcomes = worker_pool_async(range(6), work, workers=2, ordered=True)
        return [outcome.value async for outcome in outcomes]

    assert run(main()) == list(range(6))


@pytest.mark.parametrize("source", [failing_after, failing_after_async])
def test_pool_reports_items_that_fail(source, run):
    async def main():
        return await collect(
            worker_pool_async(source(1, 2), square, workers=1, ordered=True)
        )

    outcomes = run(main())
    assert [outcome.index for outcome in outcomes] == [0, 1, 2]
    assert isinstance(outcomes[2].error, Failure)


def test_pool_takes_items_as_workers_become_free(run):
    async def main():
        taken = []
        go = asyncio.Semaphore(1)

        async def work(item):
            await go.acquire()
            return item

        async with worker_pool_async(
            numbers(taken), work, workers=2
        ) as outcomes:
            await anext(outcomes)
            await others()
            # One result, two at work, two in the channel, one in hand.
            assert len(taken) <= 7

    run(main())


def test_as_many_workers_as_there_can_be(run):
    """There are no more of them than there is work for."""

    async def main():
        pool = worker_pool_async(range(3), square, workers=2**62)
        return sorted([outcome.value async for outcome in pool])

    assert run(main()) == [0, 1, 4]


def test_what_is_no_coroutine_function_is_an_error_of_each_item(run):
    async def main():
        return await collect(worker_pool_async([1], abs, workers=1))

    (outcome,) = run(main())
    assert isinstance(outcome.error, TypeError)


def test_role_that_is_cancelled_from_within_has_that_error(run):
    async def work(item):
        if item == 1:
            raise asyncio.CancelledError("within")
        return item

    async def main():
        return await collect(
            worker_pool_async(range(3), work, workers=1, ordered=True)
        )

    zero, one, two = run(main())
    assert isinstance(one.error, asyncio.CancelledError)
    assert (zero.value, two.value) == (0, 2)


def test_threads_may_feed_a_pool(run):
    tx, rx = channel(4)

    def feed():
        with tx:
            for n in range(1000):
                tx.send(n)

    async def main():
        pool = worker_pool_async(rx, square, workers=3, ordered=True)
        return [outcome.value async for outcome in pool]

    thread = threading.Thread(target=feed)
    thread.start()
    assert run(main()) == [n * n for n in range(1000)]
    thread.join()


# pipeline_async


def test_pipeline_keeps_order(run):
    items = run(pipeline_async(range(100), failing_on(3), collect, capacity=4))
    assert [outcome.index for outcome in items] == list(range(100))
    assert [outcome.value for outcome in items if outcome.ok] == [
        n * n for n in range(100) if n != 3
    ]
    assert isinstance(items[3].error, Failure)


@pytest.mark.parametrize("capacity", [0, 1, 8])
def test_pipeline_stops_upstream(capacity, run):
    generated = []

    async def first(outcomes):
        return [(await anext(outcomes)).value for _ in range(10)]

    stages = pipeline_async(
        numbers(generated), square, first, capacity=capacity
    )
    assert run(stages) == [n * n for n in range(10)]
    # Two channels, and one in the hands of each of three who pass it on.
    assert len(generated) <= 10 + 2 * capacity + 3


def test_pipeline_reports_a_generator_that_raises(run):
    stages = pipeline_async(failing_after_async(1), square, collect, capacity=2)
    first, second = run(stages)
    assert first.value == 1
    assert isinstance(second.error, Failure)


def test_pipeline_raises_what_the_aggregator_raises(run):
    async def aggregate(outcomes):
        await anext(outcomes)
        raise Failure("aggregator")

    with pytest.raises(Failure, match="aggregator"):
        run(pipeline_async(numbers(), square, aggregate, capacity=1))


def test_pipeline_that_is_cancelled_ends_its_stages(run):
    async def aggregate(outcomes):
        async for _ in outcomes:
            await asyncio.sleep(0)

    async def main():
        task = asyncio.create_task(
            pipeline_async(numbers(), square, aggregate, capacity=1)
        )
        await others()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


# Leaving early


ENDLESS = {
    "fan_in": lambda: fan_in_async([numbers(), count(), numbers()]),
    "producers": lambda: producers_async(
        [Producer("A", 10**9), Producer("B", 10**9, delay=1000)], labelled
    ),
    "worker_pool": lambda: worker_pool_async(numbers(), square, workers=3),
    "worker_pool, ordered": lambda: worker_pool_async(
        count(), square, workers=3, ordered=True
    ),
}


@pytest.fixture(params=ENDLESS.values(), ids=ENDLESS)
def endless(request):
    return request.param


def test_leaving_a_block_waits_for_the_tasks(endless, run):
    async def main():
        async with endless() as output:
            async for _ in output:
                break
            assert len(await others()) >= 2
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert await collect(output) == []

    run(main())


def test_leaving_by_aclose(endless, run):
    async def main():
        output = endless()
        await anext(output)
        await output.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await output.aclose()
        assert await collect(output) == []

    run(main())


def test_leaving_by_dropping_the_output(endless, run):
    async def main():
        async for _ in endless():
            break
        for _ in range(100):
            if await others() == set():
                break

    run(main())


def test_leaving_on_another_thread(endless, run):
    async def main():
        outputs = [endless()]
        await anext(outputs[0])
        thread = threading.Thread(target=outputs.clear)
        thread.start()
        await asyncio.to_thread(thread.join)
        for _ in range(100):
            if len(await others()) == 0:
                break

    run(main())


def test_leaving_before_it_has_begun(endless, run):
    async def main():
        output = endless()
        await output.aclose()
        assert await collect(output) == []
        endless()

    run(main())


def test_leaving_wakes_who_waits_for_a_result(run):
    async def main():
        async def never(_):
            await asyncio.Event().wait()

        output = worker_pool_async([1], never, workers=1)
        waiting = asyncio.create_task(collect(output))
        await others()
        await output.aclose()
        assert await waiting == []

    run(main())


def test_cancelled_consumer_loses_no_result(run):
    async def main():
        output = worker_pool_async(range(200), square, workers=3, ordered=True)
        values = []

        async def consume():
            values.append((await anext(output)).value)

        while len(values) < 100:
            task = asyncio.create_task(consume())
            for _ in range(len(values) % 3 + 1):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if task.cancelled():
                await consume()
        return values + [outcome.value async for outcome in output]

    assert run(main()) == [n * n for n in range(200)]


def test_asynchronous_generators_are_closed(run):
    closed = []

    async def source(number):
        try:
            while True:
                await asyncio.sleep(0)
                yield number
        finally:
            await asyncio.sleep(0)
            closed.append(number)

    async def main():
        async with fan_in_async([source(0), source(1)]) as output:
            await anext(output)
        assert sorted(closed) == [0, 1]

    run(main())


def test_tasks_that_clean_up_are_waited_for(run):
    cleaned = []

    async def work(item):
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            cleaned.append(item)

    async def main():
        async with worker_pool_async(range(2), work, workers=2):
            await others()
            await others()
        assert sorted(cleaned) == [0, 1]

    run(main())


def test_role_may_close_its_own_output(run):
    async def main():
        async def work(item):
            await output.aclose()

        output = worker_pool_async([1], work, workers=1)
        return await collect(output)

    assert run(main()) == []


def test_control_c_in_a_role_ends_the_program(python):
    out, _ = python(
        """
import asyncio, signal
from chanpatterns import worker_pool_async
def interrupt(*_):
    raise KeyboardInterrupt
async def work(item):
    signal.raise_signal(signal.SIGINT)
    return item
async def main():
    signal.signal(signal.SIGINT, interrupt)
    async with worker_pool_async([1, 2], work, workers=1) as outcomes:
        async for outcome in outcomes:
            print(outcome)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""
    )
    assert out == "interrupted\n"


# Arguments


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fan_in_async([range(3), 7]),
            TypeError,
            "source 1 must be iterable, by async for or by for, not int",
        ),
        (
            lambda: worker_pool_async(range(3), square, workers=0),
            ValueError,
            "workers must be at least 1, not 0",
        ),
        (
            lambda: worker_pool_async(range(3), square, workers=True),
            TypeError,
            "workers must be an int, not bool",
        ),
        (
            lambda: worker_pool_async(range(3), "work", workers=1),
            TypeError,
            "work must be callable, not str",
        ),
        (
            lambda: worker_pool_async(3, square, workers=1),
            TypeError,
            "items must be iterable, by async for or by for, not int",
        ),
        (
            lambda: producers_async([("A", 1)], labelled),
            TypeError,
            "producer 0 must be a Producer, not tuple",
        ),
        (
            lambda: producers_async([Producer("A", -1)], labelled),
            ValueError,
            "items must be at least 0, not -1",
        ),
        (
            lambda: producers_async([], 3),
            TypeError,
            "make must be callable, not int",
        ),
        (
            lambda: producers_async([], labelled, capacity=-1),
            ValueError,
            "capacity must be at least 0, not -1",
        ),
        (
            lambda: asyncio.run(
                pipeline_async([], square, collect, capacity=None)
            ),
            TypeError,
            "capacity must be an int, not NoneType",
        ),
        (
            lambda: asyncio.run(pipeline_async([], square, 3, capacity=1)),
            TypeError,
            "aggregate must be callable, not int",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message


def test_output_is_generic():
    assert TaskOutput[int].__origin__ is TaskOutput


RUNS = {
    "fan_in": lambda: fan_in_async([range(3), range(3)]),
    "producers": lambda: producers_async([Producer("A", 3)], labelled),
    "worker_pool": lambda: worker_pool_async(range(3), square, workers=2),
}


@pytest.mark.parametrize("start", RUNS.values(), ids=RUNS)
def test_thousand_runs_leave_nothing(start, run, same_threads):
    async def main():
        for number in range(1000):
            async with start() as output:
                if number % 2:
                    assert await anext(output)
                else:
                    assert await collect(output)

    run(main())
