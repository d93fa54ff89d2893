"""The laboratory: the same patterns on every system, side by side."""
