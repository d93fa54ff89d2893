"""Channel programs, as they are given: checked, numbered, and what they need."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema

from compare.paths import SCHEMAS

Json = dict[str, Any]
SENDER, RECEIVER = "sender", "receiver"
SIDE = {"send": SENDER, "recv": RECEIVER}


class BadProgram(Exception):
    """A program that cannot be run, where the mistake is, and what was expected."""


@dataclass(frozen=True)
class Step:
    """An operation, its number in the text, and its body if it has one."""

    number: int
    op: str
    given: Json
    body: Sequence["Step"] = ()


@dataclass(frozen=True)
class Process:
    """A process, and the channels of which it has an end on each side."""

    name: str
    steps: Sequence[Step]
    owns: Mapping[str, frozenset[str]]
    """The sides of each channel that it uses or closes."""


@dataclass(frozen=True)
class Program:
    """A program that can be run."""

    channels: Mapping[str, Json]
    processes: Mapping[str, Process]
    observed: Sequence[str]
    spawned: frozenset[str]
    needs: frozenset[tuple[str | None, str]]
    """Pairs of a kind and an operation, as the protocol names them."""


def read(given: object) -> Program:
    """Check a program, and make it ready to run."""
    try:
        _check_shape(given)
    except RecursionError:
        raise BadProgram("$: it is nested too deep") from None
    assert isinstance(given, dict)
    channels = _named(given.get("channels", []), "channels")
    processes = _named(given["processes"], "processes")
    for name, channel in channels.items():
        if channel["kind"] in ("bounded", "broadcast") and not channel.get("capacity"):
            raise BadProgram(f"channel {name}: a {channel['kind']} one has a capacity of at least 1")
    ready = {name: _process(name, one["operations"], channels, processes) for name, one in processes.items()}
    for name in given.get("observe", []):
        _known(name, processes, "$.observe", "process")
    steps = [step for process in ready.values() for step in flat(process.steps)]
    return Program(
        channels=channels,
        processes=ready,
        observed=given.get("observe") or list(ready),
        spawned=frozenset(step.given["process"] for step in steps if step.op == "spawn"),
        needs=frozenset(_needs(channels, ready)),
    )


def flat(steps: Sequence[Step]) -> Iterator[Step]:
    """Go through operations and those of their bodies, in the order of the text."""
    for step in steps:
        yield step
        yield from flat(step.body)


def transfers(step: Step) -> Sequence[Json]:
    """List the sends and receives of an operation; those of its body are not its own."""
    if step.op == "select":
        arms: list[Json] = step.given["arms"]
        return arms
    if step.op == "each":
        return [{"do": "recv", "channel": step.given["channel"], "bind": step.given.get("bind")}]
    return [step.given["transfer"]] if "transfer" in step.given else []


def closed_by_nobody(program: Program) -> bool:
    """Whether a channel is closed when perhaps nobody has an end of it any more."""
    steps = [step for process in program.processes.values() for step in flat(process.steps)]
    closed = {step.given["channel"] for step in steps if step.op == "close"}
    return any(not _keepers(program, channel) for channel in closed)


def _keepers(program: Program, channel: str) -> set[str]:
    """Name the processes that keep an end of a channel to the last.

    Who binds what it receives may be told that there is nothing, and fails.
    """

    def leaves(process: Process) -> bool:
        steps = list(flat(process.steps))
        drops = (step.given for step in steps if step.op == "drop")
        dropped = {it["side"] for it in drops if it["channel"] == channel}
        binds = any(transfer.get("bind") for step in steps for transfer in transfers(step))
        return binds or process.owns[channel] <= dropped

    owners = _owners(program, channel, SENDER) | _owners(program, channel, RECEIVER)
    return {name for name in owners if not leaves(program.processes[name])}


def one_sided(program: Program) -> bool:
    """Whether a channel is used on one side, and nobody is there on the other from the beginning."""
    for channel in program.channels:
        if bool(_owners(program, channel, SENDER)) is not bool(_owners(program, channel, RECEIVER)):
            return True
    return False


def others_notice_failures(program: Program, may_fail: frozenset[str]) -> bool:
    """Whether a failure drops the last handle on a side, and there is someone to notice it."""
    for channel in program.channels:
        for side, other in ((SENDER, RECEIVER), (RECEIVER, SENDER)):
            mine, theirs = _owners(program, channel, side), _owners(program, channel, other)
            if mine and mine <= may_fail and (len(mine) > 1 or theirs - mine):
                return True
    return False


def _owners(program: Program, channel: str, side: str) -> set[str]:
    return {name for name, process in program.processes.items() if side in process.owns.get(channel, ())}


@cache
def _validator() -> Any:
    schema = json.loads((SCHEMAS / "program.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _check_shape(given: object) -> None:
    mistake = jsonschema.exceptions.best_match(_validator().iter_errors(given))
    if mistake is not None:
        raise BadProgram(f"{mistake.json_path}: {mistake.message[:200]}")


def _named(things: Sequence[Json], what: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for place, thing in enumerate(things):
        if thing["name"] in found:
            raise BadProgram(f"$.{what}[{place}].name: {thing['name']!r} is there already")
        found[thing["name"]] = thing
    return found


def _known(name: str, there_is: Mapping[str, object], path: str, what: str) -> None:
    if name not in there_is:
        raise BadProgram(f"{path}: no {what} is called {name!r}")


def _process(
    name: str, operations: Sequence[Json], channels: Mapping[str, Json], processes: Mapping[str, Json]
) -> Process:
    counter = iter(range(1, 10**9))
    steps = _number(operations, counter)
    owns: dict[str, set[str]] = {}
    path = f"process {name}"
    for step in flat(steps):
        if "process" in step.given:
            _known(step.given["process"], processes, path, "process")
        for channel, side in _uses(step):
            _known(channel, channels, path, "channel")
            owns.setdefault(channel, set()).update([side] if side else [])
    _check_names(path, steps)
    return Process(name, steps, {channel: frozenset(sides) for channel, sides in owns.items()})


def _check_names(path: str, steps: Sequence[Step]) -> None:
    """Whether each name is bound somewhere in the text of its process."""
    bound: dict[str, set[str]] = {"value": set(), "future": set(), "permit": set()}
    for step in flat(steps):
        bound["value"].update(one["bind"] for one in transfers(step) if one.get("bind"))
        if step.op == "start":
            bound["future"].add(step.given["future"])
        if step.op == "reserve":
            bound["permit"].add(step.given["permit"])
    for step in flat(steps):
        for what, name in _mentions(step):
            if name not in bound[what]:
                raise BadProgram(f"{path}, operation {step.number}: no {what} is called {name!r}")


def _mentions(step: Step) -> Iterator[tuple[str, str]]:
    values = [one.get("value") for one in transfers(step)] + [step.given.get("value")]
    yield from (("value", value) for value in values if isinstance(value, str))
    yield from ((key, step.given[key]) for key in ("future", "permit") if key in step.given)


def _number(operations: Sequence[Json], counter: Iterator[int]) -> tuple[Step, ...]:
    steps = []
    for given in operations:
        number = next(counter)
        steps.append(Step(number, given["op"], given, _number(given.get("body", []), counter)))
    return tuple(steps)


def _uses(step: Step) -> Iterator[tuple[str, str | None]]:
    """Tell which sides of which channels an operation uses; a close uses none."""
    for transfer in transfers(step):
        yield transfer["channel"], SIDE[transfer["do"]]
    if step.op in ("drop", "clone"):
        yield step.given["channel"], step.given["side"]
    elif step.op == "reserve":
        yield step.given["channel"], SENDER
    elif step.op == "close":
        yield step.given["channel"], None


def _needs(
    channels: Mapping[str, Json], processes: Mapping[str, Process]
) -> Iterator[tuple[str | None, str]]:
    kinds = {name: channel["kind"] for name, channel in channels.items()}
    for process in processes.values():
        made = {
            step.given.get("future") or step.given.get("permit"): step
            for step in flat(process.steps)
            if step.op in ("start", "reserve")
        }
        for step in flat(process.steps):
            for channel, op in _ops(step, made):
                yield kinds.get(channel or ""), op
    for channel, kind in kinds.items():
        for side in (SENDER, RECEIVER):
            if sum(side in process.owns.get(channel, ()) for process in processes.values()) > 1:
                yield kind, f"many_{side}s"


def _ops(step: Step, made: Mapping[str | None, Step]) -> Iterator[tuple[str | None, str]]:
    """Tell what an operation is called in the protocol, with its channels."""
    op, given = step.op, step.given
    if op in ("wait", "try", "start"):
        transfer, form = given["transfer"], {"wait": "{}", "try": "try_{}", "start": "start_{}"}[op]
        late = "_within" if given.get("within") is not None else ""
        yield transfer["channel"], form.format(transfer["do"]) + late
    elif op == "select":
        yield from _select(given)
    elif op in ("each", "close", "reserve"):
        yield given["channel"], op
    elif op in ("drop", "clone"):
        yield given["channel"], f"{op}_{given['side']}"
    elif op == "cancel":
        transfer = made[given["future"]].given["transfer"]
        yield transfer["channel"], f"cancel_{transfer['do']}"
    elif op in ("fulfil", "release"):
        yield made[given["permit"]].given["channel"], op
    elif op in ("sleep", "spawn", "join"):
        yield None, op


def _select(given: Json) -> Iterator[tuple[str | None, str]]:
    for arm in given["arms"]:
        yield arm["channel"], f"select_{arm['do']}"
        for key, op in (("default", "select_default"), ("biased", "select_biased")):
            if given.get(key):
                yield arm["channel"], op
        if given.get("after") is not None:
            yield arm["channel"], "select_after"
