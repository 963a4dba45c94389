"""Sandboxes for the tests: one for each level, and a session of each."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from openenv.errors import RuntimeUnavailable
from openenv.sandbox import Sandbox
from openenv.sandbox.cgroups import Groups
from tests.sandbox.engines import running_engine

_PLAIN_JAIL = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]


def gives_namespaces():
    """Whether this machine lets an ordinary user have namespaces: a default container does not."""
    as_nobody = ["setpriv", "--reuid=60700", "--regid=60700", "--clear-groups", *_PLAIN_JAIL]
    try:
        return subprocess.run(as_nobody, capture_output=True, check=False, timeout=20).returncode == 0
    except FileNotFoundError:
        return subprocess.run(_PLAIN_JAIL, capture_output=True, check=False, timeout=20).returncode == 0


@pytest.fixture(scope="package")
def docker():
    """An engine that answers: the machine's, or one that is started for the tests."""
    with tempfile.TemporaryDirectory(prefix="engine-") as directory, running_engine(Path(directory)) as host:
        before = os.environ.get("DOCKER_HOST")
        os.environ["DOCKER_HOST"] = host
        yield
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before


@pytest.fixture(scope="package", params=["jail+cgroup", "jail", "container", "landlock"])
def sandbox(request):
    if request.param == "container":
        request.getfixturevalue("docker")
    if request.param.startswith("jail") and not gives_namespaces():
        pytest.skip("this machine gives no namespaces to ordinary users")
    if request.param == "jail+cgroup":
        try:
            Groups.found(64 << 20)
        except RuntimeUnavailable as error:
            pytest.skip(str(error))
    with Sandbox(["numpy.random"], level=request.param) as sandbox:
        yield sandbox


@pytest.fixture(scope="package")
def jail():
    if not gives_namespaces():
        pytest.skip("this machine gives no namespaces to ordinary users")
    with Sandbox(level="jail") as sandbox:
        yield sandbox


@pytest.fixture
def session(sandbox):
    with sandbox.session() as session:
        yield session


@pytest.fixture
def run(session):
    """Runs a piece of code that comes to its end; what it printed."""

    def run(code, timeout_s=20.0):
        result = session.exec(code, timeout_s)
        assert (result.status, result.stderr) == ("ok", "")
        return result.stdout

    return run
