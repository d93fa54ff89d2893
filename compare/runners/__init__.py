"""Runners: programs that answer for a system, one line to each line."""
