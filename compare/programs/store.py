"""What a run came to, in a file, for the commands that come after it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from compare.errors import LabFailure
from compare.paths import shown
from compare.programs.model import Allowed, Cell, Claim, Findings, Program, Seen, System

NAME = "findings.json"
VERSION = 1


def write(findings: Findings, folder: Path) -> Path:
    """Write it in one go, so that no reader finds a half."""
    path = folder / NAME
    part = path.with_suffix(".json.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps({"version": VERSION, **asdict(findings)}, ensure_ascii=False)
        part.write_text(document, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise LabFailure(f"cannot write {shown(path)}: {error.strerror}") from None
    return path


def read(folder: Path) -> Findings:
    """Read what the last run came to."""
    path = folder / NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabFailure(f"{shown(path)} is missing; `python -m compare run` writes it") from None
    except (OSError, ValueError) as error:
        raise LabFailure(f"cannot read {shown(path)}: {error}") from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise LabFailure(f"{shown(path)} is of another version; `python -m compare run` writes it anew")
    return _findings(document)


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
