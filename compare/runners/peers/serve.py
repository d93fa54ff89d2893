"""The protocol: one answer to each line."""

import json
import sys
import time
from collections.abc import Callable
from typing import IO, Any

from compare.runners.peers import programs, steering, systems, threads
from compare.runners.peers.probes import PROBES
from compare.runners.peers.programs import Json, Program
from compare.runners.peers.systems import System, Unsupported
from compare.runners.rust import answers_alone

PROTOCOL = 1
VERSION = "0.1.0"
WORN = 50
"""From how many threads that were left waiting on it asks to be replaced; they sleep, and disturb nobody."""
MOST_LEFT = 200
"""How many threads may be left waiting before a series of runs is cut short."""


class Refused(Exception):
    """A request that cannot be done: the kind of the error, and the message."""


def main() -> None:
    """Answer until the standard input ends, or a request says stop."""
    threads.prepare()
    serve(sys.stdin.buffer, answers_alone())


def serve(requests: IO[bytes], answers: IO[str]) -> None:
    """Answer each line with one line."""
    server = Server()
    for line in requests:
        answer = server.answer(line)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        if "stopped" in answer:
            return


class Server:
    """What answers."""

    def __init__(self) -> None:
        self._systems = systems.all_systems()
        self._left = 0
        """Threads of earlier runs that still wait."""

    def answer(self, line: bytes) -> Json:
        """Answer one request."""
        number = None
        try:
            request = self._request(line)
            number = request["id"]
            return {"id": number, **self._operation(request["op"])(request)}
        except Refused as refused:
            kind, message = refused.args
        except Unsupported as why:
            kind, message = "unsupported", str(why)
        except programs.BadProgram as mistake:
            kind, message = "bad_input", str(mistake)
        except Exception as error:  # noqa: BLE001 - the runner lives on
            kind, message = "exception", f"{type(error).__name__}: {error}"
        return {"id": number, "error": {"kind": kind, "message": message}}

    @staticmethod
    def _request(line: bytes) -> Json:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as mistake:
            raise Refused("protocol", f"expected a line of JSON: {mistake}") from None
        if not isinstance(request, dict) or not isinstance(request.get("id"), int) or "op" not in request:
            raise Refused("protocol", "expected an object with a number id and an op")
        return request

    def _operation(self, op: object) -> Callable[[Json], Json]:
        known = {
            "hello": self._hello,
            "run": self._run,
            "steer": self._steer,
            "probe": self._probe,
            "stop": self._stop,
        }
        if not isinstance(op, str) or op not in known:
            raise Refused("protocol", f"expected one of {', '.join(known)}, found {op!r}")
        return known[op]

    def _hello(self, _request: Json) -> Json:
        described = [system.described() for system in self._systems.values()]
        return {
            "protocol": PROTOCOL,
            "runner": "peers",
            "version": VERSION,
            "systems": described,
            "probes": list(PROBES),
        }

    @staticmethod
    def _stop(_request: Json) -> Json:
        return {"stopped": True}

    def _run(self, request: Json) -> Json:
        system, program = self._asked(request)
        runs, seed, millis = (
            _number(request, key, least) for key, least in (("runs", 1), ("seed", 0), ("millis", 0))
        )
        end = time.monotonic() + millis / 1000
        seen = Seen()
        done = 0
        while done == 0 or (done < runs and time.monotonic() < end and self._left < MOST_LEFT):
            run, waiting = system.run(program, seed + done)
            seen.add(run.outcome(), seed + done)
            self._left += waiting
            done += 1
        return {"runs": done, "worn": self._left >= WORN, "seen": seen.told()}

    def _steer(self, request: Json) -> Json:
        system, program = self._asked(request)
        schedule = steering.read(request.get("schedule"), program)
        attempts, seed = _number(request, "attempts", 1), _number(request, "seed", 0)
        seen, followed = Seen(), False
        for attempt in range(attempts):
            run, waiting, followed = system.follow(program, schedule)
            seen.add(run.outcome(), seed + attempt)
            self._left += waiting
            if followed:
                break
        return {"followed": followed, "worn": self._left >= WORN, "seen": seen.told()}

    @staticmethod
    def _probe(request: Json) -> Json:
        name = request.get("probe")
        if not isinstance(name, str) or name not in PROBES:
            raise Refused("unknown_probe", f"expected one of {', '.join(PROBES)}, found {name!r}")
        return {"facts": PROBES[name]()}

    def _asked(self, request: Json) -> tuple[System, Program]:
        name = request.get("system")
        system = self._systems.get(name) if isinstance(name, str) else None
        if system is None:
            raise Refused("unknown_system", f"expected one of {', '.join(self._systems)}, found {name!r}")
        program = programs.read(request.get("program"))
        system.check(program)
        return system, program


class Seen:
    """The outcomes that were seen."""

    def __init__(self) -> None:
        self._found: dict[str, Json] = {}

    def add(self, told: Json, seed: int) -> None:
        """Count an outcome."""
        key = json.dumps(told, sort_keys=True)
        entry = self._found.setdefault(key, {**told, "count": 0, "seed": seed})
        entry["count"] += 1

    def told(self) -> list[Json]:
        """List them, the most frequent first."""
        return sorted(self._found.values(), key=lambda entry: -entry["count"])


def _number(request: Json, key: str, least: int) -> int:
    value: Any = request.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Refused("bad_input", f"{key}: expected a whole number of at least {least}, found {value!r}")
    return value
