"""What a dialect allows beyond the strictest is claimed too, and must be shown.

A dialect is the strictest until a run of some program shows otherwise; so each
field that is wider names that program, and here the program is run.
"""

import re
from collections.abc import Iterator, Sequence

from compare.programs import meaning
from compare.programs.model import Program, System
from compare.programs.sample import Sample
from compare.programs.statements import Side, Statement

WIDENS = "widens"
"""What such a side must do: show what the strictest value of this field forbids."""

STRICTEST = {
    "fifo": "narrow",
    "hand_off": "narrow",
    "send_on_closed": "error",
    "close_twice": "already",
    "drop_closes": False,
    "keeps_cancelled": True,
    "permit_outlives_close": False,
    "first_arm": False,
}
ASKS_MORE = ("always",)
"""Values that allow less than the strictest: nothing can show them."""


def stated(systems: Sequence[System]) -> list[Statement]:
    """State of each system that what its dialect allows it also does."""
    return [one for system in systems if system.unavailable is None for one in _of(system)]


def _of(system: System) -> Iterator[Statement]:
    named = {one["field"]: one for one in system.widened}
    wide = {field for field, value in system.dialect.items() if value not in (STRICTEST[field], *ASKS_MORE)}
    for field in sorted(wide | named.keys()):
        told = named.get(field, {"why": "its runner names no program that shows it", "program": None})
        side = Side((system.name,), {WIDENS: field}, program=told["program"])
        name = re.sub(r"[^a-z0-9]+", "_", f"dialect_{system.name}_{field}")
        why = f"{field} is {system.dialect.get(field)!r}: {told['why']}"
        yield Statement(name, f"The dialect of {system.name}: {why}.", "The system's runner", (side,))


def complaint(system: System, program: Program, sample: Sample, field: str) -> str | None:
    """Say if nothing was seen that the strictest value of the field forbids."""
    dialect = {name: value for name, value in system.dialect.items() if name != field}
    ends = [(one.sighting.outcome, one.sighting.waiting) for one in sample.shown.values()]
    judged = meaning.judge(program.json, dialect, ends, race=system.time == "race")
    if any(not one.allowed for one in judged):
        return None
    return f"shows nothing that needs {field} to be {system.dialect.get(field)!r}"
