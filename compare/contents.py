"""Write the contents of ``compare/litmus/README.md`` from the programs there.

``python -m compare.contents`` after a program was added, renamed or reworded.
"""

from pathlib import Path

from compare.errors import LabFailure
from compare.paths import ROOT

LITMUS = ROOT / "compare" / "litmus"
HEADING = "## Contents\n"
SAID = "\n`python -m compare.contents` writes what follows from the files.\n"

# A program belongs to the theme with the longest beginning that fits its name.
THEMES = {
    "Classic shapes": (
        "lost_wakeup",
        "select_race",
        "double_close",
        "send_against",
        "cancel_against",
        "two_sided_choice",
        "circular_wait",
        "crossed_rendezvous",
        "starving_arm",
    ),
    "Rendezvous": ("rendezvous_",),
    "Bounded": ("bounded_",),
    "Unbounded": ("unbounded_",),
    "Oneshot": ("oneshot_",),
    "Mvar": ("mvar_",),
    "Watch": ("watch_",),
    "Broadcast": ("broadcast_",),
    "Select": ("select_",),
    "Close": ("close_",),
    "Drop and clone": ("drop_",),
    "Try": ("try_",),
    "Timeout": ("timeout_",),
    "Start and await": ("await_",),
    "Cancel": ("cancel_",),
    "Permits": ("permit_",),
    "Failure": ("failure_",),
    "Spawn and join": ("spawn_", "join_"),
    "Loops": ("each_", "repeat_"),
    "Fan-in, fan-out, pools": ("fan_", "pool_"),
    "Pipelines": ("pipeline_",),
    "Deadlock": ("deadlock_",),
}


def theme(name: str) -> str:
    """The theme of a program, by the beginning of its name."""
    fits = [(len(start), it) for it, starts in THEMES.items() for start in starts if name.startswith(start)]
    if not fits:
        raise LabFailure(f"compare/litmus/{name}.txt: no theme in compare/contents.py begins like this name")
    return max(fits)[1]


def shows(path: Path) -> str:
    """What the program in the file shows."""
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "shows" and rest.strip():
            return rest.strip()
    raise LabFailure(f"{path.name}: a line 'shows TEXT' is expected")


def contents(folder: Path) -> str:
    """One line for each program of the folder, by theme."""
    lines: dict[str, list[str]] = {it: [] for it in THEMES}
    for path in sorted(folder.glob("*.txt")):
        lines[theme(path.stem)].append(f"- [{path.stem}]({path.name}): {shows(path)}\n")
    return "".join(f"\n### {it}\n\n{''.join(those)}" for it, those in lines.items() if those)


def page(text: str, folder: Path) -> str:
    """The page with its contents made anew."""
    before, heading, _ = text.partition(HEADING)
    if not heading:
        raise LabFailure("compare/litmus/README.md: a heading 'Contents' is expected")
    return f"{before}{HEADING}{SAID}{contents(folder)}"


def main() -> None:
    """Write the page."""
    readme = LITMUS / "README.md"
    readme.write_text(page(readme.read_text(encoding="utf-8"), LITMUS), encoding="utf-8")


if __name__ == "__main__":
    main()
