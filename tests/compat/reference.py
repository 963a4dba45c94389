"""The reference implementation as a peer: the programs under ``peers``, run by its interpreter or by ours."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(__file__).parent / "peers"
REFERENCE = ROOT / ".venv-reference" / "bin" / "python"
BOUND_S = 60.0


def reference_interpreter() -> str:
    """The interpreter that has the reference and not us."""
    assert REFERENCE.exists(), f"{REFERENCE} is missing; run: scripts/set-up --with-reference"
    return str(REFERENCE)


class Program:
    """A program of ``peers``, running."""

    def __init__(self, name: str, *arguments: object, python: str = sys.executable) -> None:
        ours_only = {} if python != sys.executable else {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | ours_only
        command = [python, str(PEERS / f"{name}.py"), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    def first_line(self) -> str:
        """What it prints first."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip() or self.failed()

    def output(self, *, within_s: float = BOUND_S) -> str:
        """All that it prints, when it has ended well."""
        printed, errors = self.process.communicate(timeout=within_s)
        assert self.process.returncode == 0, errors
        return printed

    def failed(self) -> str:
        """Why it printed nothing."""
        raise AssertionError(self.process.communicate(timeout=BOUND_S)[1])

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(BOUND_S)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
