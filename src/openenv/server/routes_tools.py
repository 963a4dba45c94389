"""The tools of an environment: ``/mcp``."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request, Response

from openenv.server.answers import json_answer
from openenv.server.routes import Route
from openenv.sessions.tools import answer_tools


class ToolRoutes:
    """JSON-RPC over HTTP."""

    def routes(self) -> list[Route]:
        """The routes."""
        return [Route("POST", "/mcp", self.mcp, "Tools")]

    async def mcp(self, request: Request) -> Response:
        """A message of the Model Context Protocol; what is wrong with it is said in JSON-RPC."""
        return json_answer(answer_tools(_parsed(await request.body())))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
