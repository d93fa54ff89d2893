"""Lay the files of a new pattern on all sides: ``make new PATTERN=slug``.

What is laid builds, and in ``make compare`` its row
says *not written yet* on every system until it is written.
"""

import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

import click

from compare import paths
from compare.errors import LabFailure
from compare.report import complain

SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 40

RUST_KEYWORDS = frozenset(
    """
    as async await break const continue crate dyn else enum extern false fn for gen if impl in let loop
    match mod move mut pub ref return self static struct super trait true type unsafe use where while
    abstract become box do final macro override priv try typeof unsized virtual yield
    """.split()
)
OCAML_KEYWORDS = frozenset(
    """
    and as assert begin class constraint do done downto effect else end exception external false for fun
    function functor if in include inherit initializer land lazy let lor lsl lsr lxor asr match method mod
    module mutable new nonrec object of open or private rec sig struct then to true try type val virtual
    when while with
    """.split()
)
RUST_CRATES = frozenset({"std", "core", "alloc", "test", "proc_macro", "serde", "serde_json", "chanpatterns"})
# `Semaphore` is not among them: a pattern may well be called so, and
# `Stdlib.Semaphore` reaches the other one.
OCAML_MODULES = frozenset(
    """
    arg array arraylabels atomic bigarray bool buffer bytes byteslabels callback char complex condition
    digest domain dynarray effect either ephemeron event filename float format fun gc hashtbl iarray
    in_channel int int32 int64 lazy lexing list listlabels map marshal morelabels mutex nativeint obj oo
    option out_channel pair parsing pqueue printexc printf queue random repr result scanf seq set stack
    stdlabels stdlib string stringlabels sys thread type uchar unit unix weak
    channels entry patterns domains domainslib lwt lwt_stream lwt_mvar lwt_mutex lwt_condition yojson
    """.split()
)


@dataclass(frozen=True)
class Change:
    """A file to be written, and what it holds then."""

    path: Path
    text: str


def check_slug(slug: str) -> None:
    """Refuse a name that some side cannot have."""
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST:
        raise LabFailure(
            f"{slug!r} is no slug: expected at most {LONGEST} lower-case letters and digits, in words "
            "joined by _, beginning with a letter, such as fan_in"
        )
    for language, words in (("Rust", RUST_KEYWORDS), ("OCaml", OCAML_KEYWORDS)):
        if slug in words:
            raise LabFailure(f"{slug!r} is a keyword of {language}, so no function there can be called so")
    if keyword.iskeyword(slug):
        raise LabFailure(f"{slug!r} is a keyword of Python, so no function there can be called so")
    if slug in OCAML_MODULES:
        raise LabFailure(f"ocaml/patterns/{slug}.ml would hide the OCaml module {slug.capitalize()}")
    if slug in RUST_CRATES:
        raise LabFailure(f"rust/src/patterns/{slug}.rs would hide the Rust crate {slug}")


def changes(slug: str, root: Path, *, python: bool = False) -> list[Change]:
    """List all that has to be written; refuse if something is there already."""
    new = {
        "slug.rs.in": root / f"rust/src/patterns/{slug}.rs",
        "slug.ml.in": root / f"ocaml/patterns/{slug}.ml",
        "slug.json.in": root / f"compare/patterns/{slug}.json",
    }
    if python:
        new["slug.py.in"] = root / f"python/chanpatterns/patterns/{slug}.py"
    there = [paths.shown(path) for path in new.values() if path.exists()]
    if there:
        raise LabFailure(f"{slug} is there already: {', '.join(there)}")
    words = {"slug": slug, "title": slug.replace("_", " ").capitalize()}
    laid = [
        Change(path, Template((paths.TEMPLATES / name).read_text("utf-8")).substitute(words))
        for name, path in new.items()
    ]
    module = root / "rust/src/patterns/mod.rs"
    return [*laid, Change(module, with_module(module.read_text("utf-8"), slug))]


def with_module(text: str, slug: str) -> str:
    """Add a pattern to the list ``patterns! { … }`` of ``mod.rs``, in order."""
    found = re.search(r"^patterns! \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LabFailure("rust/src/patterns/mod.rs has no list `patterns! { … }` to add a pattern to")
    # An entry is a slug with the attributes above it.
    entries = re.findall(r"(?:^ +#\[.*\]\n)*^ +\w+,\n", found[1], re.MULTILINE)
    if "".join(entries) != found[1]:
        raise LabFailure("rust/src/patterns/mod.rs: expected only slugs and attributes in `patterns! { … }`")
    entries.append(f"    {slug},\n")
    entries.sort(key=lambda entry: entry.split("\n")[-2].strip(" ,"))
    return text[: found.start(1)] + "".join(entries) + text[found.end(1) :]


def lay(todo: list[Change]) -> None:
    """Write all files, or none."""
    before = {change.path: change.path.read_bytes() if change.path.exists() else None for change in todo}
    try:
        for change in todo:
            change.path.write_text(change.text, "utf-8")
    except OSError as error:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise LabFailure(f"cannot write {error.filename}: {error.strerror}; nothing was laid") from None


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("slug")
@click.option("--python", is_flag=True, help="Lay a page of the Python package, too.")
def main(slug: str, python: bool) -> None:
    """Lay the files of a new pattern on all sides.

    SLUG is its name everywhere: of the files, the modules and the functions.
    Patterns with a function in them have a page in the Python package.
    """
    try:
        check_slug(slug)
        todo = changes(slug, paths.ROOT, python=python)
        lay(todo)
    except LabFailure as failure:
        complain(str(failure))
        sys.exit(2)
    for change in todo:
        click.echo(paths.shown(change.path))
    click.echo(f"Write the cases first, then the sides; `make compare PATTERN={slug}` shows how far it is.")


if __name__ == "__main__":
    main(prog_name="python -m compare.new")
