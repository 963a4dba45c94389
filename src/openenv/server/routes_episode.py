"""Episodes over HTTP: ``/reset``, ``/step``, ``/state`` and ``/close``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Header, Response
from pydantic import create_model

from openenv.server.answers import json_answer
from openenv.server.messages import CloseResponse, ResetRequest, ResetResponse, StepRequest, StepResponse
from openenv.server.routes import Handler, Route
from openenv.server.schemas import shown_as
from openenv.sessions.asking import ask
from openenv.sessions.pool import SessionPool
from openenv.sessions.session import Session
from openenv.wire.frames import Failure, GetState, Reply, Request, Reset, Result, StateReply, Step
from openenv.wire.v1 import FlatFields, result_data, with_flat

SESSION_HEADER = "X-OpenEnv-Session"
"""Names the session of a request; ``/reset`` without it opens one and answers with it."""

_SessionId = Annotated[str | None, Header(alias=SESSION_HEADER)]
_CHANNEL, _ID = 0, 1


class EpisodeRoutes:
    """A session that ``/reset`` opened is used by the requests that name it, until ``/close`` or until it is idle for
    too long. ``/step`` and ``/state`` that name none get an environment for this one request."""

    def __init__(self, pool: SessionPool) -> None:
        self._pool = pool
        self._flat = FlatFields.of(pool.factory.types())

    def routes(self) -> list[Route]:
        """The routes of an episode."""
        return [
            Route("POST", "/reset", self.reset, "Episode", ResetResponse),
            Route("POST", "/step", self._documented_step(), "Episode", StepResponse),
            Route("GET", "/state", self.state, "Episode"),
            Route("POST", "/close", self.close, "Episode", CloseResponse),
        ]

    async def reset(
        self, request: Annotated[ResetRequest, Body(default_factory=ResetRequest)], session_id: _SessionId = None
    ) -> Response:
        """Start an episode: in the session that the header names, or in a new one, which the answer's header names."""
        session = await self._open() if session_id is None else self._pool.get(session_id)
        try:
            result = await self._call(session, Reset(_CHANNEL, _ID, request.model_dump(exclude_unset=True)))
            return json_answer(self._body(result), headers={SESSION_HEADER: session.id})
        except BaseException:
            if session_id is None:  # nobody will ever know it
                await self._pool.close(session)
            raise

    async def step(self, request: StepRequest, session_id: _SessionId = None) -> Response:
        """Take one action."""
        return await self._answer(session_id, Step(_CHANNEL, _ID, request.action, request.timeout_s))

    async def state(self, session_id: _SessionId = None) -> Response:
        """Where the episode is."""
        return await self._answer(session_id, GetState(_CHANNEL, _ID))

    async def close(self, session_id: Annotated[str, Header(alias=SESSION_HEADER)]) -> Response:
        """End the session."""
        await self._pool.close(self._pool.get(session_id))
        return json_answer(CloseResponse().model_dump())

    def _documented_step(self) -> Handler:
        async def step(request: StepRequest, session_id: _SessionId = None) -> Response:
            return await self.step(request, session_id)

        shown: Any = create_model(
            "StepRequest", __base__=StepRequest, action=(shown_as(self._pool.factory.types().action), ...)
        )
        step.__annotations__["request"] = shown  # so that the documentation has the action's own fields
        step.__doc__ = self.step.__doc__
        return step

    async def _open(self) -> Session:
        return await self._pool.open(lease_s=self._pool.options.leases.http_s, spare=True)

    async def _answer(self, session_id: str | None, request: Request) -> Response:
        if session_id is not None:
            return json_answer(self._body(await self._call(self._pool.get(session_id), request)))
        session = await self._pool.open()
        try:
            return json_answer(self._body(await self._call(session, request)))
        finally:
            await self._pool.close(session)

    async def _call(self, session: Session, request: Request) -> Reply:
        session.hold()
        try:
            reply = await ask(session, request)
        finally:
            session.release()
        if not isinstance(reply, Failure):
            return reply
        error = reply.error()
        if error.fatal:
            await self._pool.close(session)
        raise error

    def _body(self, reply: Reply) -> dict[str, Any]:
        if isinstance(reply, StateReply):
            return with_flat(reply.state, self._flat.state)
        assert isinstance(reply, Result)
        data = result_data(reply, flat=self._flat.observation)
        data.setdefault("metadata", None)
        return data
