"""The level `container`, beside what holds at every level."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from openenv.errors import RuntimeUnavailable, SessionLost
from openenv.processes.launcher import launcher
from openenv.sandbox import Sandbox
from openenv.sandbox.container import Container
from openenv.sandbox.waiting import block, drive
from tests.sandbox.test_hostile_processes import processes_of

pytestmark = pytest.mark.usefixtures("docker")

_OWNER = """
import sys
from openenv.sandbox import Sandbox
sandbox = Sandbox(level="container")
session = sandbox.session()
print("ready", flush=True)
sys.stdin.read()
"""


def containers():
    command = ["docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", "name=openenv-sandbox-"]
    return set(subprocess.run(command, capture_output=True, check=True, timeout=20, text=True).stdout.split())


def wait_until_gone(names):
    deadline = time.monotonic() + 20
    while containers() & names:
        assert time.monotonic() < deadline
        time.sleep(0.1)  # the engine tells nobody


def test_its_container_is_there_once_and_ends_with_it():
    before = containers()
    with Sandbox(level="container") as sandbox, sandbox.session() as first, sandbox.session() as second:
        assert len(made := containers() - before) == 1
        assert [session.exec("print(1)").stdout for session in (first, second)] == ["1\n", "1\n"]
        assert "docker" in str(sandbox.isolation)
    assert not containers() & made


def test_its_processes_are_in_no_namespace_of_the_host():
    with Sandbox(level="container") as sandbox, sandbox.session():
        inside = processes_of(sandbox.isolation.user_id)
        assert len(inside) >= 2  # the zygote, and the session
        for kind in ("pid", "net", "mnt", "ipc", "uts"):
            ours = os.readlink(f"/proc/self/ns/{kind}")
            assert all(os.readlink(f"/proc/{pid}/ns/{kind}") != ours for pid in inside), kind


def test_sessions_see_no_file_of_the_host_but_its_programs():
    with Sandbox(level="container") as sandbox, sandbox.session() as session:
        code = f"import os; print([os.path.exists(p) for p in ({__file__!r}, '/etc/passwd', '/root/.profile', '/usr/bin')])"
        assert session.exec(code).stdout == "[False, False, False, True]\n"


def test_it_ends_with_a_program_that_is_killed():
    before = containers()
    with subprocess.Popen(
        [sys.executable, "-c", _OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout.readline() == "ready\n"
        made = containers() - before
        owner.kill()
    assert len(made) == 1
    wait_until_gone(made)


def test_one_that_is_removed_is_made_again():
    before = containers()
    with Sandbox(level="container") as sandbox, sandbox.session() as session:
        subprocess.run(
            ["docker", "rm", "--force", *(containers() - before)], check=True, capture_output=True, timeout=20
        )
        with pytest.raises(SessionLost):
            session.exec("print(1)")
        with sandbox.session() as next_session:
            assert next_session.exec("print(1)").stdout == "1\n"


def test_one_whose_command_line_is_killed_is_made_again():
    with Sandbox(level="container") as sandbox, sandbox.session():
        found = subprocess.run(
            ["pgrep", "-P", str(os.getpid()), "-f", "docker run"], capture_output=True, check=True, text=True
        )
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        with sandbox.session() as next_session:
            assert next_session.exec("print(1)").stdout == "1\n"


def test_its_door_is_open_to_the_program_inside_alone():
    container = Container("docker", user=60710, readable=(), writable=())
    status = os.stat(container.door)
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (60710, 0o600)
    child = launcher().launch(["sleep", "1"], env={"PATH": "/usr/bin:/bin"})
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(container.door)  # as root, who may
        with pytest.raises(RuntimeUnavailable, match="cannot be started"):
            drive(container.admit(block, child))
        assert caller.recv(1) == b""
    assert not os.path.exists(container.door)


def test_without_an_engine_the_error_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing")
    with pytest.raises(RuntimeUnavailable, match="docker does not answer"):
        Sandbox(level="container")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeUnavailable, match=r"apt-get install .*docker\.io"):
        Sandbox(level="container")


def test_it_is_strong_enough_where_landlock_is():
    with Sandbox(level="container", min_isolation="landlock") as sandbox:
        assert sandbox.isolation.level == "container"
    with pytest.raises(RuntimeUnavailable, match="weaker than jail"):
        Sandbox(level="container", min_isolation="jail")
