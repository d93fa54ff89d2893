"""Which runners there are, and the systems that each of them has."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compare import interrupt
from compare.child import ChildFailure, Children
from compare.errors import LabFailure
from compare.programs.model import Json, System
from compare.programs.speaker import PATIENCE, Speaker
from compare.text import printable
from compare.workers import workers

BUILD = "`make setup` builds it"
SHUTTLE = "target/shuttle/release/litmus-rust"


@dataclass(frozen=True)
class Runner:
    """How a runner is started."""

    name: str
    """With which the names of its systems begin."""
    command: tuple[str, ...]
    optional: str | None = None
    """What is missing on a machine that has not got it, if it need not be there."""
    on_purpose: bool = False
    """Whether its systems are broken on purpose: they run only if they are named."""

    @property
    def there(self) -> bool:
        """Whether it was built."""
        return "/" not in self.command[0] or Path(self.command[0]).is_file()


@dataclass(frozen=True)
class Known:
    """A system, and the runner that it belongs to."""

    system: System
    runner: Runner
    probes: frozenset[str] = frozenset()
    """Those of the runner."""
    broken: tuple[str, str] | None = None
    """Verdict and reason, where the runner said no hello."""


def commands(root: Path) -> list[Runner]:
    """List all runners that there may be."""
    return [
        Runner("rust", (str(root / "target/release/litmus-rust"),)),
        Runner("ocaml", (str(root / "target/ocaml/5/litmus.exe"),)),
        Runner("ocaml4", (str(root / "target/ocaml/4/litmus.exe"),), "no OCaml 4"),
        Runner("go", (str(root / "target/go/litmus"),), "no Go"),
        Runner("python", (sys.executable, "-m", "compare.runners.peers")),
        Runner("shuttle", (str(root / SHUTTLE),)),
        Runner("mutants", (str(root / SHUTTLE), "--mutants"), on_purpose=True),
    ]


def known(root: Path, names: Sequence[str] = (), patience: float = PATIENCE) -> tuple[list[Known], list[str]]:
    """Hear from every runner what systems it has; and who is left out, and why.

    A runner that is missing or broken is a system of its name, which fails. One whose
    systems are broken on purpose is asked only if a name means one of them.
    """
    named = {name.partition("/")[0] for name in names}
    there_are = [one for one in commands(root) if not one.on_purpose or one.name in named]
    there = [runner for runner in there_are if runner.there]
    notes = [
        f"{runner.optional[0].upper()}{runner.optional[1:]} on this machine: {runner.name}/… is left out."
        for runner in there_are
        if runner.optional and not runner.there
    ]
    children = Children()
    with workers(children, len(there)) as pool:
        hellos = {one.name: pool.submit(heard, one, children, root, patience) for one in there}
        found = [known for hello in hellos.values() for known in interrupt.result(hello)]
    found += [_missing(one) for one in there_are if not one.there and not one.optional]
    return _once(found, notes), notes


def heard(runner: Runner, children: Children, root: Path, patience: float) -> list[Known]:
    """Start a runner, hear its hello, and end it."""
    speaker = None
    try:
        speaker = Speaker(runner.command, children, root, patience)
        hello = speaker.hello()
    except ChildFailure as failure:
        return [_broken(runner, failure.verdict, f"hello: {failure}")]
    finally:
        if speaker is not None:
            speaker.kill()
    probes = frozenset(hello["probes"])
    return [Known(_system(one), runner, probes) for one in hello["systems"]]


def choose(there_are: Sequence[Known], names: Sequence[str], notes: Sequence[str] = ()) -> list[Known]:
    """Keep the systems that are named, or whose runner is; no name keeps all."""
    for name in names:
        if not any(matches(one, name) for one in there_are):
            told = ", ".join(one.system.name for one in there_are) or "none"
            left_out = "".join(f" ({note})" for note in notes if f" {name.partition('/')[0]}/" in note)
            raise LabFailure(f"no system is called {name!r}; there is: {told}{left_out}")
    return [one for one in there_are if not names or any(matches(one, name) for name in names)]


def matches(one: Known, name: str) -> bool:
    """Whether a name means this system, or all of its library or runner."""
    return one.system.name == name or one.system.name.startswith(f"{name}/")


def _once(found: Sequence[Known], notes: list[str]) -> list[Known]:
    """Keep the first of each name."""
    first: dict[str, Known] = {}
    for one in found:
        if one.system.name in first:
            notes.append(f"{one.runner.name} has a second {one.system.name}, which is left out.")
        first.setdefault(one.system.name, one)
    return list(first.values())


def _missing(runner: Runner) -> Known:
    return _broken(runner, "crash", f"{runner.command[0]} is missing; {BUILD}")


def _broken(runner: Runner, verdict: str, reason: str) -> Known:
    system = System(runner.name, "unknown", "threads", "race", False, {}, (), ())
    # What it said is no outcome: the verdicts know no other kind of failure.
    return Known(system, runner, broken=("timeout" if verdict == "timeout" else "crash", reason))


def _system(told: Json) -> System:
    unavailable = told.get("unavailable")
    return System(
        name=told["name"],
        version=printable(told["version"] or "unknown", 1),
        driver=told["driver"],
        time=told["time"],
        steers=told["steers"],
        dialect=told["dialect"],
        widened=told["widened"],
        hasnt=told["not"],
        unavailable=unavailable and printable(unavailable),
    )
