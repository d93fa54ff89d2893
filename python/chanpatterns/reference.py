"""OCaml in this process: the patterns, and what channel programs mean.

An optional part. Its native module has OCaml in it and is built from the
repository, by ``make bridge``; without it every function raises `ImportError`,
and the rest of the package works all the same.

The input and the observation are those of the laboratory's cases, which
``compare/patterns/README.md`` in the repository describes:

    from chanpatterns import reference
    reference.run("fan_in", {"sources": [{"items": [1, 2]}]}, system="lwt")
    # {'items': [[0, 1], [0, 2]]}

`meaning` asks the definition of the laboratory, ``ocaml/semantics``.

Other threads run while OCaml does. A call that waits for ever cannot be
interrupted, not even by Ctrl-C: let a child process do what may hang. After a
fork the child cannot call; a daemon thread that is still inside OCaml does not
hold the end of the interpreter.
"""

import json
from importlib import import_module
from typing import Any, Literal, Protocol, cast

__all__ = ["Failure", "hello", "meaning", "run"]

_MODULE = "chanpatterns_ocaml"


class Failure(Exception):
    """There is no observation: why, as ``kind`` and ``message``.

    The kinds are ``unknown_pattern``, ``unsupported`` (on this system, or on
    this OCaml), ``bad_input``, ``deadlock`` (of promises; elsewhere it is a
    hang), ``limit`` (more states than were allowed), ``exception`` (in OCaml),
    ``nested`` (the thread already runs OCaml) and ``forked`` (OCaml was started
    in the parent process). ``not_started``, ``panicked`` and ``answer`` mean a
    fault of the bridge.
    """

    def __init__(self, kind: str, message: str) -> None:
        """Make the error."""
        super().__init__(kind, message)
        self.kind = kind
        self.message = message

    def __str__(self) -> str:
        """Give the kind and the message."""
        return f"{self.kind}: {self.message}"


def run(
    pattern: str,
    input: Any,  # noqa: A002
    *,
    system: Literal["event", "lwt", "domainslib"] = "event",
) -> Any:
    """Run the OCaml side of a pattern on an input; give what was observed.

    It blocks until the pattern has ended, and lets other threads run.

    Raises `Failure` if there is no observation, `ValueError` if there is no
    such system or ``input`` cannot be JSON, `ImportError` if the native module
    is not there.
    """
    text = json.dumps(input, allow_nan=False)
    return _answer(*_native().run(system, pattern, text))


def hello(*, system: Literal["event", "lwt", "domainslib"] = "event") -> Any:
    """Say which library, version and patterns answer.

    Raises as `run` does.
    """
    return _answer(*_native().hello(system))


def meaning(
    program: Any,
    *,
    dialect: dict[str, Any] | None = None,
    time: Literal["exact", "race"] = "exact",
    limit: int = 1_000_000,
) -> list[Any]:
    """Say what a channel program means: every outcome that is allowed.

    The program is one as ``compare/schema/program.schema.json`` describes it,
    not the text form that the laboratory prints. What ``dialect`` leaves out
    is the strictest; it has the fields of ``ocaml/semantics/dialect.ml``. It
    blocks until all states were looked at, at most ``limit`` of them, and lets
    other threads run.

        send = {"do": "send", "channel": "c", "value": 1}
        receive = {"do": "recv", "channel": "c"}
        operations = [
            {"op": "wait", "transfer": transfer}
            for transfer in (send, send, receive)
        ]
        reference.meaning({
            "name": "waits_for_itself",
            "shows": "who fills a channel before it receives waits for itself",
            "channels": [{"name": "c", "kind": "bounded", "capacity": 1}],
            "processes": [{"name": "A", "operations": operations}],
        })
        # [{'A': {'log': ['sent'], 'end': 'waits at 2'}}]

    Raises `Failure` if the program has no meaning, and says where, or if it has
    more states; `ValueError` if it cannot be JSON, `ImportError` if the native
    module is not there.
    """
    question = {
        "program": program,
        "dialect": {} if dialect is None else dialect,
        "time": time,
        "limit": limit,
    }
    text = json.dumps(question, allow_nan=False)
    answer = _answer(*_native().meaning(text))
    return cast("list[Any]", answer["outcomes"])


def _answer(kind: str | None, text: str) -> Any:
    if kind is not None:
        raise Failure(kind, text)
    return json.loads(text)


class _Native(Protocol):
    """The native module, as far as it is used here."""

    def run(
        self, system: str, pattern: str, text: str, /
    ) -> tuple[str | None, str]: ...

    def hello(self, system: str, /) -> tuple[str | None, str]: ...

    def meaning(self, question: str, /) -> tuple[str | None, str]: ...


def _native() -> _Native:
    try:
        return cast("_Native", import_module(_MODULE))
    except ModuleNotFoundError as error:
        if error.name != _MODULE:
            raise
        raise ImportError(
            f"chanpatterns.reference needs the module {_MODULE}, which has "
            "OCaml in it and is not there: `make bridge` in the repository "
            "builds it into .venv",
            name=_MODULE,
        ) from None
