"""The litmus programs are named, told and listed; nothing that they should show is missing."""

from itertools import product
from pathlib import Path

import pytest

from compare.contents import LITMUS, THEMES, page, shows, theme
from compare.errors import LabFailure

PROGRAMS = sorted(LITMUS.glob("*.txt"))
KINDS = ("rendezvous", "bounded", "unbounded", "oneshot", "mvar", "watch", "broadcast")
PATTERNS = ("close", "select", "try", "timeout", "deadlock")


def test_the_contents_are_those_of_the_files() -> None:
    text = (LITMUS / "README.md").read_text(encoding="utf-8")
    assert text == page(text, LITMUS), "python -m compare.contents writes it anew"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_is_called_like_its_file(path: Path) -> None:
    first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first == f"program {path.stem}"
    assert second == f"shows   {shows(path)}"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_is_small_and_fits_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 80
    head, *rows = text.split("\n\n")[1].splitlines()
    assert len(head.split("|")) <= 4
    assert len(rows) <= 8


@pytest.mark.parametrize(("kind", "pattern"), list(product(KINDS, PATTERNS)))
def test_every_kind_meets_every_pattern(kind: str, pattern: str) -> None:
    assert [path for path in PROGRAMS if path.stem.startswith(f"{kind}_{pattern}")]


@pytest.mark.parametrize("shape", THEMES["Classic shapes"])
def test_every_classic_shape_is_there(shape: str) -> None:
    assert [path for path in PROGRAMS if path.stem.startswith(shape)]


def test_no_two_programs_are_the_same() -> None:
    bodies: dict[str, str] = {}
    for path in PROGRAMS:
        body = path.read_text(encoding="utf-8").split("\n", 2)[2]
        assert bodies.setdefault(body, path.stem) == path.stem


def test_a_name_without_a_theme_is_refused() -> None:
    with pytest.raises(LabFailure, match="no theme"):
        theme("quux")


def test_a_program_that_shows_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mute.txt"
    path.write_text("program mute\nshows\n", encoding="utf-8")
    with pytest.raises(LabFailure, match=r"mute\.txt"):
        shows(path)
