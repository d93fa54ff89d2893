"""The systems that are compared, and how each is started."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compare import native
from compare.errors import LabFailure

OCAML = ("event", "lwt", "domainslib")
OCAML4 = ("event", "lwt")
BUILD = "`make setup` builds it"


@dataclass(frozen=True)
class System:
    """A system: its name, and the command that speaks the protocol."""

    name: str
    language: str
    command: tuple[str, ...]
    side: str | None = None
    """The file of a pattern on this side, with ``{}`` for the slug."""
    optional: bool = False
    """May its library be missing where it runs? Then `hello` says why."""


def known(root: Path) -> tuple[list[System], list[str]]:
    """List the systems of this machine, and say which are left out, and why."""
    if not native.built():
        raise LabFailure(f"the module {native.MODULE} is not in {sys.prefix}; {BUILD}")
    runner = root / "target/ocaml/5/runner.exe"
    if not runner.is_file():
        raise LabFailure(f"target/ocaml/5/runner.exe is missing; {BUILD}")
    systems = [rust(), *(_ocaml(runner, "ocaml", name) for name in OCAML)]
    runner = root / "target/ocaml/4/runner.exe"
    if not runner.is_file():
        return systems, ["No OCaml 4 on this machine: ocaml4/event and ocaml4/lwt are left out."]
    return [*systems, *(_ocaml(runner, "ocaml4", name) for name in OCAML4)], []


def rust(*arguments: str) -> System:
    """The crate chanpatterns, in a Python process of its own."""
    return System(
        name="rust",
        language="Rust",
        command=(sys.executable, "-m", "compare.runners.rust", *arguments),
        side="rust/src/patterns/{}.rs",
    )


def _ocaml(runner: Path, prefix: str, name: str) -> System:
    return System(
        name=f"{prefix}/{name}",
        language="OCaml",
        command=(str(runner), "--system", name),
        side="ocaml/patterns/{}.ml",
        optional=name == "domainslib",
    )


def choose(systems: Sequence[System], names: Sequence[str], notes: Sequence[str] = ()) -> list[System]:
    """Keep the systems that are named; no name keeps all."""
    there_is = [system.name for system in systems]
    for name in names:
        if name not in there_is:
            left_out = "".join(f" ({note})" for note in notes if name in note)
            raise LabFailure(f"no system is called {name!r}; there is: {', '.join(there_is)}{left_out}")
    return [system for system in systems if not names or system.name in names]
