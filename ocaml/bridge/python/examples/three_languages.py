"""Python sends, OCaml squares, Rust collects: threads of one process.

Run it, after ``make bridge``:

    .venv/bin/python ocaml/bridge/python/examples/three_languages.py
"""

import time

from chanpatterns_ocaml import channel, collect, relay

MESSAGES = 100_000
CAPACITY = 64

# Whoever is faster than the next one waits for it.
tx, numbers = channel(CAPACITY)
squared, squares = channel(CAPACITY)

ocaml = relay("square", numbers, squared)
rust = collect(squares)

began = time.perf_counter()
with tx:  # gives up the only sender: a close, which runs through to the end
    for number in range(MESSAGES):
        tx.send(b"%d" % number)
passed = ocaml.join()
collected = rust.join()
seconds = time.perf_counter() - began

assert passed == len(collected) == MESSAGES
assert collected == [b"%d" % (number * number) for number in range(MESSAGES)]
print(f"{passed} messages, none lost, in their order; the last is", end=" ")
print(f"{collected[-1].decode()}; {passed / seconds:,.0f} a second")
