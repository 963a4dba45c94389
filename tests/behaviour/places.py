"""Places: the matrix of ways to reach an environment, over which the promises are tested."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from openenv import EnvClient
from openenv.client.local import LocalRuntime
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.colours import Asynchronous, Synchronous
from tests.behaviour.environments import WalkEnv
from tests.behaviour.remains import holdings

RUNTIMES = {"in-process": LocalRuntime, "embedded": EmbeddedRuntime}


@dataclass(frozen=True)
class Way:
    """``host`` is where the environment runs: in this process, embedded, or on a server's thread or process."""

    host: str
    colour: str
    wire: str = "v2"

    def __str__(self) -> str:
        return f"{self.host}-{self.colour}-{self.wire}"

    @property
    def through_server(self) -> bool:
        return self.host not in RUNTIMES


IN_PROCESS = [Way("in-process", "sync"), Way("in-process", "async")]
EMBEDDED = [Way("embedded", "sync"), Way("embedded", "async")]
ON_THREADS = [Way("thread", colour, wire) for colour in ("sync", "async") for wire in ("v1", "v2")]
INLINE = [Way("inline", "sync", "v2"), Way("inline", "async", "v1")]
IN_PROCESSES = [Way("process", "sync", "v1"), Way("process", "async", "v2")]


def over(*ways: list[Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("place", [way for group in ways for way in group], ids=str, indirect=True)


everywhere = over(IN_PROCESS, EMBEDDED, ON_THREADS, IN_PROCESSES, INLINE)
in_one_thread = over(IN_PROCESS, EMBEDDED, ON_THREADS, IN_PROCESSES)
by_every_client = over(IN_PROCESS, EMBEDDED, ON_THREADS)
embedded = over(EMBEDDED)
over_a_wire = over(EMBEDDED, ON_THREADS, IN_PROCESSES, INLINE)
through_a_server = over(ON_THREADS, IN_PROCESSES, INLINE)
in_a_process_of_its_own = over(EMBEDDED, IN_PROCESSES)


class Shared:
    """Connected clients that tests use one after the other, and what processes hold because of them."""

    def __init__(self, *, processes: tuple[int, ...]) -> None:
        self._processes = processes
        self._clients: dict[Any, tuple[Synchronous | Asynchronous, Any]] = {}
        self.holdings: Counter[str] = Counter()

    async def get(self, key: Any, colour: Synchronous | Asynchronous, make: Callable[[], Any]) -> Any:
        """The client for a key, made on first use."""
        if key not in self._clients:
            before = holdings(*self._processes)
            client = make()
            await client.reset()
            self._clients[key] = (colour, client)
            self.holdings += holdings(*self._processes) - before
        return self._clients[key][1]

    def close(self) -> None:
        """Close them all."""
        for colour, client in self._clients.values():
            colour.run(_close(client))


async def _close(client: Any) -> None:
    await client.close()


class Place:
    """Makes clients of environments for one way; tests await their methods in either colour."""

    def __init__(self, way: Way, colour: Synchronous | Asynchronous, *, server_url: str, shared: Shared) -> None:
        self.way = way
        self.colour = colour
        self._server_url = server_url
        self._shared = shared
        self.blocking = colour.blocking
        self.begin = colour.begin

    def client(self, environment: type[Any], kind: type[EnvClient[Any, Any, Any]] = WalkEnv, **arguments: Any) -> Any:
        """A client of one's own, to be entered or closed."""
        if self.way.host in RUNTIMES:
            client = kind(provider=RUNTIMES[self.way.host](environment), **arguments)
        else:
            url = f"{self._server_url}/{self.way.host}/{environment.__name__}"
            client = kind(url, wire="v1" if self.way.wire == "v1" else "auto", **arguments)
        return self.colour.face(client)

    async def shared(self, environment: type[Any], kind: type[EnvClient[Any, Any, Any]] = WalkEnv) -> Any:
        """A connected client that other tests use too, one after the other; each begins with ``reset``."""
        key = (self.way, environment, kind)
        return await self._shared.get(key, self.colour, lambda: self.client(environment, kind))
