"""``python -m openenv.cli``: the same as ``openenv``."""

from openenv.cli import main

main()
