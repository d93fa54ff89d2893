"""The files of ``compare/claims``: what they state, and which runs they cover."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import paths, schema, wire
from compare.errors import LabFailure, ShapeError
from compare.programs.model import Json, Outcome


@dataclass(frozen=True)
class Side:
    """What some systems must show in one program, or in one probe."""

    systems: tuple[str, ...]
    must: Mapping[str, Any]
    program: str | None = None
    probe: str | None = None
    runs: int = 200
    seed: int = 1
    steer: bool = True
    faulty: bool = False

    @property
    def proves(self) -> bool:
        """Whether it states anything that must come true."""
        return self.must.keys() != {"may"}


@dataclass(frozen=True)
class Statement:
    """A claim as its file has it."""

    id: str
    statement: str
    source: str
    sides: tuple[Side, ...]

    @property
    def systems(self) -> tuple[str, ...]:
        """All that it speaks of, once each."""
        return tuple(dict.fromkeys(name for side in self.sides for name in side.systems))

    @property
    def program(self) -> str | None:
        """The first program that it has for a witness."""
        return next((side.program for side in self.sides if side.program), None)


def folder() -> Path:
    """Where the claims are."""
    return paths.ROOT / "compare" / "claims"


def load() -> list[Statement]:
    """Read all claims, in the order of their ids."""
    return [_read(path) for path in sorted(folder().glob("*.json"))]


def choose(statements: Sequence[Statement], names: Sequence[str]) -> list[Statement]:
    """Keep the claims that are named; no name keeps all."""
    there_is = {one.id for one in statements}
    for name in names:
        if name not in there_is:
            raise LabFailure(f"no claim is called {name!r} in {paths.shown(folder())}")
    return [one for one in statements if not names or one.id in names]


def covering(statements: Sequence[Statement], program: str, system: str, outcome: Outcome) -> str | None:
    """Name the claim which says that this system shows this outcome of this program."""
    for one in statements:
        for side in one.sides:
            if side.program == program and system in side.systems:
                covered = [*side.must.get("shows", ()), *side.must.get("may", ())]
                if any(wire.encode(wanted) == wire.encode(outcome) for wanted in covered):
                    return one.id
    return None


def faulty(statements: Sequence[Statement]) -> dict[str, str]:
    """Name the systems that are known to be faulty, each with the claim that says so."""
    found: dict[str, str] = {}
    for one in statements:
        for name in (name for side in one.sides if side.faulty for name in side.systems):
            found.setdefault(name, one.id)
    return found


def fits(wanted: Json, outcome: Outcome) -> bool:
    """Whether an outcome is one that a claim means, which may tell only a part."""
    return all(
        name in outcome and all(outcome[name].get(part) == value for part, value in ended.items())
        for name, ended in wanted.items()
    )


def _read(path: Path) -> Statement:
    where = paths.shown(path)
    try:
        document = wire.decode(path.read_bytes())
        schema.check(document, "claim")
    except OSError as error:
        raise LabFailure(f"{where}: {error.strerror}") from None
    except ShapeError as error:
        raise LabFailure(f"{where}: {error}") from None
    if document["id"] != path.stem:
        raise LabFailure(f"{where}: the id is {document['id']!r}, and must be that of the file")
    sides = tuple(Side(**{**side, "systems": tuple(side["systems"])}) for side in document["sides"])
    return Statement(document["id"], document["statement"], document["source"], sides)
