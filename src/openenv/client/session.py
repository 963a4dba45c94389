"""A client's session: opened, forked and closed."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

from openenv.client.asking import Asking
from openenv.client.connecting import Connection
from openenv.client.resuming import Ticket, resume
from openenv.client.sessions import CHANNEL, GRACE_S, SERVER_PATIENCE_S, ClientSession, all_or_none
from openenv.client.transport import Colour, Limits
from openenv.errors import ConnectionFailed, DeadlineExceeded, EnvironmentFactoryError, ServerError, SessionCrashed
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.frames import Close, Fork, Forked, Open, Opened


class RemoteSession(Asking):
    """A session at the other end of a transport."""

    @property
    def patience_s(self) -> float:
        """More where a server keeps the deadline; on v1 none does."""
        return GRACE_S if self._ticket is None else SERVER_PATIENCE_S

    @classmethod
    async def open(
        cls, endpoint: UrlEndpoint | SocketEndpoint, *, colour: Colour, limits: Limits, wire: str
    ) -> RemoteSession:
        """Connect, agree on the protocol, and open the session."""
        connection = await Connection.make(endpoint, colour=colour, limits=limits, wire=wire)
        transport = connection.transport
        worker = endpoint if isinstance(endpoint, SocketEndpoint) else None
        session = cls(transport, connection.exchange, limits, colour, worker=worker)
        try:
            if not session._exchange.counts_replies:  # v1 opens by connecting
                await session._open(endpoint, within_s=max(limits.connect_timeout_s, limits.message_timeout_s))
        except SessionCrashed as crash:
            await transport.close()
            if isinstance(endpoint, UrlEndpoint):
                raise
            raise EnvironmentFactoryError(endpoint.name, f"{endpoint.name} could not be created: {crash}") from crash
        except BaseException:
            await transport.close()
            raise
        return session

    async def _open(self, endpoint: UrlEndpoint | SocketEndpoint, *, within_s: float) -> None:
        opened: Opened = await self.call(Open, within_s=within_s)
        if isinstance(endpoint, UrlEndpoint) and opened.secret is not None:
            self._ticket = Ticket(endpoint, opened.session_id, opened.secret)

    async def fork(self, count: int, *, reseed: bool, within_s: float) -> list[RemoteSession]:
        """Branches, each with a transport of its own."""
        with nullcontext() if self._process is None else self._process.branching():
            reply: Forked = await self.call(Fork, count, reseed, within_s=within_s)
            try:
                return await all_or_none(partial(self._branch, *known) for known in reply.sessions)
            except BaseException:
                if self._ticket is not None:  # the server keeps none for a client that does not come
                    await self._cancel(Fork(CHANNEL, reply.id, len(reply.sessions)))
                raise

    async def _branch(self, session_id: str, secret: str | None) -> RemoteSession:
        limits, colour = self._limits, self._colour
        if self._worker is not None:
            own = await colour.run(self._worker.branch, session_id)
            made = await Connection.make(own, colour=colour, limits=limits, wire="auto")
            return RemoteSession(made.transport, made.exchange, limits, colour, worker=own)
        assert self._ticket is not None
        ticket = Ticket(self._ticket.endpoint, session_id, secret or "")
        transport, _ = await resume({CHANNEL: ticket}, "the branch was made", colour=colour, limits=limits)
        return RemoteSession(transport, self._exchange, limits, colour, ticket=ticket)

    def let_go(self) -> None:
        """Hang up at once, without the event loop, which is closed."""
        self._transport.let_go()

    async def close(self) -> None:
        """Tell the server, wait for its answer for a bounded time, and hang up."""
        try:
            if self.ended is None:
                await self.call(Close, within_s=min(self._limits.message_timeout_s, 10.0))
        except (ConnectionFailed, ServerError, DeadlineExceeded):  # it has ended, which is all that is asked
            pass
        finally:
            await self._transport.close()


async def open_session(endpoint: Any, *, colour: Colour, limits: Limits, wire: str) -> ClientSession:
    """A session of what a runtime has opened."""
    if isinstance(endpoint, (UrlEndpoint, SocketEndpoint)):
        return await RemoteSession.open(endpoint, colour=colour, limits=limits, wire=wire)
    session: ClientSession = await endpoint.open_session(colour)
    return session
