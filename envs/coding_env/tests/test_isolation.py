"""What holds the code, and what is said about it."""

import os
import socket
import sys

import pytest

from openenv.errors import ExecutionError
from openenv.sandbox import Level


def test_the_isolation_in_force_is_in_the_state_and_in_the_metadata(client, run):
    isolation = client.state().isolation
    assert isolation.keys() == {"level", "namespaces", "landlock", "seccomp", "cgroup", "limits", "text"}
    assert Level(isolation["level"]).reaches(Level.LANDLOCK)
    assert isolation["limits"]["output_kb"] == 2
    assert isolation["text"].startswith(f"sandbox: {isolation['level']} (")
    assert client.reset().metadata["isolation"] == run("pass").metadata["isolation"] == isolation["text"]


def test_a_level_that_is_wanted_is_in_force(open_client, run_in):
    with open_client(level="landlock") as client:
        client.reset()
        assert client.state().isolation["level"] == "landlock"
        assert run_in(client)("print('on')").stdout == "on\n"


def test_a_level_below_the_least_that_is_wanted_is_an_error(open_client):
    with open_client(level="landlock", min_isolation="jail") as client, pytest.raises(ExecutionError, match="weaker"):
        client.reset()


def test_level_none_runs_without_protection_and_says_so(open_client):
    with open_client(level="none") as client:
        client.reset()
        assert client.state().isolation["level"] == "none"
        assert "network ON" in client.reset().metadata["isolation"]


def test_the_code_reaches_nothing_of_the_host(run, tmp_path, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "a secret")
    (tmp_path / "canary").write_text("a secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        tried = [
            f"open({str(tmp_path / 'canary')!r})",
            f"open('/proc/{os.getpid()}/environ')",
            "open('/etc/shadow')",
            f"__import__('socket').create_connection(('127.0.0.1', {server.getsockname()[1]}), 1)",
            f"__import__('os').kill({os.getpid()}, 15)",
        ]
        for attempt in tried:
            assert run(attempt).exit_code == 1, attempt
    assert "secret" not in run("import os; print(os.environ)").stdout


def test_what_people_do_with_python_works(run):
    code = "import asyncio, multiprocessing, subprocess\nasyncio.run(asyncio.sleep(0))\n"
    code += "with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n"
    code += "print(subprocess.run('echo ü', shell=True, capture_output=True, text=True).stdout)"
    assert run(code).stdout == "[1, 2]\nü\n\n"


def test_modules_can_be_there_from_the_beginning(open_client, run_in):
    with open_client(preload=["decimal"]) as client:
        client.reset()
        assert run_in(client)("import sys; print('decimal' in sys.modules)").stdout == "True\n"


def test_sessions_do_not_see_each_other(client, run, run_in):
    run("open('mine', 'w').close(); x = 1")
    other = run_in(client.new_session())
    seen = other(
        "import os; print(os.listdir(), 'x' in globals(), len([p for p in os.listdir('/proc') if p.isdigit()]))"
    )
    assert seen.stdout.startswith("[] False ")


def test_the_interpreter_is_this_one(run):
    assert run("import sys; print(sys.version)").stdout == f"{sys.version}\n"
