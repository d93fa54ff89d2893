"""What systems say, made fit for a terminal and for a file."""

LINES = 6
LONGEST = 300


def printable(text: str, lines: int = LINES) -> str:
    """Make what a system says fit to be shown.

    Taken out is what would move a terminal's cursor or change its colours, and
    what is too much.
    """
    kept = text.expandtabs().splitlines()
    shown = [
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line) for line in kept[:lines]
    ]
    shown = [line if len(line) <= LONGEST else f"{line[:LONGEST]}…" for line in shown]
    return "\n".join([*shown, "…"] if len(kept) > lines else shown)
