"""``openenv serve``: a name, a folder or an object, on loopback, until it is told to end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from openenv import GenericEnvClient
from openenv.errors import CapacityError
from tests.registry.plugins import MIRROR, install_mirror, write_package

MANIFEST = "spec_version: 1\nname: my_env\ntype: space\nruntime: fastapi\napp: server.app:app\nport: 8000\n"

# The reference's template: a module of a package, and also of a bare folder.
LAYOUT_APP = """
from openenv import create_app

try:
    from ..models import MirrorAction, MirrorObservation
    from .mirror import Mirror
except ImportError:
    from models import MirrorAction, MirrorObservation
    from server.mirror import Mirror

app = create_app(Mirror, MirrorAction, MirrorObservation, env_name="my_env")
"""
LAYOUT_MODELS = MIRROR.partition("class Mirror(")[0]
LAYOUT_MIRROR = """
import os
from openenv import Environment, State

try:
    from ..models import MirrorAction, MirrorObservation
except ImportError:
    from models import MirrorAction, MirrorObservation


class Mirror(""" + MIRROR.partition("class Mirror(")[2]


class Server:
    """``openenv serve`` in a process of its own."""

    def __init__(self, *words: str, folder, path) -> None:
        command = [sys.executable, "-P", "-m", "openenv.cli", "serve", *words]  # as the installed script runs
        environment = {**os.environ, "PYTHONPATH": str(path)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder, env=environment)
        self.line = self.process.stdout.readline()
        self.url = self.line.partition(" at ")[2].split(" ")[0]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit status, and what it printed beside the line."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=20)
        return status, self.process.stdout.read() + self.process.stderr.read()  # what was read with the line included

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def serve(tmp_path) -> Iterator:
    servers: list[Server] = []
    (tmp_path / "elsewhere").mkdir()

    def start(*words: str, folder=None) -> Server:
        place = folder or tmp_path / "elsewhere"
        servers.append(Server(*words, "--port", "0", folder=place, path=tmp_path))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def write_layout(folder, *, package: bool) -> None:
    """An environment's folder as ``openenv init`` of the reference lays it out."""
    (folder / "server").mkdir(parents=True)
    (folder / "openenv.yaml").write_text(MANIFEST)
    (folder / "models.py").write_text(LAYOUT_MODELS)
    (folder / "server" / "app.py").write_text(LAYOUT_APP)
    (folder / "server" / "mirror.py").write_text(LAYOUT_MIRROR)
    for module in [folder / "server", *([folder] if package else [])]:
        (module / "__init__.py").write_text("")


def options_at(url: str) -> dict:
    with GenericEnvClient(base_url=url) as env:
        return env.reset().observation["options"]


def test_a_name_is_served_on_loopback_and_its_url_printed_once_it_is_ready(serve):
    server = serve("EchoEnv")
    assert server.line == f"EchoEnv is served at {server.url} (Ctrl-C ends it)\n"
    assert server.url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{server.url}/health", timeout=5) as answer:
        assert json.load(answer) == {"status": "healthy"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_it_is_asked_to(serve, number):
    status, printed = serve("echo-env").end(number)
    assert status == 0
    assert re.fullmatch(r"up to [\d,]+ sessions, inline host\n", printed)


def test_ending_closes_the_environments_that_live(serve, tmp_path):
    install_mirror(tmp_path)
    farewell = tmp_path / "farewell"
    server = serve("mirror-env", "--option", f"farewell={farewell}")
    env = GenericEnvClient(base_url=server.url).sync()
    env.reset()
    assert server.end()[0] == 0
    assert farewell.read_text() == "closed"
    env.close()


def test_options_are_json_or_text(serve, tmp_path):
    install_mirror(tmp_path)
    words = ["number=7", 'text="7"', "plain=a=b c", 'nested={"a": [null, true]}', "empty="]
    server = serve("mirror-env", *(part for word in words for part in ("--option", word)))
    expected = {"number": 7, "text": "7", "plain": "a=b c", "nested": {"a": [None, True]}, "empty": ""}
    assert options_at(server.url) == expected


def test_options_reach_an_installed_environment_that_has_an_application_of_its_own(serve):
    with GenericEnvClient(base_url=serve("echo-env", "--option", "greeting=hallo").url) as env:
        assert env.reset().observation["echoed_message"] == "hallo"


@pytest.mark.parametrize("words", [[], ["--option", "greeting=hallo"]], ids=["its application", "its class"])
def test_an_installed_environment_is_served_under_its_name(serve, words):
    server = serve("echo-env", *words)
    with urllib.request.urlopen(f"{server.url}/list_environments", timeout=5) as answer:
        assert json.load(answer) == ["echo-env"]


def test_a_class_is_served(serve, tmp_path):
    write_package(tmp_path, "mine", {"world": MIRROR})
    assert options_at(serve("mine.world:Mirror", "--option", "size=3").url) == {"size": 3}


def test_an_application_is_served(serve, tmp_path):
    app = "from openenv import create_app\nfrom mine.world import Mirror\napplication = create_app(Mirror)\n"
    write_package(tmp_path, "mine", {"world": MIRROR, "asgi": app})
    assert options_at(serve("mine.asgi:application").url) == {}


def test_an_object_is_found_in_the_folder_where_the_command_runs(serve, tmp_path):
    (tmp_path / "elsewhere" / "world_here.py").write_text(MIRROR)
    assert options_at(serve("world_here:Mirror").url) == {}


@pytest.mark.parametrize("package", [True, False], ids=["package", "bare"])
def test_a_folder_with_a_manifest_is_served(serve, tmp_path, package):
    folder = tmp_path / "work" / "my_env"
    write_layout(folder, package=package)
    assert options_at(serve(str(folder)).url) == {}


def test_a_package_s_modules_may_import_each_other_as_in_a_bare_folder(serve, tmp_path):
    folder = tmp_path / "work" / "my_env"
    write_layout(folder, package=True)
    (folder / "server" / "app.py").write_text(
        "from models import MirrorAction\nfrom server.mirror import Mirror\nfrom openenv import create_app\n"
        "app = create_app(Mirror)\n"
    )
    assert options_at(serve(str(folder)).url) == {}


@pytest.mark.parametrize("target", [".", "./", "../my_env"])
def test_a_folder_may_be_relative(serve, tmp_path, target):
    folder = tmp_path / "work" / "my_env"
    write_layout(folder, package=True)
    assert options_at(serve(target, folder=folder).url) == {}


def test_a_folder_may_be_named_like_an_environment_where_none_is_installed(serve, tmp_path):
    write_layout(tmp_path / "work" / "my_env", package=True)
    assert options_at(serve("my_env", folder=tmp_path / "work").url) == {}


def test_a_folder_whose_manifest_names_no_application_has_it_in_the_usual_place(serve, tmp_path):
    folder = tmp_path / "work" / "my-env"
    write_layout(folder, package=True)
    (folder / "openenv.yaml").write_text("name: my-env\nversion: 1.0\naction: MirrorAction\n")
    assert options_at(serve(str(folder)).url) == {}


@pytest.mark.parametrize("target", ["echo_env.server.app:app", "echo_env.server.echo_environment:EchoEnvironment"])
def test_the_number_of_sessions_is_limited(serve, target):
    url = serve(target, "--max-sessions", "1", "--max-waiting", "0").url
    with GenericEnvClient(base_url=url), pytest.raises(CapacityError):
        GenericEnvClient(base_url=url).sync().reset()


@pytest.mark.parametrize("target", ["mine.asgi:application", "mine.world:Mirror"], ids=["app", "class"])
def test_sessions_run_where_the_person_who_serves_wants(serve, tmp_path, target):
    app = "from openenv import create_app\nfrom mine.world import Mirror\napplication = create_app(Mirror)\n"
    write_package(tmp_path, "mine", {"world": MIRROR, "asgi": app})
    url = serve(target, "--host-sessions", "process").url
    with GenericEnvClient(base_url=url) as first, GenericEnvClient(base_url=url) as second:
        assert first.reset().observation["process"] != second.reset().observation["process"]


def test_a_socket_that_is_handed_down_is_served_without_a_word():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = "http://{}:{}".format(*listener.getsockname())
        command = [sys.executable, "-m", "openenv.cli", "serve", "echo-env", "--fd", str(listener.fileno())]
        pipe, fds = subprocess.PIPE, [listener.fileno()]
        server = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, pass_fds=fds)
    try:
        with GenericEnvClient(base_url=url) as env:
            assert env.reset().observation["echoed_message"] == "Echo environment ready"
    finally:
        server.terminate()
        out, err = server.communicate(timeout=20)
    assert (server.returncode, out, err) == (0, "", "")


def test_a_parent_that_is_gone_already_ends_the_server_at_once():
    command = [sys.executable, "-m", "openenv.cli", "serve", "echo-env", "--port", "0", "--parent", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_address_that_is_taken_is_an_error_of_one_line(run):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        outcome = run("serve", "echo-env", "--port", port)
    assert outcome.status == 1
    assert outcome.err == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("no_such_module:app", "no_such_module:app cannot be served: there is no module 'no_such_module'"),
        ("json.nowhere:app", "json.nowhere:app cannot be served: there is no module 'json.nowhere'"),
        ("json:load_s", "module 'json' has no 'load_s'"),
        ("json:__name__", "json:__name__ is str, neither an environment's class nor an application"),
        ("no/such/folder", "no/such/folder/openenv.yaml cannot be read: No such file or directory"),
        ("ecco", "no installed environment is called 'ecco'. Did you mean echo-env?"),
        ("fractions:Fraction", "fractions:Fraction cannot be served: Fraction does not say which models it uses"),
    ],
)
def test_a_target_that_names_nothing_to_serve_is_an_error_of_one_line(run, target, complaint):
    outcome = run("serve", target)
    assert outcome.status == 1
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"openenv: {complaint}")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["echo-env", "--option", "greeting"], "'greeting' is not of the form NAME=VALUE"),
        (["echo_env.server.app:app", "--option", "greeting=hi"], "is an application that is made already"),
        (["echo-env", "--max-sessions", "0"], "0 is not in the range x>=1"),
        (["echo-env", "--host-sessions", "moon"], "'moon' is not one of 'inline', 'thread', 'process'"),
        ([], "Missing argument 'TARGET'"),
    ],
)
def test_wrong_usage_is_shown_with_the_usage(run, words, complaint):
    outcome = run("serve", *words)
    assert outcome.status == 2
    assert outcome.err.startswith("Usage: openenv serve [OPTIONS] TARGET\n")
    assert complaint in outcome.err


def test_an_application_of_somebody_else_s_cannot_be_limited(run, site):
    (site / "foreign_app.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    outcome = run("serve", "foreign_app:app", "--max-sessions", "3")
    assert outcome.status == 2
    assert "foreign_app:app was not made by create_app" in outcome.err


def test_what_the_target_s_own_code_raises_keeps_its_traceback(tmp_path):
    (tmp_path / "thirsty.py").write_text("import no_such_module\n")
    command = [sys.executable, "-m", "openenv.cli", "serve", "thirsty:app"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert 'thirsty.py", line 1' in done.stderr
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'no_such_module'\n")


def test_without_its_extra_the_install_command_is_named():
    program = """
import sys
from openenv.cli import main
sys.modules["uvicorn"] = None
sys.argv = ["openenv", "serve", "echo-env"]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "openenv: what a server needs is not installed; run: pip install 'openenv[server]'\n"
