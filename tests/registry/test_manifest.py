"""The manifest: both dialects of ``openenv.yaml`` load, and nothing that it says is lost."""

import sys

import pytest

from openenv.errors import InvalidManifest, MissingExtra
from openenv.registry.manifest import Manifest


@pytest.fixture
def manifest(tmp_path):
    def write(text: str) -> Manifest:
        (tmp_path / "openenv.yaml").write_text(text)
        return Manifest.read(tmp_path)

    return write


def test_the_dialect_of_spaces_loads(manifest, tmp_path):
    text = "spec_version: 1\nname: echo_env\ntype: space\nruntime: fastapi\napp: server.app:app\nport: 8000\n"
    assert manifest(text) == Manifest(
        name="echo_env",
        folder=tmp_path,
        spec_version="1",
        type="space",
        runtime="fastapi",
        app="server.app:app",
        port=8000,
    )


def test_the_dialect_of_models_loads(manifest, tmp_path):
    text = "name: coding_env\nversion: '0.1.0'\ndescription: Code\naction: CodeAction\nobservation: CodeObservation\n"
    assert manifest(text) == Manifest(
        name="coding_env",
        folder=tmp_path,
        version="0.1.0",
        description="Code",
        action="CodeAction",
        observation="CodeObservation",
    )


def test_unknown_keys_are_kept(manifest):
    text = "name: x\ntasks: [easy, hard]\nvalidation: {reward: {range: [0.0, 1.0]}}\n1: one\n"
    assert manifest(text).extra == {
        "tasks": ["easy", "hard"],
        "validation": {"reward": {"range": [0.0, 1.0]}},
        "1": "one",
    }


def test_a_known_key_with_a_value_of_another_kind_is_kept_as_it_is(manifest):
    read = manifest("name: x\nruntime: {type: docker}\napp: {port: 8000}\nport: '80'\n")
    assert (read.runtime, read.app, read.port) == (None, None, None)
    assert read.extra == {"runtime": {"type": "docker"}, "app": {"port": 8000}, "port": "80"}


def test_a_version_that_yaml_takes_for_a_number_is_text(manifest):
    assert manifest("name: x\nversion: 1.0\n").version == "1.0"


def test_the_file_itself_can_be_named(tmp_path):
    (tmp_path / "other.yaml").write_text("name: x\n")
    assert Manifest.read(tmp_path / "other.yaml") == Manifest(name="x", folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version: 1\n", "gives the environment no name; write `name: my_env`"),
        ("name: ''\n", "gives the environment no name; write `name: my_env`"),
        ("name: [a]\n", "gives the environment no name; write `name: my_env`"),
        ("", "holds no mapping of keys to values"),
        ("- name\n", "holds no mapping of keys to values"),
        ("name: [\n", "is no YAML: while parsing a flow node"),
        ("name: !!python/object:os.system {}\n", "is no YAML: could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_manifest_says_what_is_wrong(manifest, tmp_path, text, complaint):
    with pytest.raises(InvalidManifest) as raised:
        manifest(text)
    assert str(raised.value).startswith(f"{tmp_path / 'openenv.yaml'} {complaint}")


def test_a_folder_without_a_manifest_says_so(tmp_path):
    with pytest.raises(InvalidManifest) as raised:
        Manifest.read(tmp_path)
    assert str(raised.value) == f"{tmp_path / 'openenv.yaml'} cannot be read: No such file or directory"


def test_without_its_extra_the_install_command_is_named(manifest, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"pip install 'openenv\[cli\]'"):
        manifest("name: x\n")
