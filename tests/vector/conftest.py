"""Vectors by every way to their sessions, in either colour."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from openenv import VectorEnv
from openenv.client.local import LocalRuntime
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.colours import Asynchronous, Face, Synchronous
from tests.behaviour.proxy import Proxy
from tests.behaviour.servers import Server
from tests.vector.environments import Inline, Obedient, ObedientEnv, Seated
from tests.vector.gates import Gate

KINDS: dict[str, type[Obedient]] = {"process": Obedient, "inline": Inline, "seated": Seated}


@dataclass(frozen=True)
class Way:
    """``kind`` is the environment's; ``through`` the runtime, or how its sessions live behind a server."""

    through: str
    kind: str
    colour: str
    wire: str = "auto"

    def __str__(self) -> str:
        return f"{self.through}-{self.kind}-{self.colour}-{self.wire}"


WAYS = [
    *(Way("embedded", kind, colour) for kind in KINDS for colour in ("sync", "async")),
    *(Way("in-process", kind, colour) for kind in KINDS for colour in ("sync", "async")),
    Way("served-process", "process", "sync"),
    Way("served-process", "process", "async", "v1"),
    Way("served-thread", "process", "async"),
    Way("served-inline", "inline", "sync", "v1"),
    Way("served-inline", "inline", "async"),
    Way("served-process", "seated", "sync"),
    Way("served-thread", "seated", "async"),
    Way("two-process", "process", "async"),
    Way("two-inline", "inline", "sync"),
]


def over(ways: Iterable[Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("place", list(ways), ids=str, indirect=True)


everywhere = over(WAYS)
IN_ONE_COLOUR = [*WAYS[:12:2], *WAYS[12:]]
in_one_colour = over(IN_ONE_COLOUR)
each_for_itself = over(way for way in IN_ONE_COLOUR if way.kind != "seated")
at_the_same_time = over(way for way in WAYS if way.kind == "process" and way.through != "in-process")
IN_PROCESSES = [way for way in WAYS if way.through in ("embedded", "served-process", "two-process")]
die_alone = over(way for way in IN_PROCESSES if way.kind == "process")
die_together = over(way for way in IN_PROCESSES if way.kind != "process")
embedded_together = over(way for way in WAYS if way.through == "embedded" and way.kind != "process")
interruptible = over(way for way in IN_PROCESSES if way.kind == "process")


class Place:
    """Makes vectors; tests await their methods in either colour."""

    def __init__(self, way: Way, colour: Synchronous | Asynchronous, urls: list[str]) -> None:
        self.way = way
        self.colour = colour
        self._urls = urls

    def clients(self, **arguments: Any) -> list[ObedientEnv]:
        environment, through = KINDS[self.way.kind], self.way.through
        if through == "embedded":
            return [ObedientEnv(provider=EmbeddedRuntime(environment), **arguments)]
        if through == "in-process":
            return [ObedientEnv(provider=LocalRuntime(environment), **arguments)]
        servers, host = through.split("-")
        urls = self._urls if servers == "two" else self._urls[:1]
        return [ObedientEnv(f"{url}/{host}/{environment.__name__}", wire=self.way.wire, **arguments) for url in urls]

    def vector(self, num_envs: int = 4, *, client: dict[str, Any] | None = None, **arguments: Any) -> Any:
        return face(VectorEnv(self.clients(**(client or {})), num_envs, **arguments), self.colour)


def face(vector: VectorEnv[Any, Any, Any], colour: Synchronous | Asynchronous) -> Any:
    return Face(vector.sync()) if isinstance(colour, Synchronous) else vector  # type: ignore[arg-type]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A coroutine runs in the colour of its place."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["place"].colour.run(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(scope="session")
def new_server(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    """Starts a server of all three environments."""
    servers: list[Server] = []

    def start(*, port: int = 0) -> Server:
        log = tmp_path_factory.mktemp("vectors") / "log"
        kinds = [f"tests.vector.environments:{kind.__name__}" for kind in KINDS.values()]
        servers.append(Server("--these", str(port), *kinds, log=log))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def two_servers(new_server) -> list[Server]:
    return [new_server(), new_server()]


@pytest.fixture
def place(request, two_servers) -> Iterator[Place]:
    way = request.param
    colour = Synchronous() if way.colour == "sync" else Asynchronous()
    yield Place(way, colour, [server.url for server in two_servers])
    colour.close()


@pytest.fixture
def proxies(two_servers) -> Iterator[list[Proxy]]:
    proxies = [Proxy(server.port) for server in two_servers]
    yield proxies
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def new_gate(tmp_path) -> Iterator[Callable[[], Gate]]:
    with ExitStack() as ending:

        def make() -> Gate:
            gate = Gate(tmp_path / f"gate-{len(list(tmp_path.iterdir()))}")
            ending.callback(gate.open)
            return gate

        yield make
