"""One channel: what each operation does in each state."""

import math
import sys
import threading
from itertools import chain

import pytest

from chanpatterns import (
    Closed,
    Empty,
    Full,
    Receiver,
    SendClosed,
    Sender,
    SendTimeout,
    Timeout,
    channel,
)


def try_send_to_waiting(tx, item):
    """Send on a rendezvous as soon as somebody waits there to receive."""
    while True:
        try:
            return tx.try_send(item)
        except Full:
            pass


def try_recv_from_waiting(rx):
    """Receive on a rendezvous as soon as somebody waits there to send."""
    while True:
        try:
            return rx.try_recv()
        except Empty:
            pass


# Kinds


def test_unbounded_keeps_order():
    tx, rx = channel()
    for n in range(1000):
        tx.send(n)
    assert len(tx) == len(rx) == 1000
    assert [rx.recv() for _ in range(1000)] == list(range(1000))


def test_bounded_is_bounded():
    tx, rx = channel(2)
    tx.send(1)
    tx.try_send(2)
    with pytest.raises(Full) as full:
        tx.try_send(3)
    assert full.value.item == 3
    assert rx.recv() == 1
    tx.try_send(3)
    assert rx.drain() == [2, 3]


def test_blocked_send_goes_on_when_there_is_room(in_background):
    tx, rx = channel(1)
    tx.send(0)
    sent = threading.Event()

    def send():
        tx.send(1)
        sent.set()

    in_background(send)
    assert not sent.is_set()
    assert rx.recv() == 0
    assert rx.recv() == 1
    sent.wait()


def test_rendezvous_meets_a_waiting_receiver(in_background):
    tx, rx = channel(0)
    received = []
    with pytest.raises(Full):
        tx.try_send("nobody waits")
    thread = in_background(lambda: received.append(rx.recv()))
    try_send_to_waiting(tx, "hello")
    thread.join()
    assert received == ["hello"]
    assert len(tx) == 0


def test_rendezvous_send_returns_when_the_item_is_taken(in_background):
    tx, rx = channel(0)
    with pytest.raises(Empty):
        rx.try_recv()
    log = []

    def send():
        tx.send("item")
        log.append("sent")

    thread = in_background(send)
    assert log == []
    assert try_recv_from_waiting(rx) == "item"
    thread.join()
    assert log == ["sent"]


def test_any_object_travels():
    tx, rx = channel()
    items = [None, False, 0, "", (), StopIteration(), tx, rx, object(), int]
    for item in items:
        tx.send(item)
    assert all(rx.recv() is item for item in items)


def test_each_item_goes_to_one_receiver(in_background):
    tx, rx = channel(4)
    taken = [[], [], []]
    threads = [
        in_background(taken[n].extend, clone)
        for n, clone in enumerate([rx.clone(), rx.clone(), rx])
    ]
    with tx:
        for n in range(3000):
            tx.send(n)
    for thread in threads:
        thread.join()
    assert sorted(chain(*taken)) == list(range(3000))
    assert all(part == sorted(part) for part in taken)


# Closing


def test_close_drains_then_ends():
    tx, rx = channel()
    tx.send(1)
    assert not tx.closed
    assert tx.close()
    assert not tx.close()
    assert not rx.close()
    assert tx.closed
    assert rx.closed
    with pytest.raises(SendClosed) as closed:
        tx.send(2)
    assert closed.value.item == 2
    with pytest.raises(SendClosed):
        tx.try_send(3)
    with pytest.raises(SendClosed):
        tx.send(4, timeout=0)
    assert rx.recv() == 1
    for _ in range(2):
        with pytest.raises(Closed) as closed:
            rx.recv()
        assert not isinstance(closed.value, SendClosed)
    with pytest.raises(Closed):
        rx.try_recv()
    with pytest.raises(Closed):
        rx.recv(timeout=0)
    assert list(rx) == []
    assert rx.drain() == []


def test_close_ends_a_send_for_which_there_is_no_room(in_background):
    # Whether it waits already or comes later: there is never room.
    tx, rx = channel(1)
    tx.send(0)
    outcomes = []

    def send():
        with pytest.raises(SendClosed) as closed:
            tx.send(1)
        outcomes.append(closed.value.item)

    thread = in_background(send)
    tx.close()
    thread.join()
    assert outcomes == [1]
    assert list(rx) == [0]


def test_close_ends_a_waiting_receiver(in_background):
    tx, rx = channel(0)
    met, ended = [], threading.Event()

    def receive():
        met.extend(rx)
        ended.set()

    in_background(receive)
    try_send_to_waiting(tx, 1)
    tx.close()
    ended.wait()
    assert met == [1]


def test_last_sender_closes():
    tx, rx = channel()
    other = tx.clone()
    with tx:
        tx.send(1)
    assert not rx.closed
    with other:
        other.send(2)
    assert rx.closed
    assert list(rx) == [1, 2]


def test_garbage_senders_close():
    tx, rx = channel()
    other = tx.clone()
    del tx
    assert not rx.closed
    del other
    assert rx.closed


def test_last_receiver_closes():
    tx, rx = channel()
    with rx.clone() as other:
        assert other.same_channel(rx)
    assert not tx.closed
    with rx:
        pass
    assert tx.closed
    with pytest.raises(SendClosed):
        tx.send(1)


def test_handle_given_up_while_another_thread_waits_on_it(in_background):
    tx, rx = channel(0)
    received = []
    thread = in_background(lambda: received.append(rx.recv()))
    try_send_to_waiting(tx, 1)
    thread.join()
    thread = in_background(lambda: received.append(rx.recv()))
    with rx:
        try_send_to_waiting(tx, 2)
    thread.join()
    assert received == [1, 2]
    assert tx.closed


def test_handle_that_was_given_up_says_so():
    tx, rx = channel()
    with tx, rx:
        pass
    for use in [
        lambda: tx.send(1),
        lambda: tx.try_send(1),
        tx.clone,
        tx.close,
        tx.__enter__,
    ]:
        with pytest.raises(ValueError, match="this sender was given up"):
            use()
    for use in [
        rx.recv,
        rx.try_recv,
        rx.drain,
        rx.clone,
        rx.close,
        rx.__enter__,
        lambda: next(rx),
    ]:
        with pytest.raises(ValueError, match="this receiver was given up"):
            use()
    assert tx.closed
    assert len(rx) == 0
    assert "closed" in repr(tx)


# Timeouts


def test_timeout():
    tx, rx = channel(1)
    with pytest.raises(Timeout) as late:
        rx.recv(timeout=0.001)
    assert isinstance(late.value, TimeoutError)
    tx.send(1)
    for seconds in [0.001, 0]:
        with pytest.raises(SendTimeout) as late:
            tx.send(2, timeout=seconds)
        assert late.value.item == 2
    assert rx.recv(timeout=0) == 1
    with pytest.raises(Timeout):
        rx.recv(0)


@pytest.mark.parametrize("timeout", [None, math.inf, 1e300, 10, sys.maxsize])
def test_long_timeouts(timeout, in_background):
    tx, rx = channel(0)
    in_background(lambda: tx.send("there", timeout=timeout))
    assert rx.recv(timeout=timeout) == "there"


@pytest.mark.parametrize(
    ("timeout", "error", "message"),
    [
        (-1, ValueError, "timeout must be zero or more seconds, not -1"),
        (math.nan, ValueError, "zero or more seconds, not nan"),
        (-math.inf, ValueError, "zero or more seconds, not -inf"),
        ("1", TypeError, "timeout must be a number of seconds, not str"),
        (True, TypeError, "timeout must be a number of seconds, not bool"),
        (1j, TypeError, "timeout must be a number of seconds, not complex"),
    ],
)
def test_wrong_timeouts(timeout, error, message):
    tx, rx = channel(1)
    with pytest.raises(error, match=message):
        rx.recv(timeout=timeout)
    with pytest.raises(error, match=message):
        tx.send(1, timeout=timeout)
    assert len(rx) == 0


# Arguments


class Huge:
    """A number too long to be printed, even by pytest."""

    def __init__(self, sign):
        self.sign = sign

    def __index__(self):
        return self.sign << 20000


@pytest.mark.parametrize(
    ("capacity", "error", "message"),
    [
        (-1, ValueError, "capacity must be at least 0, not -1"),
        (Huge(-1), ValueError, "at least 0, not a number of 20001 bits"),
        (1 << 63, ValueError, "capacity must be at most 9223372036854775807"),
        (Huge(1), ValueError, "not a number of 20001 bits"),
        (1.0, TypeError, "capacity must be an int, not float"),
        (True, TypeError, "capacity must be an int, not bool"),
        ("1", TypeError, "capacity must be an int, not str"),
    ],
)
def test_wrong_capacities(capacity, error, message):
    with pytest.raises(error, match=message):
        channel(capacity)


def test_large_capacity_costs_nothing():
    tx, rx = channel(sys.maxsize)
    tx.send(1)
    assert rx.capacity == sys.maxsize
    assert rx.recv() == 1


def test_what_counts_as_an_int_is_a_capacity():
    class Two:
        def __index__(self):
            return 2

    assert channel(Two())[0].capacity == 2


# Ends as objects


def test_an_end_is_true():
    tx, rx = channel()
    assert len(rx) == 0
    assert bool(tx) is bool(rx) is True


def test_repr():
    tx, rx = channel(3)
    tx.send(1)
    assert repr(tx) == "<chanpatterns.Sender capacity=3 len=1 open>"
    tx.close()
    assert repr(rx) == "<chanpatterns.Receiver capacity=3 len=1 closed>"
    assert repr(channel()[0]) == (
        "<chanpatterns.Sender capacity=None len=0 closed>"
    )


def test_same_channel():
    tx, rx = channel()
    other, _ = channel()
    assert tx.same_channel(tx.clone())
    assert tx.same_channel(rx)
    assert rx.same_channel(tx)
    assert not tx.same_channel(other)
    with pytest.raises(TypeError, match="must be a Sender or a Receiver"):
        tx.same_channel(3)


def test_ends_are_hashable_and_generic():
    tx, rx = channel()
    assert len({tx, tx.clone(), rx}) == 3
    assert Sender[int].__origin__ is Sender
    assert Receiver[int].__origin__ is Receiver
