"""``python -m compare.runners.peers``: see `compare.runners.peers`."""

from compare.runners.peers.serve import main

main()
