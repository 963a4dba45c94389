"""What is known of an environment: what it says, and what its folder says."""

import sys
from importlib import import_module
from textwrap import dedent

import pytest

from openenv.contract.models import EnvironmentMetadata
from openenv.sessions.metadata import load_environment_metadata
from tests.server.environments import Counter, Described

CODE = """
    from openenv.contract.models import EnvironmentMetadata

    class Plain:
        pass

    class Silent:
        def get_metadata(self):
            return EnvironmentMetadata(name="silent", description="says little")

    class Outspoken:
        def get_metadata(self):
            return {"name": "outspoken", "description": "says all", "version": "2", "readme_content": "mine"}
"""
MANIFEST = "name: mine\nversion: 0.3\ndescription: from the manifest\nauthor: somebody\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes an environment's folder, with its code in ``server/``; gives the module."""

    def write(name: str, **files: str):
        folder = tmp_path / name
        (folder / "server").mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "server" / "environment.py").write_text(dedent(CODE))
        for file, text in files.items():
            (folder / file.replace("_", ".")).write_text(text)
        return import_module(f"{name}.server.environment")

    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_class_is_described_by_its_name():
    assert load_environment_metadata(Counter) == EnvironmentMetadata(
        name="Counter", description="Counter environment", version="1.0.0"
    )


def test_an_instance_is_described_as_its_class():
    assert load_environment_metadata(Counter()) == load_environment_metadata(Counter)


def test_an_instance_says_what_it_says():
    assert load_environment_metadata(Described()).name == "described"


def test_the_folder_completes_what_a_class_says(package):
    module = package("described_env", openenv_yaml=MANIFEST, README_md="# Mine\n")
    assert load_environment_metadata(module.Plain) == EnvironmentMetadata(
        name="Plain",
        description="from the manifest",
        readme_content="# Mine\n",
        version="0.3",
        author="somebody",
    )


def test_the_folder_completes_what_an_instance_leaves_open(package):
    module = package("silent_env", openenv_yaml=MANIFEST, README_md="# Mine\n")
    assert load_environment_metadata(module.Silent()) == EnvironmentMetadata(
        name="silent",
        description="says little",
        readme_content="# Mine\n",
        version="0.3",
        author="somebody",
    )


def test_what_an_instance_says_is_kept(package):
    module = package("outspoken_env", openenv_yaml=MANIFEST, README_md="# Mine\n")
    found = load_environment_metadata(module.Outspoken())
    assert (found.name, found.version, found.readme_content) == ("outspoken", "2", "mine")


def test_a_readme_needs_no_manifest(package):
    module = package("bare_env", README_md="# Bare\n")
    assert load_environment_metadata(module.Plain).readme_content == "# Bare\n"


def test_a_manifest_that_cannot_be_read_changes_nothing(package):
    module = package("broken_env", openenv_yaml="[", README_md="# Broken\n")
    found = load_environment_metadata(module.Plain)
    assert (found.description, found.readme_content) == ("Plain environment", "# Broken\n")


def test_a_name_is_for_environments_without_metadata_of_their_own(package):
    module = package("named_env")
    assert load_environment_metadata(module.Plain, "given").name == "given"
    assert load_environment_metadata(Counter, "given").name == "Counter"


def test_a_class_of_a_program_has_no_folder():
    local = type("Local", (), {"__module__": "nowhere"})
    assert load_environment_metadata(local).readme_content is None
