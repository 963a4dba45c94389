"""The command line, called in this process as its user calls it."""

import sys
from dataclasses import dataclass

import pytest

from openenv.cli import main
from tests.registry.plugins import site_packages


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """``run("list", "--json")``, in a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["openenv", *words])
        path = list(sys.path)
        with pytest.raises(SystemExit) as exit:
            main()
        sys.path[:] = path  # `serve` adds what it is given
        printed = capsys.readouterr()
        return Outcome(int(exit.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture
def site(tmp_path):
    """A folder of installed packages."""
    with site_packages(tmp_path) as folder:
        yield folder
