"""A runner of channel programs that is honest, or faulty in a chosen way.

``stand_in_programs.py NAME [WAY]``. It has one system, NAME, whose runs are
drawn from the engine's outcomes by their seeds; WAY says what it does instead.
"""

import json
import os
import random
import signal
import sys
import time
from typing import Any

import compare_engine

KINDS = ["rendezvous", "bounded", "unbounded", "oneshot", "mvar", "watch", "broadcast"]
WIDER = {"field": "drop_closes", "why": "a drop closes", "program": "dropped"}
PROBES = {"stand/counts": {"lost": 3, "of": 10}}


class Runner:
    def __init__(self, name: str, way: str) -> None:
        self.name, self.way = name, way

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] == "hello":
            return self.hello()
        if request["op"] == "stop":
            return {"stopped": True}
        if request["op"] == "probe":
            return {"facts": PROBES[request["probe"]]}
        self.misbehave()
        if self.way in ("unsupported", "exception"):
            return {"error": {"kind": self.way, "message": "as the test wants it"}}
        return self.steer(request) if request["op"] == "steer" else self.run(request)

    def hello(self) -> dict[str, Any]:
        rules = [{"kinds": ["watch"], "why": "it has no watch"}]
        if self.way == "planted":
            ops = ["select_biased", "cancel_send", "reserve", "try_recv", "spawn", "each"]
            rules.append({"ops": ops, "why": "not planted"})
        system = {
            "name": self.name,
            "version": "1.2",
            "driver": "tasks",
            "time": "exact",
            "steers": self.way not in ("plain", "boasts"),
            "dialect": self.dialect(),
            "widened": [WIDER] if self.way in ("wide", "boasts") else [],
            "not": rules,
            "unavailable": "not today" if self.way == "unavailable" else None,
        }
        version = 2 if self.way == "version" else 1
        told = {"protocol": version, "runner": "stand-in", "version": "0"}
        return {**told, "systems": [system], "probes": list(PROBES)}

    def dialect(self) -> dict[str, Any]:
        if self.way == "dialect":
            return {"fifo": "perhaps"}
        return {"drop_closes": True} if self.way in ("wide", "boasts", "silent") else {}

    def explained(self, program: dict[str, Any]) -> dict[str, Any]:
        """All that the program can do; who boasts does only what is strict."""
        dialect = json.dumps(self.dialect() if self.way == "wide" else {})
        found: dict[str, Any] = json.loads(
            compare_engine.explain(json.dumps(program), dialect, False, 1_000_000)
        )
        return found

    def misbehave(self) -> None:
        if self.way == "hangs":
            signal.pause()
        if self.way == "late":
            time.sleep(1.5)
        if self.way == "dies":
            print("the last words", file=sys.stderr, flush=True)
            os._exit(7)

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        ends = self.explained(request["program"])["outcomes"]
        seen: dict[str, dict[str, Any]] = {}
        for seed in range(request["seed"], request["seed"] + request["runs"]):
            shy = self.way in ("shy", "plain")
            end = ends[0] if shy else random.Random(seed).choice(ends)
            told = self.twisted({part: end[part] for part in ("outcome", "waiting")}, request["program"])
            one = seen.setdefault(json.dumps(told, sort_keys=True), {**told, "count": 0, "seed": seed})
            one["count"] += 2 if self.way == "doubles" and seed == request["seed"] else 1
        runs = request["runs"] + (1 if self.way == "miscounts" else 0)
        return {"runs": runs, "worn": self.way == "worn", "seen": list(seen.values())}

    def steer(self, request: dict[str, Any]) -> dict[str, Any]:
        (end,) = [
            end
            for end in self.explained(request["program"])["outcomes"]
            if end["schedule"] == request["schedule"]
        ]
        told = self.twisted({part: end[part] for part in ("outcome", "waiting")}, request["program"])
        return {"followed": True, "seen": [{**told, "count": 1, "seed": request["seed"]}]}

    def twisted(self, told: dict[str, Any], program: dict[str, Any]) -> dict[str, Any]:
        """Make the outcome of a run a wrong one, in the way that is wanted."""
        told = json.loads(json.dumps(told))
        name, ended = next(iter(told["outcome"].items()))
        if self.way == "forbidden" or (self.way == "planted" and has_close(program)):
            ended["log"] = [*ended["log"], "99"]
        if self.way in ("deadlock", "running"):
            told["waiting"].pop(name, None)
            ended |= {"log": [], "end": "running at 1"}
        if self.way == "deadlock":
            ended["end"] = "waits at 1"
            told["waiting"][name] = 1
        if self.way == "contradicts":
            told["waiting"] = {name: 3}
        if self.way == "stranger":
            told["outcome"]["Z"] = ended
        if self.way == "shape":
            ended["end"] = "asleep"
        return told


def has_close(program: dict[str, Any]) -> bool:
    return '"close"' in json.dumps(program)


def main(name: str, way: str = "honest") -> None:
    runner = Runner(name, way)
    for line in sys.stdin:
        request = json.loads(line)
        number = request["id"] + (1 if way == "out_of_order" and request["op"] == "run" else 0)
        told = {"id": number, **runner.answer(request)}
        if way == "garbage" and request["op"] == "run":
            print("no JSON at all", flush=True)
        print(json.dumps(told), flush=True)
        if way == "pid" and request["op"] == "run":
            print(os.getpid(), file=sys.stderr, flush=True)
        if "stopped" in told:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
