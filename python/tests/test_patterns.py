"""The patterns: what they give out, and what they leave behind."""

import gc
import threading
import traceback
from collections import Counter
from itertools import count, islice

import psutil
import pytest

from chanpatterns import (
    Output,
    Producer,
    fan_in,
    fan_out,
    pipeline,
    producers,
    work_stealing,
    worker_pool,
)

pytestmark = pytest.mark.usefixtures("same_threads")


class Failure(Exception):
    """What roles raise here."""


def failing_on(wrong, message="no {}"):
    def work(item):
        if item == wrong:
            raise Failure(message.format(item))
        return item * item

    return work


def failing_after(*items):
    yield from items
    raise Failure("source")


def functions_of(error):
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


# fan_in


def test_fan_in_keeps_the_order_of_each_source():
    received = {0: [], 1: [], 2: []}
    for source, item in fan_in([range(1000), "abc", []]):
        received[source].append(item)
    assert received == {0: list(range(1000)), 1: list("abc"), 2: []}


def test_fan_in_of_nothing():
    assert list(fan_in([])) == []


def test_fan_in_raises_in_place_and_goes_on():
    output = fan_in([failing_after(1, 2)])
    assert next(output) == (0, 1)
    assert next(output) == (0, 2)
    with pytest.raises(Failure, match="source") as failure:
        next(output)
    assert failure.value.__notes__ == ["It was raised by source 0 of fan_in."]
    assert functions_of(failure.value)[-1] == "failing_after"
    assert list(output) == []


def test_fan_in_goes_on_with_the_other_sources():
    output = fan_in([failing_after(), range(100)])
    items, failures = [], []
    while True:
        try:
            items.extend(output)
        except Failure as failure:
            failures.append(failure)
        else:
            break
    assert items == [(1, n) for n in range(100)]
    assert len(failures) == 1


def test_fan_in_runs_sources_side_by_side():
    meeting = threading.Barrier(3)

    def source():
        yield meeting.wait()

    indices = [index for _, index in fan_in([source() for _ in range(3)])]
    assert sorted(indices) == [0, 1, 2]


# producers


def test_producers_label_and_count():
    staff = [Producer("A", 3), Producer("B", 2, delay=0.001)]
    items = list(producers(staff, lambda label, n: f"{label}-{n}"))
    assert len(items) == 5
    for label, n in [("A", 3), ("B", 2)]:
        own = [item for whose, item in items if whose == label]
        assert own == [f"{label}-{i}" for i in range(1, n + 1)]


def test_producers_raise_in_place():
    def make(label, number):
        if number == 2:
            raise Failure(label)
        return number

    output = producers([Producer("A", 3)], make, capacity=0)
    assert next(output) == ("A", 1)
    with pytest.raises(Failure) as failure:
        next(output)
    assert failure.value.__notes__ == ["It was raised by producer A."]
    assert list(output) == []


def test_stop_iteration_is_not_the_end():
    def make(label, number):
        if number == 1:
            raise StopIteration(label)

    output = producers([Producer("A", 1)], make)
    with pytest.raises(RuntimeError, match="A raised StopIter") as failure:
        next(output)
    assert isinstance(failure.value.__cause__, StopIteration)
    assert list(output) == []


# fan_out


def test_fan_out_consumes_each_item_once():
    consumed = []
    failures = fan_out(
        range(1000),
        lambda consumer, item: consumed.append((consumer, item)),
        consumers=4,
    )
    assert list(failures) == []
    assert sorted(item for _, item in consumed) == list(range(1000))
    assert {consumer for consumer, _ in consumed} <= {0, 1, 2, 3}


def test_fan_out_consumers_run_side_by_side():
    meeting = threading.Barrier(4)
    numbers = []

    def consume(consumer, _item):
        meeting.wait()
        numbers.append(consumer)

    assert list(fan_out(range(4), consume, consumers=4)) == []
    assert sorted(numbers) == [0, 1, 2, 3]


def test_fan_out_yields_failures():
    work = failing_on(3)
    failures = fan_out(
        failing_after(*range(5)), lambda _, item: work(item), consumers=2
    )
    errors = {failure.index: str(failure.error) for failure in failures}
    assert errors == {3: "no 3", 5: "source"}


# worker_pool


@pytest.mark.parametrize("ordered", [True, False])
def test_pool_does_every_item(ordered):
    outcomes = list(
        worker_pool(range(500), failing_on(7), workers=4, ordered=ordered)
    )
    numbers = [outcome.index for outcome in outcomes]
    assert sorted(numbers) == list(range(500))
    if ordered:
        assert numbers == list(range(500))
    for outcome in outcomes:
        if outcome.index == 7:
            assert not outcome.ok
            assert isinstance(outcome.error, Failure)
        else:
            assert outcome.ok
            assert outcome.error is None
            assert outcome.value == outcome.index**2


def test_pool_runs_workers_at_once():
    meeting = threading.Barrier(4)
    outcomes = worker_pool(range(8), lambda _: meeting.wait(), workers=4)
    waited = Counter(outcome.value for outcome in outcomes)
    assert waited == {0: 2, 1: 2, 2: 2, 3: 2}


def test_pool_keeps_input_order_when_the_first_is_last():
    first_may_end = threading.Event()

    def work(item):
        if item == 0:
            first_may_end.wait()
        elif item == 5:
            first_may_end.set()
        return item

    outcomes = worker_pool(range(6), work, workers=2, ordered=True)
    assert [outcome.value for outcome in outcomes] == list(range(6))


def test_pool_reports_items_that_fail():
    outcomes = list(
        worker_pool(failing_after(1, 2), str, workers=1, ordered=True)
    )
    assert [outcome.index for outcome in outcomes] == [0, 1, 2]
    assert isinstance(outcomes[2].error, Failure)


def test_pool_takes_items_as_workers_become_free():
    taken = []
    go = threading.Semaphore(0)

    def items():
        for n in range(1000):
            taken.append(n)
            yield n

    def work(item):
        go.acquire()
        return item

    with worker_pool(items(), work, workers=2) as outcomes:
        go.release()
        next(outcomes)
        # One result, two at work, two in the channel, one in hand.
        assert len(taken) <= 7
        go.release(10)


def test_outcome_raises_the_original_each_time():
    (outcome,) = worker_pool([1], failing_on(1), workers=1)
    lengths = set()
    for _ in range(3):
        with pytest.raises(Failure, match="no 1") as failure:
            outcome.value  # noqa: B018
        assert failure.value is outcome.error
        assert "work" in functions_of(failure.value)
        lengths.add(len(functions_of(failure.value)))
    assert len(lengths) == 1


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_whatever_a_role_raises_is_its_error(error):
    def work(_):
        raise error

    (outcome,) = worker_pool([1], work, workers=1)
    assert isinstance(outcome.error, error)


# work_stealing


@pytest.mark.parametrize("form", ["deques", "shared"])
def test_stealing_does_every_job(form):
    loads = [range(100), [], range(100, 103)]
    done = list(work_stealing(loads, failing_on(101), form=form))
    assert len(done) == 103
    for job in done:
        item = [0, None, 100][job.owner] + job.index
        if item == 101:
            assert isinstance(job.error, Failure)
        else:
            assert job.value == item**2
        assert job.worker in range(3)


@pytest.mark.parametrize("form", ["deques", "shared"])
def test_unbalanced_load_is_stolen(form):
    meeting = threading.Barrier(3)
    jobs = work_stealing(
        [[1, 2, 3], [], []], lambda _: meeting.wait(), form=form
    )
    done = list(jobs)
    assert sorted(job.worker for job in done) == [0, 1, 2]
    assert {job.owner for job in done} == {0}


# pipeline


def test_pipeline_keeps_order():
    items = pipeline(range(100), failing_on(3), list, capacity=4)
    assert [outcome.index for outcome in items] == list(range(100))
    assert [outcome.value for outcome in items if outcome.ok] == [
        n * n for n in range(100) if n != 3
    ]
    assert isinstance(items[3].error, Failure)


@pytest.mark.parametrize("capacity", [0, 1, 8])
def test_pipeline_stops_upstream(capacity):
    generated = []

    def numbers():
        for n in count():
            generated.append(n)
            yield n

    def first(outcomes):
        return [outcome.value for outcome in islice(outcomes, 10)]

    taken = pipeline(numbers(), str, first, capacity=capacity)
    assert taken == [str(n) for n in range(10)]
    # Two channels, and one in the hands of each of three who pass it on.
    assert len(generated) <= 10 + 2 * capacity + 3


def test_pipeline_reports_a_generator_that_raises():
    (first, second) = pipeline(failing_after(1), str, list, capacity=2)
    assert first.value == "1"
    assert isinstance(second.error, Failure)


def test_pipeline_raises_what_the_aggregator_raises():
    def aggregate(outcomes):
        next(outcomes)
        raise Failure("aggregator")

    with pytest.raises(Failure, match="aggregator"):
        pipeline(count(), str, aggregate, capacity=1)


# Leaving early


ENDLESS = {
    "fan_in": lambda: fan_in([count(), count()]),
    "producers": lambda: producers(
        [Producer("A", 10**9), Producer("B", 10**9)],
        lambda label, _: label,
        capacity=1,
    ),
    "fan_out": lambda: fan_out(count(), lambda _, n: 1 / (n % 5), consumers=2),
    "worker_pool": lambda: worker_pool(count(), str, workers=3),
    "worker_pool, ordered": lambda: worker_pool(
        count(), str, workers=3, ordered=True
    ),
    "work_stealing": lambda: work_stealing([range(10**5)] * 3, str),
    "work_stealing, shared": lambda: work_stealing(
        [range(10**5)] * 3, str, form="shared"
    ),
}


@pytest.mark.parametrize("start", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("taken", [0, 1, 20])
def test_leaving(start, taken):
    with start() as output:
        for _ in islice(output, taken):
            pass
    assert list(output) == []

    output = start()
    for _ in islice(output, taken):
        pass
    output.close()
    output.close()
    with pytest.raises(StopIteration):
        next(output)

    output = start()
    for _ in islice(output, taken):
        pass
    del output

    class Holder:
        pass

    holder = Holder()
    holder.myself = holder
    holder.output = start()
    for _ in islice(holder.output, taken):
        pass
    del holder
    gc.collect()

    for _ in start():
        break


def test_leaving_on_another_thread():
    output = fan_in([count(), count()])
    next(output)
    thread = threading.Thread(target=output.close)
    thread.start()
    thread.join()
    assert list(output) == []


def test_several_threads_share_an_output():
    output = fan_in([range(2000), range(2000)])
    parts = [[], [], []]
    threads = [
        threading.Thread(target=part.extend, args=(output,)) for part in parts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    items = sorted(item for part in parts for item in part)
    assert items == [(s, n) for s in range(2) for n in range(2000)]


def test_close_while_another_thread_receives():
    go = threading.Event()

    def source():
        go.wait()
        yield from count()

    output = fan_in([source()])
    received = []
    begun = threading.Event()

    def receive():
        begun.set()
        received.append(next(output, None))

    thread = threading.Thread(target=receive)
    thread.start()
    begun.wait()
    closer = threading.Thread(target=output.close)
    closer.start()
    go.set()
    thread.join()
    closer.join()
    assert received in ([(0, 0)], [None])
    assert list(output) == []


def test_pattern_in_a_pattern():
    def inner(n):
        return sum(
            outcome.value for outcome in worker_pool(range(n), abs, workers=2)
        )

    outcomes = worker_pool(range(20), inner, workers=3, ordered=True)
    assert [outcome.value for outcome in outcomes] == [
        sum(range(n)) for n in range(20)
    ]


def test_role_that_closes_its_own_output():
    closed = threading.Event()

    def work(item):
        output.close()
        closed.set()
        return item

    started = threading.Event()

    def items():
        started.wait()
        yield 1

    output = worker_pool(items(), work, workers=1)
    started.set()
    closed.wait()
    assert list(output) == []


# Wrong arguments


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: worker_pool([], abs, workers=0),
            ValueError,
            "workers must be at least 1, not 0",
        ),
        (
            lambda: worker_pool([], abs, workers=-2),
            ValueError,
            "workers must be at least 1, not -2",
        ),
        (
            lambda: worker_pool([], abs, workers=1.5),
            TypeError,
            "workers must be an int, not float",
        ),
        (
            lambda: worker_pool([], "abs", workers=1),
            TypeError,
            "work must be callable, not str",
        ),
        (
            lambda: worker_pool(3, abs, workers=1),
            TypeError,
            "items must be iterable, not int",
        ),
        (
            lambda: fan_out([], print, consumers=0),
            ValueError,
            "consumers must be at least 1, not 0",
        ),
        (
            lambda: fan_out([], None, consumers=1),
            TypeError,
            "consume must be callable, not NoneType",
        ),
        (
            lambda: fan_in([[], 3]),
            TypeError,
            "source 1 must be iterable, not int",
        ),
        (lambda: fan_in(3), TypeError, "sources must be iterable, not int"),
        (
            lambda: work_stealing([], abs),
            ValueError,
            "loads must not be empty: there is a worker for each load",
        ),
        (
            lambda: work_stealing([[], None], abs),
            TypeError,
            "load 1 must be iterable, not NoneType",
        ),
        (
            lambda: work_stealing([[1]], abs, form="chase"),
            ValueError,
            "form must be 'deques' or 'shared', not 'chase'",
        ),
        (
            lambda: pipeline([], abs, list, capacity=-1),
            ValueError,
            "capacity must be at least 0, not -1",
        ),
        (
            lambda: pipeline([], abs, list, capacity=None),
            TypeError,
            "capacity must be an int, not NoneType",
        ),
        (
            lambda: pipeline([], abs, 3, capacity=1),
            TypeError,
            "aggregate must be callable, not int",
        ),
        (
            lambda: producers([Producer("A", -1)], max),
            ValueError,
            "items must be at least 0, not -1",
        ),
        (
            lambda: producers([Producer("A", 1, delay=-1)], max),
            ValueError,
            "delay must be zero or more seconds, not -1",
        ),
        (
            lambda: producers([Producer("A", 1, delay=float("inf"))], max),
            ValueError,
            "delay must be a finite number of seconds, not inf",
        ),
        (
            lambda: producers([Producer(1, 1)], max),
            TypeError,
            "label must be a str, not int",
        ),
        (
            lambda: producers([("A", 1)], max),
            TypeError,
            "producer 0 must be a Producer, not tuple",
        ),
        (
            lambda: producers([], max, capacity=-1),
            ValueError,
            "capacity must be at least 0, not -1",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message


def test_what_an_argument_raises_is_raised():
    class Broken:
        def __iter__(self):
            raise Failure("iter")

    with pytest.raises(Failure, match="iter"):
        fan_in([range(3), Broken()])
    with pytest.raises(Failure, match="source"):
        fan_in(failing_after([]))


def test_more_threads_than_there_can_be():
    with pytest.raises(RuntimeError, match="threads could not be started"):
        worker_pool([], abs, workers=2**62)


def test_output_is_generic():
    assert Output[int].__origin__ is Output


RUNS = {
    "fan_in": lambda: fan_in([range(3), range(3)]),
    "producers": lambda: producers([Producer("A", 3)], "{}-{}".format),
    "fan_out": lambda: fan_out(range(3), divmod, consumers=2),
    "worker_pool": lambda: worker_pool(range(3), str, workers=2),
    "work_stealing": lambda: work_stealing([[1, 2], [3]], str),
    "pipeline": lambda: iter([pipeline(range(3), str, next, capacity=1)]),
}


@pytest.mark.parametrize("start", RUNS.values(), ids=RUNS)
def test_thousand_runs_leave_nothing(start):
    this = psutil.Process()
    descriptors = this.num_fds()
    for run in range(1000):
        output = start()
        if run % 2:
            assert next(output)
        else:
            assert list(output)
    del output
    assert this.num_fds() == descriptors
    assert this.children() == []
