"""The crate's entries, for the harness. JSON goes in and out as text."""

__all__ = ["EntryError", "explain", "hello", "run", "run_specimen", "specimens"]

class EntryError(Exception):
    """A pattern was not run.

    The arguments are the kind, ``unknown_pattern``, ``bad_input`` or
    ``exception``, and the message.
    """

    args: tuple[str, str]
    def __init__(self, kind: str, message: str) -> None: ...

def hello() -> str:
    """Say who answers, and which patterns there are."""

def run(pattern: str, input: str, /) -> str:
    """Run a pattern on a case's input; give what was observed."""

def explain(source: str, dialect: str, race: bool, limit: int, /) -> str:
    """Find every outcome of a channel program; give them as JSON."""

def specimens() -> list[tuple[str, str, str]]:
    """List the sabotaged patterns: name, pattern, what is wrong with it."""

def run_specimen(name: str, input: str, /) -> str:
    """Run a sabotaged pattern on a case's input; give what was observed."""
