"""The command line, called in this process as its user calls it."""

import sys
from dataclasses import dataclass

import pytest

from openenv.cli import main
from openenv.registry import discovery


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capfd):
    """``run("list", "--json")``, in a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["openenv", *words])
        with pytest.raises(SystemExit) as exit:
            main()
        printed = capfd.readouterr()
        return Outcome(int(exit.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    discovery.refresh()
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    monkeypatch.undo()
    discovery.refresh()
