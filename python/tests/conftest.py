"""What the tests share."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest


@pytest.fixture
def in_background():
    """Start a function on a thread; what it raises fails the test."""
    threads = []
    errors = []

    def start(function, *args):
        def run():
            try:
                function(*args)
            except BaseException as error:  # noqa: BLE001
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        threads.append(thread)
        return thread

    yield start
    for thread in threads:
        thread.join()
    assert errors == []


def count_threads():
    return psutil.Process().num_threads()


@pytest.fixture
def same_threads():
    """Check that the test leaves no thread of the system behind.

    A thread that was joined may be listed for a moment longer, and the system
    does not tell when it goes; so it is asked again, at most for some seconds.
    """
    before = count_threads()
    yield
    deadline = time.monotonic() + 10
    while count_threads() > before and time.monotonic() < deadline:
        os.sched_yield()
    assert count_threads() <= before


@pytest.fixture
def python(tmp_path):
    """Run a script in a process of its own, which has to end by itself."""

    def run(script, *, status=0):
        with start_python(script, tmp_path) as child:
            out, err = child.communicate(timeout=60)
        assert child.returncode == status, (child.returncode, out, err)
        return out, err

    return run


# What was started in the background ignores Ctrl-C, and so would its children.
INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


@contextmanager
def start_python(script, folder):
    """Run a script in a process, which is killed if the test fails.

    Ctrl-C interrupts it.
    """
    path = folder / "script.py"
    path.write_text(INTERRUPTS + script)
    with subprocess.Popen(
        [sys.executable, "-X", "faulthandler", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            yield child
        except:
            child.kill()
            raise
