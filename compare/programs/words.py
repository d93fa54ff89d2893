"""Outcomes in words, as ``compare/litmus/README.md`` writes them."""

from collections.abc import Mapping
from typing import Any

from compare.programs.model import Outcome


def told(outcome: Outcome, waiting: Mapping[str, int] | None = None) -> str:
    """Tell an outcome in a line, and who waits without being observed."""
    parts = [f"{name}: {_ended(ended)}" for name, ended in outcome.items()]
    hidden = {name: number for name, number in (waiting or {}).items() if name not in outcome}
    parts += [f"{name}: waits at {number}, not observed" for name, number in hidden.items()]
    return "; ".join(parts) or "nobody is observed"


def _ended(ended: Mapping[str, Any]) -> str:
    log = " ".join(ended.get("log", ["…"]))
    end = f"[{ended['end']}]" if "end" in ended else "[…]"
    return f"{log} {end}" if log else end


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
