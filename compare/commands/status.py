"""How a command ends: its exit status, whatever befalls it."""

import os
import sys
import traceback
from collections.abc import Callable

from compare import interrupt, report
from compare.errors import LabFailure

AGREED, APART, FAILED, INTERRUPTED, UNHEARD = 0, 1, 2, 130, 141


def guarded(command: Callable[[], int], interrupted: str = "interrupted", *, held: bool = False) -> None:
    """Run a command, and exit with what it says or with what befell it.

    ``held``: an interrupt is taken only where the command looks for it.
    """
    try:
        sys.exit(_held(command) if held else command())
    except LabFailure as failure:
        report.complain(str(failure))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        report.complain(interrupted)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read what is shown has left, as `head` does; nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNHEARD)
    except Exception:  # noqa: BLE001
        # Python would end with 1, which says that systems differ.
        traceback.print_exc()
        report.complain("the laboratory failed (see above)")
        sys.exit(FAILED)


def _held(command: Callable[[], int]) -> int:
    with interrupt.held():
        return command()
