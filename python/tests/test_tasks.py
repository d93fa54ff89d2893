"""Tasks of asyncio on a channel: waiting, leaving, being told."""

import asyncio
import gc
import inspect
import math
import random
import selectors
import signal
import sys
import threading
from collections import Counter
from contextlib import contextmanager

import pytest

from chanpatterns import (
    Closed,
    SendClosed,
    SendTimeout,
    Timeout,
    channel,
)
from conftest import start_python

CAPACITIES = [None, 0, 1, 3]
BOUNDED = [0, 1, 3]
NOTE = "The item that was being sent has been sent."


def filled(capacity):
    """Make a channel without room; what is queued are zeros."""
    tx, rx = channel(capacity)
    for _ in range(capacity):
        tx.send(0)
    return tx, rx


async def parked(coroutine):
    """Start a task, which comes to where it waits."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    assert not task.done()
    return task


def destroy(task):
    """End a task whose loop will not; asyncio would complain of that."""
    task._log_destroy_pending = False
    task.get_coro().close()


@contextmanager
def open_loop():
    """Make a loop that is driven by hand, by `turn`."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        loop.close()


def turn(loop):
    """Let a loop do what it has to do now."""
    loop.call_soon(loop.stop)
    loop.run_forever()


@contextmanager
def rapid_switches():
    """Let threads take turns much more often than they usually do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def in_thread(function, *args):
    """Run a function on another thread, to its end."""
    thread = threading.Thread(target=function, args=args)
    thread.start()
    thread.join()


# Sending and receiving


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_task_to_task(capacity):
    async def main():
        tx, rx = channel(capacity)

        async def send():
            with tx:
                for n in range(100):
                    await tx.send_async(n)

        sending = asyncio.create_task(send())
        assert [item async for item in rx] == list(range(100))
        await sending

    asyncio.run(main())


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_receivers_are_served_in_their_order(capacity):
    async def main():
        tx, rx = channel(capacity)
        tasks = [await parked(rx.recv_async()) for _ in range(3)]
        for n in range(3):
            tx.try_send(n)
        assert await asyncio.gather(*tasks) == [0, 1, 2]

    asyncio.run(main())


def test_any_object_travels_to_a_task_that_waits():
    items = [
        None,
        (),
        (1, 2),
        StopIteration(3),
        StopAsyncIteration,
        asyncio.CancelledError(),
        [],
        asyncio.sleep,
    ]

    async def main():
        tx, rx = channel()
        for item in items:
            task = await parked(rx.recv_async())
            tx.send(item)
            assert await task is item

    asyncio.run(main())


def test_they_are_coroutines():
    tx, rx = channel()
    assert inspect.iscoroutinefunction(tx.send_async)
    assert inspect.iscoroutinefunction(rx.recv_async)
    coroutine = rx.recv_async()
    assert coroutine.__qualname__ == "Receiver.recv_async"
    coroutine.close()
    with pytest.warns(RuntimeWarning, match="was never awaited"):
        tx.send_async(1)
    assert len(rx) == 0


def test_no_loop_is_needed_where_nobody_waits():
    tx, rx = channel(1)
    with pytest.raises(StopIteration):
        tx.send_async("item").send(None)
    with pytest.raises(StopIteration) as returned:
        rx.recv_async().send(None)
    assert returned.value.value == "item"
    with pytest.raises(RuntimeError, match="no running event loop"):
        rx.recv_async().send(None)
    tx.send(1)
    assert rx.recv() == 1


def test_a_task_does_not_go_on_before_it_is_told():
    async def main():
        tx, rx = channel()
        operation = rx._recv_later(None)
        steps = operation.__await__()
        future = steps.send(None)
        assert asyncio.isfuture(future)
        with pytest.raises(asyncio.InvalidStateError):
            steps.send(None)
        tx.send(1)
        with pytest.raises(RuntimeError, match="was awaited before"):
            steps.send(None)
        assert rx.try_recv() == 1

    asyncio.run(main())


# Closing


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize("from_thread", [False, True])
def test_close_ends_a_receive_that_waits(capacity, from_thread):
    async def main():
        tx, rx = channel(capacity)
        task = await parked(rx.recv_async())
        iteration = await parked(anext(rx))
        in_thread(tx.close) if from_thread else tx.close()
        with pytest.raises(Closed):
            await task
        with pytest.raises(StopAsyncIteration):
            await iteration
        with pytest.raises(Closed):
            await rx.recv_async()

    asyncio.run(main())


@pytest.mark.parametrize("capacity", BOUNDED)
@pytest.mark.parametrize("from_thread", [False, True])
def test_close_ends_a_send_that_waits(capacity, from_thread):
    async def main():
        tx, rx = filled(capacity)
        task = await parked(tx.send_async("more"))
        in_thread(rx.close) if from_thread else rx.close()
        with pytest.raises(SendClosed) as closed:
            await task
        assert closed.value.item == "more"
        with pytest.raises(SendClosed) as closed:
            await tx.send_async("again")
        assert closed.value.item == "again"
        assert rx.drain() == [0] * capacity

    asyncio.run(main())


def test_last_sender_that_is_garbage_ends_a_receive():
    async def main():
        tx, rx = channel()
        task = await parked(rx.recv_async())
        del tx
        with pytest.raises(Closed):
            await task

    asyncio.run(main())


def test_handle_given_up_while_a_task_waits_on_it():
    async def main():
        tx, rx = channel()
        with rx:
            task = await parked(rx.recv_async())
        assert not tx.closed
        tx.send(1)
        assert await task == 1
        assert tx.closed
        with pytest.raises(ValueError, match="was given up"):
            await rx.recv_async()

    asyncio.run(main())


# Timeouts


@pytest.mark.parametrize("timeout", [0, 0.001])
@pytest.mark.parametrize("capacity", BOUNDED)
def test_timeout(capacity, timeout):
    async def main():
        tx, rx = channel(capacity)
        with pytest.raises(Timeout):
            await rx.recv_async(timeout=timeout)
        tx, rx = filled(capacity)
        with pytest.raises(SendTimeout) as late:
            await tx.send_async("late", timeout=timeout)
        assert late.value.item == "late"
        assert rx.drain() == [0] * capacity

    asyncio.run(main())


@pytest.mark.parametrize("timeout", [None, math.inf, 1e300, 10, sys.maxsize])
@pytest.mark.parametrize("capacity", BOUNDED)
def test_long_timeouts(capacity, timeout):
    async def main():
        tx, rx = channel(capacity)
        task = await parked(rx.recv_async(timeout=timeout))
        await tx.send_async("there", timeout=timeout)
        assert await task == "there"
        tx, rx = filled(capacity)
        task = await parked(tx.send_async("there", timeout=timeout))
        assert [await rx.recv_async() for _ in range(capacity + 1)][-1] == (
            "there"
        )
        await task

    asyncio.run(main())


@pytest.mark.parametrize(
    ("timeout", "error", "message"),
    [
        (-1, ValueError, "timeout must be zero or more seconds, not -1"),
        ("1", TypeError, "timeout must be a number of seconds, not str"),
    ],
)
def test_wrong_timeouts(timeout, error, message):
    async def main():
        tx, rx = channel()
        with pytest.raises(error, match=message):
            await tx.send_async(1, timeout=timeout)
        with pytest.raises(error, match=message):
            await rx.recv_async(timeout=timeout)
        assert len(rx) == 0

    asyncio.run(main())


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_item_that_comes_as_time_runs_out_is_received(capacity):
    with open_loop() as loop:
        now = 0.0
        loop.time = lambda: now
        tx, rx = channel(capacity)
        task = loop.create_task(rx.recv_async(timeout=1))
        turn(loop)
        in_thread(tx.send, "there")  # a notice waits, behind the timer
        now = 2.0
        assert loop.run_until_complete(task) == "there"


@pytest.mark.parametrize("capacity", [0, 1])
def test_send_that_is_met_as_time_runs_out_has_sent(capacity):
    with open_loop() as loop:
        now = 0.0
        loop.time = lambda: now
        tx, rx = filled(capacity)
        task = loop.create_task(tx.send_async("there", timeout=1))
        turn(loop)
        received = [0] * capacity
        in_thread(lambda: received.extend(rx.drain()))
        now = 2.0
        loop.run_until_complete(task)
        assert received[-1] == "there"


def test_timers_are_not_left_behind():
    with open_loop() as loop:
        tx, rx = channel()
        task = loop.create_task(rx.recv_async(timeout=1000))
        turn(loop)
        tx.send(1)
        assert loop.run_until_complete(task) == 1
        assert all(timer.cancelled() for timer in loop._scheduled)


# Leaving


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_cancelled_receive_that_waits(capacity):
    async def main():
        tx, rx = channel(capacity)
        task = await parked(rx.recv_async())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        task = await parked(rx.recv_async())
        tx.try_send(1)
        assert await task == 1

    asyncio.run(main())


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize("from_thread", [False, True])
def test_cancelled_receive_that_was_told_passes_it_on(capacity, from_thread):
    async def main():
        tx, rx = channel(capacity)
        first = await parked(rx.recv_async())
        second = await parked(rx.recv_async())
        in_thread(tx.send, 1) if from_thread else tx.try_send(1)
        first.cancel()
        assert await second == 1
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(main())


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_cancelled_receive_that_was_told_leaves_the_item(capacity):
    async def main():
        tx, rx = channel(capacity)
        task = await parked(rx.recv_async())
        tx.try_send(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert rx.try_recv() == 1

    asyncio.run(main())


@pytest.mark.parametrize("capacity", BOUNDED)
def test_cancelled_send_that_waits_has_not_sent(capacity):
    async def main():
        tx, rx = filled(capacity)
        task = await parked(tx.send_async("more"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        assert not hasattr(cancelled.value, "__notes__")
        assert rx.drain() == [0] * capacity

    asyncio.run(main())


@pytest.mark.parametrize("capacity", [0, 1])
@pytest.mark.parametrize("from_thread", [False, True])
def test_cancelled_send_that_was_met_says_so(capacity, from_thread):
    async def main():
        tx, rx = filled(capacity)

        async def send():
            try:
                await tx.send_async("more")
            except asyncio.CancelledError as cancelled:
                return cancelled.__notes__

        task = await parked(send())
        in_thread(rx.recv) if from_thread else rx.recv()
        task.cancel()
        assert await task == [NOTE]
        assert rx.drain() == ["more"] * capacity

    asyncio.run(main())


def test_cancelled_send_that_was_told_of_room_passes_it_on():
    async def main():
        tx, rx = filled(3)
        first = await parked(tx.send_async("first"))
        second = await parked(tx.send_async("second"))
        rx.recv()
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await first
        assert not hasattr(cancelled.value, "__notes__")
        assert rx.drain() == [0, 0, "second"]

    asyncio.run(main())


def test_coroutine_that_is_closed_leaves():
    async def main():
        tx, rx = channel()
        coroutine = rx.recv_async()
        coroutine.send(None)
        coroutine.close()
        assert rx.clone().same_channel(rx)
        task = await parked(rx.recv_async())
        tx.send(1)
        assert await task == 1

    asyncio.run(main())


async def cancelled_early(draw, *coroutines):
    """Start tasks, cancel them somewhere on their way, and tell their ends."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    for _ in range(draw.randrange(4)):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    ends = []
    for task in tasks:  # `gather` would give exceptions without their notes
        try:
            ends.append(await task)
        except asyncio.CancelledError as end:
            ends.append(end)
    return ends


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_nothing_is_lost_by_ten_thousand_cancelled_receives(capacity):
    tx, rx = channel(capacity)
    sent = 0
    stop = threading.Event()

    def send():
        nonlocal sent
        with tx:
            while not stop.is_set():
                if len(tx) < 5:  # or the receives would never wait
                    tx.send(sent)
                    sent += 1

    async def receive(received):
        while True:
            received.append(await rx.recv_async())

    async def main():
        received, cancelled = [], 0
        draw = random.Random(capacity)
        while cancelled < 10_000 or sent < 100:
            ends = await cancelled_early(
                draw, rx.recv_async(), receive(received)
            )
            for end in ends:
                if isinstance(end, asyncio.CancelledError):
                    cancelled += 1
                else:
                    received.append(end)
        stop.set()
        return received + [item async for item in rx]

    thread = threading.Thread(target=send)
    with rapid_switches():
        thread.start()
        received = asyncio.run(main())
    thread.join()
    assert sorted(received) == list(range(sent))


@pytest.mark.parametrize("capacity", BOUNDED)
def test_ten_thousand_cancelled_sends_have_sent_or_not(capacity):
    tx, rx = channel(capacity)
    received = []

    async def main():
        sent, cancelled, number = [], 0, 0
        draw = random.Random(capacity)
        while cancelled < 10_000 or len(sent) < 100:
            items = range(number, number + 4)
            number += 4
            ends = await cancelled_early(draw, *map(tx.send_async, items))
            for item, end in zip(items, ends, strict=True):
                if end is None or getattr(end, "__notes__", []) == [NOTE]:
                    sent.append(item)
                cancelled += end is not None
        tx.close()
        return sent

    thread = threading.Thread(target=received.extend, args=(rx,))
    with rapid_switches():
        thread.start()
        sent = asyncio.run(main())
    thread.join()
    assert sorted(received) == sorted(sent)


# Threads and tasks


@pytest.mark.parametrize(
    ("capacity", "messages"), [(None, 100_000), (64, 100_000), (0, 5_000)]
)
def test_thread_to_task(capacity, messages, in_background):
    tx, rx = channel(capacity)

    def send():
        with tx:
            for n in range(messages):
                tx.send(n)

    async def main():
        return [item async for item in rx]

    in_background(send)
    assert asyncio.run(main()) == list(range(messages))


@pytest.mark.parametrize(
    ("capacity", "messages"), [(None, 100_000), (64, 100_000), (0, 5_000)]
)
def test_task_to_thread(capacity, messages, in_background):
    tx, rx = channel(capacity)
    received = []

    async def main():
        with tx:
            for n in range(messages):
                await tx.send_async(n)

    thread = in_background(lambda: received.extend(rx))
    asyncio.run(main())
    thread.join()
    assert received == list(range(messages))


@pytest.mark.parametrize(
    ("capacity", "each"), [(None, 5_000), (64, 5_000), (1, 500), (0, 500)]
)
def test_threads_and_tasks_on_both_ends(capacity, each, in_background):
    tx, rx = channel(capacity)
    received = []

    def send(producer):
        for n in range(each):
            tx.send((producer, n))

    async def send_async(producer):
        for n in range(each):
            await tx.send_async((producer, n))

    async def receive():
        received.extend([item async for item in rx])

    async def main():
        receivers = [asyncio.create_task(receive()) for _ in range(3)]
        await asyncio.gather(*map(send_async, range(3)))
        for thread in senders:
            await asyncio.to_thread(thread.join)
        tx.close()
        await asyncio.gather(*receivers)

    senders = [in_background(send, producer) for producer in range(3, 6)]
    threads = [in_background(lambda: received.extend(rx)) for _ in range(3)]
    asyncio.run(main())
    for thread in threads:
        thread.join()
    assert Counter(received) == Counter(
        (producer, n) for producer in range(6) for n in range(each)
    )


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_two_loops_on_one_channel(capacity, in_background):
    tx, rx = channel(capacity)
    received = [[], []]

    async def send():
        with tx:
            for n in range(1000):
                await tx.send_async(n)

    async def receive(mine):
        async def one():
            mine.extend([item async for item in rx])

        await asyncio.gather(one(), one())

    threads = [in_background(asyncio.run, receive(mine)) for mine in received]
    asyncio.run(send())
    for thread in threads:
        thread.join()
    assert sorted(received[0] + received[1]) == list(range(1000))


def test_thousand_tasks_are_told_by_a_thread(in_background):
    tx, rx = channel()

    async def main():
        tasks = [await parked(rx.recv_async()) for _ in range(1000)]
        in_background(lambda: [tx.send(n) for n in range(1000)])
        assert await asyncio.gather(*tasks) == list(range(1000))

    asyncio.run(main())


# Beside the steps of tasks, where a loop may be about to sleep


BESIDE = {
    "send": lambda tx: tx.send("woken"),
    "signal": lambda _: signal.raise_signal(signal.SIGUSR1),
    "garbage": lambda _: gc.collect(),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_a_loop_that_is_about_to_sleep_is_woken(beside):
    tx, rx = channel()

    class Last:
        def __init__(self, tx):
            self.tx, self.myself = tx, self

        def __del__(self):
            self.tx.send("woken")

    class Selector(selectors.DefaultSelector):
        armed = False

        def select(self, timeout=None):
            if self.armed and timeout != 0:
                self.armed = False
                BESIDE[beside](tx)
                events = super().select(0)
                assert events, "the loop would sleep"
                return events
            return super().select(timeout)

    selector = Selector()
    loop = asyncio.SelectorEventLoop(selector)
    before = signal.signal(signal.SIGUSR1, lambda *_: tx.send("woken"))
    gc.disable()
    try:
        if beside == "garbage":
            Last(tx)
        task = loop.create_task(rx.recv_async())
        turn(loop)
        selector.armed = True
        assert loop.run_until_complete(task) == "woken"
    finally:
        gc.enable()
        signal.signal(signal.SIGUSR1, before)
        loop.close()


def test_callback_of_the_loop_may_send():
    async def main():
        tx, rx = channel(0)
        task = await parked(rx.recv_async())
        asyncio.get_running_loop().call_soon(tx.try_send, 1)
        assert await task == 1

    asyncio.run(main())


# Loops that are closed while tasks wait


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_receive_of_a_closed_loop_passes_on(capacity, in_background):
    tx, rx = channel(capacity)
    received = []
    with open_loop() as loop:
        task = loop.create_task(rx.recv_async())
        turn(loop)

    async def main():
        other = await parked(rx.recv_async())
        tx.try_send(1)
        received.append(await other)

    asyncio.run(main())
    assert received == [1]
    assert not task.done()
    destroy(task)


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize("turns", [0, 1])
def test_receive_that_was_told_and_its_loop_closed(capacity, turns):
    """Whether the loop has read what it was told or not."""
    tx, rx = channel(capacity)
    loop = asyncio.new_event_loop()
    task = loop.create_task(rx.recv_async())
    turn(loop)

    async def main():
        other = await parked(rx.recv_async())
        in_thread(tx.send, 1)
        if turns:
            loop._ready.popleft()._run()  # all but the step of the task
        loop.close()
        assert await other == 1

    asyncio.run(main())
    assert not task.done()
    destroy(task)


@pytest.mark.parametrize("turns", [0, 1])
def test_send_that_was_told_and_its_loop_closed(turns):
    tx, rx = filled(3)
    loop = asyncio.new_event_loop()
    task = loop.create_task(tx.send_async("first"))
    turn(loop)

    async def main():
        other = await parked(tx.send_async("second"))
        in_thread(rx.recv)
        if turns:
            loop._ready.popleft()._run()  # all but the step of the task
        loop.close()
        await other

    asyncio.run(main())
    assert rx.drain() == [0, 0, "second"]
    assert not task.done()
    destroy(task)


def test_many_that_wait_on_a_closed_loop():
    """Each passes on to the next, and not deeper and deeper."""
    tx, rx = channel()
    with open_loop() as loop:
        tasks = [loop.create_task(rx.recv_async()) for _ in range(20_000)]
        turn(loop)
    tx.send(1)
    assert rx.try_recv() == 1
    for task in tasks:
        destroy(task)


class Moody(asyncio.SelectorEventLoop):
    """A loop that is in no mood to take notices, some times."""

    def __init__(self, moods):
        super().__init__()
        self.moods = moods

    def call_soon_threadsafe(self, *args, **kwargs):
        if self.moods:
            self.moods -= 1
            raise ZeroDivisionError
        return super().call_soon_threadsafe(*args, **kwargs)


@pytest.fixture
def unraisable():
    """List what is raised where nobody can catch it."""
    heard = []
    before, sys.unraisablehook = sys.unraisablehook, heard.append
    yield heard
    sys.unraisablehook = before


def test_second_notice(unraisable):
    tx, rx = channel()
    loop = Moody(1)
    task = loop.create_task(rx.recv_async())
    turn(loop)
    in_thread(tx.send, 1)
    assert loop.run_until_complete(task) == 1
    loop.close()
    assert [type(error.exc_value) for error in unraisable] == [
        ZeroDivisionError
    ]


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_loop_that_takes_no_notice_loses_nothing(capacity, unraisable):
    tx, rx = channel(capacity)
    loop = Moody(2)
    task = loop.create_task(rx.recv_async())
    turn(loop)
    in_thread(tx.send, 1)
    assert rx.try_recv() == 1
    assert len(unraisable) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


def test_second_notice_to_a_loop_that_has_forgotten_the_first(unraisable):
    """No traceback of Python keeps the notice that was refused."""

    class Forgetful(asyncio.SelectorEventLoop):
        refuses = True

        @property
        def call_soon_threadsafe(self):
            if self.refuses:
                self.refuses = False
                return int  # which refuses a notice, and is not Python
            return super().call_soon_threadsafe

    tx, rx = channel()
    loop = Forgetful()
    task = loop.create_task(rx.recv_async())
    turn(loop)
    in_thread(tx.send, 1)
    turn(loop)  # reads the notice
    turn(loop)  # takes the step
    assert task.done()
    assert len(unraisable) == 1
    loop.close()


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_loop_that_is_closed_while_it_is_told(capacity):
    class Closing(asyncio.SelectorEventLoop):
        def call_soon_threadsafe(self, *args, **kwargs):
            handle = super().call_soon_threadsafe(*args, **kwargs)
            self.close()
            return handle

    tx, rx = channel(capacity)
    loop = Closing()
    task = loop.create_task(rx.recv_async())
    turn(loop)
    in_thread(tx.send, 1)
    assert rx.try_recv() == 1

    async def main():
        other = await parked(rx.recv_async())
        tx.try_send(2)
        assert await other == 2

    asyncio.run(main())
    destroy(task)


def test_told_before_the_task_has_begun_to_wait():
    tx, rx = channel()

    class Slow(asyncio.SelectorEventLoop):
        def create_future(self):
            in_thread(tx.try_send, "meanwhile")
            return super().create_future()

    loop = Slow()
    task = loop.create_task(rx.recv_async())
    turn(loop)
    assert task.done()
    assert task.result() == "meanwhile"
    loop.close()


# Ctrl-C, forks, the end of the interpreter


def test_control_c_ends_a_task_that_waits(tmp_path):
    script = """
import asyncio
from chanpatterns import channel
tx, rx = channel()
async def main():
    asyncio.get_running_loop().call_soon(lambda: print("ready", flush=True))
    try:
        await rx.recv_async()
    except asyncio.CancelledError:
        tx.send("not lost")
        raise
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print(rx.recv())
"""
    with start_python(script, tmp_path) as child:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (0, "not lost\n", "")


def test_task_that_waits_and_a_fork(python):
    out, _ = python(
        """
import asyncio, gc, os, sys
from chanpatterns import channel

async def main():
    tx, rx = channel(3)
    for n in range(3):
        tx.send(n)
    sending = asyncio.create_task(tx.send_async("more"))
    other_tx, other_rx = channel(0)
    receiving = asyncio.create_task(other_rx.recv_async())
    await asyncio.sleep(0)
    pid = os.fork()
    if pid == 0:
        for use in [
            lambda: rx.recv_async().send(None),
            lambda: tx.send_async(1).send(None),
            lambda: sending.get_coro().send(None),
            lambda: anext(rx).send(None),
        ]:
            try:
                use()
            except RuntimeError as error:
                assert "before a fork" in str(error), error
            else:
                os._exit(1)
        receiving.get_coro().close()
        gc.collect()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert [await rx.recv_async() for _ in range(4)] == [0, 1, 2, "more"]
    await sending
    await other_tx.send_async("parent")
    print(await receiving)

asyncio.run(main())
"""
    )
    assert out == "parent\n"


EXITS = {
    "in a loop of a daemon": """
def run():
    asyncio.run(rx.recv_async())
threading.Thread(target=run, daemon=True).start()
for _ in range(100):
    os.sched_yield()
""",
    "in a loop that is not closed": """
loop = asyncio.new_event_loop()
task = loop.create_task(rx.recv_async())
loop.call_soon(loop.stop)
loop.run_forever()
""",
    "in a loop that is not closed, and told": """
loop = asyncio.new_event_loop()
task = loop.create_task(rx.recv_async())
loop.call_soon(loop.stop)
loop.run_forever()
tx.send(1)
""",
}


@pytest.mark.parametrize("exit_", EXITS)
def test_exit_with_tasks_that_wait(exit_, python):
    python(
        """
import asyncio, os, threading
from chanpatterns import channel
tx, rx = channel()
"""
        + EXITS[exit_]
    )
