"""The commands of ``python -m compare``, a file each."""
