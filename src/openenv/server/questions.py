"""Questions about an environment that belong to no episode: its metadata and its tasks."""

from __future__ import annotations

import asyncio
from typing import Any

from openenv.contract.adapters import adapter_of
from openenv.contract.models import EnvironmentMetadata
from openenv.errors import ServerError
from openenv.sessions.asking import ask
from openenv.sessions.metadata import load_environment_metadata, says_its_own
from openenv.sessions.pool import SessionPool
from openenv.sessions.session import Session
from openenv.wire.frames import Answer, Failure, Query


class Questions:
    """They are put to one environment, made when the first one is asked, beside the sessions that are counted."""

    def __init__(self, pool: SessionPool, *, env_name: str | None = None) -> None:
        self._pool = pool
        self._env_name = env_name
        self._session: Session | None = None
        self._metadata: dict[str, Any] | None = None
        self._making = asyncio.Lock()  # protects _session, so that one environment is made

    async def ask(self, name: str, *arguments: Any) -> Any:
        """The answer as JSON holds it; one of the ServerErrors says why there is none."""
        async with self._making:
            session = await self._living()
            session.hold()
        try:
            reply = await ask(session, Query(0, 1, name, list(arguments)))
        finally:
            session.release()
        if isinstance(reply, Failure):
            raise await self._failed(session, reply.error())
        assert isinstance(reply, Answer)
        return reply.value

    async def metadata(self) -> dict[str, Any]:
        """The environment's metadata, found once: from its class, where an instance has nothing of its own to say."""
        if self._metadata is None:
            self._metadata = await self._find_metadata()
        return self._metadata

    async def _find_metadata(self) -> dict[str, Any]:
        environment = self._pool.factory.environment_class
        if environment is None or says_its_own(environment):
            found: dict[str, Any] = await self.ask("get_metadata")
            return found
        metadata = await asyncio.to_thread(load_environment_metadata, environment, self._env_name)
        return adapter_of(EnvironmentMetadata).dump(metadata)

    async def _living(self) -> Session:
        if self._session is None or not self._pool.knows(self._session):
            self._session = await self._pool.open(lease_s=self._pool.options.leases.http_s, counted=False)
        return self._session

    async def _failed(self, session: Session, error: ServerError) -> ServerError:
        if error.fatal:
            await self._pool.close(session)
        return error
