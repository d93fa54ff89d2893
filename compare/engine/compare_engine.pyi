"""The crate's entries, for the harness. JSON goes in and out as text."""

__all__ = [
    "EntryError",
    "explain",
    "generate",
    "hello",
    "judge",
    "needs",
    "program",
    "run",
    "run_specimen",
    "smaller",
    "specimens",
]

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

def judge(source: str, dialect: str, race: bool, outcomes: str, limit: int, /) -> str:
    """Say which outcomes a channel program allows, and what is nearest.

    ``outcomes`` is a JSON list of ``{"outcome", "waiting"}``, of which
    ``waiting`` may be left out; the answer has for each
    ``{"allowed", "nearest", "parts"}``. Where the search for all outcomes ends
    within ``limit`` states, ``waiting`` is judged too. Else membership is, and
    ``waiting`` is not looked at, ``nearest`` and ``parts`` are null, and so is
    ``allowed`` where that takes more states than ``limit``, too.
    """

def program(source: str, /) -> str:
    """Read a channel program; give its JSON, its text and its id as JSON.

    The id is a hash of all but the name and what it shows.
    """

def needs(source: str, /) -> str:
    """Find what a channel program needs; give it as JSON.

    That is a list of pairs, a kind or null and an op, as the protocol names
    them.
    """

def generate(seed: int, allowed: str | None, /) -> str:
    """Make the channel program of a seed; give its JSON.

    It needs nothing outside of ``allowed``, which is what ``needs`` gives, if
    that is given.
    """

def smaller(source: str, /) -> list[str]:
    """Shrink a channel program: give the JSON of what is a little smaller.

    What lacks the most comes first; all of them are valid.
    """

def specimens() -> list[tuple[str, str, str]]:
    """List the sabotaged patterns: name, pattern, what is wrong with it."""

def run_specimen(name: str, input: str, /) -> str:
    """Run a sabotaged pattern on a case's input; give what was observed."""
