"""The mirror environment, installed for the servers that the tests start."""

import pytest

from tests.registry.plugins import install_mirror


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Its name."""
    install_mirror(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "mirror-env"
