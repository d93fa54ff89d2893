"""What a channel program can do: every outcome, each as a chart of steps."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from compare import native
from compare.errors import LabFailure
from compare.programs import lines, sequence

LIMIT = 1_000_000
"""How many states are looked at, at most."""

LARGEST = 10_000_000
"""The largest file that is read, in bytes."""

FRAME = 4
"""How wide the frame of an outcome is, both sides together."""

Json = Mapping[str, Any]


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


def show(console: Console, found: Json) -> None:
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
        inside = Group(_ends(outcome), Text(), *lines.lines(scene, width))
        console.print(Panel(inside, title=title, title_align="left", border_style=style, expand=False))


def counted(ends: Sequence[Json]) -> str:
    """Tell how many outcomes there are, and how many deadlocks.

    Ends that differ only in who waits unobserved have one outcome.
    """
    count = len({json.dumps(end["outcome"], sort_keys=True) for end in ends})
    said = "1 outcome" if count == 1 else f"{count} outcomes"
    if count != len(ends):
        said += f", in {len(ends)} ways to end"
    dead = sum(1 for end in ends if end["waiting"])
    if dead == 0:
        return f"{said}, no deadlock"
    if dead == len(ends):
        return f"{said}, and it is a deadlock" if dead == 1 else f"{said}, all of them deadlocks"
    return f"{said}, 1 of them a deadlock" if dead == 1 else f"{said}, {dead} of them deadlocks"


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
