"""What a run came to, in a file, for the commands that come after it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from compare.errors import LabFailure
from compare.paths import shown
from compare.programs.model import Allowed, Cell, Claim, Findings, Found, Program, Seen, System

NAME = "findings.json"
FOUND = "found.json"
"""What random searches found, the last one of each system."""
VERSION = 1


def write(findings: Findings, folder: Path) -> Path:
    """Write it in one go, so that no reader finds a half."""
    return _written(folder / NAME, asdict(findings))


def write_found(found: Sequence[Found], searched: Collection[str], folder: Path) -> Path:
    """Write what a search of these systems found; that of others stays as it is."""
    kept = [one for one in read_found(folder) if one.system not in searched]
    return _written(folder / FOUND, {"found": [asdict(one) for one in (*kept, *found)]})


def read_found(folder: Path) -> list[Found]:
    """Read what random searches found; nothing if there was none."""
    path = folder / FOUND
    if not path.exists():
        return []
    try:
        return [Found(**one) for one in _document(path, "fuzz")["found"]]
    except (LabFailure, KeyError, TypeError) as error:
        raise LabFailure(f"{shown(path)} is not what a search writes ({error}): remove it") from None


def _written(path: Path, document: Mapping[str, Any]) -> Path:
    part = path.with_suffix(".json.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": VERSION, **document}, ensure_ascii=False)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise LabFailure(f"cannot write {shown(path)}: {error.strerror}") from None
    return path


def read(folder: Path) -> Findings:
    """Read what the last run came to."""
    return _findings(_document(folder / NAME, "run"))


def _document(path: Path, command: str) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabFailure(f"{shown(path)} is missing; `python -m compare {command}` writes it") from None
    except (OSError, ValueError) as error:
        raise LabFailure(f"cannot read {shown(path)}: {error}") from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise LabFailure(f"{shown(path)} is of another version; `python -m compare {command}` writes it anew")
    return document


def _findings(document: Mapping[str, Any]) -> Findings:
    return Findings(
        programs=[_program(one) for one in document["programs"]],
        systems=[System(**one) for one in document["systems"]],
        cells=[Cell(**{**one, "seen": [Seen(**it) for it in one["seen"]]}) for one in document["cells"]],
        claims=[Claim(**one) for one in document["claims"]],
        notes=document["notes"],
        seconds=document["seconds"],
    )


def _program(one: Mapping[str, Any]) -> Program:
    ends = one["allowed"]
    allowed = None if ends is None else [Allowed(**end) for end in ends]
    needs = [(kind, op) for kind, op in one["needs"]]
    return Program(**{**one, "allowed": allowed, "needs": needs})
