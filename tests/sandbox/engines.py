"""A container engine for the tests, where the machine runs none."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

_DEFAULT = "unix:///var/run/docker.sock"
_STARTED_WITHIN_S = 30.0


@contextmanager
def running_engine(directory):
    """Its address. One that is started keeps all that is its own in the directory, has no network, and ends."""
    host = os.environ.get("DOCKER_HOST", _DEFAULT)
    if _answers(host):
        yield host
        return
    if os.geteuid() or shutil.which("dockerd") is None:
        pytest.skip("no container engine runs here, and starting one takes root and the package docker.io")
    host = f"unix://{directory}/socket"
    with (directory / "log").open("wb") as log:
        engine = subprocess.Popen(_command(directory, host), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + _STARTED_WITHIN_S
        while not _answers(host):
            if engine.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"dockerd does not run here: {(directory / 'log').read_text()[-500:]}")
            time.sleep(0.1)  # it tells nobody when it is there
        yield host
    finally:
        engine.terminate()
        engine.wait(30)
        subprocess.run(["umount", "--lazy", directory / "data"], capture_output=True, check=False, timeout=20)


def _command(directory, host):
    places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
    return [
        *("dockerd", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none", "--host", host),
        *(f"--{option}={directory / name}" for option, name in places.items()),
    ]


def _answers(host):
    try:
        command = ["docker", "--host", host, "version", "--format", "{{.Server.Version}}"]
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
    except FileNotFoundError:
        return False
