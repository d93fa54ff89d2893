"""The README is true: its examples run, its links lead somewhere, its index is whole.

Its Rust and Python examples run with the doctests of either side.
"""

import re
from pathlib import Path

import pytest

from compare import cases
from compare.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / f"compare/{it}/README.md" for it in ("patterns", "litmus"))])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_ocaml_example_is_the_one_that_runs() -> None:
    """The block in the README is the program that `dune test` runs."""
    (block,) = re.findall(r"```ocaml\n(.*?)```", README, re.DOTALL)
    assert block == (ROOT / "ocaml/test/readme/example.ml").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to a file of the repository leads to a file that is there."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("slug", [pattern.slug for pattern in cases.load(ROOT / "compare/patterns")])
def test_the_index_has_every_pattern_with_all_its_sides(slug: str) -> None:
    """A pattern's row links to its cases and to each file that it has."""
    (row,) = [line for line in README.splitlines() if line.startswith(f"| [{slug}](")]
    sides = [
        f"compare/patterns/{slug}.json",
        f"rust/src/patterns/{slug}.rs",
        f"ocaml/patterns/{slug}.ml",
        f"python/chanpatterns/patterns/{slug}.py",
    ]
    there = [side for side in sides if (ROOT / side).is_file()]
    assert re.findall(r"\]\(([^)]+)\)", row) == there
