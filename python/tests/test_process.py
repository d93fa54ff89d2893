"""Forks, pickles, and the end of the interpreter."""

import copy
import multiprocessing
import pickle

import pytest

from chanpatterns import channel, fan_in

PRELUDE = """
import gc, os, sys, threading, weakref
from chanpatterns import *
"""


@pytest.mark.parametrize("spoil", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickle(spoil):
    tx, rx = channel()
    for end in (tx, rx):
        with pytest.raises(TypeError, match=r"use clone\(\)"):
            spoil(end)
    with fan_in([]) as output, pytest.raises(TypeError, match="threads"):
        spoil(output)


def test_use_in_a_child_is_an_error(python):
    out, _ = python(
        PRELUDE
        + """
class Thing: pass
thing = Thing()
watch = weakref.ref(thing)
tx, rx = channel(1)
tx.send(thing)
del thing
output = fan_in([iter(int, 1)])
next(output)
pid = os.fork()
if pid == 0:
    for use in [
        lambda: tx.send(2), lambda: tx.try_send(2), tx.close, tx.clone,
        lambda: tx.closed, lambda: len(tx), lambda: len(rx),
        rx.recv, rx.try_recv, rx.drain, rx.clone, rx.close,
        lambda: next(rx), lambda: next(output), output.close,
        tx.__enter__, rx.__enter__,
    ]:
        try:
            use()
        except RuntimeError as error:
            assert "before a fork" in str(error), error
        else:
            os._exit(1)
    print(repr(tx))
    tx.__exit__()  # of a with-block around the fork
    output.__exit__()
    gc.collect()
    del tx, rx, output, use
    gc.collect()
    # A thread of the parent may have held the channel's lock at the fork, so
    # the child must not touch the channel, not even to free what is queued.
    assert watch() is not None
    # What the child makes itself works.
    tx, rx = channel()
    tx.send(1)
    assert rx.recv() == 1
    assert len(list(fan_in([range(100)]))) == 100
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert rx.recv() is watch()
output.close()
print("parent")
"""
    )
    assert out == "<chanpatterns.Sender of another process>\nparent\n"


EXITS = {
    "daemon in recv": "target = rx.recv",
    "daemon in recv with timeout": "target = lambda: rx.recv(timeout=1000)",
    "daemon in send": "target = lambda: keep[0].send(1)",
    "daemon in a cycle": """
def target():
    for item in rx:
        pass
tx.send((tx, rx))
""",
}


@pytest.mark.parametrize("exit_", EXITS)
def test_exit_with_threads_that_wait(exit_, python):
    python(
        PRELUDE
        + "tx, rx = channel()\n"
        + EXITS[exit_]
        + """
keep = channel(0)
threads = [threading.Thread(target=target, daemon=True) for _ in range(5)]
for thread in threads:
    thread.start()
# A main thread that has its turn again leaves the others waiting.
for _ in range(100):
    os.sched_yield()
"""
    )


def test_daemons_that_are_woken_while_the_interpreter_ends(python):
    """They stand still: what Python would do to them aborts the process."""
    _, err = python(
        PRELUDE
        + """
import time
tx, rx = channel()
class Late:
    def __init__(self):
        self.close, self.wait = tx.close, time.sleep
    def __del__(self):
        self.close()
        self.wait(0.3)  # long enough for a fault to show
keep = Late()
threads = [threading.Thread(target=rx.recv, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
# A main thread that has its turn again leaves the others waiting.
for _ in range(100):
    os.sched_yield()
"""
    )
    assert err == ""


OPEN = {
    "global": "output = fan_in([iter(int, 1), iter(int, 1)]); next(output)",
    "held by an exception": """
def run():
    for _ in worker_pool(iter(int, 1), str, workers=3):
        raise SystemExit(0)
run()
""",
    "held by a cycle": """
class Thing: pass
thing = Thing()
thing.myself = thing
thing.output = worker_pool(iter(int, 1), str, workers=3)
next(thing.output)
del thing
""",
    "used by a daemon": """
output = fan_in([iter(int, 1)])
def use():
    for _ in output:
        pass
threading.Thread(target=use, daemon=True).start()
""",
    "made at exit": """
import atexit
@atexit.register
def late():
    global output
    output = fan_in([iter(int, 1)])
    next(output)
""",
}


@pytest.mark.parametrize("open_", OPEN)
def test_exit_with_an_open_output(open_, python):
    _, err = python(PRELUDE + OPEN[open_])
    assert err == ""


def test_pattern_that_comes_too_late(python):
    _, err = python(
        PRELUDE
        + """
class Late:
    def __init__(self):
        self.fan_in = fan_in
    def __del__(self):
        self.fan_in([[1]])
keep = Late()
"""
    )
    assert "RuntimeError: the interpreter is about to end" in err


def test_generators_are_closed_at_exit(python):
    out, _ = python(
        PRELUDE
        + """
def source():
    try:
        while True:
            yield 1
    finally:
        print("closed")
output = fan_in([source()])
next(output)
"""
    )
    assert out == "closed\n"


def work_in_a_spawned_process(numbers):
    tx, rx = channel()
    with tx:
        for n in numbers:
            tx.send(n * n)
    return list(rx)


def test_spawned_processes_have_channels_of_their_own():
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.map(work_in_a_spawned_process, [[1, 2], [3]])
    assert results == [[1, 4], [9]]
