"""A message sequence chart as SVG: a lifeline a column, time going down.

The chart is drawn with classes and no colours of its own: the page has them,
for light and for dark. What is of one kind is one path, so that a chart takes
few bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from compare.programs import sequence
from compare.programs.sequence import Arrow, Label, Row, Scene

ADVANCE = 7.25
"""How wide a character is, at 12 pixels, in the widest of the usual fonts."""

LINE, TIER = 15, 9
HEAD, FOOT = 40, 14
GAP, WIDEST = 74, 168
BESIDE = 7
"""How far a label stands from its lifeline."""


@dataclass(frozen=True)
class Text:
    """A text, where it stands, and how much room it takes."""

    x: float
    y: float
    label: str
    kind: str
    result: str = ""
    middle: bool = False

    @property
    def shown(self) -> str:
        """All that is read."""
        return "  ".join(part for part in (self.label, self.result) if part)

    @property
    def width(self) -> float:
        """How wide it is, a little more rather than less."""
        return len(self.shown) * ADVANCE

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        left = self.x - self.width / 2 if self.middle else self.x
        return left, self.y - 10, left + self.width, self.y + 3


@dataclass
class Drawing:
    """What is drawn: the texts, and for each class its path."""

    texts: list[Text] = field(default_factory=list)
    paths: dict[str, list[str]] = field(default_factory=dict)
    height: float = 0.0

    def draw(self, kind: str, path: str) -> None:
        """Add to the path of a class."""
        self.paths.setdefault(kind, []).append(path)

    @property
    def width(self) -> float:
        """As far as the texts reach."""
        return max((text.box[2] for text in self.texts), default=0.0) + 6


def svg(scene: Scene, title: str) -> str:
    """The chart as an SVG element, to stand in a page."""
    made = drawing(scene)
    width, height = round(made.width), round(made.height)
    paths = "".join(f'<path class="{kind}" d="{"".join(parts)}"/>' for kind, parts in made.paths.items())
    texts = "".join(map(_text, made.texts))
    return (
        f'<svg class="msc" role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}">{paths}{texts}</svg>'
    )


def drawing(scene: Scene) -> Drawing:
    """Lay out a chart."""
    made = Drawing()
    xs = _columns(scene)
    for x, column in zip(xs, scene.columns, strict=True):
        named = HEAD - 16 if column.kind is None else HEAD - 28
        made.texts.append(Text(x, named, column.name, "p" if column.kind is None else "c", middle=True))
        if column.kind is not None:
            made.texts.append(Text(x, HEAD - 14, column.kind, "k", middle=True))
    middles, bottom = _rows(made, scene, xs)
    _bars(made, scene, xs, middles, bottom)
    _lifelines(made, scene, xs, bottom)
    made.height = _ends(made, scene, xs, bottom)
    return made


def _columns(scene: Scene) -> list[float]:
    """Where the lifelines stand: as far apart as their labels like, within reason."""
    said = [0.0] * len(scene.columns)
    for row in scene.rows:
        for label in row.labels:
            said[label.column] = max(said[label.column], len(label.text) * ADVANCE)
    heads = [max(len(it.name), len(it.kind or "")) * ADVANCE + 12 for it in scene.columns]
    for end in scene.ends:
        heads[end.column] = max(heads[end.column], len(end.told) * ADVANCE + 12)
    xs: list[float] = []
    for at, head in enumerate(heads):
        if not xs:
            xs.append(_gutter(scene) + max(head / 2, 18))
            continue
        apart = (heads[at - 1] + head) / 2
        xs.append(xs[-1] + round(max(GAP, apart, min(said[at - 1] + 2 * BESIDE, WIDEST))))
    return [round(x) for x in xs]


def _gutter(scene: Scene) -> float:
    """The room for the numbers of the steps."""
    return 4 + ADVANCE * len(str(len(scene.rows))) + 6


def _rows(made: Drawing, scene: Scene, xs: Sequence[float]) -> tuple[list[float], float]:
    """Draw the steps; the height of each one's mark, and where the last one ends."""
    middles: list[float] = []
    y: float = HEAD + 4
    for row in scene.rows:
        made.texts.append(Text(4, y + LINE - 3, str(row.number), "n"))
        lines = _labels(made, row, xs, y)
        middle = y + lines * LINE + (4 if lines else 9)
        middles.append(middle)
        y = _marks(made, row, xs, middle) + (8 if lines else 11)
    return middles, y


def _labels(made: Drawing, row: Row, xs: Sequence[float], y: float) -> int:
    """Write what stands beside the lifelines; how many lines that takes."""
    if row.clock is not None:
        made.texts.append(Text(xs[-1] + 24, y + LINE - 3, f"clock +{row.clock}", "n"))
        return 0
    taken: list[list[tuple[float, float]]] = []
    for label in row.labels:
        left = xs[label.column] + BESIDE
        right = left + len(label.text) * ADVANCE + BESIDE
        line = _free(taken, left, right)
        made.texts.append(_written(label, left, y + (line + 1) * LINE - 3, row.what))
    return max(len(taken), 1)


def _written(label: Label, x: float, y: float, what: str) -> Text:
    result = f"→ {label.result}" if label.result else ""
    waits = "w" if what == "waits" and label.told else "o"
    return Text(x, y, label.told, waits, result)


def _free(taken: list[list[tuple[float, float]]], left: float, right: float) -> int:
    """The first line on which nothing stands between two places; it is taken."""
    for at, line in enumerate(taken):
        if all(right <= start or end <= left for start, end in line):
            line.append((left, right))
            return at
    taken.append([(left, right)])
    return len(taken) - 1


def _marks(made: Drawing, row: Row, xs: Sequence[float], middle: float) -> float:
    """Draw the point of a step and its arrows, one below the other; how deep they go."""
    if row.column is None:
        made.draw("q", f"M{xs[0] - 12:g} {middle:g}H{xs[-1] + 20:g}")
        return middle
    if row.what != "waits":
        made.draw("s" if row.what == "strikes" else "o", f"M{xs[row.column]:g} {middle:g}h0")
    taken: list[list[tuple[float, float]]] = []
    deepest = middle
    for arrow in row.arrows:
        left, right = sorted((xs[arrow.start], xs[arrow.end]))
        y = middle + _free(taken, left, right) * TIER
        deepest = max(deepest, y)
        _arrow(made, arrow, xs[arrow.start], xs[arrow.end], y)
    return deepest


def _arrow(made: Drawing, arrow: Arrow, start: float, end: float, y: float) -> None:
    on = 1 if end > start else -1
    line = "d" if arrow.kind == sequence.CLAIM else "a"
    made.draw(line, f"M{start:g} {y:g}H{end - on * 4:g}")
    if arrow.kind == sequence.CUT:
        made.draw("x", f"M{end - 4:g} {y - 4:g}l8 8m0-8l-8 8")
    else:
        made.draw("h" if line == "a" else "e", f"M{end - on:g} {y:g}l{-on * 8}-4v8z")


def _bars(made: Drawing, scene: Scene, xs: Sequence[float], middles: Sequence[float], bottom: float) -> None:
    for bar in scene.bars:
        start = middles[bar.start - 1]
        end = bottom + 4 if bar.end is None else max(middles[bar.end - 1], start + 6)
        made.draw("f" if bar.end is None else "b", f"M{xs[bar.column]:g} {start:g}V{end:g}")


def _lifelines(made: Drawing, scene: Scene, xs: Sequence[float], bottom: float) -> None:
    lines: dict[str, list[str]] = {"l": [], "j": []}
    for x, column in zip(xs, scene.columns, strict=True):
        lines["l" if column.kind is None else "j"].append(f"M{x:g} {HEAD - 8}V{bottom + 4:g}")
    # They lie below all else.
    made.paths = {kind: parts for kind, parts in lines.items() if parts} | made.paths


def _ends(made: Drawing, scene: Scene, xs: Sequence[float], bottom: float) -> float:
    """Draw how each process ended; how high the chart is."""
    taken: list[list[tuple[float, float]]] = []
    for end in scene.ends:
        x, y = xs[end.column], bottom + 4
        if end.kind == sequence.DONE:
            made.draw("z", f"M{x - 6:g} {y:g}h12")
        elif end.kind in (sequence.WAITS, sequence.FAILED):
            made.draw("x", f"M{x - 5:g} {y - 5:g}l10 10m0-10l-10 10")
        half = len(end.told) * ADVANCE / 2
        line = _free(taken, x - half, x + half + BESIDE)
        bad = end.kind in (sequence.WAITS, sequence.FAILED)
        made.texts.append(Text(x, y + LINE * (line + 1) + 4, end.told, "r" if bad else "n", middle=True))
    return bottom + 4 + LINE * max(len(taken), 1) + FOOT


def _text(text: Text) -> str:
    middle = " m" if text.middle else ""
    result = (
        f'<tspan class="g">{"  " if text.label else ""}{escape(text.result)}</tspan>' if text.result else ""
    )
    label = escape(text.label)
    return f'<text class="{text.kind}{middle}" x="{text.x:g}" y="{text.y:g}">{label}{result}</text>'
