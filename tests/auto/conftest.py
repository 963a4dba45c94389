"""The mirror environment, installed for this process and for the processes that it starts."""

import sys

import pytest

from openenv.registry import discovery
from tests.registry.plugins import install_mirror


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Its name."""
    install_mirror(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    discovery.refresh()
    yield "mirror-env"
    for name in [name for name in sys.modules if name.partition(".")[0] == "mirror_env"]:
        del sys.modules[name]
    monkeypatch.undo()
    discovery.refresh()
