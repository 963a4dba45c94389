"""The matrix of places, the servers behind them, and a look at what each test leaves behind."""

import inspect
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from openenv.processes.launcher import launcher
from tests.behaviour.colours import Asynchronous, Synchronous
from tests.behaviour.environments import WalkEnv
from tests.behaviour.pipes import Pipes
from tests.behaviour.places import Place, Shared
from tests.behaviour.remains import eventually, holdings
from tests.behaviour.servers import Server


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A coroutine runs in the colour of its place."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["place"].colour.run(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(scope="session")
def colours() -> Iterator[dict]:
    colours = {"sync": Synchronous(), "async": Asynchronous()}
    yield colours
    for colour in colours.values():
        colour.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Server]:
    """One server with every environment, for all tests that do not harm it."""
    server = Server(log=tmp_path_factory.mktemp("served") / "log")
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared(served, colours) -> Iterator[Shared]:
    """What starts children is started here and in the server: what it holds, it holds for as long as they live."""
    launcher()
    with WalkEnv(f"{served.url}/process/Walk") as env:
        env.reset()
    shared = Shared(processes=(os.getpid(), served.pid))
    yield shared
    shared.close()


@pytest.fixture
def place(request, colours, served, shared) -> Place:
    way = request.param
    return Place(way, colours[way.colour], server_url=served.url, shared=shared)


@pytest.fixture(autouse=True)
def nothing_is_left_behind(served, colours, shared) -> Iterator[None]:
    before = holdings(os.getpid(), served.pid)
    yield
    left: Counter[str] = Counter()

    def is_clean() -> bool:
        left.clear()
        left.update(holdings(os.getpid(), served.pid) - (before + shared.holdings))
        return not left

    assert eventually(is_clean, within_s=5), f"left behind: {left}"


@pytest.fixture
def own_server(tmp_path) -> Iterator:
    """Starts servers that a test may harm: ``own_server(Walk, "thread")``."""
    servers: list[Server] = []

    def start(environment: type, host: str, *, port: int = 0) -> Server:
        target = f"{environment.__module__}:{environment.__name__}"
        servers.append(Server(target, host, str(port), log=tmp_path / f"log-{len(servers)}"))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory) -> Iterator[list[Server]]:
    """Two servers that know nothing of each other, with the usual leases."""
    folder = tmp_path_factory.mktemp("ledgers")
    started = [Server("tests.behaviour.ledger:Ledger", log=folder / str(number)) for number in range(2)]
    yield started
    for server in started:
        server.close()


@pytest.fixture
def pipes(tmp_path) -> Iterator[Pipes]:
    """Two pipes between a test and a step of ``Unruly``."""
    pipes = Pipes(tmp_path / "step")
    yield pipes
    pipes.close()
