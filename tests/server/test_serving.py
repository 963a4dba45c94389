"""Real servers, as processes of their own: how they end."""

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 30


def reset(port: int) -> str:
    """A new session over HTTP."""
    connection = HTTPConnection("127.0.0.1", port, timeout=BOUND_S)
    connection.request("POST", "/reset")
    response = connection.getresponse()
    response.read()
    connection.close()
    session = response.headers["X-OpenEnv-Session"]
    assert session is not None
    return session


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_closes_the_sessions_and_ends_the_server_with_success(journal, host, number):
    command = [sys.executable, "-m", "tests.server.served", str(journal.path), host]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        reset(int(server.stdout.readline().rpartition(":")[2]))
        assert journal.events == ["made"]
        server.send_signal(number)
        assert server.wait(BOUND_S) == 0
    assert journal.events == ["made", "closed"]


def test_plain_uvicorn_closes_the_sessions_too(journal, host):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "uvicorn", "--factory", "tests.server.served:app", "--log-level", "warning"]
        command += ["--fd", str(listener.fileno())]
        variables = {**os.environ, "JOURNAL": str(journal.path), "HOST": host}
        with subprocess.Popen(command, cwd=ROOT, env=variables, pass_fds=[listener.fileno()]) as server:
            reset(listener.getsockname()[1])
            server.terminate()
            server.wait(BOUND_S)
    assert journal.events == ["made", "closed"]
