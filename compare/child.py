"""A child process that answers one line to each line, or is killed.

Nothing that a child does may stop the harness: it may hang, die, close its
standard output, answer too late, too much, or something else than JSON. All
three pipes are served by one loop, so that a child which reads nothing, or
which fills its standard error, cannot hold the harness either.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import textwrap
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from compare import wire
from compare.errors import ShapeError
from compare.text import printable

LONGEST_LINE = 4 * 2**20
KEPT_STDERR = 8 * 2**10
SHOWN_LINES = 6
CHUNK = 2**16
LOOK = 0.25
"""Seconds between two looks whether a silent child still lives."""
GRACE = 1.0
"""Seconds that a child which closed its standard output has for its end."""


class ChildFailure(Exception):
    """The child gave no proper answer. It is killed, and must be replaced."""

    verdict = "error"


class TimedOut(ChildFailure):
    """No answer came before the deadline."""

    verdict = "timeout"


class Crashed(ChildFailure):
    """The child ended, or closed its standard output, instead of answering."""

    verdict = "crash"


class Garbage(ChildFailure):
    """Something came that is no answer to what was asked."""


class Children:
    """All children that live, so that an interrupt can end every one of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._living: set[Child] = set()
        self.closed = False

    def start(self, command: Sequence[str], folder: Path) -> "Child":
        """Start a child, unless everything is being ended."""
        with self._lock:
            if self.closed:
                raise Crashed("the run was interrupted")
            child = Child(command, folder, self)
            self._living.add(child)
            return child

    def forget(self, child: "Child") -> None:
        """Take note that a child has ended."""
        with self._lock:
            self._living.discard(child)

    def kill_all(self) -> None:
        """End all children, and start none any more."""
        with self._lock:
            self.closed = True
            for child in self._living:
                child.signal_group()


class Child:
    """One child process, in a process group of its own."""

    def __init__(self, command: Sequence[str], folder: Path, children: Children) -> None:
        self._children = children
        self._unread = b""
        self._stderr = b""
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise Crashed(f"cannot start {command[0]}: {error.strerror}") from None
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdin, self._stdout, self._errors):
            os.set_blocking(pipe.fileno(), False)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._errors, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, request: dict[str, Any], deadline: float) -> Any:
        """Send a request and give its answer, as JSON; the id is checked.

        Raises a :class:`ChildFailure` after ``deadline`` seconds, or as soon
        as no proper answer can come any more; the child is then dead.
        """
        try:
            line = self._exchange(wire.encode(request).encode() + b"\n", deadline)
            return self._answer(line, request["id"])
        except ChildFailure:
            self.kill()
            raise

    def stop(self, request: dict[str, Any], deadline: float) -> Any:
        """Ask the child to end, and see that it does, with exit status 0."""
        answer = self.ask(request, deadline)
        try:
            code = self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"said that it stops and went on for {deadline:g} s") from None
        finally:
            self.kill()
        if code != 0:
            raise Crashed(f"ended with exit status {code} when it was asked to stop")
        return answer

    def kill(self) -> None:
        """End the child and everything that it started, and free its pipes."""
        if self._stdin.closed:
            return
        self.signal_group()
        self._process.wait()
        self._children.forget(self)
        self._selector.close()
        for pipe in (self._stdin, self._stdout, self._errors):
            pipe.close()

    def signal_group(self) -> None:
        """Kill the process group, of which there may be nothing left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    # The three pipes.

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def _errors(self) -> IO[bytes]:
        assert self._process.stderr is not None
        return self._process.stderr

    def _exchange(self, request: bytes, deadline: float) -> bytes:
        """Write the request while reading, until one line has come."""
        end = time.monotonic() + deadline
        unsent = memoryview(request)
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        try:
            while b"\n" not in self._unread:
                left = end - time.monotonic()
                if left <= 0:
                    raise TimedOut(self._with_stderr(f"no answer within {deadline:g} s{self._so_far()}"))
                for key in self._ready(min(left, LOOK)):
                    if key.fileobj is self._stdin:
                        unsent = self._write(unsent)
                    elif key.fileobj is self._stdout:
                        self._read_answer()
                    else:
                        self._read_stderr()
        finally:
            self._stop_writing()
        if unsent:
            raise Garbage(f"answered before it had read the request: {seen(self._unread)}")
        line, self._unread = self._unread.split(b"\n", 1)
        return line

    def _ready(self, seconds: float) -> list[selectors.SelectorKey]:
        """Wait for pipes that are ready, and see that somebody is behind them."""
        ready = self._selector.select(seconds)
        if not ready and self._process.poll() is not None:
            ready = self._selector.select(0)
            if not ready:
                # Somebody whom it started holds its standard output.
                raise Crashed(self._with_stderr(self._how_it_ended()))
        return [key for key, _ in ready]

    def _write(self, unsent: memoryview) -> memoryview:
        try:
            unsent = unsent[os.write(self._stdin.fileno(), unsent[:CHUNK]) :]
        except BrokenPipeError:
            # Why the child reads no more shows on its standard output.
            unsent = unsent[:0]
        if not unsent:
            self._stop_writing()
        return unsent

    def _stop_writing(self) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(self._stdin)

    def _read_answer(self) -> None:
        chunk = os.read(self._stdout.fileno(), CHUNK)
        if not chunk:
            raise Crashed(self._with_stderr(self._how_it_ended()))
        searched = len(self._unread)
        self._unread += chunk
        if self._unread.find(b"\n", searched) < 0 and len(self._unread) > LONGEST_LINE:
            size = LONGEST_LINE // 2**20
            raise Garbage(f"a line of more than {size} MiB: {seen(self._unread)}")

    def _read_stderr(self) -> None:
        chunk = os.read(self._errors.fileno(), CHUNK)
        if not chunk:
            self._selector.unregister(self._errors)
        self._stderr = (self._stderr + chunk)[-KEPT_STDERR:]

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return f"closed its standard output and went on{self._so_far()}"
        if code < 0:
            return f"killed by {_signal_name(-code)}{self._so_far()}"
        return f"ended with exit status {code}{self._so_far()}"

    def _so_far(self) -> str:
        return f", after {seen(self._unread)}" if self._unread else ""

    def _with_stderr(self, reason: str) -> str:
        """Add the last lines of standard error, which often tell why."""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._errors.fileno(), CHUNK):
                self._stderr = (self._stderr + chunk)[-KEPT_STDERR:]
        lines = [line for line in self._stderr.decode(errors="replace").splitlines() if line.strip()]
        if not lines:
            return reason
        told = textwrap.indent(printable("\n".join(lines[-SHOWN_LINES:])), "  ")
        return f"{reason}; the end of its standard error:\n{told}"

    # The answer.

    def _answer(self, line: bytes, wanted: int) -> Any:
        try:
            answer = wire.decode(line)
        except ShapeError as error:
            raise Garbage(self._with_stderr(f"its answer {error}; seen: {seen(line)}")) from None
        if not isinstance(answer, dict):
            raise Garbage(f"its answer is no JSON object; seen: {seen(line)}")
        found = answer.get("id")
        if found != wanted or isinstance(found, bool):
            raise Garbage(f"answered request {found!r} instead of {wanted}; seen: {seen(line)}")
        if self._unread:
            raise Garbage(f"more than one line for one request; seen: {seen(self._unread)}")
        return answer


def seen(data: bytes) -> str:
    """Show the beginning of what came, safely."""
    text = data[:200].decode(errors="replace")
    return repr(text[:80]) + ("…" if len(data) > 80 else "")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
