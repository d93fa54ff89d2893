"""Threads of Python, OCaml and Rust on the channels of one process.

What may hang runs in a child process with a deadline; a child says how many
messages it passed in a second.
"""

import subprocess
import sys
from pathlib import Path

import pytest

DEADLINE = 110
"""Seconds for a child process."""

EXAMPLES = Path(__file__).parents[1] / "examples"

PRELUDE = """
import os, signal, sys, time
from itertools import count
from pathlib import Path
from threading import Thread

from chanpatterns import Closed, SendClosed
from chanpatterns.reference import Failure, hello
from chanpatterns_ocaml import _panic, channel, collect, produce, relay

MESSAGES = 100_000
def texts(numbers): return [b"%d" % n for n in numbers]
def threads():
    # Those of this process, by the kernel's own count; 0 where it has no /proc.
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(l.split()[1]) for l in lines if l.startswith("Threads:"))
def settled(most, patience=10):
    # A thread that has ended may need a moment until it is gone.
    end = time.monotonic() + patience
    while threads() > most and time.monotonic() < end: time.sleep(0.001)
    return threads()
def raised(error, call, *arguments):
    try: call(*arguments)
    except error as it: return it
    raise AssertionError(f"no {error} was raised")
def relayed(capacity, transform="square"):
    tx, numbers = channel(capacity)
    squared, rx = channel(capacity)
    return tx, relay(transform, numbers, squared), rx
def send_for_ever(tx):
    for n in count(): tx.send(b"%d" % n)
"""


def in_a_child(program):
    """Run a program; give what it printed."""
    child = subprocess.run(
        [sys.executable, "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stderr == ""
    return child.stdout


def test_the_example():
    child = subprocess.run(
        [sys.executable, EXAMPLES / "three_languages.py"],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.startswith("100000 messages, none lost, in their order")


@pytest.mark.parametrize("capacity", [0, 1, 64, None])
def test_nothing_is_lost_and_the_order_kept(capacity, capsys):
    out = in_a_child(f"""
hello()  # OCaml starts, with a thread of its own
before = threads()
tx, ocaml, rx = relayed({capacity})
rust = collect(rx)
def send():
    with tx:
        for n in range(MESSAGES): tx.send(b"%d" % n)
began = time.perf_counter()
python = Thread(target=send)
python.start(); python.join()
assert ocaml.join() == MESSAGES
collected = rust.join()
seconds = time.perf_counter() - began
assert collected == texts(n * n for n in range(MESSAGES))
assert settled(before) <= before
print(f"{{MESSAGES / seconds:,.0f}} messages a second")
""")
    with capsys.disabled():
        print(f"\nPython, OCaml, Rust, capacity {capacity}: {out}", end="")


def test_languages_share_both_ends_of_a_channel():
    # Python and Rust send and receive on the very channels that OCaml is on.
    in_a_child("""
each = MESSAGES // 2
tx, numbers = channel(8)
to, rx = channel(8)
ocaml = [relay("square", numbers.clone(), to.clone()) for _ in range(2)]
def square():
    with numbers, to:
        for n in numbers: to.send(b"%d" % int(n) ** 2)
python = Thread(target=square)
python.start()
rust = produce(tx.clone(), texts(range(each)))
def send():
    with tx:
        for n in range(each, MESSAGES): tx.send(b"%d" % n)
sender = Thread(target=send)
sender.start()
collector = collect(rx.clone())
with rx: mine = list(rx)
everything = mine + collector.join()
assert sorted(map(int, everything)) == [n * n for n in range(MESSAGES)]
assert rust.join() == each
for thread in [python, sender]: thread.join()
assert sum(one.join() for one in ocaml) <= MESSAGES
""")


def test_two_senders_each_keep_their_order():
    in_a_child("""
tx, ocaml, rx = relayed(8)
rust = produce(tx.clone(), texts(range(0, MESSAGES, 2)))
collector = collect(rx)
with tx:
    for n in range(1, MESSAGES, 2): tx.send(b"%d" % n)
collected = list(map(int, collector.join()))
assert rust.join() == MESSAGES // 2 and ocaml.join() == MESSAGES
for parity in range(2):
    of_one = [n for n in collected if n % 2 == parity]
    assert of_one == [n * n for n in range(parity, MESSAGES, 2)]
""")


def test_rust_leaves_early():
    in_a_child("""
tx, ocaml, rx = relayed(1)
rust = collect(rx, most=10)
error = raised(SendClosed, send_for_ever, tx)
assert error.item.isdigit(), error.item
assert rust.join() == texts(n * n for n in range(10))
passed = ocaml.join()
assert 10 <= passed <= int(error.item), (passed, error.item)
""")


def test_python_closes():
    in_a_child("""
tx, ocaml, rx = relayed(None)
for n in range(3): tx.send(b"%d" % n)
assert tx.close() and not tx.close()
assert raised(SendClosed, tx.send, b"3").item == b"3"
assert [rx.recv() for _ in range(3)] == [b"0", b"1", b"4"]
raised(Closed, rx.recv)
assert ocaml.join() == 3
raised(ValueError, ocaml.join)
""")


def test_an_exception_in_ocaml_reaches_python_and_rust():
    in_a_child("""
for capacity in [0, 1, None]:
    tx, ocaml, rx = relayed(capacity)
    rust = collect(rx)
    tx.send(b"3")
    tx.send(b"three")
    raised(SendClosed, send_for_ever, tx)
    for role in [ocaml, rust]:
        failure = raised(Failure, role.join)
        assert failure.kind == "exception", failure
        assert "expected an integer" in failure.message, failure
    # And where Python receives.
    tx, ocaml, rx = relayed(capacity)
    tx.send(b"three")
    assert raised(Failure, rx.recv).kind == "exception"
    raised(Closed, rx.recv)
    assert raised(Failure, ocaml.join).kind == "exception"
""")


def test_a_panic_in_rust_reaches_python_and_ocaml():
    in_a_child("""
for capacity in [0, 1, None]:
    tx, ocaml, rx = relayed(capacity)
    rust = _panic(rx)
    raised(SendClosed, send_for_ever, tx)
    assert raised(Failure, rust.join).kind == "panicked"
    assert ocaml.join() >= 1
""")


def test_an_exception_in_python_ends_all():
    in_a_child("""
tx, ocaml, rx = relayed(4)
rust = collect(rx)
def send():
    with tx:
        tx.send(b"5")
        raise ZeroDivisionError
raised(ZeroDivisionError, send)
assert ocaml.join() == 1 and rust.join() == [b"25"]
""")


def test_no_such_transform():
    in_a_child("""
tx, ocaml, rx = relayed(1, "cube")
failure = raised(Failure, ocaml.join)
assert failure.kind == "bad_input", failure
assert "there is: reverse, square" in failure.message, failure
raised(SendClosed, send_for_ever, tx)
assert raised(Failure, rx.recv).kind == "bad_input"
""")


def test_mistakes():
    in_a_child("""
tx, rx = channel(1)
raised(TypeError, tx.send, "text")
raised(TypeError, tx.send, 1)
raised(OverflowError, channel, -1)
raised(TypeError, channel, "1")
rust = collect(rx)
assert "given up" in str(raised(ValueError, rx.recv))
raised(ValueError, collect, rx)
with tx: pass
assert "given up" in str(raised(ValueError, tx.send, b""))
assert rust.join() == []
""")


@pytest.mark.parametrize(
    "wait", ["rx.recv()", "send_for_ever(tx)", "ocaml.join()"]
)
def test_a_signal_ends_a_wait(wait):
    in_a_child(f"""
tx, ocaml, rx = relayed(1)
class Rung(Exception): pass
def ring(*_): raise Rung
signal.signal(signal.SIGALRM, ring)
def wait(): {wait}
signal.setitimer(signal.ITIMER_REAL, 0.05)
raised(Rung, wait)
with tx: pass
with rx: pass
ocaml.join()
""")


def test_the_interpreter_ends_while_all_wait():
    out = in_a_child("""
kept = [relayed(0) for _ in range(4)]
waiting = [collect(rx.clone()) for _, _, rx in kept]
for _, _, rx in kept: Thread(target=rx.recv, daemon=True).start()
print("the end")
""")
    assert out == "the end\n"


def test_a_fork():
    out = in_a_child("""
tx, ocaml, rx = relayed(1)
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    for use in [lambda: tx.send(b"1"), rx.recv, tx.close, tx.clone]:
        assert "before a fork" in str(raised(RuntimeError, use))
    own, end = channel(1)
    own.send(b"mine")
    print(end.recv())
    sys.exit(0)  # by the ordinary way out
assert os.waitpid(pid, 0)[1] == 0
tx.send(b"6")
assert rx.recv() == b"36"
""")
    assert out == "b'mine'\n"
