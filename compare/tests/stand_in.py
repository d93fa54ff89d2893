"""A system whose every answer stands in the case: ``stand_in.py NAME``.

A case's input is ``{"answer": …}`` for all systems, or ``{"answers": {name:
…}}``. An answer is an observation, or says what to do in its place: ``{"do":
"hang"}``, ``"die"``, ``"refuse"``.
"""

import json
import os
import signal
import sys
from typing import Any


def main(name: str, patterns: list[str]) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"]}
        if request["op"] == "hello":
            told = {"system": name, "language": "Python", "library": "none", "version": "1.2"}
            answer |= {"protocol": 1, **told, "compiler": "3", "patterns": patterns, "unavailable": None}
        elif request["op"] == "stop":
            answer["stopped"] = True
        else:
            answer |= run(name, request["input"])
        print(json.dumps(answer), flush=True)
        if "stopped" in answer:
            return


def run(name: str, given: dict[str, Any]) -> dict[str, Any]:
    asked = given["answers"][name] if "answers" in given else given["answer"]
    if asked.get("do") == "hang":
        signal.pause()
    if asked.get("do") == "die":
        print("the last words", file=sys.stderr, flush=True)
        os._exit(7)
    if "do" in asked:
        return {"error": {"kind": asked["do"], "message": asked.get("message", "as the case wants it")}}
    return {"observation": asked}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
