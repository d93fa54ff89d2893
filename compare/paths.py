"""Where things lie in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "compare" / "patterns"
SCHEMAS = ROOT / "compare" / "schema"
TEMPLATES = ROOT / "compare" / "templates"
TARGET = ROOT / "target" / "compare"


def shown(path: Path) -> str:
    """The path as it is told to the user: from the root where it lies there."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
