"""The native module of ``compare/engine``, as far as the harness uses it."""

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

MODULE = "compare_engine"


class Engine(Protocol):
    """What the module ``compare_engine`` offers. JSON goes in and out as text."""

    EntryError: type[Exception]
    """An error answer: its arguments are the kind and the message."""

    def hello(self) -> str:
        """Say who answers, and which patterns there are."""

    def run(self, pattern: str, given: str, /) -> str:
        """Run a pattern with an input; give its observation."""

    def explain(self, source: str, dialect: str, race: bool, limit: int, /) -> str:
        """Find every outcome of a channel program; give them as JSON."""

    def needs(self, source: str, /) -> str:
        """List the kinds and operations that a channel program needs."""

    def program(self, source: str, /) -> str:
        """Read a channel program; give it as data and as text, with its id."""

    def judge(self, source: str, dialect: str, race: bool, outcomes: str, limit: int, /) -> str:
        """Tell of each outcome whether it is allowed, and if not, what is nearest."""

    def generate(self, seed: int, allowed: str | None, /) -> str:
        """Make a random channel program that needs nothing but what is given."""

    def smaller(self, source: str, /) -> list[str]:
        """List the programs that are one step smaller."""

    def specimens(self) -> list[tuple[str, str, str]]:
        """List the sabotaged patterns: name, pattern, what is wrong with it."""

    def run_specimen(self, name: str, given: str, /) -> str:
        """Run a sabotaged pattern."""


def built() -> bool:
    """Tell whether the module is there."""
    return find_spec(MODULE) is not None


def engine() -> Engine:
    """Import the module."""
    return cast("Engine", import_module(MODULE))
