"""Channel programs on real systems: runs, verdicts, claims, the report."""
