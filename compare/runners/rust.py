"""The runner of the system ``rust``: the native module, behind the protocol.

``python -m compare.runners.rust [--specimen NAME]``. With a specimen it runs
that sabotaged version of a pattern in its place; the selftest does so.
"""

import argparse
import json
import os
import sys
from typing import IO, Any

from compare import native

PROTOCOL = 1


def main() -> None:
    """Answer until the standard input ends, or a request says stop."""
    parser = argparse.ArgumentParser(prog="python -m compare.runners.rust")
    parser.add_argument("--specimen", metavar="NAME")
    specimen = parser.parse_args().specimen
    serve(sys.stdin.buffer, answers_alone(), specimen)


def answers_alone() -> IO[str]:
    """Move standard output aside, so that a stray print cannot reach it."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def serve(requests: IO[bytes], answers: IO[str], specimen: str | None) -> None:
    """Answer each line with one line."""
    for line in requests:
        answer = answer_to(line, specimen)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        if "stopped" in answer:
            return


def answer_to(line: bytes, specimen: str | None) -> dict[str, Any]:
    """Answer one request."""
    try:
        request = json.loads(line)
        number, op = request["id"], request["op"]
    except (ValueError, TypeError, KeyError) as mistake:
        return failed(None, "protocol", f"expected an object with id and op: {mistake!r}")
    if op == "hello":
        return {"id": number, "protocol": PROTOCOL, "unavailable": None, **hello(specimen)}
    if op == "run":
        return run(number, request, specimen)
    if op == "stop":
        return {"id": number, "stopped": True}
    return failed(number, "protocol", f"expected hello, run or stop, found {op!r}")


def hello(specimen: str | None) -> dict[str, Any]:
    """Say who answers."""
    engine = native.engine()
    told: dict[str, Any] = json.loads(engine.hello())
    if specimen is not None:
        told["patterns"] = [slug for name, slug, _ in engine.specimens() if name == specimen]
    return told


def run(number: int, request: dict[str, Any], specimen: str | None) -> dict[str, Any]:
    """Run a pattern; a panic on the other side is an answer like any other."""
    try:
        pattern, given = request["pattern"], json.dumps(request["input"])
    except KeyError as missing:
        return failed(number, "protocol", f"run: the key {missing} is missing")
    engine = native.engine()
    try:
        observation = engine.run(pattern, given) if specimen is None else engine.run_specimen(specimen, given)
    except engine.EntryError as error:
        return failed(number, *error.args)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of Rust is no Exception
        return failed(number, "exception", f"{type(error).__name__}: {error}")
    return {"id": number, "observation": json.loads(observation)}


def failed(number: int | None, kind: str, message: str) -> dict[str, Any]:
    """Make the answer to what could not be done."""
    return {"id": number, "error": {"kind": kind, "message": message}}


if __name__ == "__main__":
    main()
