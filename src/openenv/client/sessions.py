"""Sessions as a client knows them, wherever they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from openenv.contract.transition import Whole
from openenv.wire.frames import Request, Result

CHANNEL = 1
"""A client's connection carries one session."""

GRACE_S = 5.0
"""Seconds beyond its time that an environment has to answer by itself, and then to stop when it is interrupted."""

ON_ITS_WAY_S = 1.0
"""Seconds for which what a server has said is waited for."""

SERVER_PATIENCE_S = 2 * GRACE_S + ON_ITS_WAY_S
"""For how many seconds beyond a call's time a server is waited for that keeps the deadline: it first interrupts what
takes too long, and tells afterwards."""


class ClientSession(Protocol):
    """An open session."""

    ended: Exception | None
    """Why no more calls will be answered."""

    @property
    def patience_s(self) -> float:
        """For how many seconds beyond a call's own time it is waited for."""
        ...

    def call(self, kind: type[Request], *fields: Any, within_s: float) -> Coroutine[Any, Any, Any]:
        """The reply to a request of this kind and these fields. The server's error is raised; DeadlineExceeded when
        no reply comes in time."""
        ...

    def step(self, action: dict[str, Any], *, within_s: float) -> Whole | Result | Coroutine[Any, Any, Any]:
        """The reply to a ``Step`` without a time of its own, or the observation itself; or, where that has to be waited
        for on an event loop or something is in its way, what ``call`` returns. The action is neither changed nor kept.
        """
        ...

    async def fork(self, count: int, *, reseed: bool, within_s: float) -> Sequence[ClientSession]:
        """Sessions that go on from the state of this one."""
        ...

    def let_go(self) -> None:
        """End it at once, without its event loop, which is closed."""
        ...

    async def close(self) -> None:
        """End the session and its environment."""
        ...


S = TypeVar("S", bound=ClientSession)


async def all_or_none(makers: Iterable[Callable[[], Awaitable[S]]]) -> list[S]:
    """The sessions that these open; where one fails, those before it are closed."""
    opened: list[S] = []
    try:
        for make in makers:
            opened.append(await make())
    except BaseException:
        for session in opened:
            await session.close()
        raise
    return opened
