"""Does the laboratory catch what it is there to catch?

Sabotaged systems run on the real harness, and each must get the verdict that
it deserves. There are two kinds. *Saboteurs* break the protocol (they hang,
die, babble); each is asked two cases, and the other one must still agree,
since a failure may cost one cell only. *Specimens* are sabotaged versions of
the patterns themselves, kept in the crate ``compare/engine``; each runs the
cases of its pattern until one of them catches it.
"""
