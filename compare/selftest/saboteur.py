"""A runner that breaks the protocol: ``python -m compare.selftest.saboteur NAME``.

It is honest until a case says ``"sabotage": true``, and then does what its
name says; some are sabotaged from their hello on. ``honest`` does nothing
wrong, and so must not be caught.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

LATE = 60.0
LONG = 8 * 2**20

Answer = dict[str, Any]


def say(answer: Answer) -> None:
    """Send one answer."""
    print(json.dumps(answer), flush=True)


def right(request: Answer) -> Answer:
    """Give the right answer."""
    return {"id": request["id"], "observation": {"items": request["input"]["items"]}}


def never_answers(_: Answer) -> None:
    """Hang."""
    signal.pause()


def never_answers_any_signal(_: Answer) -> None:
    """Hang, and ignore every polite request to end."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pause()


def spins(_: Answer) -> None:
    """Hang with all its might."""
    while True:
        pass


def dies(_: Answer) -> None:
    """Die before a word is said."""
    sys.stderr.write("out of paper\n")
    sys.stderr.flush()
    os._exit(3)


def dies_half_way(request: Answer) -> None:
    """Be killed in the middle of the answer."""
    sys.stdout.write(json.dumps(right(request))[:12])
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGSEGV)


def dies_and_leaves_a_child(request: Answer) -> None:
    """Leave somebody behind who keeps standard output open, and die."""
    if os.fork() == 0:
        signal.pause()
    dies_half_way(request)


def prints_garbage(request: Answer) -> None:
    """Let a stray line out."""
    print("Starting worker 1", flush=True)
    say(right(request))


def prints_bytes(_: Answer) -> None:
    """Send what is no text."""
    os.write(1, b"\xff\xfe\x00\n")


def prints_after(request: Answer) -> None:
    """Answer rightly, then babble in the same breath."""
    os.write(1, json.dumps(right(request)).encode() + b"\nDone.\n")


def answers_another_case(request: Answer) -> None:
    """Answer the request before."""
    say({**right(request), "id": request["id"] - 1})


def answers_anothers_items(request: Answer) -> None:
    """Answer under the right id with what another case would give."""
    say({**right(request), "observation": {"items": [0]}})


def wrong_id(request: Answer) -> None:
    """Answer a request that nobody made."""
    say({**right(request), "id": 4711})


def id_as_text(request: Answer) -> None:
    """Write the id as a string."""
    say({**right(request), "id": str(request["id"])})


def closes_stdout(_: Answer) -> None:
    """Close the line and live on."""
    os.close(1)
    signal.pause()


def oversized_line(_: Answer) -> None:
    """Talk without an end of line."""
    sys.stdout.write("x" * LONG)
    sys.stdout.flush()
    signal.pause()


def floods_stderr(request: Answer) -> None:
    """Fill standard error, then answer something wrong."""
    sys.stderr.write("y" * LONG + "\n")
    say({"id": request["id"], "observation": []})


def wrong_shape(request: Answer) -> None:
    """Send an observation whose items are no list."""
    say({"id": request["id"], "observation": {"items": "1, 2, 3"}})


def both_at_once(request: Answer) -> None:
    """Send an observation and an error."""
    say({**right(request), "error": {"kind": "exception", "message": "no"}})


def unknown_kind(request: Answer) -> None:
    """Send an error of a kind that the protocol does not have."""
    say({"id": request["id"], "error": {"kind": "tired", "message": "no"}})


def fails(request: Answer) -> None:
    """Report an exception, properly."""
    say({"id": request["id"], "error": {"kind": "exception", "message": "Not_found"}})


def excuses_itself(request: Answer) -> None:
    """Say unsupported where the case does not."""
    say({"id": request["id"], "error": {"kind": "unsupported", "message": "too hard"}})


def huge_integer(request: Answer) -> None:
    """Send an integer that OCaml cannot hold."""
    say({"id": request["id"], "observation": {"items": [2**62]}})


def same_key_twice(request: Answer) -> None:
    """Send an object that two readers would read in two ways."""
    print(f'{{"id": {request["id"]}, "observation": {{"items": [], "items": [1, 2, 3]}}}}', flush=True)


def deep_nesting(request: Answer) -> None:
    """Send lists in lists in lists."""
    print(f'{{"id": {request["id"]}, "observation": {{"items": {"[" * 100_000}', flush=True)


def honest(request: Answer) -> None:
    """Do nothing wrong."""
    say(right(request))


def hello(**instead: Any) -> None:
    """Say hello, with something put in its place."""
    told = {"system": "saboteur", "language": "Python", "library": "none", "version": "0"}
    say({"id": 0, "protocol": 1, **told, "patterns": ["sabotage"], **instead})


def late_hello() -> None:
    """Say hello when nobody waits any more."""
    time.sleep(LATE)
    hello()


def wrong_protocol() -> None:
    """Speak a later version of the protocol."""
    hello(protocol=2)


def hello_of_another() -> None:
    """Say hello under another name."""
    hello(system="somebody else")


def hello_without_version() -> None:
    """Say too little of itself."""
    say({"id": 0, "protocol": 1, "system": "saboteur"})


def knows_no_pattern() -> None:
    """Know none of the patterns that there are cases of."""
    hello(patterns=[])


def unavailable() -> None:
    """Say that it is not available, though nothing of it is optional."""
    hello(unavailable="not in the mood")


def dies_at_hello() -> None:
    """Die instead of saying hello."""
    os._exit(1)


def listed(*functions: Callable[..., None]) -> dict[str, Callable[..., None]]:
    """Name functions by their names."""
    return {function.__name__: function for function in functions}


HELLOS = listed(
    late_hello,
    wrong_protocol,
    hello_of_another,
    hello_without_version,
    knows_no_pattern,
    unavailable,
    dies_at_hello,
)

DEEDS = listed(
    never_answers,
    never_answers_any_signal,
    spins,
    dies,
    dies_half_way,
    dies_and_leaves_a_child,
    prints_garbage,
    prints_bytes,
    prints_after,
    answers_another_case,
    answers_anothers_items,
    wrong_id,
    id_as_text,
    closes_stdout,
    oversized_line,
    floods_stderr,
    wrong_shape,
    both_at_once,
    unknown_kind,
    fails,
    excuses_itself,
    huge_integer,
    same_key_twice,
    deep_nesting,
    honest,
)


def main(name: str) -> None:
    """Answer, and do the deed where a case asks for it."""
    greet: Callable[..., None] = HELLOS.get(name, hello)
    deed = DEEDS.get(name, honest)
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "hello":
            greet()
        elif request["op"] == "stop":
            say({"id": request["id"], "stopped": True})
            return
        elif request["input"].get("sabotage"):
            deed(request)
        else:
            say(right(request))


if __name__ == "__main__":
    main(sys.argv[1])
