"""Discovery: what is installed is found by its entry points, and what is broken hides nothing."""

import json
import subprocess
import sys

import pytest

from openenv.errors import InvalidManifest, UnknownEnvironment
from openenv.registry import discovery
from openenv.registry.description import EnvironmentDescription
from openenv.registry.discovery import BrokenPlugin, describe, installed_environments
from tests.registry.plugins import install_broken, install_mirror, register, site_packages

MIRROR = EnvironmentDescription(
    name="mirror-env",
    summary="Says where it runs",
    environment="mirror_env.server:Mirror",
    client="mirror_env.client:MirrorEnv",
    action="mirror_env.server:MirrorAction",
    observation="mirror_env.server:MirrorObservation",
)

BROKEN = {
    "import error": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "exception": ("raise ValueError('no licence')", "ValueError: no licence"),
    "exit": ("import sys; sys.exit('not here')", "SystemExit: not here"),
    "no such attribute": ("", "AttributeError: module 'broken_env.plugin' has no attribute 'environment'"),
}


@pytest.fixture
def site(tmp_path):
    """A folder of installed packages."""
    with site_packages(tmp_path) as folder:
        yield folder


def test_an_installed_environment_is_described(site):
    install_mirror(site)
    assert installed_environments().environments["mirror-env"] == MIRROR


@pytest.mark.parametrize("name", ["mirror-env", "mirror_env", "mirror", "MirrorEnv", "openenv-mirror-env"])
def test_every_spelling_of_a_name_finds_the_environment(site, name):
    install_mirror(site)
    assert describe(name) == MIRROR


def test_environments_are_listed_by_name(site):
    install_mirror(site)
    assert list(installed_environments().environments) == sorted(installed_environments().environments)


def test_the_environments_that_ship_are_installed():
    assert {"coding-env", "echo-env"} <= set(installed_environments().environments)


@pytest.mark.parametrize(("plugin", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_plug_in_that_cannot_be_loaded_is_named_with_the_reason(site, plugin, reason):
    install_broken(site, name="broken-env", plugin=plugin)
    expected = f"the plug-in broken_env.plugin:environment of broken-env cannot be loaded: {reason}"
    assert installed_environments().broken == (BrokenPlugin("broken-env", "openenv-broken-env 1.0", expected),)


def test_a_plug_in_that_is_no_description_is_named_with_what_it_is(site):
    install_broken(site, name="broken-env", plugin="environment = {'name': 'broken-env'}")
    (broken,) = installed_environments().broken
    assert broken.reason.endswith("is dict, not an EnvironmentDescription")


def test_a_plug_in_that_describes_another_environment_is_broken(site):
    install_mirror(site)
    register(site, name="glass-env", target="mirror_env.plugin:environment", distribution="openenv-glass-env")
    (broken,) = installed_environments().broken
    assert broken.reason == "the plug-in mirror_env.plugin:environment of glass-env describes 'mirror-env'"


def test_a_broken_plug_in_hides_no_other(site):
    install_broken(site, name="broken-env", plugin="import no_such_module")
    install_mirror(site)
    assert installed_environments().environments["mirror-env"] == MIRROR


def test_describing_one_environment_loads_no_other_plug_in(site):
    install_broken(site, name="broken-env", plugin="raise SystemExit('loaded')")
    install_mirror(site)
    assert describe("mirror") == MIRROR
    assert "broken_env.plugin" not in sys.modules


def test_describing_a_broken_environment_says_why_it_cannot_be_used(site):
    install_broken(site, name="broken-env", plugin="raise ValueError('no licence')")
    with pytest.raises(InvalidManifest, match="ValueError: no licence") as raised:
        describe("broken")
    assert isinstance(raised.value.__cause__, ValueError)


def test_of_two_packages_with_one_name_the_first_serves_and_the_second_is_reported(site, tmp_path_factory, monkeypatch):
    install_mirror(site)
    later = tmp_path_factory.mktemp("later")
    register(later, name="mirror_env", target="nowhere:environment", distribution="openenv-other-env")
    monkeypatch.setattr(sys, "path", [*sys.path, str(later)])
    assert describe("mirror-env") == MIRROR
    taken = BrokenPlugin("mirror_env", "openenv-other-env 1.0", "the name is taken by openenv-mirror-env 1.0")
    assert installed_environments().broken == (taken,)


def test_an_environment_that_is_installed_later_is_found_by_its_name(site):
    with pytest.raises(UnknownEnvironment):
        describe("mirror-env")
    install_mirror(site)
    assert describe("mirror-env") == MIRROR


def test_an_environment_that_is_installed_later_is_listed_after_a_refresh(site):
    assert "mirror-env" not in installed_environments().environments
    install_mirror(site)
    discovery.refresh()
    assert "mirror-env" in installed_environments().environments


def test_an_unknown_name_suggests_the_nearest(site):
    install_mirror(site)
    with pytest.raises(UnknownEnvironment, match=r"called 'miror'\. Did you mean mirror-env\?"):
        describe("miror")


def test_listing_imports_no_client_no_model_and_no_server():
    program = """
import json, sys
from openenv.registry.discovery import installed_environments
names = installed_environments().environments
print(json.dumps([list(names), sorted(sys.modules)]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    names, modules = json.loads(done.stdout)
    assert {"coding-env", "echo-env"} <= set(names)
    imported = {module for module in modules if module.startswith(("echo_env", "coding_env"))}
    assert imported == {"echo_env", "echo_env.plugin", "coding_env", "coding_env.plugin"}
    assert {"fastapi", "numpy", "pydantic"}.isdisjoint(modules)
