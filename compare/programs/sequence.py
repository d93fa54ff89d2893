"""What passes between whom in a schedule: what the charts are drawn from.

A step of the engine says whose it is, which operation, and what everybody
logged in it. From that follows who met whom: at a rendezvous the partner is the
one who logged a result in the same step, or else, in the order of waiting, the
first who cannot log one (a future, or a process that is not observed).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compare.programs.model import Json, Outcome

DONE, FAILED, WAITS, IDLE, UNKNOWN = "done", "failed", "waits", "idle", "unknown"
MESSAGE, CLAIM, CUT = "message", "claim", "cut"

_SENT = {"sent", "reserved"}
_VALUE = re.compile(r"-?\d+")
_FUTURE = re.compile(r"(?:await|cancel) (\S+)")
_ARM = re.compile(r"(\d+):(.*)", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """A lifeline: of a process, or of a channel that keeps messages."""

    name: str
    kind: str | None = None
    """Of a channel, with its capacity; none for a process."""

    @property
    def title(self) -> str:
        """The name, and what kind of channel it is."""
        return f"{self.name}: {self.kind}" if self.kind else self.name


@dataclass(frozen=True)
class Arrow:
    """Something that passes from one lifeline to another, by their numbers."""

    start: int
    end: int
    kind: str = MESSAGE
    """A message; a claim, which is less (a future, a place, a process that is
    spawned, a message that nobody was observed to pass); or a cut, where a
    channel is closed."""


@dataclass(frozen=True)
class Label:
    """What stands beside a lifeline."""

    column: int
    told: str
    result: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        result = f"→ {self.result}" if self.result else ""
        return "  ".join(part for part in (self.told, result) if part)


@dataclass(frozen=True)
class Row:
    """One step."""

    number: int
    clock: int | None = None
    """By how much the clock moved, if that is what happened."""
    column: int | None = None
    """Whose step it was."""
    what: str = ""
    labels: Sequence[Label] = ()
    arrows: Sequence[Arrow] = ()


@dataclass(frozen=True)
class Bar:
    """Somebody waits: from a row, to a row or for ever."""

    column: int
    start: int
    end: int | None


@dataclass(frozen=True)
class End:
    """How a process ended."""

    column: int
    kind: str
    told: str


@dataclass(frozen=True)
class Scene:
    """A schedule as a chart, before it is drawn."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    bars: Sequence[Bar]
    ends: Sequence[End]


@dataclass(frozen=True)
class _Transfer:
    """A send or a receive on a channel."""

    channel: str
    sends: bool
    kind: str = MESSAGE


@dataclass
class _Waiter:
    """Who stands in line: a process or one of its futures."""

    process: str
    operation: Json
    row: int
    future: str | None = None


@dataclass
class _Reader:
    """Reads a schedule from its first step to its last."""

    program: Json
    observed: frozenset[str]
    places: Mapping[str, int]
    channels: Mapping[str, int]
    later: Mapping[tuple[str, str], str]
    """What the futures will have come to."""
    line: list[_Waiter] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    def row(self, number: int, step: Json) -> Row:
        """Read one step."""
        what, process = step["what"], step["process"]
        if process is None:
            return Row(number, clock=what["clock"])
        results = _grouped(step["logged"])
        operation = self._operation(process, step["number"])
        self._stands_no_more(process, number, what)
        arrows = [] if what == "waits" else list(self._arrows(number, process, operation, results))
        if what == "waits":
            self.line.append(_Waiter(process, operation, number))
        elif operation["op"] == "start" and not arrows:
            self.line.append(_Waiter(process, operation, number, operation["future"]))
            arrows = list(self._claimed(process, operation))
        for other in results:
            if other != process:
                self._stands_no_more(other, number, "completes")
        return Row(number, None, self.places[process], what, self._labels(step, results), tuple(arrows))

    def _labels(self, step: Json, results: Mapping[str, str]) -> tuple[Label, ...]:
        process = step["process"]
        told = step["operation"] + {"waits": "  waits", "strikes": "  time is up"}.get(step["what"], "")
        own = Label(self.places[process], told, results.get(process, ""))
        others = [Label(self.places[it], "", told) for it, told in results.items() if it != process]
        return (own, *others)

    def _stands_no_more(self, process: str, row: int, what: str) -> None:
        """End the bar of a process that steps, or that was completed."""
        for waiter in [it for it in self.line if it.process == process and it.future is None]:
            self.line.remove(waiter)
            # One that steps anew, and was not seen to complete, is not observed.
            end = row if what in ("completes", "strikes") else row - 1
            self.bars.append(Bar(self.places[process], waiter.row, max(end, waiter.row)))

    def _arrows(self, row: int, process: str, operation: Json, results: Mapping[str, str]) -> Iterator[Arrow]:
        """What passed in a step: by the operation, then by whom it completed."""
        result = results.get(process)
        met: str | None = None
        for transfer in self._passed(process, operation, result):
            if transfer.channel in self.channels:
                yield self._kept(process, transfer)
            elif (partner := self._partner(process, transfer, results)) is not None:
                met = partner.process
                self._met(partner, row)
                sure = transfer.kind == MESSAGE or met in results
                yield from self._between(process, met, transfer.sends, MESSAGE if sure else CLAIM)
        if operation["op"] == "close" and operation["channel"] in self.channels and result != "already":
            yield Arrow(self.places[process], self.channels[operation["channel"]], CUT)
        if operation["op"] == "spawn":
            yield Arrow(self.places[process], self.places[operation["process"]], CLAIM)
        for other in results:
            if other not in (process, met):
                yield from self._completed(process, other, results[other])

    def _passed(self, process: str, operation: Json, result: str | None) -> Iterator[_Transfer]:
        """What an operation passed on or took, if its result says that it did."""
        meant, result = self._meant(process, operation, result)
        hidden = process not in self.observed and meant["op"] in ("wait", "each", "reserve")
        for transfer, told in _transfers(meant, result):
            if told is None and hidden:
                yield replace(transfer, kind=CLAIM)
            elif told is not None and _passes(told):
                yield transfer

    def _meant(self, process: str, operation: Json, result: str | None) -> tuple[Json, str | None]:
        """The send or receive that an operation stands for, and its result."""
        match operation["op"]:
            case "start":
                return operation, "sent" if self._meets(process, operation) else "begun"
            case "fulfil":
                reserved = self._begun(process, "reserve", "permit", operation["permit"])
                send = {"do": "send", "channel": reserved["channel"]}
                return {"op": "wait", "transfer": send}, result
            case "await" | "cancel":
                name = operation["future"]
                self.line = [it for it in self.line if (it.process, it.future) != (process, name)]
                begun = self._begun(process, "start", "future", name)["transfer"]
                if begun["do"] == "recv" and begun["channel"] in self.channels:
                    return {"op": "wait", "transfer": begun}, result
        return operation, result

    def _meets(self, process: str, start: Json) -> bool:
        """Whether a future that is begun meets somebody of another process at once."""
        transfer = _transfer(start["transfer"])
        if transfer.channel in self.channels or self.later.get((process, start["future"])) == "closed":
            return False
        return any(it.process != process for it in self._fitting(process, transfer))

    def _fitting(self, process: str, transfer: _Transfer) -> list[_Waiter]:
        """Who stands in line for the other side of a rendezvous."""
        return [
            waiter
            for waiter in self.line
            if (waiter.future or waiter.process != process)
            and any(
                it.channel == transfer.channel and it.sends != transfer.sends
                for it, _ in _transfers(waiter.operation, None)
            )
        ]

    def _partner(self, process: str, transfer: _Transfer, results: Mapping[str, str]) -> _Waiter | None:
        """Who was met at a rendezvous."""
        fitting = self._fitting(process, transfer)
        told = [it for it in fitting if it.future is None and it.process in results]
        hidden = [it for it in fitting if it.future is not None or it.process not in self.observed]
        return next(iter([*told, *hidden]), None)

    def _met(self, partner: _Waiter, row: int) -> None:
        self.line.remove(partner)
        if partner.future is None:
            self.bars.append(Bar(self.places[partner.process], partner.row, row))

    def _between(self, process: str, other: str, sends: bool, kind: str) -> Iterator[Arrow]:
        start, end = self.places[process], self.places[other]
        if start != end:
            yield Arrow(start, end, kind) if sends else Arrow(end, start, kind)

    def _kept(self, process: str, transfer: _Transfer) -> Arrow:
        """A message that goes into a channel, or comes out of it."""
        here, there = self.places[process], self.channels[transfer.channel]
        return Arrow(here, there, transfer.kind) if transfer.sends else Arrow(there, here, transfer.kind)

    def _completed(self, by: str, process: str, result: str) -> Iterator[Arrow]:
        """What passed to or from one who waited, and was served in this step."""
        waiter = next((it for it in self.line if it.process == process and it.future is None), None)
        if waiter is None:
            return
        for transfer, told in _transfers(waiter.operation, result):
            if told is None or not _passes(told):
                continue
            if transfer.channel in self.channels:
                yield self._kept(process, transfer)
            else:  # a value that a cancelled future gave back
                yield from self._between(process, by, transfer.sends, MESSAGE)

    def _claimed(self, process: str, start: Json) -> Iterator[Arrow]:
        transfer = start["transfer"]
        if transfer["channel"] in self.channels and transfer["do"] == "send":
            yield Arrow(self.places[process], self.channels[transfer["channel"]], CLAIM)

    def _operation(self, process: str, number: int) -> Json:
        return next(it for at, it in enumerate(self._operations(process), 1) if at == number)

    def _begun(self, process: str, op: str, key: str, name: str) -> Json:
        return next(it for it in self._operations(process) if it["op"] == op and it[key] == name)

    def _operations(self, process: str) -> Iterator[Json]:
        text = next(it for it in self.program["processes"] if it["name"] == process)
        return _flat(text["operations"])


def scene(program: Json, outcome: Outcome, waiting: Mapping[str, int], schedule: Sequence[Json]) -> Scene:
    """Read a schedule of a program, and what it comes to."""
    columns = _columns(program)
    places = {column.name: at for at, column in enumerate(columns) if column.kind is None}
    channels = {column.name: at for at, column in enumerate(columns) if column.kind is not None}
    observed = frozenset(program.get("observe") or places)
    reader = _Reader(program, observed, places, channels, _futures(schedule))
    rows = tuple(reader.row(number, step) for number, step in enumerate(schedule, 1))
    reader.bars.extend(
        Bar(places[it.process], it.row, None) for it in reader.line if it.process in waiting and not it.future
    )
    ends = tuple(_end(places[name], name, outcome, waiting) for name in places)
    return Scene(columns, rows, tuple(reader.bars), ends)


def _futures(schedule: Sequence[Json]) -> dict[tuple[str, str], str]:
    """What awaiting or cancelling a future gives, by its process and its name."""
    return {
        (process, found[1]): result
        for step in schedule
        if (found := _FUTURE.fullmatch(step["operation"]))
        for process, result in step["logged"]
        if process == step["process"]
    }


def _end(column: int, name: str, outcome: Outcome, waiting: Mapping[str, int]) -> End:
    if name in waiting:
        return End(column, WAITS, f"waits at {waiting[name]}")
    if name not in outcome:
        return End(column, UNKNOWN, "not observed")
    told = str(outcome[name]["end"])
    kind = next((it for it in (DONE, IDLE, FAILED, WAITS) if told.startswith(it)), UNKNOWN)
    return End(column, kind, told)


def _columns(program: Json) -> tuple[Column, ...]:
    """Put each channel among the processes that use it."""
    processes = program["processes"]
    used: dict[str, list[int]] = {}
    for at, process in enumerate(processes):
        for operation in _flat(process["operations"]):
            for transfer, _ in _transfers(operation, None):
                used.setdefault(transfer.channel, []).append(at)
    kept = [it for it in program.get("channels", ()) if it["kind"] != "rendezvous"]
    ordered: list[tuple[float, int, Column]] = [
        (at, 0, Column(it["name"])) for at, it in enumerate(processes)
    ]
    for at, channel in enumerate(kept, 1):
        users = sorted(set(used.get(channel["name"], [len(processes)])))
        kind = " ".join([channel["kind"], *([str(channel["capacity"])] if channel.get("capacity") else [])])
        ordered.append((sum(users) / len(users), at, Column(channel["name"], kind)))
    return tuple(column for *_, column in sorted(ordered, key=lambda it: it[:2]))


def _flat(operations: Sequence[Json]) -> Iterator[Json]:
    """The operations in the order of their numbers."""
    for operation in operations:
        yield operation
        yield from _flat(operation.get("body", ()))


def _transfers(operation: Json, result: str | None) -> Iterator[tuple[_Transfer, str | None]]:
    """The sends and receives of an operation, with the result of each that has one.

    Without a result these are all that it offers.
    """
    match operation["op"]:
        case "wait" | "try" | "start":
            yield _transfer(operation["transfer"]), result
        case "each":
            yield _Transfer(operation["channel"], sends=False), result
        case "reserve":
            yield _Transfer(operation["channel"], sends=True, kind=CLAIM), result
        case "select":
            yield from _arms(operation["arms"], result)
        case _:
            return


def _passes(result: str) -> bool:
    """Whether a result says that something passed."""
    return result in _SENT or _VALUE.fullmatch(result) is not None


def _arms(arms: Sequence[Json], result: str | None) -> Iterator[tuple[_Transfer, str | None]]:
    if result is None:
        yield from ((_transfer(arm), None) for arm in arms)
    elif taken := _ARM.fullmatch(result):
        yield _transfer(arms[int(taken[1]) - 1]), taken[2]


def _transfer(transfer: Mapping[str, Any]) -> _Transfer:
    return _Transfer(transfer["channel"], sends=transfer["do"] == "send")


def _grouped(logged: Sequence[Sequence[str]]) -> dict[str, str]:
    """What each process logged in a step."""
    results: dict[str, list[str]] = {}
    for process, result in logged:
        results.setdefault(process, []).append(result)
    return {process: " ".join(told) for process, told in results.items()}


def in_words(step: Json) -> str:
    """Tell a step in a line."""
    if step["process"] is None:
        return f"the clock moves by {step['what']['clock']}"
    process, operation = step["process"], step["operation"]
    told = {
        "does": f"{process}: {operation}",
        "waits": f"{process} waits at {operation}",
        "completes": f"{process} completes {operation}",
        "strikes": f"{process}: time is up at {operation}",
    }[step["what"]]
    results = [result if who == process else f"{who}: {result}" for who, result in step["logged"]]
    return f"{told} → {', '.join(results)}" if results else told
