"""The patterns with functions in them, a page each.

Each page begins like the same pattern's in Rust and in OCaml. The work is
done by the crate; every role that is a Python function or iterable runs on
a thread of its own, which holds the interpreter only while it runs Python.

The functions can be imported from `chanpatterns` itself. What they share:

- Threads start when the function is called, and have ended when its results
  have. `Output` says how to leave early.
- An exception in a role is a result. Where results are `Outcome` objects it
  is the ``error`` of one; else it is raised in the place of the item, with a
  note that says whose it is, and iteration may go on after it.
- Those for asyncio, whose names end in ``_async``, are the same on one event
  loop, written in Python. `TaskOutput` says how to leave early.
- A role's thread is not one of `threading`'s, and what a role keeps in a
  ``threading.local`` lasts for one call.
"""
