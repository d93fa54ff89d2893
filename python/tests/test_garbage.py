"""What the garbage collector sees, and when objects are freed."""

import asyncio
import gc
import sys
import threading
import warnings
import weakref

import pytest

from chanpatterns import Full, channel, fan_in, worker_pool
from test_channel import try_recv_from_waiting, try_send_to_waiting


class Thing:
    """Something that a weak reference can watch."""

    def __init__(self, content=None):
        self.content = content


def test_cycle_through_a_queue_is_collected():
    tx, rx = channel()
    thing = Thing((tx, rx))
    tx.send(thing)
    watch = weakref.ref(thing)
    del tx, rx, thing
    assert watch() is not None
    gc.collect()
    assert watch() is None


def test_cycle_of_two_channels_is_collected():
    tx, rx = channel()
    other_tx, other_rx = channel(1)
    tx.send(other_rx)
    thing = Thing(rx)
    other_tx.send(thing)
    watch = weakref.ref(thing)
    del tx, rx, other_tx, other_rx, thing
    gc.collect()
    assert watch() is None


def test_what_is_queued_and_reachable_survives():
    tx, rx = channel()
    tx.send(Thing([1, 2, 3]))
    gc.collect()
    assert rx.recv().content == [1, 2, 3]


def test_each_object_is_visited_once():
    tx, rx = channel()
    things = [Thing(), Thing()]
    for thing in things:
        tx.send(thing)
    (shared,) = {
        referent
        for end in (tx, rx, tx.clone(), rx.clone())
        for referent in gc.get_referents(end)
        if not isinstance(referent, type)
    }
    visited = [
        referent
        for referent in gc.get_referents(shared)
        if not isinstance(referent, type)
    ]
    assert visited == things
    assert gc.is_tracked(shared)


def test_no_object_is_finalized_in_flight(in_background):
    """The collector runs while receivers take items out of its sight.

    Were an item shown to it at the beginning of a collection and gone at the
    end, it would be taken for garbage, and finalized while in use.
    """

    class Message:
        dead = False

        def __init__(self):
            self.myself = self  # so that only the collector frees it

        def __del__(self):
            self.dead = True

    tx, rx = channel()
    alive = []

    def receive():
        alive.extend(not message.dead for message in rx)

    receivers = [in_background(receive) for _ in range(2)]
    with tx:
        for _ in range(100):
            tx.send(Message())
            gc.collect()
    for receiver in receivers:
        receiver.join()
    assert alive == [True] * 100


@pytest.mark.parametrize("end", ["close", "garbage", "with"])
def test_queued_objects_are_freed_with_the_last_receiver(end):
    tx, rx = channel()
    things = [Thing() for _ in range(10)]
    watches = [weakref.ref(thing) for thing in things]
    while things:
        tx.send(things.pop())
    if end == "close":
        rx.close()
        rx.drain()
    elif end == "garbage":
        del rx
    else:
        with rx:
            pass
    assert all(watch() is None for watch in watches)
    assert tx.closed


def test_queued_objects_are_freed_with_the_channel():
    tx, rx = channel(3)
    watches = []
    for _ in range(3):
        thing = Thing()
        watches.append(weakref.ref(thing))
        tx.send(thing)
    del thing, tx
    assert all(watch() is not None for watch in watches)
    del rx
    assert all(watch() is None for watch in watches)


def test_operations_keep_no_reference(in_background):
    tx, rx = channel(0)
    thing = Thing()
    count = sys.getrefcount(thing)
    with pytest.raises(Full):
        tx.try_send(thing)
    thread = in_background(rx.recv)
    try_send_to_waiting(tx, thing)
    thread.join()
    thread = in_background(tx.send, thing)
    assert try_recv_from_waiting(rx) is thing
    thread.join()
    del thread
    gc.collect()
    assert sys.getrefcount(thing) == count


def test_finalizer_may_use_the_channel():
    tx, rx = channel()

    class Last:
        def __del__(self):
            log.append((tx.closed, len(tx)))

    log = []
    tx.send(Last())
    tx.send(Last())
    del rx
    assert log == [(True, 0), (True, 0)]


def test_patterns_keep_no_reference(same_threads):
    thing = Thing()
    count = sys.getrefcount(thing)
    assert [item is thing for _, item in fan_in([[thing]] * 3)] == [True] * 3
    pool = worker_pool([thing] * 20, lambda thing: thing, workers=2)
    next(pool)
    pool.close()
    del pool
    gc.collect()
    assert sys.getrefcount(thing) == count


def test_generator_is_closed_before_its_output_is(same_threads):
    closed = []

    def source():
        try:
            while True:
                yield 1
        finally:
            closed.append(threading.get_ident())

    with fan_in([source(), source()]) as output:
        next(output)
    assert len(closed) == 2
    assert threading.get_ident() not in closed


def test_output_in_a_cycle_is_collected(same_threads):
    thing = Thing()
    thing.output = fan_in([iter(int, 1)])
    thing.myself = thing
    next(thing.output)
    watch = weakref.ref(thing)
    del thing
    gc.collect()
    assert watch() is None


def test_role_may_free_its_own_output(same_threads):
    """The last reference goes on a thread that the output would wait for."""
    tx, rx = channel(0)
    received = threading.Event()

    def work(_):
        holder = rx.recv()
        received.set()
        holder.clear()

    tx.send([worker_pool([1], work, workers=1)])
    received.wait()


# Tasks that wait


@pytest.fixture
def lost_tasks():
    """Make a loop that lists the tasks that are destroyed unfinished."""
    loop = asyncio.new_event_loop()
    lost = []
    loop.set_exception_handler(lambda _, context: lost.append(context["task"]))
    yield loop, lost
    loop.close()


def turn(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


async def wait_to_receive(watches, capacity):
    tx, rx = channel(capacity)
    thing = Thing((tx, rx))
    watches.append(weakref.ref(thing))
    await rx.recv_async()


async def wait_to_send(watches, capacity):
    tx, rx = channel(capacity)
    for _ in range(capacity):
        tx.send(None)
    thing = Thing((tx, rx, asyncio.current_task()))
    watches.append(weakref.ref(thing))
    send = tx.send_async(thing)
    del thing  # now the channel, or its operation, has it
    await send


@pytest.mark.parametrize("capacity", [0, 1, 3])
@pytest.mark.parametrize("wait", [wait_to_receive, wait_to_send])
def test_tasks_that_wait_are_collected_with_their_channel(
    wait, capacity, lost_tasks
):
    loop, lost = lost_tasks
    watches = []
    for _ in range(3):
        loop.create_task(wait(watches, capacity))
    turn(loop)
    gc.collect()
    assert [watch() for watch in watches] == [None] * 3
    assert len(lost) == 3


@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_tasks_that_wait_live_as_long_as_their_channel(capacity):
    async def main():
        tx, rx = channel(capacity)
        received = []

        async def receive():
            received.append(await rx.recv_async())

        asyncio.create_task(receive())  # noqa: RUF006 as it is to be
        await asyncio.sleep(0)
        gc.collect()
        await tx.send_async("there")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert received == ["there"]

    asyncio.run(main())


@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_each_object_of_a_send_that_waits_is_visited_once(capacity):
    async def main():
        tx, rx = channel(capacity)
        for _ in range(capacity):
            tx.send(Thing())
        thing = Thing()
        task = asyncio.create_task(tx.send_async(thing))
        await asyncio.sleep(0)
        (shared,) = {
            referent
            for referent in gc.get_referents(tx)
            if not isinstance(referent, type)
        }
        seen = gc.get_referents(shared)
        (operation,) = (
            each for each in seen if type(each).__name__ == "Operation"
        )
        seen += gc.get_referents(operation)
        assert sum(each is thing for each in seen) == 1
        assert sum(each is shared for each in seen) == 1
        rx.drain()
        await task
        rx.drain()
        assert gc.get_referents(shared) == [type(shared)]

    asyncio.run(main())


def test_item_that_was_handed_over_is_seen():
    """Its loop has not read the notice, and never will."""
    watches = []

    def forget():
        loop = asyncio.new_event_loop()
        tx, rx = channel(0)
        task = loop.create_task(rx.recv_async())
        turn(loop)
        thing = Thing((task, tx))
        watches.append(weakref.ref(thing))
        tx.try_send(thing)
        loop.set_exception_handler(lambda *_: None)  # the task is destroyed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the loop is open
        forget()
        gc.collect()
        gc.collect()
    assert watches[0]() is None


@pytest.mark.parametrize("capacity", [0, 1, 3])
@pytest.mark.parametrize("end", ["sent", "cancelled", "late", "closed"])
def test_operations_of_tasks_keep_no_reference(capacity, end):
    async def main():
        thing = Thing()
        tx, rx = channel(capacity)
        for _ in range(capacity):
            tx.send(None)
        count = sys.getrefcount(thing)
        timeout = 0.001 if end == "late" else None
        task = asyncio.create_task(tx.send_async(thing, timeout=timeout))
        await asyncio.sleep(0)
        if end == "sent":
            assert [await rx.recv_async() for _ in range(capacity + 1)]
        elif end == "cancelled":
            task.cancel()
        elif end == "closed":
            rx.close()
        await asyncio.wait([task])
        assert task.cancelled() == (end == "cancelled")
        assert end in ("sent", "cancelled") or task.exception()
        del task
        gc.collect()
        assert sys.getrefcount(thing) == count

    asyncio.run(main())


def test_no_object_is_finalized_on_its_way_to_a_task(in_background):
    class Message:
        dead = False

        def __init__(self):
            self.myself = self  # so that only the collector frees it

        def __del__(self):
            self.dead = True

    tx, rx = channel(0)

    async def main():
        return [not message.dead async for message in rx]

    def send():
        with tx:
            for _ in range(100):
                tx.send(Message())
                gc.collect()

    in_background(send)
    assert asyncio.run(main()) == [True] * 100


def test_tasks_leave_no_thread_and_no_operation(same_threads):
    async def main():
        tx, rx = channel(0)
        tasks = [asyncio.create_task(rx.recv_async()) for _ in range(100)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        tx.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    gc.collect()
    left = [
        each
        for each in gc.get_objects()
        if type(each).__name__ in ("Operation", "Notice")
    ]
    assert left == []
