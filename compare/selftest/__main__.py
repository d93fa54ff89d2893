"""``python -m compare.selftest``, which ``make selftest`` runs."""

import sys

from compare.selftest.check import main

if __name__ == "__main__":
    sys.exit(main())
