"""The charts in the terminal say what those of the page say."""

from pathlib import Path

import pytest

from compare.programs import lines
from compare.programs.sequence import CLAIM, CUT, MESSAGE, Scene
from compare.tests import pretended
from compare.tests.test_chart import PATHS, scenes

WIDTH = 76


def plain(scene: Scene, width: int = WIDTH) -> list[str]:
    return [text.plain for text in lines.lines(scene, width)]


@pytest.mark.parametrize("width", [WIDTH, 30, 200])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_step_and_every_arrow_is_there(path: Path, width: int) -> None:
    for _, scene in scenes(pretended.program(path)):
        drawn = plain(scene, width)
        kinds = [arrow.kind for row in scene.rows for arrow in row.arrows]
        whole = "\n".join(drawn)
        assert sum(map(whole.count, "▶◀")) == kinds.count(MESSAGE)
        assert sum(map(whole.count, "▷◁")) == kinds.count(CLAIM)
        assert whole.count("×") == kinds.count(CUT)
        for row in scene.rows:
            at = next(at for at, line in enumerate(drawn) if line.startswith(f"{row.number} "))
            later = (n for n, line in enumerate(drawn) if line.startswith(f"{row.number + 1} "))
            said = "\n".join(drawn[at : next(later, len(drawn))])
            assert all(label.text in said for label in row.labels)
            assert row.clock is None or f"clock +{row.clock}" in said
        assert [mark for mark in drawn[-1] if mark in "┷✗"].count("✗") == sum(
            end.kind in ("waits", "failed") for end in scene.ends
        )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_fits_a_terminal(path: Path) -> None:
    for _, scene in scenes(pretended.program(path)):
        assert max(map(len, plain(scene))) <= WIDTH


def test_a_hand_off() -> None:
    (_, scene), *_ = scenes(pretended.program(pretended.LITMUS / "bounded_hand_off.txt"))
    assert plain(scene) == [
        "   R             c          S",
        "   │             bounded 1  │",
        "1  ┃ c ?  waits  ┊          │",
        "2  ┃             ┊          ┃ sleep 1  waits",
        "3  ┃╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┃ clock +1",
        "4  ┃             ┊          ● sleep 1  time is up",
        "5  ┃ → 1         ┊          │ c ! 1  → sent",
        "   ┃◀────────────┊◀─────────●",
        "6  │             ┊          ● try c ?  → empty",
        "   ┷             ┊          ┷",
    ]
