"""What a channel program can do: every outcome, each as a chart of steps."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from compare import native
from compare.errors import LabFailure
from compare.programs import lines, sequence, words
from compare.programs.model import Findings

LIMIT = 1_000_000
"""How many states are looked at, at most."""

LARGEST = 10_000_000
"""The largest file that is read, in bytes."""

FRAME = 4
"""How wide the frame of an outcome is, both sides together."""

Json = Mapping[str, Any]

Showed = Mapping[str, Sequence[str]]
"""For an outcome, as a key, the systems that showed it."""


def explained(path: Path, dialect: str, *, race: bool, limit: int) -> Json:
    """Read the program in a file, and find all that it can do."""
    engine = native.engine()
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise LabFailure(f"{path}: it has {size:,} bytes, and at most {LARGEST:,} are read")
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LabFailure(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabFailure(f"{path}: it is not UTF-8: byte {error.start}") from error
    try:
        found: Json = json.loads(engine.explain(source, dialect, race, limit))
    except engine.EntryError as error:
        raise LabFailure(f"{path}: {error.args[1]}") from error
    return found


def showed(program: Json, last: Findings | None) -> Showed:
    """Tell from the last run which systems showed which outcome of a program.

    A run of another program of the same name is left aside.
    """
    if last is None or program not in [one.json for one in last.programs]:
        return {}
    found: dict[str, list[str]] = {}
    for cell in (cell for cell in last.cells if cell.program == program["name"]):
        for one in cell.seen:
            often = f"{cell.system} ({'steered' if one.steered else one.count})"
            found.setdefault(_key(one.outcome), []).append(often)
    return found


def show(console: Console, found: Json, systems: Showed | None = None) -> None:
    """Show the program, and each outcome with a shortest way to it."""
    console.print(Text(found["text"].rstrip()))
    outcomes: Sequence[Json] = found["outcomes"]
    console.print()
    console.print(Text(counted(outcomes), "bold"))
    width = console.width - FRAME
    for number, outcome in enumerate(outcomes, start=1):
        style = "red" if outcome["waiting"] else "green"
        console.print()
        title = f"{number} of {len(outcomes)}"
        scene = sequence.scene(found["program"], outcome["outcome"], outcome["waiting"], outcome["schedule"])
        parts: list[RenderableType] = [
            _ends(outcome),
            Text(),
            *lines.lines(scene, width),
            *_shown(outcome, systems),
        ]
        console.print(Panel(Group(*parts), title=title, title_align="left", border_style=style, expand=False))
    _deadlocks(console, outcomes)
    _others(console, outcomes, systems)


def counted(ends: Sequence[Json]) -> str:
    """Tell how many outcomes there are, and how many deadlocks.

    Ends that differ only in who waits unobserved have one outcome.
    """
    count = len({_key(end["outcome"]) for end in ends})
    said = "1 outcome" if count == 1 else f"{count} outcomes"
    if count != len(ends):
        said += f", in {len(ends)} ways to end"
    dead = sum(1 for end in ends if end["waiting"])
    if dead == 0:
        return f"{said}, no deadlock"
    if dead == len(ends):
        return f"{said}, and it is a deadlock" if dead == 1 else f"{said}, all of them deadlocks"
    return f"{said}, 1 of them a deadlock" if dead == 1 else f"{said}, {dead} of them deadlocks"


def _key(outcome: Json) -> str:
    return json.dumps(outcome, sort_keys=True)


def _shown(outcome: Json, systems: Showed | None) -> list[Text]:
    """Tell who showed it; nothing, if the last run was not about this program."""
    if not systems:
        return []
    told = systems.get(_key(outcome["outcome"]))
    if told is None:
        return [Text("shown by nobody", "dim")]
    return [Text(f"shown by {', '.join(told)}", "dim")]


def _deadlocks(console: Console, outcomes: Sequence[Json]) -> None:
    """Tell of each deadlock who waits where, and how few steps lead there."""
    dead = [(number, one) for number, one in enumerate(outcomes, start=1) if one["waiting"]]
    if not dead:
        return
    console.print()
    console.print(Text("deadlocks", "bold"))
    for number, one in dead:
        who = ", ".join(f"{name} waits at {place}" for name, place in one["waiting"].items())
        steps = len(one["schedule"])
        console.print(Text(f"  {number}: {who}, after {steps} step{'s' if steps != 1 else ''}", "red"))


def _others(console: Console, outcomes: Sequence[Json], systems: Showed | None) -> None:
    """Tell of what systems showed that is not among the outcomes."""
    listed = {_key(one["outcome"]) for one in outcomes}
    others = {key: told for key, told in (systems or {}).items() if key not in listed}
    if not others:
        return
    console.print()
    console.print(Text("shown in the last run, and not among these", "bold"))
    for key, told in others.items():
        console.print(Text(f"  {words.told(json.loads(key))}: {', '.join(told)}", "red"))


def _ends(outcome: Json) -> Text:
    """Tell the logs and the ends, a line for each process."""
    lines = Text()
    told = outcome["outcome"]
    width = max((len(name) for name in told), default=0)
    for name, ended in told.items():
        if lines:
            lines.append("\n")
        lines.append(f"{name:<{width}}  ", "bold")
        lines.append(" ".join([*ended["log"], ""]))
        lines.append(ended["end"], "green" if ended["end"] == "done" else "red")
    hidden = [name for name in outcome["waiting"] if name not in told]
    for name in hidden:
        lines.append(f"\n{name}: waits at {outcome['waiting'][name]}, not observed", "red")
    return lines
