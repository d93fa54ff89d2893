"""A message sequence chart for the terminal: what the page draws, in characters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from compare.programs import sequence
from compare.programs.sequence import Arrow, Label, Row, Scene

NARROWEST, WIDEST = 6, 40
"""How far lifelines stand apart, in characters."""

SHAFT, HEADS = {False: "─", True: "╌"}, {False: "◀▶", True: "◁▷"}
"""Of messages, and of what is less."""


@dataclass
class Line:
    """A line of characters, each with a style."""

    cells: list[tuple[str, str]] = field(default_factory=list)

    def put(self, x: int, text: str, style: str = "") -> None:
        """Write over what stands there."""
        self.cells.extend([(" ", "")] * (x + len(text) - len(self.cells)))
        self.cells[x : x + len(text)] = [(character, style) for character in text]

    @property
    def text(self) -> Text:
        """The line, without blanks at its end."""
        made = Text(no_wrap=True, overflow="fold")
        for character, style in self.cells:
            made.append(character, style)
        made.rstrip()
        return made


def lines(scene: Scene, width: int) -> list[Text]:
    """Chart a schedule, no wider than that if it can be."""
    xs = _places(scene, width)
    made = [_heads(scene, xs)]
    if any(column.kind for column in scene.columns):
        made.append(_kinds(scene, xs))
    for row in scene.rows:
        made.extend(_row(scene, xs, row, width))
    made.extend(_ends(scene, xs))
    return [line.text for line in made]


def _places(scene: Scene, width: int) -> list[int]:
    """Where the lifelines stand: a label's width apart, or less where that is too much."""
    gutter = len(str(len(scene.rows))) + 2
    wishes = [max(len(it.name), len(it.kind or "")) + 2 for it in scene.columns]
    last = 0
    for row in scene.rows:
        for label in row.labels:
            wishes[label.column] = max(wishes[label.column], len(label.text) + 4)
            last = max(last, len(label.text) + 2) if label.column == len(wishes) - 1 else last
    xs: list[int] = []
    for widest in range(WIDEST, NARROWEST - 1, -1):
        xs = [gutter]
        for wish in wishes[:-1]:
            xs.append(xs[-1] + max(NARROWEST, min(wish, widest)))
        if xs[-1] + last <= width:
            break
    return xs


def _heads(scene: Scene, xs: Sequence[int]) -> Line:
    line = Line()
    for x, column in zip(xs, scene.columns, strict=True):
        line.put(x, column.name, "bold" if column.kind is None else "bold blue")
    return line


def _kinds(scene: Scene, xs: Sequence[int]) -> Line:
    line = _lifelines(scene, xs, 0)
    for x, column in zip(xs, scene.columns, strict=True):
        if column.kind is not None:
            line.put(x, column.kind, "dim")
    return line


def _lifelines(scene: Scene, xs: Sequence[int], row: int) -> Line:
    """The lifelines beside a step, with who waits then."""
    line = Line()
    for x, column in zip(xs, scene.columns, strict=True):
        line.put(x, "│" if column.kind is None else "┊", "dim" if column.kind is None else "blue")
    for bar in scene.bars:
        if bar.start <= row and (bar.end is None or row <= bar.end):
            line.put(xs[bar.column], "┃", "red" if bar.end is None else "yellow")
    return line


def _row(scene: Scene, xs: Sequence[int], row: Row, width: int) -> Iterator[Line]:
    if row.clock is not None:
        yield _clock(scene, xs, row)
        return
    told = [_lifelines(scene, xs, row.number)]
    taken: list[list[tuple[int, int]]] = []
    for label in row.labels:
        left, right = _beside(label, xs, width)
        at = _free(taken, left, right)
        told.extend(_lifelines(scene, xs, row.number) for _ in range(at + 1 - len(told)))
        _write(told[at], label, left, waits=row.what == "waits")
    told[0].put(0, str(row.number), "dim")
    drawn = list(_arrows(scene, xs, row))
    if row.column is not None and row.what != "waits":
        style = "yellow" if row.what == "strikes" else ""
        (drawn or told)[0].put(xs[row.column], "●", style)
    yield from told
    yield from drawn


def _clock(scene: Scene, xs: Sequence[int], row: Row) -> Line:
    line = Line()
    line.put(0, str(row.number), "dim")
    line.put(xs[0], "╌" * (xs[-1] - xs[0] + 1), "dim")
    for bar in scene.bars:
        if bar.start < row.number and (bar.end is None or row.number <= bar.end):
            line.put(xs[bar.column], "┃", "red" if bar.end is None else "yellow")
    line.put(xs[-1] + 2, f"clock +{row.clock}", "dim")
    return line


def _beside(label: Label, xs: Sequence[int], width: int) -> tuple[int, int]:
    """Where a label begins and ends: right of its lifeline, or left where that is too far."""
    x, length = xs[label.column], len(label.text)
    left = x + 2
    if left + length > width and x - 1 - length > xs[0]:
        left = x - 1 - length
    return left, left + length + 1


def _write(line: Line, label: Label, left: int, *, waits: bool) -> None:
    line.put(left, label.text, "yellow" if waits and label.told else "")
    if label.result:
        result = f"→ {label.result}"
        line.put(left + len(label.text) - len(result), result, "cyan")


def _arrows(scene: Scene, xs: Sequence[int], row: Row) -> Iterator[Line]:
    """The arrows of a step, side by side where they can be."""
    taken: list[list[tuple[int, int]]] = []
    drawn: list[Line] = []
    for arrow in row.arrows:
        left, right = sorted((xs[arrow.start], xs[arrow.end]))
        at = _free(taken, left, right)
        drawn.extend(_lifelines(scene, xs, row.number) for _ in range(at + 1 - len(drawn)))
        _draw(drawn[at], arrow, xs)
    yield from drawn


def _draw(line: Line, arrow: Arrow, xs: Sequence[int]) -> None:
    start, end = xs[arrow.start], xs[arrow.end]
    less = arrow.kind == sequence.CLAIM
    left, right = sorted((start, end))
    line.put(left + 1, SHAFT[less] * (right - left - 1))
    if arrow.kind == sequence.CUT:
        line.put(end, "×", "red")
    else:
        line.put(end - 1 if end > start else end + 1, HEADS[less][end > start])


def _free(taken: list[list[tuple[int, int]]], left: int, right: int) -> int:
    """The first line on which nothing stands between two places; it is taken."""
    for at, line in enumerate(taken):
        if all(right <= start or end <= left for start, end in line):
            line.append((left, right))
            return at
    taken.append([(left, right)])
    return len(taken) - 1


def _ends(scene: Scene, xs: Sequence[int]) -> Iterator[Line]:
    marks = {sequence.DONE: ("┷", ""), sequence.WAITS: ("✗", "red"), sequence.FAILED: ("✗", "red")}
    line = Line()
    for x, column in zip(xs, scene.columns, strict=True):
        if column.kind is not None:
            line.put(x, "┊", "blue")
    for end in scene.ends:
        line.put(xs[end.column], *marks.get(end.kind, ("│", "dim")))
    yield line
