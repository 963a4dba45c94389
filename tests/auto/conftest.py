"""The mirror environment, installed for this process and for the processes that it starts."""

import pytest

from tests.registry.plugins import install_mirror, site_packages


@pytest.fixture
def site(tmp_path):
    """A folder of installed packages."""
    with site_packages(tmp_path) as folder:
        yield folder


@pytest.fixture
def mirror(site, monkeypatch):
    """Its name."""
    install_mirror(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    return "mirror-env"
