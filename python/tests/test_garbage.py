"""What the garbage collector sees, and when objects are freed."""

import gc
import sys
import threading
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
