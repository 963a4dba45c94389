"""The command line: ``openenv COMMAND``. Each command is a module of this folder, imported on use."""

import sys
from importlib.util import find_spec

from openenv.errors import MissingExtra


def main() -> None:
    """Run the command that ``sys.argv`` names, and exit with its status."""
    if find_spec("click") is None or find_spec("rich") is None:
        sys.exit(f"openenv: {MissingExtra('what the command line needs', extra='cli')}")
    from openenv.cli.program import run  # which imports click

    run()
