"""What a server says about itself: ``/health``, ``/ready``, ``/capacity``, ``/metadata`` and ``/schema``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fastapi import Response

from openenv.contract.models import EnvironmentMetadata
from openenv.contract.signature import ModelTypes
from openenv.server.answers import json_answer
from openenv.server.messages import CapacityResponse, HealthResponse, Readiness, ReadyResponse, SchemaResponse
from openenv.server.questions import Questions
from openenv.server.routes import Route
from openenv.server.schemas import schemas_of
from openenv.sessions.pool import SessionPool


class InfoRoutes:
    """None of them needs a session."""

    def __init__(self, types: ModelTypes, questions: Questions, pool: SessionPool) -> None:
        self._types = types
        self._questions = questions
        self._pool = pool

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/health", self.health, "Server", HealthResponse),
            Route("GET", "/ready", self.ready, "Server", ReadyResponse),
            Route("GET", "/capacity", self.capacity, "Server", CapacityResponse),
            Route("GET", "/metadata", self.metadata, "Environment", EnvironmentMetadata),
            Route("GET", "/schema", self.schema, "Environment", SchemaResponse),
        ]

    async def health(self) -> Response:
        """The server answers."""
        return json_answer(HealthResponse().model_dump())

    async def ready(self) -> Response:
        """Whether one more session would begin at once; 503 while the server is full or ends."""
        pool = self._pool
        is_full = pool.active_sessions >= pool.max_sessions
        said = Readiness.DRAINING if pool.is_draining else Readiness.FULL if is_full else Readiness.READY
        return json_answer(ReadyResponse(status=said).model_dump(), status=200 if said is Readiness.READY else 503)

    async def capacity(self) -> Response:
        """How many sessions there are and may be, where they run, and how many clients wait."""
        pool = self._pool
        answer = CapacityResponse(
            active_sessions=pool.active_sessions,
            max_sessions=pool.max_sessions,
            waiting_clients=pool.waiting_clients,
            max_waiting_clients=pool.options.queue.max_waiting,
            host=pool.host_kind.value,
        )
        return json_answer(answer.model_dump())

    async def metadata(self) -> Response:
        """What the environment is."""
        return json_answer(await self._questions.metadata())

    async def schema(self) -> Response:
        """The JSON schemas of the environment's models."""
        return json_answer(self._schemas)

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        return schemas_of(self._types)
