from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from compare import cases, new, paths
from compare.errors import LabFailure

if TYPE_CHECKING:
    from pathlib import Path

MODULES = """\
mod output;

patterns! {
    bounded,
    fan_in,
    #[cfg(feature = "work-stealing")]
    work_stealing,
    worker_pool,
}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in (
        "rust/src/patterns",
        "ocaml/patterns",
        "compare/patterns",
        "python/chanpatterns/patterns",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "rust/src/patterns/mod.rs").write_text(MODULES)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(new.main, list(arguments))


def test_all_sides_are_laid(root: Path) -> None:
    result = run("first_wins")
    assert result.exit_code == 0
    assert result.output.splitlines()[:4] == [
        "rust/src/patterns/first_wins.rs",
        "ocaml/patterns/first_wins.ml",
        "compare/patterns/first_wins.json",
        "rust/src/patterns/mod.rs",
    ]
    (pattern,) = cases.load(root / "compare/patterns")
    assert pattern.slug == "first_wins"
    for file in ("rust/src/patterns/first_wins.rs", "ocaml/patterns/first_wins.ml"):
        assert "first_wins is not written yet" in (root / file).read_text()


def test_a_page_of_the_package_is_laid_on_request(root: Path) -> None:
    page = root / "python/chanpatterns/patterns/zip.py"
    assert run("tee").exit_code == 0
    assert not page.exists()
    assert run("zip", "--python").exit_code == 0
    lines: dict[str, Any] = {}
    exec(compile(page.read_text(), page, "exec"), lines)
    with pytest.raises(NotImplementedError, match="zip is not written yet"):
        lines["zip"]()


@pytest.mark.parametrize(
    ("slug", "before"),
    [
        ("actor", "bounded"),
        ("first_wins", "#[cfg"),
        ("work_a", "#[cfg"),
        ("worker", "worker_pool"),
        ("zip", "}"),
    ],
)
def test_the_module_stands_in_order(slug: str, before: str) -> None:
    added = new.with_module(MODULES, slug)
    assert added.replace(f"    {slug},\n", "") == MODULES
    following = added.partition(f"    {slug},\n")[2].lstrip()
    assert following.startswith(before)


def test_an_unknown_list_of_modules_is_refused() -> None:
    for text in ("mod fan_in;\n", "patterns! {\n    fan_in => 1,\n}\n"):
        with pytest.raises(LabFailure, match=r"rust/src/patterns/mod\.rs"):
            new.with_module(text, "zip")


@pytest.mark.parametrize(
    ("slug", "told"),
    [
        ("Fan_in", "is no slug: expected at most 40 lower-case letters"),
        ("fan-in", "is no slug"),
        ("fan__in", "is no slug"),
        ("_fan", "is no slug"),
        ("9_lives", "is no slug"),
        ("", "is no slug"),
        ("../escape", "is no slug"),
        ("fan_in\n", "is no slug"),
        ("x" * 41, "is no slug"),
        ("yield", "is a keyword of Rust"),
        ("gen", "is a keyword of Rust"),
        ("functor", "is a keyword of OCaml"),
        ("lambda", "is a keyword of Python"),
        ("event", "ocaml/patterns/event.ml would hide the OCaml module Event"),
        ("mutex", "would hide the OCaml module Mutex"),
        ("std", "would hide the Rust crate std"),
    ],
)
def test_a_bad_slug_is_refused(root: Path, slug: str, told: str) -> None:
    result = run(slug)
    assert result.exit_code == 2
    assert told in result.output
    assert not list(root.glob("*/patterns/*.ml"))


@pytest.mark.parametrize(
    "side", ["rust/src/patterns/zip.rs", "ocaml/patterns/zip.ml", "compare/patterns/zip.json"]
)
def test_an_existing_pattern_is_refused(root: Path, side: str) -> None:
    (root / side).write_text("mine")
    result = run("zip")
    assert result.exit_code == 2
    assert f"zip is there already: {side}" in result.output
    assert (root / side).read_text() == "mine"


def test_all_is_laid_or_nothing(root: Path) -> None:
    shutil.rmtree(root / "compare/patterns")
    result = run("zip")
    assert result.exit_code == 2
    assert "nothing was laid" in result.output
    assert not list(root.glob("**/zip.*"))
    assert (root / "rust/src/patterns/mod.rs").read_text() == MODULES


def test_the_schema_agrees_about_slugs() -> None:
    schema = json.loads((paths.SCHEMAS / "pattern.schema.json").read_text("utf-8"))
    slug = schema["$defs"]["slug"]
    assert slug["pattern"] == f"^{new.SLUG.pattern}$"
    assert slug["maxLength"] == new.LONGEST


def test_the_real_list_of_modules_is_understood() -> None:
    text = (paths.ROOT / "rust/src/patterns/mod.rs").read_text("utf-8")
    assert new.with_module(text, "zzz").replace("    zzz,\n", "") == text
