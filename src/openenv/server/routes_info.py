"""What a server says about itself: ``/health``, ``/metadata`` and ``/schema``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fastapi import Response

from openenv.contract.models import EnvironmentMetadata
from openenv.contract.signature import ModelTypes
from openenv.server.answers import json_answer
from openenv.server.messages import HealthResponse, SchemaResponse
from openenv.server.questions import Questions
from openenv.server.routes import Route
from openenv.server.schemas import schemas_of


class InfoRoutes:
    """None of them needs a session."""

    def __init__(self, types: ModelTypes, questions: Questions) -> None:
        self._types = types
        self._questions = questions

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/health", self.health, "Server", HealthResponse),
            Route("GET", "/metadata", self.metadata, "Environment", EnvironmentMetadata),
            Route("GET", "/schema", self.schema, "Environment", SchemaResponse),
        ]

    async def health(self) -> Response:
        """The server answers."""
        return json_answer(HealthResponse().model_dump())

    async def metadata(self) -> Response:
        """What the environment is."""
        return json_answer(await self._questions.metadata())

    async def schema(self) -> Response:
        """The JSON schemas of the environment's models."""
        return json_answer(self._schemas)

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        return schemas_of(self._types)
