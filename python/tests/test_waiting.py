"""Waiting: other threads run, signals are heard, nothing is lost."""

import gc
import inspect
import signal
import threading
import time
from itertools import pairwise

import pytest

from chanpatterns import Closed, SendClosed, channel, fan_in
from conftest import start_python


class Interruption(Exception):
    """What a signal handler raises here."""


@pytest.fixture
def interrupt(in_background):
    """Have ``handler`` run inside of the next wait of the main thread.

    ``handler`` runs as a signal handler. A signal that arrives before the
    function under test has come to its last line is sent again.
    """
    before = signal.getsignal(signal.SIGUSR1)

    def arrange(function, handler):
        lines, start = inspect.getsourcelines(function)
        last = start + len(lines) - 1
        heard = threading.Semaphore(0)
        done = threading.Event()

        def on_signal(_signum, frame):
            try:
                if frame.f_code is function.__code__ and (
                    frame.f_lineno == last and not done.is_set()
                ):
                    done.set()
                    handler()
            finally:
                heard.release()

        def send_signals():
            while not done.is_set():
                signal.pthread_kill(
                    threading.main_thread().ident, signal.SIGUSR1
                )
                heard.acquire()

        signal.signal(signal.SIGUSR1, on_signal)
        in_background(send_signals)

    yield arrange
    signal.signal(signal.SIGUSR1, before)


def test_handler_that_raises_ends_a_receive(interrupt):
    tx, rx = channel()

    def receive():
        return rx.recv()

    def handler():
        raise Interruption

    interrupt(receive, handler)
    with pytest.raises(Interruption):
        receive()
    tx.send(1)
    assert rx.recv() == 1


def test_handler_that_returns_does_not(interrupt):
    tx, rx = channel()

    def receive():
        return rx.recv()

    interrupt(receive, lambda: tx.send("from the handler"))
    assert receive() == "from the handler"


def test_item_that_comes_as_a_handler_raises_is_not_lost(interrupt):
    tx, rx = channel()

    def receive():
        return rx.recv()

    def handler():
        tx.send("first")  # goes to the receive that waits
        tx.send("second")
        raise Interruption

    interrupt(receive, handler)
    with pytest.raises(Interruption):
        receive()
    assert len(rx) == 2
    tx.close()
    with rx.clone() as other:
        assert other.try_recv() == "first"
    assert rx.recv() == "second"
    with pytest.raises(Closed):
        rx.recv()


def test_item_is_not_lost_on_a_closed_channel(interrupt):
    tx, rx = channel(0)

    def receive():
        return rx.recv()

    def handler():
        tx.try_send("last")
        tx.close()
        raise Interruption

    interrupt(receive, handler)
    with pytest.raises(Interruption):
        receive()
    assert rx.drain() == ["last"]


@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_close_ends_a_send_that_waits(interrupt, capacity):
    tx, rx = channel(capacity)
    for n in range(capacity):
        tx.send(n)

    def send():
        return tx.send("more")

    interrupt(send, rx.close)
    with pytest.raises(SendClosed) as closed:
        send()
    assert closed.value.item == "more"
    assert list(rx) == list(range(capacity))


def test_collector_is_shown_nothing_while_a_thread_waits(interrupt):
    # It looks several times, and a thread without the interpreter could take
    # items out in between: what it saw first and missed then would be freed.
    tx, rx = channel(1)
    item = ["queued"]
    tx.send(item)
    (shared,) = (
        each for each in gc.get_referents(tx) if not isinstance(each, type)
    )
    seen = []

    def look():
        return [each for each in gc.get_referents(shared) if each is item]

    def send():
        return tx.send("more")

    def handler():
        seen.append(look())
        assert rx.recv() is item  # makes room for the send that waits

    assert look() == [item]
    interrupt(send, handler)
    send()
    assert seen == [[]]
    tx.close()
    assert list(rx) == ["more"]


def test_interrupted_send_was_not_sent(interrupt):
    tx, rx = channel(1)
    tx.send(1)

    def send():
        return tx.send(2)

    def handler():
        raise Interruption

    interrupt(send, handler)
    with pytest.raises(Interruption) as interruption:
        send()
    assert not hasattr(interruption.value, "__notes__")
    assert rx.drain() == [1]


def test_interrupted_send_says_if_it_was_sent(interrupt):
    tx, rx = channel(1)
    tx.send(1)

    def send():
        return tx.send(2)

    def handler():
        assert rx.recv() == 1  # makes room for the send that waits
        raise Interruption

    interrupt(send, handler)
    with pytest.raises(Interruption) as interruption:
        send()
    assert interruption.value.__notes__ == [
        "The item that was being sent has been sent."
    ]
    assert rx.drain() == [2]


def test_result_that_comes_as_a_handler_raises_is_not_lost(interrupt):
    go, sent = threading.Event(), threading.Event()

    def source():
        go.wait()
        yield "first"
        sent.set()  # who asks for the next has sent this
        yield "second"

    output = fan_in([source()])

    def receive():
        return next(output)

    def handler():
        go.set()
        sent.wait()
        raise Interruption

    interrupt(receive, handler)
    with pytest.raises(Interruption):
        receive()
    assert list(output) == [(0, "first"), (0, "second")]


def test_others_run_while_one_waits(in_background):
    # Every thread waits for another, so one that kept the interpreter while
    # it waits would stop them all.
    ends = [channel(0) for _ in range(5)]

    def pass_on(rx, tx):
        with tx:
            for item in rx:
                tx.send(item + 1)

    for (_, rx), (tx, _) in pairwise(ends):
        in_background(pass_on, rx, tx)
    for n in range(100):
        ends[0][0].send(n)
        assert ends[-1][1].recv() == n + 4
    ends[0][0].close()
    assert list(ends[-1][1]) == []


BLOCKING = {
    "recv": "tx, rx = channel(); wait = rx.recv",
    "timeout": "tx, rx = channel(); wait = lambda: rx.recv(timeout=1000)",
    "iteration": "tx, rx = channel(); wait = lambda: next(rx)",
    "send": "tx, rx = channel(0); wait = lambda: tx.send(1)",
    "output": """
import threading
go = threading.Event()
output = worker_pool([1], lambda _: go.wait(), workers=1)
wait = lambda: next(output)
""",
    "close": """
import threading
go = threading.Event()
output = worker_pool([1], lambda _: go.wait(), workers=1)
wait = output.close
""",
}


@pytest.mark.parametrize("blocking", BLOCKING)
def test_control_c(blocking, tmp_path, capsys):
    script = f"""
import os, time
from chanpatterns import channel, worker_pool
{BLOCKING[blocking]}
try:
    print("ready", flush=True)
    wait()
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
    os._exit(3)
"""
    latencies = []
    for _ in range(5):
        with start_python(script, tmp_path) as child:
            assert child.stdout.readline() == "ready\n"
            begin = time.monotonic()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=30)
        assert (child.returncode, err) == (3, "")
        latencies.append((float(out) - begin) * 1000)
    with capsys.disabled():
        latencies.sort()
        print(f"\nCtrl-C, {blocking}: {latencies[2]:.0f} ms (median of 5)")
