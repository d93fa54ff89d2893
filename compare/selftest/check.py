"""Runs every sabotaged system, and tells which were caught."""

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from compare import cases, interrupt, native, paths, systems
from compare.cases import Case
from compare.child import Children
from compare.errors import LabFailure
from compare.laboratory import Laboratory
from compare.report import complain
from compare.selftest import saboteur
from compare.systems import System
from compare.verdicts import AGREE, CRASH, DIFFER, ERROR, TIMEOUT, Cell

DEADLINE = 20.0
SHORT_DEADLINE = 5.0
"""For those that have to be waited for. Before they hang they must be able to
start and to answer even on a busy machine."""

CASES = tuple(
    Case(
        pattern="sabotage",
        name=name,
        shows="A sabotaged answer costs one cell, and the one before and after are judged as ever.",
        input={"items": [1, 2, 3], "sabotage": name == "during"},
        rule="exact",
        expected={"items": [1, 2, 3]},
        invariants={"nothing_lost": True, "nothing_twice": True},
    )
    for name in ("before", "during", "after")
)

CAUGHT_AS = {
    "never_answers": TIMEOUT,
    "never_answers_any_signal": TIMEOUT,
    "spins": TIMEOUT,
    "dies": CRASH,
    "dies_half_way": CRASH,
    "dies_and_leaves_a_child": CRASH,
    "closes_stdout": CRASH,
    "answers_anothers_items": DIFFER,
}
"""The verdict on each saboteur; the others are in error."""

HELLO_CAUGHT_AS = {"late_hello": TIMEOUT, "dies_at_hello": CRASH}


@dataclass(frozen=True)
class Sabotage:
    """A sabotaged system, and what the harness must make of it."""

    name: str
    wrong: str
    system: System
    cases: Sequence[Case]
    deadline: float
    wanted: Sequence[str] = ()
    """The verdict on each case; empty if one case of all must be caught."""
    catch: frozenset[str] = field(default_factory=frozenset)
    """The verdicts that count as caught, where one case is enough."""

    def complaint(self, children: Children | None = None) -> str | None:
        """Run it; say how it got away, or nothing if it was caught."""
        with Laboratory([self.system], self.deadline, paths.ROOT, children) as laboratory:
            laboratory.meet()
            return self._all(laboratory) if self.wanted else self._any(laboratory)

    def _all(self, laboratory: Laboratory) -> str | None:
        found: list[Cell] = []
        laboratory.run(self.cases, found.extend)
        verdicts = [cell.verdict for cell in found]
        if verdicts == list(self.wanted):
            return None
        return f"expected {', '.join(self.wanted)}, found {', '.join(verdicts)}{_reasons(found)}"

    def _any(self, laboratory: Laboratory) -> str | None:
        found: list[Cell] = []
        for case in self.cases:
            laboratory.run([case], found.extend)
            if found[-1].verdict in self.catch:
                return None
            if found[-1].verdict != AGREE:
                break
        told = " or ".join(sorted(self.catch))
        if not found or found[-1].verdict == AGREE:
            return f"expected {told} in one of {len(found)} cases; all agree"
        return f"expected {told}, found {found[-1].verdict}{_reasons(found[-1:])}"


def _reasons(found: Iterable[Cell]) -> str:
    return "".join(f"\n    {cell.case.name}: {cell.reason}" for cell in found if cell.reason)


def saboteurs() -> list[Sabotage]:
    """List the systems that break the protocol."""
    return [by_name(name) for name in (*saboteur.DEEDS, *saboteur.HELLOS) if name != "honest"]


def by_name(name: str) -> Sabotage:
    """Describe one saboteur."""
    deed = saboteur.HELLOS.get(name) or saboteur.DEEDS[name]
    wrong = (deed.__doc__ or name).partition("\n")[0].rstrip(".")
    if name in saboteur.HELLOS:
        wanted = [HELLO_CAUGHT_AS.get(name, ERROR)] * len(CASES)
    else:
        wanted = [AGREE, CAUGHT_AS.get(name, ERROR), AGREE]
    command = (sys.executable, "-m", "compare.selftest.saboteur", name)
    system = System("saboteur", "Python", command)
    deadline = SHORT_DEADLINE if TIMEOUT in wanted else DEADLINE
    return Sabotage(name, wrong, system, CASES, deadline, wanted)


def specimens() -> list[Sabotage]:
    """List the sabotaged patterns of the engine.

    One whose description begins with "hangs" must be caught as a timeout.
    """
    patterns = {pattern.slug: pattern for pattern in cases.load(paths.CASES)}
    return [
        Sabotage(
            name,
            wrong,
            systems.rust("--specimen", name),
            patterns[slug].cases,
            DEADLINE,
            catch=frozenset({TIMEOUT if wrong.startswith("hangs") else DIFFER}),
        )
        for name, slug, wrong in native.engine().specimens()
    ]


def run(sabotages: Sequence[Sabotage]) -> int:
    """Run all, print a line each, and give the exit status."""
    caught = 0
    width = max((len(sabotage.name) for sabotage in sabotages), default=0)
    children = Children()
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        complaints = [pool.submit(sabotage.complaint, children) for sabotage in sabotages]
        for sabotage, complaint in zip(sabotages, complaints, strict=True):
            found = interrupt.result(complaint)
            caught += found is None
            print(f"{'caught' if found is None else 'MISSED'}  {sabotage.name:<{width}}  {sabotage.wrong}")
            if found is not None:
                print(f"        {found}")
            sys.stdout.flush()
    finally:
        children.kill_all()
        pool.shutdown(cancel_futures=True)
    print(f"{caught} of {len(sabotages)} sabotages caught")
    return 0 if caught == len(sabotages) else 1


def main() -> int:
    """Run the saboteurs and the specimens."""
    try:
        systems.known(paths.ROOT)
        with interrupt.held():
            return run([*saboteurs(), *specimens()])
    except LabFailure as failure:
        complain(str(failure))
        return 2
    except KeyboardInterrupt:
        complain("interrupted")
        return 130
