"""Systems of Python that take part in the runs of channel programs.

``python -m compare.runners.peers`` speaks compare/programs/PROTOCOL.md. Each
system has a file: what its channels are, and what it has not.
"""
