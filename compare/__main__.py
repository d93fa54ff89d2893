"""``python -m compare``: see :mod:`compare.cli`."""

from compare.cli import main

if __name__ == "__main__":
    main(prog_name="python -m compare")
